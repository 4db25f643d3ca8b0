"""Which of forgetful, taken over by one path, or flexible: over any two parameters, from theory and from descent."""

import argparse
import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray
from scipy import stats

from gateflow.figures.gated.phase.plane import GREY
from gateflow.figures.gated.phase.regime_plane import Plane, add_plane, plane_of
from gateflow.figures.options import add_ensemble
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.figures.sweeps import add_arguments as add_cluster
from gateflow.figures.sweeps import execution
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated import regimes
from gateflow.sim.storage import json_bytes
from gateflow.sim.sweep import Sweep, SweepResult, run_sweep
from gateflow.theory.checks import Array, count, number

TITLE = "gated: forgetful, taken over by one path, or flexible, over any two parameters"

FIELDS = {"theory": regimes.onset_cells, "linear": regimes.linear_cells, "flow": regimes.flow_cells}
_FIELD_TITLES = {"theory": "probability of an onset, theory", "linear": "probability of an onset, linear theory",
                 "flow": "share of networks with an onset, flow"}
_SYMBOLS = {"overlap": "overlap of the teachers", "norm_strength": "norm cost, $\\lambda_{norm}$",
            "nonneg_strength": "bound, $\\lambda_{nonneg}$", "strength": "strength of both costs",
            "tau_c": "$\\tau_c$", "pace": "common factor of $\\tau_w$ and $\\tau_c$", "tau_w": "$\\tau_w$",
            "tau_block": "length of a block, $\\tau_B$",
            "duration": "duration, $T$", "init_scale": "initial scale, $\\varsigma\\sqrt{d_{in}}$"}
_COLOURS = ("#D9D9D9", "#E69F00", "#56B4E9")
# A share of seeds counts as unlike its probability below this chance, either way.
_CHANCE = 0.0005
_MOST_LISTED, _MOST_NUMBERED = 6, 49


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    add_plane(parser)
    parser.add_argument("--field", choices=tuple(FIELDS), default="theory",
                        help="where the field comes from: theory of the onset by the exact flow of two paths, its "
                             "linear form, or the reduced flow of whole networks")
    parser.add_argument("--points", type=int, default=30, metavar="N", help="points a side of the field (30)")
    parser.add_argument("--field-seeds", type=int, default=4, metavar="N", help="networks a point of a flow field (4)")
    parser.add_argument("--simulate", action="store_true", help="lay gradient descent over it")
    parser.add_argument("--cells", type=int, default=6, metavar="N", help="simulated cells a side (6, or the preset's)")
    parser.add_argument("--dt", type=float, default=1e-3, help="step of gradient descent (0.001)")
    add_ensemble(parser)
    add_cluster(parser)


@dataclass(frozen=True)
class Field:
    """A field over the plane. x (X,), y (Y,); share (Y, X): of networks with an onset; regime (Y, X): the commonest.

    alignment (Y, X): mean total alignment, or None where theory has none; growth (Y, X) likewise, the block over the
    shortest that lets specialisation grow. shares (Y, X, 3): of networks in each regime.
    """

    x: Array
    y: Array
    share: Array
    regime: Array
    shares: Array
    alignment: Array | None = None
    growth: Array | None = None

    @classmethod
    def of(cls, result: SweepResult, shown: Plane) -> "Field":
        """The field that a sweep over both axes gives. Raises RuntimeError if it gives nothing at all."""
        if "regime" not in result.values or result.values["regime"].count() == 0:
            raise RuntimeError(f"nothing can be computed anywhere in this plane; {'; '.join(result.report()[1:2])}")
        order = [list(result.axes).index(axis.name) for axis in (shown.y, shown.x)]
        values = {name: np.ma.filled(value.astype(float), np.nan).transpose(*order, *range(2, value.ndim))
                  for name, value in result.values.items()}
        if not result.seeds:
            values = {name: value[..., None] for name, value in values.items()}
        known = np.isfinite(values["regime"])
        counted = np.maximum(known.sum(axis=-1, keepdims=True), 1)
        shares = np.stack([(values["regime"] == kind).sum(axis=-1) for kind in range(3)], axis=-1) / counted
        regime = np.where(known.any(axis=-1), shares.argmax(axis=-1), np.nan)
        mean = {name: np.where(known, value, 0).sum(axis=-1) / counted[..., 0] for name, value in values.items()}
        mean = {name: np.where(known.any(axis=-1), value, np.nan) for name, value in mean.items()}
        x, y = (np.asarray(result.axes[axis.name]) for axis in (shown.x, shown.y))
        return cls(x, y, mean["onset"], regime, shares, mean.get("total_alignment"), mean.get("growth"))

    def data(self, name: str) -> dict[str, Array]:
        """The arrays of the field, by name."""
        own = {key: getattr(self, key) for key in ("x", "y", "share", "regime", "shares", "alignment", "growth")}
        return {f"{name}_{key}": value for key, value in own.items() if value is not None}


def _swept(shown: Plane, function: Any, x: Array, y: Array, arguments: argparse.Namespace, progress: Progress,
           seeds: int) -> SweepResult:
    """Run, or go on with, the sweep of a function over the plane, in a folder of its own."""
    values = {shown.x.name: x, shown.y.name: y}
    # Cells that need equally many steps stand together where the parameters that decide it vary slowest.
    axes = {name: values[name] for name in regimes.PARAMETERS if name in values}
    fixed = {**regimes.FIXED, **shown.fixed, "dt": arguments.dt, "teachers": arguments.seed}
    rows = len(x) * len(y) * max(seeds, 1)
    sweep = Sweep("regimes", axes, function, fixed, seeds=seeds, seed=arguments.seed,
                  chunk=_chunk(function, rows, seeds))
    key = hashlib.sha256(json_bytes(sweep.identity())).hexdigest()[:12]
    folder = arguments.out / "sweeps" / f"regimes-{key}"
    return run_sweep(sweep, folder, execution(arguments, progress, {}))


def _chunk(function: Any, rows: int, seeds: int) -> int:
    """Rows of a chunk: of descent those of a cell; otherwise enough to be worth stepping together."""
    return seeds if function is regimes.descent_cells else int(np.clip(rows // 4, 64, 4096))


def _unlike(theory: Field, simulation: Field, seeds: int) -> NDArray[np.bool_]:
    """Cells (Y, X) in which the share of seeds with an onset is no sample of its probability."""
    seen = np.rint(np.nan_to_num(simulation.share) * seeds)
    few, many = stats.binom.cdf(seen, seeds, theory.share), stats.binom.sf(seen - 1, seeds, theory.share)
    return np.asarray((np.minimum(few, many) < _CHANCE) & np.isfinite(simulation.share))


def _rows(theory: Field, simulation: Field, seeds: int, field: str) -> list[Row]:
    cells, agree = theory.share.size, float(np.mean(theory.regime == simulation.regime))
    apart = np.abs(theory.share - simulation.share)
    rows = [make_row("share of cells in the regime that theory says", "observation", theory=1.0, simulation=agree,
                     error=1 - agree),
            make_row("share of networks with an onset, mean distance over cells", "observation",
                     error=float(np.nanmean(apart)))]
    unlike = int(_unlike(theory, simulation, seeds).sum())
    about = f"cells whose onsets are no sample of the probability, of {cells}"
    # The theory leaves out the mean of the initial weights and directions across the fastest one.
    judged = {"tolerance": 0.05 * cells} if field == "theory" else {}
    return [*rows, make_row(about, "approximation" if judged else "observation", error=unlike, **judged)]


def _disagreements(shown: Plane, theory: Field, simulation: Field) -> list[str]:
    """Cells in which theory and simulation name different regimes, worst first."""
    found = []
    for j, i in np.argwhere((theory.regime != simulation.regime) & np.isfinite(simulation.regime)):
        names = [regimes.REGIMES[int(one.regime[j, i])] for one in (theory, simulation)]
        found.append((abs(theory.share[j, i] - simulation.share[j, i]),
                      f"{shown.x.name} {simulation.x[i]:.4g}, {shown.y.name} {simulation.y[j]:.4g}: theory {names[0]}, "
                      f"simulation {names[1]} (onset {theory.share[j, i]:.2f} and {simulation.share[j, i]:.2f})"))
    lines = [line for _, line in sorted(found, key=lambda pair: -pair[0])]
    return lines[:_MOST_LISTED] + [f"and {len(lines) - _MOST_LISTED} more"] * (len(lines) > _MOST_LISTED)


def _framed(axes: Axes, shown: Plane, title: str) -> None:
    axes.set(xlabel=_SYMBOLS[shown.x.name], ylabel=_SYMBOLS[shown.y.name], xlim=(shown.x.low, shown.x.high),
             ylim=(shown.y.low, shown.y.high), xscale="log" if shown.x.logarithmic else "linear",
             yscale="log" if shown.y.logarithmic else "linear")
    for scale in (axes.xaxis, axes.yaxis):
        if scale.get_scale() == "log":
            scale.set_major_locator(LogLocator(subs=(1, 2, 5)))
            scale.set_major_formatter(StrMethodFormatter("{x:g}"))
            scale.set_minor_formatter(NullFormatter())
    axes.set_title(title)


def _shares(figure: Figure, axes: Axes, shown: Plane, field: Field, simulation: Field | None, title: str) -> None:
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


def _kinds(axes: Axes, shown: Plane, field: Field, simulation: Field | None) -> None:
    """Which regime, with the commonest simulated one in circles, and the total alignment beside them."""
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


def _drawn(shown: Plane, field: Field, simulation: Field | None, kind: str, said: str) -> Figure:
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _shares(figure, left, shown, field, simulation, _FIELD_TITLES[kind])
    _kinds(right, shown, field, simulation)
    figure.supxlabel("White line: one half." + said, fontsize=7.5, color=GREY, x=0.01, ha="left")
    return figure


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw regimes over a plane of parameters. Raises InputError."""
    shown, kind = plane_of(arguments), arguments.field
    for name, least in (("points", 2), ("cells", 1), ("seeds", 1), ("field_seeds", 1)):
        count(name, getattr(arguments, name), minimum=least)
    count("seed", arguments.seed, minimum=0)
    number("dt", arguments.dt, minimum=0, open_below=True)
    field_seeds = arguments.field_seeds if kind == "flow" else 0
    swept = _swept(shown, FIELDS[kind], shown.x.values(arguments.points), shown.y.values(arguments.points), arguments,
                   progress, field_seeds)
    field = Field.of(swept, shown)
    data, results, rows, said = field.data("field"), _summary(field, swept), list[Row](), ""
    simulation = None
    if arguments.simulate:
        x, y = shown.x.cells(arguments.cells), shown.y.cells(arguments.cells)
        seen = _swept(shown, regimes.descent_cells, x, y, arguments, progress, arguments.seeds)
        simulation = Field.of(seen, shown)
        there = Field.of(_swept(shown, FIELDS[kind], x, y, arguments, progress,
                                arguments.seeds if kind == "flow" else 0), shown)
        rows = _rows(there, simulation, arguments.seeds, kind)
        results |= {"cells_that_disagree": _disagreements(shown, there, simulation) or None,
                    "simulations_that_failed": seen.report() or None}
        data |= simulation.data("simulation") | there.data("theory_at_cells")
        agreed = int(np.sum(there.regime == simulation.regime))
        said = (f" Circles: gradient descent, {arguments.seeds} networks each, and their mean total alignment. "
                f"Regime as said in {agreed} of {there.regime.size} cells;\n"
                f"share with an onset {rows[1].error:.2g} apart on average.")
    with style():
        figure = _drawn(shown, field, simulation, kind, said)
    parameters = {"x": shown.x.name, "y": shown.y.name, **shown.fixed, "field": kind, "points": arguments.points,
                  "field_seeds": field_seeds, "seeds": arguments.seeds, "seed": arguments.seed, "dt": arguments.dt,
                  "simulate": arguments.simulate}
    return Plot.of(figure, data, parameters, results, rows)


def _summary(field: Field, swept: SweepResult) -> dict[str, Any]:
    known = np.isfinite(field.regime)
    shares = {f"share_of_the_plane_that_is_{name.replace(' ', '_')}": float(np.mean(field.regime[known] == kind))
              for kind, name in enumerate(regimes.REGIMES)}
    return shares | {"points_that_failed": swept.report() or None}
