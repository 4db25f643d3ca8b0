"""Fixed points of flows and cycles of maps followed through parameters, with what happens to them located."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, Array, InputError, Range, array, choice
from gateflow.theory.plane.arclength import FIRST, ONE, ROUNDING, Curve, Located, Test, follow
from gateflow.theory.plane.box import Box, interval, region_ends
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.lyapunov import first_lyapunov, flip_coefficient, sacker_coefficient
from gateflow.theory.plane.maps import PERIOD, SmoothMap
from gateflow.theory.plane.newton import newton
from gateflow.theory.plane.problems import Flow, Iterated, Problem
from gateflow.theory.plane.system import PlanarSystem

_STEP = Range(2 * FIRST)
# Imaginary parts of multipliers that turn.
_TURNS = 1e-6
# Values that are kept, of the last few solutions.
_KEPT = 8
# A Lyapunov coefficient, in units of the box, that counts as 0.
_DEGENERATE = 1e-7


@dataclass(frozen=True)
class SpecialPoint:
    """Where a branch changes: its kind, the parameter p, the state, its row in the branch.

    "fold": p is stationary along the branch, an eigenvalue is 0 (of a map: a multiplier 1); "branch point": another
    branch crosses (p may be stationary there too: a pitchfork); "hopf": eigenvalues ±i frequency; of a map
    "flip": a multiplier −1, "neimark-sacker": multipliers exp(±i frequency). lyapunov: the first Lyapunov coefficient,
    or that of the normal form; negative where what is born is stable. On curves over two parameters:
    "cusp", "bogdanov-takens", "bautin", p the first of them, second the other.
    """

    kind: str
    p: float
    state: tuple[float, ...]
    row: int
    frequency: float = np.nan
    lyapunov: float = np.nan
    second: float = np.nan

    @property
    def x(self) -> float:
        """The first coordinate."""
        return self.state[0]

    @property
    def y(self) -> float:
        """The second coordinate."""
        return self.state[1]

    @property
    def name(self) -> str:
        """Its kind, with its criticality if it has one: supercritical ones give birth to stable cycles."""
        if not np.isfinite(self.lyapunov):
            return self.kind
        if abs(self.lyapunov) < _DEGENERATE:
            return f"degenerate {self.kind}"
        return f"{'supercritical' if self.lyapunov < 0 else 'subcritical'} {self.kind}"


@dataclass(frozen=True)
class Branch:
    """A branch of fixed points, a row a point, special points among them.

    parameter: its name. p (N,), states (N, n). eigenvalues (N, n), complex, in ascending order of real, then imaginary
    part; multipliers if it is one of a map. stable (N,): whether all real parts are negative, or moduli below 1.
    special: in the order of rows. ends: why it ends at its first and last row: the name of a coordinate or "parameter"
    (at a bound), "closed" (it returns to its start), "points" (too many), "stuck". second (N,): the other parameter of
    a curve over two.
    """

    parameter: str
    p: Array = field(repr=False)
    states: Array = field(repr=False)
    eigenvalues: Any = field(repr=False)
    stable: Any = field(repr=False)
    special: tuple[SpecialPoint, ...]
    ends: tuple[str, str]
    second: Array | None = field(default=None, repr=False)

    @property
    def x(self) -> Array:
        """First coordinate (N,)."""
        return self.states[:, 0]

    @property
    def y(self) -> Array:
        """Second coordinate (N,)."""
        return self.states[:, 1]


class _Rest(Curve):
    """The solutions in (x, p), or in (x, p, q) under one more condition, in units of the box and the ranges."""

    def __init__(self, problem: Problem, names: Sequence[str], low: Array, size: Array, condition: str = "") -> None:
        self.problem, self.names, self.low, self.size, self.condition = problem, tuple(names), low, size, condition
        self.n = len(low) - len(names)
        self.kept: dict[tuple[str, tuple[int, ...], bytes], Array] = {}
        # What vanishes together with a multiplier of 1 or an eigenvalue of 0 vanishes with the determinant.
        self.vanishes = {"fold": np.linalg.det, **problem.happens()}
        self.tests = self._two_parameter_tests() if condition else self._tests()

    def state(self, z: Array) -> tuple[Array, dict[str, Any]]:
        values = self.low.reshape(-1, *(1,) * (z.ndim - 1)) + self.size.reshape(-1, *(1,) * (z.ndim - 1)) * z
        return values[:self.n], dict(zip(self.names, values[self.n:], strict=True))

    def jacobian(self, z: Array) -> Array:
        return self._kept(("jacobian", z), lambda: self.problem.jacobian(*self.state(z)))

    def _kept(self, what: tuple[str, Array], value: Callable[[], Array]) -> Array:
        """A value at z, which tests and tangents ask for again and again."""
        key = (what[0], what[1].shape, what[1].tobytes())
        if key not in self.kept:
            if len(self.kept) >= _KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[key] = value()
        return self.kept[key]

    def residual(self, z: Array) -> Array:
        value = self.problem.residual(*self.state(z))
        return np.append(value, self.conditioned(z)) if self.condition else value

    def conditioned(self, z: Array) -> Any:
        return self.vanishes[self.condition](self.jacobian(z))

    def slope(self, z: Array) -> Array:
        return self._kept(("slope", z), lambda: self._slope(z))

    def _slope(self, z: Array) -> Array:
        x, p = self.state(z)
        by_p = [numeric_jacobian(lambda value, name=name: self.problem.residual(x, {**p, name: value[0]}),  # type: ignore[misc]
                                 np.array([p[name]]), analytic=self.problem.model.analytic, scale=size)
                for name, size in zip(self.names, self.size[self.n:], strict=True)]
        rows = np.column_stack([self.jacobian(z), *by_p]) * self.size
        if self.condition:
            rows = np.vstack([rows, numeric_jacobian(lambda at: self.conditioned(at)[None], z)])
        return rows

    def face(self, z: Array) -> str:
        return (*self.problem.model.names, *(("parameter",) if len(self.names) == 1 else self.names))[
            int(np.minimum(z, 1 - z).argmin())]

    def _tests(self) -> list[Test]:
        tests = [Test("branch point", lambda z, along: float(self.normal(z) @ along)),
                 Test("fold", lambda z, along: float(self.tangent(z, along)[-1]), alone=True)]
        for kind, function in self.problem.happens().items():
            tests.append(Test(kind, lambda z, _, function=function: float(function(self.jacobian(z))),  # type: ignore[misc]
                              lambda z: float(np.abs(self.jacobian(z)).max()),
                              lambda z, kind=kind: self.problem.holds(kind, self.jacobian(z))))  # type: ignore[misc]
        return tests

    def _two_parameter_tests(self) -> list[Test]:
        if not isinstance(self.problem, Flow):
            return []
        trace = Test("bogdanov-takens", lambda z, _: float(np.trace(self.jacobian(z))))
        determinant = Test("bogdanov-takens", lambda z, _: float(np.linalg.det(self.jacobian(z))))
        if self.condition == "hopf":
            return [determinant, Test("bautin", lambda z, _: self.lyapunov(z),
                                      holds=lambda z: bool(np.linalg.det(self.jacobian(z)) > 1e-9))]
        return [trace, Test("cusp", self.turned, lambda _: 0.0)]

    def lyapunov(self, z: Array) -> float:
        x, p = self.state(z)
        assert isinstance(self.problem, Flow)
        return first_lyapunov(self.problem.model, x, self.size[:2], p)

    def coefficient(self, point: Located) -> float:
        """Of the normal form of a flip or Neimark–Sacker point, on a scale that a cycle of this period has."""
        x, p = self.state(point.z)
        assert isinstance(self.problem, Iterated)
        period, n = self.problem.period, self.n
        if point.kind != "flip" and n != 2:
            return np.nan
        form = flip_coefficient if point.kind == "flip" else sacker_coefficient
        return form(lambda states: self.problem.residual(states, p) + states, x,
                    self.jacobian(point.z) + np.eye(n), self.size[:n] / period**1.5)

    def turned(self, z: Array, along: Array) -> float:
        """How far the parameters go the way that they went: they turn back where two folds meet."""
        return float(self.tangent(z, along)[self.n:] @ along[self.n:])


@takes()
def continue_fixed_point(system: PlanarSystem, start: ArrayLike, parameter: str, bounds: tuple[float, float], box: Box,
                         *, step: float = 0.02, most: int = 5000) -> Branch:
    """Follow a fixed point in both directions through a parameter, around folds, to the edges of box and bounds.

    start (2,): near a fixed point at the parameter's value in the system, which must lie within the bounds. Predicts
    along the tangent and corrects normal to it (Keller's pseudo-arclength) by Newton's method, which leaves errors of
    the order of rounding. step: the longest step in units of box and bounds; shorter where the branch bends. What
    happens between two points is located to rounding in the parameter, and at a fold to its root in the state. most:
    number of points in each direction. Not seen: two changes of one kind within one step. Rows run from the end that
    the parameter falls towards at the start to the one that it rises towards. Raises InputError.
    """
    return _continued(Flow(system), start, parameter, bounds, box.low, box.size, step, most)


@takes()
def continue_map_cycle(smooth: SmoothMap, start: ArrayLike, parameter: str, bounds: tuple[float, float],
                       region: Sequence[tuple[float, float]], *, period: int = 1, step: float = 0.02,
                       most: int = 5000) -> Branch:
    """Follow a cycle of a map: start (n,) is near one of its points, region: (low, high) for each coordinate.

    Other arguments as for ``continue_fixed_point``; the states are those of the point that the start is near.
    """
    low, high = region_ends(region, smooth.names)
    return _continued(Iterated(smooth, PERIOD.check("period", period)), start, parameter, bounds, low, high - low, step,
                      most)


def _continued(problem: Problem, start: ArrayLike, parameter: str, bounds: tuple[float, float], low: Array,
               size: Array, step: float, most: int) -> Branch:
    choice("parameter", parameter, tuple(problem.model.parameters))
    p_low, p_high = interval("bounds", bounds)
    value = float(problem.model.parameters[parameter])
    if not p_low <= value <= p_high:
        raise InputError(f"{parameter} must lie within its bounds [{p_low:g}, {p_high:g}], got {value:g}")
    _STEP.check("step", step)
    COUNT.check("most", most)
    curve = _Rest(problem, (parameter,), np.append(low, p_low), np.append(size, p_high - p_low))
    first = _first(curve, array("start", start, (len(low),)), value)
    located, ends = follow(curve, first, step, most)
    return _branch(curve, located, ends)


def _first(curve: _Rest, start: Array, value: float) -> Array:
    problem, size, name = curve.problem, curve.size[:curve.n], curve.names[0]
    root = newton(lambda x, _: problem.residual(x, {name: value}), lambda x, _: problem.jacobian(x, {name: value}),
                  start[:, None], size)
    z = (np.append(root.points[:, 0], value) - curve.low) / curve.size
    inside = ((start >= curve.low[:curve.n]) & (start <= curve.low[:curve.n] + size)).all()
    if not (inside and root.step[0] < ONE and np.isfinite(z).all() and curve.margin(z) >= -ROUNDING):
        raise InputError(f"start must be near a fixed point in the box, got ({', '.join(f'{x:g}' for x in start)}) at "
                         f"{name} = {value:g}")
    return z.clip(0.0, 1.0)


@takes()
def continue_special_point(system: PlanarSystem | SmoothMap, point: SpecialPoint, parameters: tuple[str, str],
                           bounds: Sequence[tuple[float, float]], region: Sequence[tuple[float, float]], *,
                           period: int = 1, step: float = 0.02, most: int = 2000) -> Branch:
    """Follow a fold, Hopf, flip or Neimark–Sacker point over two parameters, to the edges of their bounds.

    point: located along the first of the parameters; the second has its value in the system. bounds: (low, high) of
    each parameter; region: of each coordinate. Bogdanov–Takens points, cusps and Bautin points are located on the way;
    a Hopf curve ends at the first of these. Raises InputError.
    """
    PERIOD.check("period", period)
    problem: Problem = Flow(system) if isinstance(system, PlanarSystem) else Iterated(system, period)
    for name in parameters:
        choice("parameter", name, tuple(problem.model.parameters))
    choice("kind", point.kind, ("fold", *problem.happens()))
    low, high = np.concatenate([region_ends(region, problem.model.names), region_ends(bounds, parameters)], axis=1)
    curve = _Rest(problem, parameters, low, high - low, point.kind)
    z = (np.array([*point.state, point.p, float(problem.model.parameters[parameters[1]])]) - low) / (high - low)
    if (first := curve.corrected(z, curve.tangent(z, np.eye(len(z))[-1]), 0.0, accepted=ONE)) is None:
        first = z
    located, ends = follow(curve, first, step, most)
    if point.kind == "hopf":
        located = _until_takens(located, curve)
    return _branch(curve, located, ends)


def _until_takens(located: list[Located], curve: _Rest) -> list[Located]:
    """The stretch on which the determinant is positive: beyond, eigenvalues are ±λ, and nothing happens."""
    return [point for point in located if point.kind == "bogdanov-takens"
            or np.linalg.det(curve.jacobian(point.z)) > 0]


def _branch(curve: _Rest, located: list[Located], ends: tuple[str, str]) -> Branch:
    z = np.array([point.z for point in located]).T
    states, parameters = curve.state(z)
    p, second = parameters[curve.names[0]], parameters.get(curve.names[1]) if len(curve.names) > 1 else None
    values, stable = curve.problem.eigenvalues(curve.problem.jacobian(states, parameters))
    special = tuple(_described(curve, point, row, values[row], float(p[row]), states[:, row],
                               np.nan if second is None else float(second[row]))
                    for row, point in enumerate(located) if point.kind)
    return Branch(curve.names[0], p, states.T, values, stable, special, ends, second)


def _described(curve: _Rest, point: Located, row: int, values: Any, p: float, state: Array,
               second: float) -> SpecialPoint:
    bare = SpecialPoint(point.kind, p, tuple(map(float, state)), row, second=second)
    if point.kind == "hopf":
        return replace(bare, frequency=float(np.sqrt(np.prod(values).real)), lyapunov=curve.lyapunov(point.z))
    if point.kind not in ("flip", "neimark-sacker") or curve.condition:
        return bare
    coefficient = curve.coefficient(point)
    if point.kind == "flip":
        return replace(bare, lyapunov=coefficient)
    # Cycles are born near the multiplier on the circle that is no real one.
    rotation = np.where(np.abs(values.imag) > _TURNS, np.abs(np.abs(values) - 1), np.inf).argmin()
    return replace(bare, frequency=float(np.abs(np.angle(values[rotation]))), lyapunov=coefficient)
