"""Limit cycles of a planar flow in a box: all that sections through its fixed points show, and their branches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, choice
from gateflow.theory.plane.arclength import Located, walk
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.collocation import Cycles, LimitCycle
from gateflow.theory.plane.continuation import SpecialPoint
from gateflow.theory.plane.fixed_points import FixedPoint, fixed_points
from gateflow.theory.plane.many import follow_many, hermite
from gateflow.theory.plane.system import PlanarSystem, typical_velocity

# Radii of a section, in sides of the box: near its centre by equal factors, then in equal steps.
_RADII = np.concatenate([np.geomspace(2e-3, 0.04, 12), np.linspace(0.05, 1.0, 58)])
# How far a return is followed, in sides of the box, and how far outside it; what counts as a displacement.
_SPAN, _OUTSIDE, _DISPLACED = 40.0, 5.0, 1e-5
# What is slower than this fraction of the typical velocity rests; steps of all starts together.
_RESTS, _STEPS = 1e-5, 1500
# Below this fraction of the typical speed s goes with time, as in trajectories.
_SLOW = 1e-3
# Logarithms of the multiplier that count as 0 when three cycles in a row have them.
_CENTRE = 1e-6
# Pieces of a cycle that is found, and of one that is followed.
_FINE, _COARSE = 80, 40


@takes()
def limit_cycles(system: PlanarSystem, box: Box, fixed: Sequence[FixedPoint] | None = None) -> tuple[LimitCycle, ...]:
    """All limit cycles that go through the box around a fixed point in it, stable and unstable, in order of period.

    A cycle of the plane goes around a fixed point that is no saddle. From each of these a section runs to an edge of
    the box; from 70 radii on it the flow is followed, forward and backward, until it has gone once around. A change of
    sign of the displacement between two radii is a cycle, which attracts in one of the two directions of time, and is
    then solved for by collocation. Not seen: two cycles between two radii, and cycles whose multiplier is 1 (a centre
    has a continuum of these).
    """
    fixed = fixed_points(system, box).points if fixed is None else fixed
    cycles: list[LimitCycle] = []
    for centre in fixed:
        if centre.kind == "saddle":
            continue
        for sign in (1, -1):
            for radius in _changes(system, box, centre, sign):
                cycle = _solved(system, box, centre, radius, sign)
                if cycle is not None and abs(cycle.log_multiplier) > 1e-6 and not any(
                        cycle.like(other, box.size) for other in cycles):
                    cycles.append(cycle)
    return tuple(sorted(cycles, key=lambda cycle: cycle.period))


def _section(box: Box, centre: FixedPoint) -> tuple[Array, float]:
    """The direction (2,), in units of the box, along which the edge is farthest, and how far it is."""
    place = np.array([centre.x, centre.y])
    room = np.concatenate([(box.high - place) / box.size, (place - box.low) / box.size])
    k = int(room.argmax())
    return np.where(np.arange(2) == k % 2, 1.0 if k < 2 else -1.0, 0.0), float(room[k])


def _winding(system: PlanarSystem, box: Box, centre: FixedPoint, sign: int) -> Any:
    """Rates of (x, y, turns) with the length of the path, for states (3, S); time is turned around by sign −1."""
    slow, place = _slow(system, box), np.array([[centre.x], [centre.y]])

    def rates(states: Array) -> Array:
        velocity = sign * system.velocity(*states[:2])
        with np.errstate(all="ignore"):
            u, away = velocity / box.size[:, None], (states[:2] - place) / box.size[:, None]
            turning = (away[0] * u[1] - away[1] * u[0]) / (2 * np.pi * (away**2).sum(axis=0))
            return np.asarray(np.vstack([velocity, turning[None]]) / (slow + np.hypot(*u)))

    return rates


def _slow(system: PlanarSystem, box: Box) -> float:
    """Below this speed s goes with time."""
    return _SLOW * float((typical_velocity(system, box) / box.size).min())


def _returns(system: PlanarSystem, box: Box, centre: FixedPoint, sign: int, radii: Array) -> Array:
    """Radii (S,) after one turn about the centre, from radii (S,) of its section; NaN where there is no turn."""
    way, _ = _section(box, centre)
    starts = np.stack([centre.x + radii * way[0] * box.size[0], centre.y + radii * way[1] * box.size[1],
                       np.zeros(len(radii))])

    typical = typical_velocity(system, box)[:, None]

    def stop(_: Array, after: Array) -> Any:
        resting = (np.abs(system.velocity(*after[:2])) < _RESTS * typical).all(axis=0)
        return (np.abs(after[2]) >= 1) | (box.beyond(after[:2].T) > _OUTSIDE) | resting

    gone = follow_many(_winding(system, box, centre, sign), starts, np.append(box.size, 1.0), stop, span=_SPAN,
                       longest=0.1, rtol=1e-7, most=_STEPS)
    low, high = np.zeros(len(radii)), np.ones(len(radii))
    for _ in range(40):
        middle = (low + high) / 2
        reached = np.abs(hermite(gone, middle)[2]) >= 1
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    back = (hermite(gone, high)[:2] - [[centre.x], [centre.y]]) / box.size[:, None]
    return np.where(gone.done & (np.abs(gone.after[2]) >= 1), np.abs(way @ back), np.nan)


def _changes(system: PlanarSystem, box: Box, centre: FixedPoint, sign: int) -> list[float]:
    """Radii at which the displacement falls through 0: cycles that attract in this direction of time."""
    radii = _RADII * _section(box, centre)[1]
    for _ in range(2):
        gaps = _returns(system, box, centre, sign, radii) - radii
        seen = np.flatnonzero(np.isfinite(gaps) & (np.abs(gaps) > _DISPLACED * radii))
        falls = [(a, b) for a, b in pairwise(seen) if gaps[a] > 0 > gaps[b]]
        ends = np.array([(radii[a], radii[b]) for a, b in falls]).reshape(-1, 2)
        values = np.array([(gaps[a], gaps[b]) for a, b in falls]).reshape(-1, 2)
        if not falls:
            return []
        radii = np.unique(np.concatenate([np.linspace(low, high, 12) for low, high in ends]))
    share = values[:, 0] / (values[:, 0] - values[:, 1])
    return [float(radius) for radius in ends[:, 0] + share * (ends[:, 1] - ends[:, 0])]


def _solved(system: PlanarSystem, box: Box, centre: FixedPoint, radius: float, sign: int) -> LimitCycle | None:
    """The cycle through a radius of a section, by collocation from a turn of the flow that attracts to it."""
    way, _ = _section(box, centre)
    rates = _winding(system, box, centre, sign)
    slow = _slow(system, box)

    def with_time(_: float, state: Array) -> Array:
        rate = rates(state[:3, None])[:, 0]
        speed = np.hypot(*(system.velocity(*state[:2]) / box.size))
        return np.append(rate, 1 / (slow + speed))

    def turned(_: float, state: Array) -> float:
        return abs(float(state[2])) - 1

    turned.terminal = True  # type: ignore[attr-defined]
    state = np.array([centre.x + radius * way[0] * box.size[0], centre.y + radius * way[1] * box.size[1], 0.0, 0.0])
    path = None
    for _ in range(3):
        state[2:] = 0.0
        path = scipy.integrate.solve_ivp(with_time, (0, _SPAN), state, method="LSODA", rtol=1e-8, atol=1e-10,
                                         events=turned, dense_output=True, max_step=0.05)
        if path.status != 1:
            return None
        state = path.y[:, -1].copy()
    assert path is not None
    s = np.linspace(0, path.t[-1], 4000)
    x, y, _, t = path.sol(s)
    points = np.stack([x, y], axis=1)
    points += np.linspace(0, 1, len(points))[:, None] * (points[0] - points[-1])
    if sign < 0:
        t, points = t[-1] - t[::-1], points[::-1]
    curve = Cycles(system, "", (0.0, 0.0), box, _FINE)
    # Pieces of equal length, for the path knows where it is fast.
    curve.mesh = np.interp(np.linspace(0, s[-1], _FINE + 1), s, t / t[-1])
    if not (np.diff(curve.mesh) > 0).all():
        return None
    z = curve.solved(curve.resampled(t, points, float(t[-1]), 0.0))
    if z is None or curve.size(z) < 1e-4 or abs(np.log(curve.period(z) / t[-1])) > 0.2:
        return None
    return curve.cycle(z)


@dataclass(frozen=True)
class CycleBranch:
    """A branch of limit cycles, a row a cycle, in the order in which it was followed.

    p, period, log_multiplier (N,); low, high (N, 2): extent of each cycle. special: folds, "branch point" where the
    multiplier is 1 without one. ends: why it ends: "hopf" (it shrinks to a point), "period" (it grows without end: a
    homoclinic orbit, or a saddle-node on the cycle), "centre" (a continuum
    of cycles), "parameter", "box", "closed", "points", "stuck".
    """

    parameter: str
    p: Array = field(repr=False)
    period: Array = field(repr=False)
    log_multiplier: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    special: tuple[SpecialPoint, ...]
    ends: tuple[str, str]
    cycles: tuple[LimitCycle, ...] = field(repr=False, default=())

    @property
    def stable(self) -> Any:
        """Which cycles attract (N,)."""
        return self.log_multiplier < 0

    def at(self, p: float) -> Array:
        """Extents and periods (K, 5) of the cycles at a value of the parameter, between rows."""
        k = np.flatnonzero((self.p[:-1] - p) * (self.p[1:] - p) <= 0)
        table = np.column_stack([self.low, self.high, self.period])
        step = np.where(self.p[k + 1] == self.p[k], 1.0, self.p[k + 1] - self.p[k])
        return np.asarray(table[k] + ((p - self.p[k]) / step)[:, None] * (table[k + 1] - table[k]))


@takes()
def cycles_from_hopf(system: PlanarSystem, hopf: SpecialPoint, parameter: str, bounds: tuple[float, float], box: Box, *,
                     step: float = 0.04, most: int = 400) -> CycleBranch | None:
    """Follow the limit cycles that are born at a Hopf point; None if none can be found there. Raises InputError."""
    choice("parameter", parameter, tuple(system.parameters))
    curve = Cycles(system, parameter, bounds, box, _COARSE)
    place = np.array(hopf.state)
    jacobian = system.jacobian(*place, **{parameter: hopf.p})
    values, vectors = np.linalg.eig(jacobian)
    vector = vectors[:, int(values.imag.argmax())]
    around = np.real(vector * np.exp(2j * np.pi * curve.places())[:, None])
    start = curve.pack(np.broadcast_to(place, around.shape), 2 * np.pi / hopf.frequency, hopf.p)
    direction = curve.pack(around + curve.box.low, 1.0, curve.p_low)
    direction /= np.linalg.norm(direction)
    curve.refer(start + direction)
    curve.mean = start
    for size in (0.01, 0.005, 0.02):
        first = curve.corrected(start, direction, size, accepted=1e-8)
        if first is not None and curve.margin(first) > 0 and abs(curve.log_multiplier(first)) > _CENTRE:
            curve.refer(first)
            return _walked(curve, first, direction, step, most, ("hopf", ""))
    return None


@takes()
def cycles_from(system: PlanarSystem, cycle: LimitCycle, parameter: str, bounds: tuple[float, float], box: Box, *,
                step: float = 0.04, most: int = 400) -> tuple[CycleBranch, ...]:
    """Follow a limit cycle at the parameter's value in the system in both directions: a branch for each.

    Raises InputError.
    """
    choice("parameter", parameter, tuple(system.parameters))
    branches = []
    for sign in (1.0, -1.0):
        curve = Cycles(system, parameter, bounds, box, _COARSE)
        length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(cycle.points, axis=0) / box.size, axis=1)))
        curve.mesh = np.interp(np.linspace(0, length[-1], _COARSE + 1), length, cycle.t / cycle.period)
        z = curve.solved(curve.resampled(cycle.t, cycle.points, cycle.period, float(system.parameters[parameter])))
        if z is not None:
            direction = np.zeros(len(z))
            direction[-1] = sign
            branches.append(_walked(curve, z, direction, step, most, ("start", "")))
    return tuple(branches)


def _walked(curve: Cycles, first: Array, direction: Array, step: float, most: int,
            ends: tuple[str, str]) -> CycleBranch:
    curve.limit(first)
    record: list[tuple[float, LimitCycle]] = [_row(curve, first)]
    bare = curve.accepted

    def accepted(z: Array, tangent: Array) -> tuple[Array, Array]:
        record.append(_row(curve, z))
        return bare(z, tangent)

    curve.accepted = accepted  # type: ignore[method-assign]
    located, end = walk(curve, first, direction, step, most)
    special = [point for point in located if point.kind]
    if located and end not in ("points", "stuck"):
        record.append(_row(curve, located[-1].z))
    flat = np.abs([cycle.log_multiplier for _, cycle in record]) < _CENTRE
    for k in np.flatnonzero(flat[:-2] & flat[1:-1] & flat[2:]):
        # Cycles around a centre, one beside the other at one value of the parameter.
        at = record[k][0]
        special = [point for point in special if abs(curve.p_low + curve.p_size * point.z[-1] - at) > _CENTRE]
        record, end = record[:k + 1], "centre"
        break
    return _cycle_branch(curve, record, special, (ends[0], {"point": "hopf"}.get(end, end)))


def _row(curve: Cycles, z: Array) -> tuple[float, LimitCycle]:
    return float(curve.p_low + curve.p_size * z[-1]), curve.cycle(z)


def _cycle_branch(curve: Cycles, record: list[tuple[float, LimitCycle]], special: list[Located],
                  ends: tuple[str, str]) -> CycleBranch:
    p, cycles = np.array([p for p, _ in record]), tuple(cycle for _, cycle in record)
    log = np.array([cycle.log_multiplier for cycle in cycles])
    points = []
    for point in special:
        value = float(curve.p_low + curve.p_size * point.z[-1])
        states = curve.states(point.z)
        row = int(np.abs(p - value).argmin())
        points.append(SpecialPoint(point.kind, value, tuple(map(float, states.max(axis=0))), row,
                                   2 * np.pi / curve.period(point.z)))
    return CycleBranch(curve.parameter, p, np.array([cycle.period for cycle in cycles]), log,
                       np.array([cycle.points.min(axis=0) for cycle in cycles]),
                       np.array([cycle.points.max(axis=0) for cycle in cycles]), tuple(points), ends, cycles)
