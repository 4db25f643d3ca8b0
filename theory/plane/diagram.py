"""Diagrams over a parameter: all branches of fixed points and of cycles in a box, and curves over two parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError, choice
from gateflow.theory.plane.box import Box, interval, region_ends
from gateflow.theory.plane.continuation import (
    Branch,
    SpecialPoint,
    continue_fixed_point,
    continue_map_cycle,
    continue_special_point,
)
from gateflow.theory.plane.cycles import CycleBranch, cycles_from, cycles_from_hopf, limit_cycles
from gateflow.theory.plane.fixed_points import fixed_points
from gateflow.theory.plane.maps import SmoothMap, cycle_starts
from gateflow.theory.plane.maps import cycles as map_cycles
from gateflow.theory.plane.system import PlanarSystem

# Values of the parameter at which fixed points and cycles are looked for, besides the sides of special points; how
# near to one of these, as a fraction of the range, and how near a branch must be, in sides of the box, to be known.
_SHARES = np.array([1e-3, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1 - 1e-3])
_CYCLE_SHARES = np.array([1 / 6, 1 / 2, 5 / 6])
_BESIDE, _KNOWN = 0.004, 3e-3
_RESOLUTION, _MOST = 80, 40


@dataclass(frozen=True)
class Diagram:
    """What rests and what cycles in a box over a parameter.

    periods: of the branches of a map; orbits: all points (period, n, N) of its cycles. Both empty for flows.
    """

    parameter: str
    bounds: tuple[float, float]
    box: Any
    branches: tuple[Branch, ...]
    cycles: tuple[CycleBranch, ...] = ()
    periods: tuple[int, ...] = ()
    orbits: tuple[Array, ...] = ()

    @property
    def special(self) -> tuple[SpecialPoint, ...]:
        """All special points of fixed points (or of a map's cycles), each once, in order of the parameter."""
        points: list[SpecialPoint] = []
        span = self.bounds[1] - self.bounds[0]
        for point in sorted((point for branch in self.branches for point in branch.special), key=lambda one: one.p):
            if not any(point.kind == other.kind and abs(point.p - other.p) < 1e-6 * span and (
                    bool(self.periods) or np.allclose(point.state, other.state, atol=1e-4)) for other in points):
                points.append(point)
        return tuple(points)

    def summary(self) -> dict[str, Any]:
        """The special points and ends of branches, fit for JSON."""
        return {"parameter": self.parameter, "bounds": list(self.bounds),
                "special_points": [described(point) for point in self.special],
                "branches": [{"points": len(branch.p), "ends": list(branch.ends)} | (
                    {"period": period} if self.periods else {}) for branch, period in
                    zip(self.branches, self.periods or [1] * len(self.branches), strict=True)],
                "cycle_branches": [{"cycles": len(branch.p), "ends": list(branch.ends),
                                    "from": float(branch.p[0]), "to": float(branch.p[-1]),
                                    "longest_period": float(branch.period.max()),
                                    "folds": [described(point) for point in branch.special]}
                                   for branch in self.cycles]}


def described(point: SpecialPoint) -> dict[str, Any]:
    """A special point as plain values."""
    values = {"kind": point.name, "p": point.p, "state": list(point.state), "frequency": point.frequency,
              "lyapunov": point.lyapunov, "second": point.second}
    return {name: value for name, value in values.items() if not (isinstance(value, float) and np.isnan(value))}


@takes()
def flow_diagram(system: PlanarSystem, parameter: str, bounds: tuple[float, float], box: Box, *,
                 cycles: bool = True, step: float = 0.02) -> Diagram:
    """All branches of fixed points and limit cycles of a flow in a box, over a parameter between bounds.

    Fixed points are looked for at nine values of the parameter and on both sides of every special point that is
    located, and followed where no branch is yet. Cycles are followed from every Hopf point, and from those that
    sections show at three values and at either side of a fold of a branch. Not seen: what lies between these values
    and has no special point on a branch that does not: an isola of fixed points, or of cycles. Raises InputError.
    """
    low, high = interval("bounds", bounds)
    choice("parameter", parameter, tuple(system.parameters))
    branches: list[Branch] = []
    waiting = [float(value) for value in low + (high - low) * _SHARES]
    seen: list[SpecialPoint] = []
    while waiting and len(branches) < _MOST:
        value = waiting.pop(0)
        at = system.replace(**{parameter: value})
        for point in fixed_points(at, box, resolution=_RESOLUTION).points:
            if _known(branches, value, np.array([point.x, point.y]), box.size):
                continue
            try:
                branch = continue_fixed_point(at, (point.x, point.y), parameter, (low, high), box, step=step)
            except InputError:
                # A kink, or what is not isolated, is not followed.
                continue
            branches.append(branch)
            for one in branch.special:
                if one.kind in ("fold", "branch point") and not any(abs(one.p - other.p) < _BESIDE / 10 * (high - low)
                                                                    for other in seen):
                    seen.append(one)
                    waiting += _beside(one.p, _BESIDE * (high - low), (low, high))
    diagram = Diagram(parameter, (low, high), box, tuple(branches))
    return replace(diagram, cycles=_cycle_branches(system, diagram)) if cycles else diagram


def _beside(p: float, distance: float, bounds: tuple[float, float]) -> list[float]:
    """Values of the parameter on both sides of one, between bounds."""
    return [value for value in (p - distance, p + distance) if bounds[0] < value < bounds[1]]


def _known(branches: Sequence[Branch], p: float, state: Array, size: Array) -> bool:
    """Whether a state at a value of the parameter lies on one of the branches."""
    for branch in branches:
        k = np.flatnonzero((branch.p[:-1] - p) * (branch.p[1:] - p) <= 0)
        step = branch.p[k + 1] - branch.p[k]
        share = np.where(step == 0, 0.5, (p - branch.p[k]) / np.where(step == 0, 1.0, step))
        between = branch.states[k] + share[:, None] * (branch.states[k + 1] - branch.states[k])
        reach = _KNOWN + 0.5 * np.linalg.norm((branch.states[k + 1] - branch.states[k]) / size, axis=1) * (
            np.abs(step) < 1e-3 * np.ptp(branch.p))
        if len(k) and (np.linalg.norm((between - state) / size, axis=1) < reach).any():
            return True
    return False


def _cycle_branches(system: PlanarSystem, diagram: Diagram) -> tuple[CycleBranch, ...]:
    """Branches of cycles from every Hopf point, and of those that sections show besides."""
    name, box, (low, high) = diagram.parameter, diagram.box, diagram.bounds
    found: list[CycleBranch] = []
    for hopf in (point for point in diagram.special if point.kind == "hopf"):
        if any(branch.ends[1] == "hopf" and abs(branch.p[-1] - hopf.p) < 1e-3 * (high - low) for branch in found):
            continue
        branch = cycles_from_hopf(system, hopf, name, (low, high), box)
        found += [branch] if branch is not None else []
    for value in low + (high - low) * _CYCLE_SHARES:
        at = system.replace(**{name: float(value)})
        for cycle in limit_cycles(at, box, fixed_points(at, box, resolution=_RESOLUTION).points):
            ends = np.concatenate([cycle.points.min(axis=0) / box.size, cycle.points.max(axis=0) / box.size])
            unit = np.concatenate([box.size, box.size])
            if not any(np.abs(row[:4] / unit - ends).max() < 0.02 for branch in found for row in
                       branch.at(float(value))):
                found += cycles_from(at, cycle, name, (low, high), box)
    return tuple(found)


@takes()
def map_diagram(smooth: SmoothMap, parameter: str, bounds: tuple[float, float], region: Sequence[tuple[float, float]],
                *, longest: int = 16, step: float = 0.02) -> Diagram:
    """Branches of fixed points of a map over a parameter, and of cycles of twice the period from every flip.

    region: (low, high) of each coordinate; longest: period up to which doublings are followed. Fixed points are looked
    for at nine values of the parameter and beside special points. Raises InputError.
    """
    low, high = interval("bounds", bounds)
    choice("parameter", parameter, tuple(smooth.parameters))
    size = np.subtract(*region_ends(region, smooth.names)[::-1])
    branches: list[Branch] = []
    periods: list[int] = []
    waiting: list[tuple[float, int, Array | None]] = [(float(value), 1, None) for value in low + (high - low) * _SHARES]
    while waiting and len(branches) < _MOST:
        value, period, starts = waiting.pop(0)
        at = replace(smooth, parameters={**smooth.parameters, parameter: value})
        for cycle in map_cycles(at, cycle_starts(at, region) if starts is None else starts, period):
            same = [branch for branch, other in zip(branches, periods, strict=True) if other == period]
            inside = all((side[0] <= point).all() and (point <= side[1]).all()
                         for side, point in zip(region, cycle.points.T, strict=True))
            if not inside or any(_known(same, value, point, size) for point in cycle.points):
                continue
            branch = continue_map_cycle(at, cycle.points[0], parameter, (low, high), region, period=period, step=step)
            flips = [one.p for other in branches for one in other.special if one.kind == "flip"]
            # Where it was born, its own parameter stands still: that is the flip once more.
            branch = replace(branch, special=tuple(
                one for one in branch.special if one.kind not in ("fold", "branch point") or period == 1 or not any(
                    abs(one.p - flip) < 1e-6 * (high - low) for flip in flips)))
            branches.append(branch)
            periods.append(period)
            waiting += _after(at, parameter, (low, high), branch, period, longest, size)
            if period == 1:
                waiting += [(p, 1, None) for one in branch.special if one.kind in ("fold", "branch point")
                            for p in _beside(one.p, _BESIDE * (high - low), (low, high))]
    orbits = tuple(smooth.iterates(branch.states.T, period - 1, **{parameter: branch.p})
                   for branch, period in zip(branches, periods, strict=True))
    return Diagram(parameter, (low, high), tuple(region), tuple(branches), (), tuple(periods), orbits)


def _after(smooth: SmoothMap, parameter: str, bounds: tuple[float, float], branch: Branch, period: int, longest: int,
           size: Array) -> list[tuple[float, int, Array]]:
    """Where to look for cycles of twice the period beside the flips of a branch: along the flipped direction."""
    places = []
    for flip in (point for point in branch.special if point.kind == "flip" and 2 * period <= longest):
        x = np.array(flip.state)
        orbit = smooth.iterates(x, period - 1, **{parameter: flip.p})
        values, vectors = np.linalg.eig(smooth.orbit_jacobian(orbit, **{parameter: flip.p}))
        way = np.real(vectors[:, np.abs(values + 1).argmin()])
        spread = np.concatenate([np.geomspace(1e-3, 0.1, 10), -np.geomspace(1e-3, 0.1, 10)])
        starts = x[:, None] + way[:, None] * spread * np.linalg.norm(size) / np.sqrt(period)
        # Near enough for the cascade to go on, however narrow its next interval is.
        distance = 0.004 * (bounds[1] - bounds[0]) / 4.0 ** np.log2(period)
        places += [(p, 2 * period, starts) for p in _beside(flip.p, distance, bounds)]
    return places


@takes()
def two_parameter_curves(system: PlanarSystem | SmoothMap, diagram: Diagram, second: str,
                         bounds: tuple[float, float]) -> tuple[tuple[str, Branch], ...]:
    """Curves of the folds, Hopf points, flips and Neimark–Sacker points of a diagram over a second parameter.

    bounds: of the second. Each curve once, with its kind. Raises InputError.
    """
    curves: list[tuple[str, Branch]] = []
    region = (diagram.box.x, diagram.box.y) if isinstance(diagram.box, Box) else diagram.box
    sizes = np.array([diagram.bounds[1] - diagram.bounds[0], *(side[1] - side[0] for side in region)])
    value = float(system.parameters[second])
    for branch, period in zip(diagram.branches, diagram.periods or [1] * len(diagram.branches), strict=True):
        for point in branch.special:
            if point.kind == "branch point":
                continue
            here = np.array([point.p, *point.state])
            known = False
            for kind, curve in curves:
                k = np.flatnonzero((curve.second[:-1] - value) * (curve.second[1:] - value) <= 0)  # type: ignore[index]
                near = np.column_stack([curve.p[k], curve.states[k]]) if len(k) else np.empty((0, len(here)))
                known |= kind == point.kind and bool((np.abs((near - here) / sizes).max(axis=1) < 0.03).any())
            if not known:
                curves.append((point.kind, continue_special_point(
                    system, point, (diagram.parameter, second), (diagram.bounds, bounds), region, period=period)))
    return tuple(curves)
