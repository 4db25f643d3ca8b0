"""Phase portrait, limit cycles, diagrams and basins of equations of your own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from gateflow.figures.plane import diagrams as drawn
from gateflow.figures.plane.results import arrays, told
from gateflow.figures.plot import HERE, Machine, PhasePlot, Plot
from gateflow.figures.portrait import (
    add_legend,
    cycle_handles,
    draw_cycles,
    draw_portrait,
    draw_trajectories,
    legend_handles,
    math_name,
)
from gateflow.figures.style import COLOURS, style
from gateflow.figures.window import Explorer, Knob
from gateflow.theory.checks import SIDE, STRENGTH, TEXT, Array, InputError, Range, shown
from gateflow.theory.parameters import parameter
from gateflow.theory.plane.basins import Basins, basins
from gateflow.theory.plane.box import COORDINATE, Box, interval
from gateflow.theory.plane.collocation import LimitCycle
from gateflow.theory.plane.continuation import Branch
from gateflow.theory.plane.diagram import Diagram, flow_diagram, map_diagram, two_parameter_curves
from gateflow.theory.plane.expressions import Equations
from gateflow.theory.plane.maps import Cycle, SmoothMap, cycle_starts
from gateflow.theory.plane.maps import cycles as map_cycles
from gateflow.theory.plane.portrait import Portrait, even_starts, portrait
from gateflow.theory.plane.stroboscope import forced_path
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import TrajectoryError, trajectory

_WIDTH, _HEIGHT, _QUICK = 4.6, 3.9, 60
# Length of trajectories that begin where nobody asked for them, in sides of the box.
_SHORT = 2.0
_PERIODS, _ITERATES = (1, 2, 4, 8), 2000
# The same of a forced flow, whose orbits are drawn, and cycles looked for, to less accuracy.
_FORCED, _STROBES, _ROUGH, _SEARCHED = (1, 2, 3), 120, 1e-6, 1e-7


@dataclass(frozen=True, eq=False, kw_only=True)
class SystemPlot(Plot):
    """The plot of a system; its results stand in the JSON by themselves too: "fixed_points", "cycles" and so on."""

    def to_dict(self) -> dict[str, Any]:
        """Everything but figure and arrays, as plain values."""
        return {**super().to_dict(), **self.results}

    def summary(self, width: int | None = None) -> str:
        """What rests, what cycles and what changes over parameters, a line each."""
        return "\n".join(self.lines) or "nothing rests or cycles here"

    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plane(PhasePlot):
    """Equations such as "x' = y, y' = mu*(1 - x**2)*y - x", or of a map: "x -> r*x*(1 - x)"."""

    example: ClassVar[str] = "\"x' = y, y' = mu*(1 - x**2)*y - x\" --set mu=1 --box -3 3 -4 4"
    cost: ClassVar[str] = "2 s, with --diagram up to 10 s"

    equations: str = parameter("x' = y, y' = (1 - x**2)*y - x", "as \"x' = y, y' = -x\" or \"x -> r*x\"",
                               TEXT, positional=True)
    set: tuple[str, ...] = parameter((), "values of parameters, as mu=1 a=0.5", TEXT, metavar="NAME=X")
    box: tuple[float, ...] = parameter((-3.0, 3.0, -3.0, 3.0), "looked at: LOW HIGH of each coordinate", COORDINATE)
    start: tuple[float, ...] = parameter((), "where trajectories begin, X Y each, instead of evenly", COORDINATE)
    duration: float | None = parameter(None, "time after which trajectories end", STRENGTH)
    diagram: tuple[str, ...] = parameter((), "NAME LOW HIGH: what rests and cycles over a parameter", TEXT)
    curves: tuple[str, ...] = parameter((), "NAME NAME LOW HIGH: the diagram's special points over a second one", TEXT)
    basins: bool = parameter(False, "shade the basins of attraction")
    points: int = parameter(100, "cells a side of the basins", Range(1, SIDE.high, whole=True))
    period: str = parameter("", "what equations with the time t repeat after, as 2*pi/w; shown once a period", TEXT)
    doublings: int = parameter(16, "period up to which the doublings of a map are followed", Range(1, 64, whole=True))

    def __post_init__(self) -> None:
        """Check what fields have to do with each other; from Python, set may be a mapping, and words numbers."""
        given: Any = self.set
        pairs = [f"{name}={value!r}" for name, value in given.items()] if isinstance(given, Mapping) else given
        for option, words in (("set", pairs), ("diagram", self.diagram), ("curves", self.curves)):
            if not isinstance(words, str | Sequence):
                raise InputError(f"{option} must be words, got {shown(words)}")
        object.__setattr__(self, "set", (pairs,) if isinstance(pairs, str) else tuple(pairs))
        for option in ("diagram", "curves"):
            object.__setattr__(self, option, tuple(map(str, getattr(self, option))))
        super().__post_init__()
        dimension = len(self.read.variables)
        if dimension != 2 and (dimension != 1 or not self.maps):
            raise InputError(f"equations must be two, or one or two of a map, got {dimension}")
        if len(self.box) < 2 * dimension or len(self.box) % 2:
            raise InputError(f"box must be LOW HIGH of each of {dimension} coordinates, got {len(self.box)} numbers")
        for name, side in zip(self.read.variables, self.sides, strict=True):
            interval(f"{name} of the box", side)
        if len(self.start) % dimension:
            raise InputError(f"start must be {dimension} numbers for each trajectory, got {len(self.start)}")
        if self.period and self.maps:
            raise InputError("period must be left out of a map")
        if "t" in self.read.parameters and not (self.maps or self.period or "t" in self.values):
            raise InputError("period must be given of equations in the time t: what they repeat after, as 2*pi")
        if self.curves and not self.diagram:
            raise InputError("curves must go with a diagram, whose special points they follow")
        self.model  # noqa: B018
        self.span("diagram", self.diagram, 1)
        self.span("curves", self.curves, 2)

    @property
    def maps(self) -> bool:
        """Whether the equations are a map."""
        return any(arrow in self.equations for arrow in ("->", "→", "↦"))

    @property
    def read(self) -> Equations:
        """The equations as they were read."""
        return Equations.of(self.equations)

    @property
    def values(self) -> dict[str, float]:
        """Values of parameters by name. Raises InputError."""
        values: dict[str, float] = {}
        for word in self.set:
            name, sign, value = word.partition("=")
            try:
                values[name.strip()] = float(value)
            except ValueError:
                sign = ""
            if not sign:
                raise InputError(f"set must be NAME=X, got {word!r}")
        return values

    @property
    def model(self) -> PlanarSystem | SmoothMap:
        """The system, or the map. Raises InputError."""
        return self._model(self.values)

    def _model(self, values: Mapping[str, float], rtol: float = 1e-10) -> PlanarSystem | SmoothMap:
        if self.period:
            return self.read.stroboscope(values, self.period, rtol=rtol, scale=float(np.ptp(self.sides, axis=1).max()))
        return self.read.map(values) if self.maps else self.read.flow(values)

    @property
    def sides(self) -> tuple[tuple[float, float], ...]:
        """(low, high) of each coordinate."""
        return tuple(zip(self.box[::2], self.box[1::2], strict=True))[:len(self.read.variables)]

    @property
    def starts(self) -> list[Array]:
        """Where trajectories begin, as the caller says."""
        n = len(self.read.variables)
        return [np.array(self.start[k:k + n]) for k in range(0, len(self.start), n)]

    def _even(self) -> list[Array]:
        """Starts of the orbits of a map where nobody says which."""
        return [np.array([np.mean(self.sides[0]) + 0.1])] if len(self.sides) == 1 else even_starts(self.window)

    @property
    def window(self) -> Box:
        """The box of two coordinates."""
        return Box(*self.sides)

    def span(self, option: str, words: Sequence[str], names: int) -> tuple[tuple[str, ...], tuple[float, float]] | None:
        """The names and the range that an option gives. Raises InputError."""
        if not words:
            return None
        try:
            low, high = map(float, words[names:])
        except ValueError:
            raise InputError(f"{option} must be {'NAME ' * names}LOW HIGH, got {' '.join(words)!r}") from None
        known = self.model.parameters
        for name in words[:names]:
            if name not in known:
                raise InputError(f"{option} must name parameters of {', '.join(known) or '(none)'}, got {name}")
        return tuple(words[:names]), (low, high)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw it. Raises InputError."""
        model, diagram, curves = self.model, None, []
        shown = self._portrait(model) if isinstance(model, PlanarSystem) else None
        cycles = self._map_cycles(model) if isinstance(model, SmoothMap) else []
        shaded = basins(shown.system, shown.box, fixed=shown.fixed.points, cycles=shown.cycles,
                        resolution=self.points) if shown and self.basins else None
        if (over := self.span("diagram", self.diagram, 1)) is not None:
            (name,), bounds = over
            diagram = (flow_diagram(model, name, bounds, self.window) if isinstance(model, PlanarSystem) else
                       map_diagram(model, name, bounds, self.sides, longest=self.doublings))
            if (second := self.span("curves", self.curves, 2)) is not None:
                if second[0][0] != name or second[0][1] == name:
                    raise InputError(f"curves must name {name}, that of the diagram, and another, got "
                                     f"{' '.join(second[0])}")
                curves = list(two_parameter_curves(model, diagram, second[0][1], second[1]))
        with style():
            figure = Figure(layout="constrained")
            self._draw(figure, model, shown, cycles, shaded, diagram, curves)
        results, lines = told(model, shown, cycles, shaded, diagram, curves)
        return SystemPlot(name=self.name(), figure=figure, data=arrays(shown, cycles, shaded, diagram, curves),
                          parameters=self.parameters(), results=results, lines=tuple(lines))

    def _portrait(self, system: PlanarSystem, resolution: int = 200) -> Portrait:
        try:
            return portrait(system, self.window, starts=self.starts or None, duration=self.duration,
                            resolution=resolution, cycles=True, length=10.0 if self.start else _SHORT)
        except TrajectoryError as failure:
            raise InputError(str(failure)) from None

    def _map_cycles(self, smooth: SmoothMap) -> list[Cycle]:
        quick: Any = self._model(smooth.parameters, _SEARCHED) if self.period else smooth
        found: list[Cycle] = []
        for period in _FORCED if self.period else _PERIODS:
            starts = cycle_starts(quick, self.sides, period)
            if self.period:
                starts = np.array([cycle.points[0] for cycle in map_cycles(quick, starts, period)]).reshape(-1, 2).T
            found += map_cycles(smooth, starts, period) if starts.size else ()
        return [cycle for cycle in found if all((low <= part).all() and (part <= high).all() for (low, high), part in
                                                zip(self.sides, cycle.points.T, strict=True))]

    def _forced(self, smooth: SmoothMap, cycles: Sequence[Cycle]) -> list[LimitCycle]:
        """The cycles of a forced flow as curves."""
        if not self.period:
            return []
        system, time = self.read.forced(smooth.parameters, self.period)
        curves = []
        for cycle in cycles:
            period = len(cycle.points) * float(time(**smooth.parameters))
            with np.errstate(divide="ignore"):
                growth = float(np.log(np.abs(cycle.multipliers[0])))
            curves.append(LimitCycle(period, growth, *forced_path(system, cycle.points[0], period, clock="t")))
        return curves

    def _orbits(self, smooth: SmoothMap, starts: Sequence[Array] = ()) -> list[Array]:
        """Orbits (K, n) that are drawn, without beginning where nobody asked for it."""
        n, asked = smooth.dimension, starts or self.starts
        steps = 60 if n == 1 else _STROBES if self.period else _ITERATES
        orbits = smooth.iterates(np.array(asked or self._even()).T, steps)[0 if n == 1 or asked else steps // 10:]
        return list(np.moveaxis(orbits, 2, 0))

    def _draw(self, figure: Figure | SubFigure, model: PlanarSystem | SmoothMap, shown: Portrait | None,
              cycles: Sequence[Cycle], shaded: Basins | None, diagram: Diagram | None,
              curves: Sequence[tuple[str, Branch]]) -> None:
        panels = 1 + (diagram is not None) + bool(curves)
        if isinstance(figure, Figure):
            figure.set_size_inches(_WIDTH * panels, _HEIGHT + 0.8)
        parts = np.ravel(figure.subfigures(1, panels, squeeze=False))
        axes = parts[0].subplots()
        if shaded is not None:
            drawn.draw_basins(axes, shaded)
        if shown is not None:
            arrows = draw_portrait(axes, shown)
            figure_bar = parts[0].colorbar(arrows, ax=axes, pad=0.02)
            figure_bar.set_label("speed, in sides of the box")
            names = (math_name(shown.system.names[0]), math_name(shown.system.names[1]))
            axes.set(xlabel=f"${names[0]}$", ylabel=f"${names[1]}$")
            add_legend(parts[0], legend_handles(shown, names=names), columns=2)
        elif isinstance(model, SmoothMap):
            orbits = self._orbits(self._model(model.parameters, _ROUGH))  # type: ignore[arg-type]
            handles = drawn.draw_map(axes, model, self.sides, cycles, orbits)
            if curves_of := self._forced(model, cycles):
                draw_cycles(axes, curves_of, self.window)
            add_legend(parts[0], [*handles, *cycle_handles(curves_of)], columns=2)
        rest = iter(parts[1:])
        if diagram is not None:
            part = next(rest)
            if diagram.cycles:
                upper, lower = part.subplots(2, 1, sharex=True, height_ratios=(2, 1))
                drawn.draw_periods(lower, diagram)
            else:
                upper = part.subplots()
            add_legend(part, drawn.draw_diagram(upper, diagram, str(model.names[0])), columns=2)
            if diagram.cycles:
                upper.set_xlabel("")
        if curves and diagram is not None:
            part = next(rest)
            (names_of, bounds) = self.span("curves", self.curves, 2) or ((), (0, 1))
            add_legend(part, drawn.draw_curves(part.subplots(), curves, (names_of[0], names_of[1]),
                                         (diagram.bounds, bounds)), columns=2)

    def explorer(self) -> Explorer:
        """Sliders for all parameters; a click starts a trajectory, forward and backward, or an orbit of a map."""
        def model(values: Mapping[str, float]) -> PlanarSystem | SmoothMap:
            return self._model(values, _ROUGH)

        def draw(figure: SubFigure, values: Mapping[str, float]) -> None:
            here = model(values)
            shown = self._portrait(here, _QUICK) if isinstance(here, PlanarSystem) else None
            self._draw(figure, here, shown, self._map_cycles(here) if isinstance(here, SmoothMap) else (), None, None,
                       ())

        def click(axes: Axes, x: float, y: float, values: Mapping[str, float]) -> None:
            here = model(values)
            if isinstance(here, SmoothMap):
                drawn.draw_orbits(axes, self._orbits(here, [np.array([x, y][:here.dimension])]), COLOURS[4])
                return
            try:
                paths = [trajectory(here, (x, y), self.window, backward=back, duration=self.duration)
                         for back in (False, True)]
            except (InputError, TrajectoryError):
                return
            draw_trajectories(axes, paths, self.window)

        knobs = tuple(Knob(name, f"${math_name(name)}$", *_around(value), value, logarithmic=False)
                      for name, value in self.values.items())
        return Explorer(f"gateflow phase {self.name()}", (_WIDTH * 1.2, _HEIGHT * 1.3), knobs, draw, click, self._words)

    def _words(self, values: Mapping[str, float]) -> list[str]:
        return [f"\"{self.equations}\"", *(["--set"] if values else []),
                *(f"{name}={value:.4g}" for name, value in values.items()), "--box", *(f"{x:g}" for x in self.box),
                *(["--period", f"\"{self.period}\""] if self.period else [])]


def _around(value: float) -> tuple[float, float]:
    """The range of a slider about a value."""
    return value - max(1.0, abs(value)), value + max(1.0, abs(value))


PLOT = Plane
