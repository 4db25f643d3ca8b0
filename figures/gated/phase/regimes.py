"""Forgetful, taken over by one path, or flexible, over any two parameters"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gateflow.figures.field import plain_numbers
from gateflow.figures.gated.regime_plane import PRESETS, Axis, Plane, RegimeField, plane_of
from gateflow.figures.plot import HERE, FieldPlot, Machine, Plot
from gateflow.figures.style import SKY, YELLOW, caption, style
from gateflow.figures.window import Explorer, Follow, Knob, drawn, empty
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated import regimes
from gateflow.sim.gated.regime_fields import FIELDS, computed_field
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.checks import CELLS, MEMBERS, SCALE, SIDE, TEXT, Array
from gateflow.theory.gated.block_cycles import FASTEST, cycle_boundary
from gateflow.theory.parameters import parameter
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.nullclines import zero_curves

_FIELD_TITLES = {"theory": "probability of an onset, theory", "linear": "probability of an onset, linear theory",
                 "flow": "share of networks with an onset, flow"}
_SYMBOLS = {"overlap": "overlap of the teachers", "norm_strength": "norm cost, $\\lambda_{norm}$",
            "nonneg_strength": "bound, $\\lambda_{nonneg}$", "strength": "strength of both costs",
            "tau_c": "$\\tau_c$", "pace": "common factor of $\\tau_w$ and $\\tau_c$", "tau_w": "$\\tau_w$",
            "tau_block": "length of a block, $\\tau_B$",
            "duration": "duration, $T$", "init_scale": "initial scale, $\\varsigma\\sqrt{d_{in}}$"}
_WORDS = {"overlap": "overlap of the teachers", "norm_strength": "strength of the norm cost",
          "strength": "factor of both costs", "tau_c": "time constant of the gates",
          "pace": "factor of both time constants", "tau_w": "time constant of the weights",
          "tau_block": "length of a block", "duration": "length of training",
          "nonneg_strength": "cost of negative gates",
          "init_scale": "initial weights have the standard deviation X/√d_in"}
_SIZE = (7.2, 3.6)
_COLOURS = ("#D9D9D9", YELLOW, SKY)
# A share of seeds counts as unlike its probability below this chance, either way.
_CHANCE = 0.0005
_MOST_LISTED, _MOST_NUMBERED = 6, 49
# Steps of networks that descend in one piece, some 20 seconds of one core.
_STEPS = 2e7
# Cells a side in which the boundary of growth is looked for.
_FINE = 60
# The same, and points a side of the field, in a window; parameters that have a slider there.
_QUICK, _COARSE = 30, 12
_SLIDERS = ("overlap", "tau_c", "tau_w", "tau_block", "norm_strength", "init_scale")


def _unlike(theory: RegimeField, simulation: RegimeField, seeds: int) -> NDArray[np.bool_]:
    """Cells (Y, X) in which the share of seeds with an onset is no sample of its probability."""
    # Tails of the binomial law; scipy.stats takes half a second to load.
    onsets = np.rint(np.nan_to_num(simulation.share) * seeds)
    few, many = scipy.special.bdtr(onsets, seeds, theory.share), scipy.special.bdtrc(onsets - 1, seeds, theory.share)
    return np.asarray((np.minimum(few, many) < _CHANCE) & np.isfinite(simulation.share))


def _rows(theory: RegimeField, simulation: RegimeField, seeds: int, field: str) -> list[Row]:
    cells, agree = theory.share.size, float(np.mean(theory.regime == simulation.regime))
    distance = np.abs(theory.share - simulation.share)
    rows = [make_row("share of cells in the regime that theory says", "observation", theory=1.0, simulation=agree,
                     error=1 - agree),
            make_row("share of networks with an onset, mean distance over cells", "observation",
                     error=float(np.nanmean(distance)))]
    unlike = int(_unlike(theory, simulation, seeds).sum())
    about = f"cells whose onsets are no sample of the probability, of {cells}"
    # The theory leaves out the mean of the initial weights and directions across the fastest one.
    judged = {"tolerance": 0.05 * cells} if field == "theory" else {}
    return [*rows, make_row(about, "approximation" if judged else "observation", error=unlike, **judged)]


def _disagreements(shown: Plane, theory: RegimeField, simulation: RegimeField) -> list[str]:
    """Cells in which theory and simulation name different regimes, worst first."""
    cells = []
    for j, i in np.argwhere((theory.regime != simulation.regime) & np.isfinite(simulation.regime)):
        names = [regimes.REGIMES[int(one.regime[j, i])] for one in (theory, simulation)]
        cells.append((abs(theory.share[j, i] - simulation.share[j, i]),
                      f"{shown.x.name} {simulation.x[i]:.4g}, {shown.y.name} {simulation.y[j]:.4g}: theory {names[0]}, "
                      f"simulation {names[1]} (onset {theory.share[j, i]:.2f} and {simulation.share[j, i]:.2f})"))
    lines = [line for _, line in sorted(cells, key=lambda pair: -pair[0])]
    return lines[:_MOST_LISTED] + [f"and {len(lines) - _MOST_LISTED} more"] * (len(lines) > _MOST_LISTED)


def _framed(axes: Axes, shown: Plane, title: str) -> None:
    axes.set(xlabel=_SYMBOLS[shown.x.name], ylabel=_SYMBOLS[shown.y.name], xlim=(shown.x.low, shown.x.high),
             ylim=(shown.y.low, shown.y.high), xscale="log" if shown.x.logarithmic else "linear",
             yscale="log" if shown.y.logarithmic else "linear")
    plain_numbers(*(scale for scale in (axes.xaxis, axes.yaxis) if scale.get_scale() == "log"))
    axes.set_title(title)


def _shares(figure: Figure | SubFigure, axes: Axes, shown: Plane, field: RegimeField, simulation: RegimeField | None,
            title: str) -> None:
    """How likely an onset is, with the simulated shares in circles."""
    image = axes.pcolormesh(field.x, field.y, field.share, cmap="cividis", vmin=0, vmax=1, shading="nearest",
                            rasterized=True)
    if min(field.share.shape) > 1:
        axes.contour(field.x, field.y, field.share, levels=[0.5], colors="white", linewidths=1.4)
    if simulation is not None:
        x, y = np.meshgrid(simulation.x, simulation.y)
        axes.scatter(x, y, c=simulation.share, cmap="cividis", vmin=0, vmax=1, s=60, edgecolors="white",
                     linewidths=1.2, clip_on=False, zorder=3)
    figure.colorbar(image, ax=axes, pad=0.02)
    _framed(axes, shown, title)


def _boundary(shown: Plane, fixed: Mapping[str, Any], resolution: int = _FINE) -> tuple[Array, ...]:
    """Curves (N, 2) in the plane beyond which blocks are too short, or gates too slow, for a limit cycle."""
    x, y = shown.x, shown.y
    corners = {x.name: np.array([x.low, x.high] * 2), y.name: np.repeat([y.low, y.high], 2)}
    boundary = cycle_boundary(min(float(regimes.effective_gates(corners, fixed).min()), FASTEST))

    def values(axis: Axis, place: Array) -> Array:
        return (np.exp(place) if axis.logarithmic else place).clip(axis.low, axis.high)

    def vanishing(along_x: Array, along_y: Array) -> Array:
        cells = {axis.name: values(axis, place.ravel()) for axis, place in ((x, along_x), (y, along_y))}
        grown = regimes.growth(cells, fixed, boundary)
        return (grown / (1 + grown) - 0.5).reshape(along_x.shape)

    sides = [(float(np.log(axis.low)), float(np.log(axis.high))) if axis.logarithmic else (axis.low, axis.high)
             for axis in (x, y)]
    return tuple(np.column_stack([values(x, curve[:, 0]), values(y, curve[:, 1])])
                 for curve in zero_curves(vanishing, Box(*sides), resolution=resolution))


def _kinds(axes: Axes, shown: Plane, field: RegimeField, simulation: RegimeField | None,
           boundary: Sequence[Array]) -> None:
    """Which regime, with the commonest simulated one in circles, and the total alignment beside them."""
    for curve in boundary:
        axes.plot(*curve.T, color="black", linewidth=1.4, zorder=2)
    colours = ListedColormap(list(_COLOURS))
    axes.pcolormesh(field.x, field.y, field.regime, cmap=colours, vmin=-0.5, vmax=2.5, shading="nearest",
                    rasterized=True)
    if simulation is not None:
        x, y = np.meshgrid(simulation.x, simulation.y)
        axes.scatter(x, y, c=simulation.regime, cmap=colours, vmin=-0.5, vmax=2.5, s=230, edgecolors="black",
                     linewidths=0.7, clip_on=False, zorder=3)
        if simulation.alignment is not None and simulation.alignment.size <= _MOST_NUMBERED:
            for (j, i), value in np.ndenumerate(simulation.alignment):
                axes.text(float(simulation.x[i]), float(simulation.y[j]), f"{value:.2f}".removeprefix("0"), ha="center",
                          va="center", fontsize=7, zorder=4)
    handles = [Patch(facecolor=colour, edgecolor="0.4", linewidth=0.5, label=name)
               for colour, name in zip(_COLOURS, ("forgetful", "one path takes over", "flexible"), strict=True)]
    axes.legend(handles=handles, loc="upper right", bbox_to_anchor=(1.02, -0.16), ncols=3, handlelength=1.1,
                columnspacing=0.9, handletextpad=0.5, fontsize=7.5)
    _framed(axes, shown, "regime")


def _summary(field: RegimeField, swept: SweepResult) -> dict[str, Any]:
    valid = np.isfinite(field.regime)
    shares = {f"share_of_the_plane_that_is_{name.replace(' ', '_')}": float(np.mean(field.regime[valid] == kind))
              for kind, name in enumerate(regimes.REGIMES)}
    return shares | {"points_that_failed": swept.report() or None}


def _value(name: str) -> Any:
    """A parameter that has a value where it is no axis."""
    about = f"{_WORDS[name]}, where it is not an axis; none: {regimes.PARAMETERS[name]:.4g}, or the preset's"
    return parameter(None, about, regimes.RANGES[name])


@dataclass(frozen=True)
class Regimes(FieldPlot):
    """Which of three things becomes of networks, from theory, from their reduced flow and from descent."""

    example: ClassVar[str] = "--x overlap 0 0.9 --y tau_c 0.005 0.2 --field flow"
    cost: ClassVar[str] = "10 s, with --simulate minutes"

    points: int = parameter(30, "points a side of the field", SIDE)
    cells: int = parameter(6, "simulated cells a side, where the preset does not say which", CELLS)
    simulate: bool = parameter(False, "lay gradient descent over it")
    preset: str = parameter("default", "a plane of parameters; figure5-left and -right are published (NTA), "
                            "figure5-printed gives what the left one prints", tuple(PRESETS))
    x: tuple[str, ...] = parameter((), f"the parameter along x and its range: {', '.join(regimes.PARAMETERS)}", TEXT,
                                   metavar="NAME LOW HIGH")
    y: tuple[str, ...] = parameter((), "the parameter along y and its range", TEXT, metavar="NAME LOW HIGH")
    field: str = parameter("theory", "where the field comes from: theory of the onset by the exact flow of two paths, "
                           "its linear form, or the reduced flow of whole networks", tuple(FIELDS))
    field_seeds: int = parameter(4, "networks a point of a flow field", MEMBERS)
    dt: float = parameter(1e-3, "step of gradient descent", SCALE, unit="time")
    overlap: float | None = _value("overlap")
    norm_strength: float | None = _value("norm_strength")
    strength: float | None = _value("strength")
    tau_c: float | None = _value("tau_c")
    pace: float | None = _value("pace")
    tau_w: float | None = _value("tau_w")
    tau_block: float | None = _value("tau_block")
    duration: float | None = _value("duration")
    nonneg_strength: float | None = _value("nonneg_strength")
    init_scale: float | None = _value("init_scale")

    def __post_init__(self) -> None:
        """Check that there is such a plane."""
        super().__post_init__()
        self._plane()

    def _plane(self) -> Plane:
        given = {name: getattr(self, name) for name in regimes.PARAMETERS if getattr(self, name) is not None}
        return plane_of(self.preset, self.x, self.y, given)

    def _sweep(self, function: Any, x: Array, y: Array, seeds: int) -> Sweep:
        """The sweep of a function over the plane."""
        shown = self._plane()
        values = {shown.x.name: x, shown.y.name: y}
        fixed = {**regimes.FIXED, **shown.fixed, "dt": self.dt, "teachers": self.seed}
        runs = len(x) * len(y) * max(seeds, 1)
        # Cells that need equally many steps stand together where the parameters that decide it vary slowest.
        names = [name for name in regimes.PARAMETERS if name in values]
        chunk = int(np.clip(runs, 64, 1024))
        if function is regimes.descent_cells:
            # Cells that draw their inputs together, in whole rows.
            names.sort(key=lambda name: name not in regimes.SHARED)
            rows, row = (len(values[name]) for name in names)
            steps = np.max({**fixed, **values}["duration"]) / self.dt
            together = 1 if names[0] in regimes.SHARED else -(-rows // max(1, round(runs * steps / _STEPS)))
            chunk = seeds * row * together
        axes = {name: values[name] for name in names}
        return Sweep("regimes", axes, function, fixed, seeds=seeds, seed=self.seed, chunk=chunk)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw regimes over a plane of parameters. Raises InputError."""
        shown, kind = self._plane(), self.field
        field_seeds = self.field_seeds if kind == "flow" else 0
        x, y = shown.x.values(self.points), shown.y.values(self.points)
        swept, computed = computed_field(kind, lambda function: self._sweep(function, x, y, field_seeds), machine.sweep)
        field = RegimeField.of(swept, shown)
        data, results, rows = field.data("field"), _summary(field, swept), list[Row]()
        results["runs_computed"] = computed
        boundary = _boundary(shown, {**regimes.FIXED, **shown.fixed})
        data |= {f"boundary_{k}": curve for k, curve in enumerate(boundary)}
        simulation = None
        words = "White line: one half." + " Black line: shorter blocks have no limit cycle." * bool(boundary)
        if self.simulate:
            x, y = shown.x.cells(self.cells), shown.y.cells(self.cells)
            runs = machine.sweep(self._sweep(regimes.descent_cells, x, y, self.seeds))
            simulation = RegimeField.of(runs, shown)
            at_cells = self._sweep(FIELDS[kind], x, y, self.seeds if kind == "flow" else 0)
            there = RegimeField.of(machine.sweep(at_cells), shown)
            rows = _rows(there, simulation, self.seeds, kind)
            results |= {"cells_that_disagree": _disagreements(shown, there, simulation) or None,
                        "simulations_that_failed": runs.report() or None}
            data |= simulation.data("simulation") | there.data("theory_at_cells")
            agreed = int(np.sum(there.regime == simulation.regime))
            words += (f" Circles: gradient descent, {self.seeds} networks each, and their mean total alignment. Regime "
                      f"as said in {agreed} of {there.regime.size} cells; share with an onset {rows[1].error:.2g} "
                      "apart on average.")
        with style():
            figure = Figure(figsize=_SIZE, layout="constrained")
            shares, kinds = figure.subplots(1, 2)
            _shares(figure, shares, shown, field, simulation, _FIELD_TITLES[kind])
            _kinds(kinds, shown, field, simulation, boundary)
            caption(figure, words)
        parameters = {"x": shown.x.name, "y": shown.y.name, **shown.fixed, "field": kind, "points": self.points,
                      "field_seeds": field_seeds, "seeds": self.seeds, "seed": self.seed, "dt": self.dt,
                      "simulate": self.simulate}
        return Plot(self.name(), figure, data, parameters, results, rows)

    def explorer(self) -> Explorer:
        """Sliders for what is no axis: the boundary follows while they move, linear theory of the onset afterwards."""
        start = self._plane()

        def computed(values: Mapping[str, float]) -> tuple[Plane, dict[str, Any]]:
            shown = replace(start, fixed={**start.fixed, **values})
            return shown, {**regimes.FIXED, **shown.fixed}

        def draw(figure: SubFigure, values: Mapping[str, float]) -> Follow:
            shown, fixed = computed(values)
            x, y = shown.x.values(_COARSE), shown.y.values(_COARSE)
            field = RegimeField.of(run_sweep(Sweep("regimes", {shown.x.name: x, shown.y.name: y}, regimes.linear_cells,
                                                   fixed, chunk=_COARSE**2)), shown)
            left, right = figure.subplots(1, 2)
            _shares(figure, left, shown, field, None, _FIELD_TITLES["linear"])
            _kinds(right, shown, field, None, ())
            kept = drawn(right)

            def follow(values: Mapping[str, float]) -> Sequence[Axes]:
                empty(right, kept)
                for curve in _boundary(*computed(values), _QUICK):
                    right.plot(*curve.T, color="black", linewidth=1.4, zorder=2)
                _framed(right, shown, "regime")
                return [right]

            follow(values)
            return follow

        knobs = [Knob(name, name, -0.9, 0.9, value, logarithmic=False) if name == "overlap" else
                 Knob(name, _SYMBOLS[name].rpartition(", ")[2], value / 10, value * 10, value)
                 for name, value in start.fixed.items() if name in _SLIDERS and (value > 0 or name == "overlap")]
        return Explorer("gateflow phase regimes", _SIZE, tuple(knobs), draw)


PLOT = Regimes
