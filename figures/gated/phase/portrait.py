"""Phase portrait of gates and weights, or of both paths, within a block"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from gateflow.figures.gated import flow_fields as fields
from gateflow.figures.gated.portrait_film import film
from gateflow.figures.gated.symmetric_plane import (
    HEAVIEST,
    ROUNDING,
    STRENGTHS,
    TwoTaskPlot,
    finite_or_none,
    halving_row,
    simulated,
)
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.portrait import TRAJECTORY, add_legend, legend_handles
from gateflow.figures.style import ORANGE, style
from gateflow.figures.window import Explorer, Follow, Knob, drawn, empty
from gateflow.sim.compare.rows import Row, make_row
from gateflow.theory.checks import BLOCKS, CELLS, SCALE, Array, InputError, Range
from gateflow.theory.gated.block_path import block_path
from gateflow.theory.gated.two_tasks import separatrix
from gateflow.theory.parameters import parameter
from gateflow.theory.plane.portrait import Portrait

_TASKS = {"both": (1, -1), "1": (1,), "2": (-1,), "overlaid": (1, -1)}
# Starts where the caller gives none: specialised, and below the separatrix by this factor.
_BELOW = 0.5
_SAMPLES = 400
_EXACT: dict[str, Any] = {"color": ORANGE, "linewidth": 1.4}
_HELD_GATES = (-1.0, 0.0, 1.0)


@dataclass(frozen=True)
class _Setting:
    """What is drawn: time constants, d, tasks, and starts (c̄, w̄) by task."""

    times: dict[str, float]
    d: float
    tasks: tuple[int, ...]
    starts: Mapping[int, tuple[tuple[float, ...], ...]]

    @property
    def t(self) -> Array:
        """Times at which ways are known, finest just after the switch."""
        return np.asarray(self.times["tau_block"] * np.linspace(0, 1, _SAMPLES) ** 2)

    def exact(self, task: int) -> Array:
        """Ways (S, 3, T) through a block from the starts, d moving."""
        constants = {"tau_w": self.times["tau_w"], "tau_c": self.times["tau_c"]}
        return np.array([block_path(self.t, (c, w, self.d), task=task, **constants) for c, w in self.starts[task]])

    def portrait(self, task: int, rough: bool = False) -> Portrait:
        """The portrait of gates and weights in a task."""
        return fields.gate_portrait(task, self.d, self.times, self.starts[task], rough)


@dataclass(frozen=True)
class _Simulation:
    """Simulated ways (2 strengths, S, 3, T) by task, and their largest distance from the exact ways, by strength."""

    ways: Mapping[int, Array]
    distances: Array

    @classmethod
    def of(cls, setting: _Setting, exact: Mapping[int, Array], machine: Machine) -> "_Simulation":
        """Run the network from all starts."""
        runs = iter(machine.jobs([
            (simulated, (setting.times, (task,), [(c, w, setting.d) for c, w in setting.starts[task]], setting.t,
                         strength)) for task in setting.tasks for strength in STRENGTHS]))
        ways = {task: np.array([np.moveaxis(next(runs)[0], 0, 1) for _ in STRENGTHS]) for task in setting.tasks}
        distances = [max(float(np.abs(ways[task][number] - exact[task]).max()) for task in setting.tasks)
                     for number in range(len(STRENGTHS))]
        return cls(ways, np.array(distances))

    def rows(self, held: float | None) -> list[Row]:
        """What holds of all this; held: distance of trajectories with d held from the exact ways, at their ends."""
        rows = [make_row("trajectories, largest distance of c̄, w̄, d", "limit", error=float(self.distances[1]),
                         tolerance=float(max(self.distances[0], ROUNDING)))]
        rows += halving_row("trajectories, order of their error in 1/λ_norm", self.distances)
        if held is not None:
            rows.append(make_row("trajectories with d held, distance of their ends", "observation", error=held))
        return rows


def _gate_panels(figure: Figure | SubFigure, setting: _Setting, shown: Mapping[int, Portrait], overlaid: bool) \
        -> tuple[dict[int, Axes], list[Any]]:
    """Draw the plane of the gates; returns the axes of each task and handles for a legend."""
    if overlaid:
        axes = figure.subplots()
        handles = fields.draw_overlaid(axes, shown, setting.times)
        return dict.fromkeys(setting.tasks, axes), handles
    panels = np.atleast_1d(figure.subplots(1, len(setting.tasks), sharey=True))
    arrows = [fields.draw_gates(axes, shown[task], task, setting.times)
              for task, axes in zip(setting.tasks, panels, strict=True)]
    for axes in panels[1:]:
        axes.set_ylabel("")
    fields.share_colours(arrows)
    figure.colorbar(arrows[0], ax=list(panels), label="speed", pad=0.02, aspect=30)
    handles = legend_handles(*shown.values(), names=("\\bar{c}", "\\bar{w}"), orbits="orbits")
    return dict(zip(setting.tasks, panels, strict=True)), handles


def _path_panels(figure: Figure | SubFigure, setting: _Setting) -> tuple[dict[int, list[Axes]], list[Any]]:
    """Draw the plane of the paths; returns the axes of each task and handles for a legend."""
    panels = figure.subplots(len(setting.tasks), len(_HELD_GATES), squeeze=False, sharex=True, sharey=True)
    arrows = []
    for task, row in zip(setting.tasks, panels, strict=True):
        for gates, axes in zip(_HELD_GATES, row, strict=True):
            arrows.append(fields.draw_paths(axes, fields.path_portrait(task, gates, setting.times), task, gates))
            axes.label_outer()
    fields.share_colours(arrows)
    figure.colorbar(arrows[0], ax=list(panels.ravel()), label="speed", pad=0.02, aspect=30)
    handles = [Line2D([], [], color="0", linewidth=3, label="fixed points"),
               Line2D([], [], color="0.6", linewidth=0.7, label="those of other gates"),
               Line2D([], [], color="white", marker="*", markeredgecolor="black", markersize=10, linestyle="none",
                      label="specialised"),
               Line2D([], [], **TRAJECTORY, marker="o", markersize=4, label="trajectory, gates moving")]
    return {task: list(row) for task, row in zip(setting.tasks, panels, strict=True)}, handles


def _draw(figure: Figure | SubFigure, setting: _Setting, plane: str, overlaid: bool, shown: Mapping[int, Portrait],
          exact: Mapping[int, Array], simulation: _Simulation | None = None) -> Callable[[_Setting], Sequence[Axes]]:
    """Draw everything into an empty figure; returns what makes it follow sliders, coarsely."""
    if plane == "paths":
        panels, handles = _path_panels(figure, setting)
    else:
        alone, handles = _gate_panels(figure, setting, shown, overlaid)
        panels = {task: [axes] for task, axes in alone.items()}
    # Sliders do not change where the paths go with the gates held, only how fast.
    kept = {axes: drawn(axes) if plane == "paths" else [] for several in panels.values() for axes in several}
    if plane == "paths":
        _ways(panels, exact)
    if simulation is not None:
        for task, several in panels.items():
            for axes in several:
                _over(axes, plane, exact[task], simulation.ways[task][1])
        handles += [] if plane == "paths" else [Line2D([], [], **_EXACT, label="trajectory, $d$ moving")]
        handles.append(Line2D([], [], **fields.SIMULATED,
                              label=f"simulation, apart by at most {simulation.distances[1]:.1g}"))
    columns = 4 if _size(plane, setting, overlaid)[0] > 5 else 2
    add_legend(figure, handles, columns=columns)

    # Arrows are drawn first; they keep the colours of the bar.
    norm = next(iter(kept)).collections[0].norm

    def follow(now: _Setting) -> Sequence[Axes]:
        for axes, before in kept.items():
            empty(axes, before)
        if plane == "paths":
            _ways(panels, {task: now.exact(task) for task in now.tasks})
            return list(kept)
        moved = {task: now.portrait(task, rough=True) for task in now.tasks}
        if overlaid:
            fields.draw_overlaid(next(iter(kept)), moved, now.times)
            return list(kept)
        for task, (axes,) in panels.items():
            fields.draw_gates(axes, moved[task], task, now.times).set_norm(norm)
            axes.label_outer()
        return list(kept)

    return follow


def _ways(panels: Mapping[int, list[Axes]], exact: Mapping[int, Array]) -> None:
    """Draw the ways, in which the gates move, into the planes of the paths."""
    for task, several in panels.items():
        for axes in several:
            fields.draw_exact(axes, exact[task])


def _over(axes: Axes, plane: str, exact: Array, runs: Array) -> None:
    """Draw ways in which d moves, and simulated ones (S, 3, T)."""
    for way, points in zip(exact, runs, strict=True):
        if plane == "gates":
            axes.plot(*way[:2], **_EXACT, zorder=2.7)
        fields.draw_simulated(axes, points[:2] if plane == "gates" else fields.in_paths(points),
                              14 if plane == "gates" else 6)


def _results(setting: _Setting, shown: Mapping[int, Portrait]) -> dict[str, Any]:
    """Numbers of the portraits: saddle, separatrix and curve of fixed points, by search and in closed form."""
    slope = float(separatrix(tau_w=setting.times["tau_w"], tau_c=setting.times["tau_c"]))
    results: dict[str, Any] = {"separatrix_slope": slope}
    for task, one in shown.items():
        name = fields.task_name(task).replace(" ", "_")
        for point in one.fixed.points:
            slopes = [float(half.points[-1, 1] / half.points[-1, 0]) for half in one.manifolds if half.kind == "stable"]
            results |= {f"{name}_{point.kind}": [round(point.x, 12) + 0.0, round(point.y, 12) + 0.0],
                        f"{name}_eigenvalues": sorted(float(value) for value in np.real(point.eigenvalues)),
                        f"{name}_separatrix_slope_found": float(np.mean(slopes)) if slopes else None}
        rates = np.concatenate([curve.rate for curve in one.fixed.curves]) if one.fixed.curves else np.array([np.nan])
        results |= finite_or_none({f"{name}_slowest_rate_to_the_curve": rates.max(),
                                   f"{name}_fastest_rate_to_the_curve": rates.min()})
    return results


def _held_distance(shown: Mapping[int, Portrait], exact: Mapping[int, Array]) -> float:
    """How far trajectories with d held end from the exact ones."""
    return max(float(np.abs(path.points[-1] - way[:2, -1]).max())
               for task, one in shown.items() for path, way in zip(one.trajectories, exact[task], strict=True))


def _size(plane: str, setting: _Setting, overlaid: bool) -> tuple[float, float]:
    if plane == "paths":
        return 7.2, 0.9 + 2.15 * len(setting.tasks)
    return (7.2, 4.1) if len(setting.tasks) == 2 and not overlaid else (4.4, 4.5)


@dataclass(frozen=True)
class PortraitPlot(TwoTaskPlot):
    """Two tasks within a block: gates against weights, or the two paths."""

    example: ClassVar[str] = "--simulate --animate gif"
    cost: ClassVar[str] = "3 s, with --animate 5 s"
    works: ClassVar[bool] = True
    animated: ClassVar[bool] = True

    tau_c: float = parameter(0.3, "time constant of the gates, for teachers of norm 1", SCALE, unit="time")
    tau_block: float = parameter(2.0, "length of a block", SCALE, unit="time")
    simulate: bool = parameter(False, "lay integrated networks over it, in which d moves")
    plane: str = parameter("gates", "gates c̄ against weights w̄, or the two paths w¹, w²", ("gates", "paths"))
    tasks: str = parameter("both", "which tasks, side by side", tuple(_TASKS))
    d: float = parameter(0.0, "what both paths prefer of task 1, held in the plane of the gates",
                         Range(-1, 1, open_low=True, open_high=True))
    start: tuple[float, ...] = parameter((), "where trajectories begin: c̄ and w̄ of each", HEAVIEST,
                                     metavar="C,W")
    blocks: int = parameter(4, "blocks of the animation", BLOCKS)
    frames: int = parameter(40, "frames a block of the animation", Range(2, CELLS.high, whole=True))

    def __post_init__(self) -> None:
        """Check starts, and that both tasks can be laid over each other."""
        super().__post_init__()
        for c, w in self._given:
            if abs(c) > 1:
                raise InputError(f"start must have gates c between -1 and 1, got {c:g},{w:g}")
        if self.plane == "paths" and self.tasks == "overlaid":
            raise InputError("tasks must be both, 1 or 2 in the plane of the paths, got 'overlaid'")

    @property
    def _given(self) -> tuple[tuple[float, ...], ...]:
        if len(self.start) % 2:
            raise InputError(f"start must be pairs c,w of finite numbers, got {len(self.start)} numbers")
        return tuple(zip(self.start[::2], self.start[1::2], strict=True))

    def _starts(self, task: int) -> tuple[tuple[float, ...], ...]:
        """Starts (c̄, w̄) in a task: those given, or a specialised one and one below the separatrix."""
        # Laid over each other, trajectories of both tasks should not lie on one orbit.
        specialised = 0.75 if self.tasks == "overlaid" and task < 0 else 1.0
        below = _BELOW * float(separatrix(**self.constants))
        return self._given or ((-float(task), specialised), (-float(task), below))

    def _setting(self) -> _Setting:
        tasks = _TASKS[self.tasks]
        return _Setting(self.times, self.d, tasks, {task: self._starts(task) for task in tasks})

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw the portrait."""
        setting, plane, overlaid = self._setting(), self.plane, self.tasks == "overlaid"
        shown = {task: setting.portrait(task) for task in setting.tasks}
        exact = {task: setting.exact(task) for task in setting.tasks}
        simulation = _Simulation.of(setting, exact, machine) if self.simulate else None
        with style():
            figure = Figure(figsize=_size(plane, setting, overlaid), layout="constrained")
            _draw(figure, setting, plane, overlaid, shown, exact, simulation)
        data: dict[str, Array] = {"t": setting.t}
        for task in setting.tasks:
            name, one = fields.task_name(task).replace(" ", "_"), shown[task]
            data |= {f"{name}_starts": np.array(setting.starts[task]), f"{name}_ways": exact[task]}
            data |= {f"{name}_fixed_curve_{i}": curve.points for i, curve in enumerate(one.fixed.curves)}
            data |= {f"{name}_separatrix_{i}": half.points for i, half in enumerate(one.manifolds)}
            data |= {f"{name}_trajectory_{i}": path.points for i, path in enumerate(one.trajectories)}
            if simulation is not None:
                data[f"{name}_simulated"] = simulation.ways[task]
        held = _held_distance(shown, exact) if plane == "gates" else None
        starts = {fields.task_name(task): list(map(list, setting.starts[task])) for task in setting.tasks}
        first = setting.starts[setting.tasks[0]][0]
        return Plot(self.name(), figure, data, self.parameters() | {"starts": starts}, _results(setting, shown),
                    simulation.rows(held) if simulation else (),
                    animation=lambda: film(self.times, (*first, self.d), setting.tasks[0], self.blocks, self.frames))

    def explorer(self) -> Explorer:
        """Sliders for the time constants and d."""
        plane, overlaid = self.plane, self.tasks == "overlaid"

        def setting(values: Mapping[str, float]) -> _Setting:
            return replace(self, **dict[str, Any](values))._setting()

        def draw(figure: SubFigure, values: Mapping[str, float]) -> Follow:
            now = setting(values)
            follow = _draw(figure, now, plane, overlaid, {task: now.portrait(task) for task in now.tasks},
                           {task: now.exact(task) for task in now.tasks})
            return lambda values: follow(setting(values))

        knobs = (Knob("tau_c", "$\\tau_c$", 5e-3, 5, self.tau_c), Knob("tau_w", "$\\tau_w$", 0.05, 20, self.tau_w),
                 Knob("d", "$d$", -0.9, 0.9, self.d, logarithmic=False))
        return Explorer("gateflow phase portrait", _size(plane, self._setting(), overlaid), knobs, draw)


PLOT = PortraitPlot
