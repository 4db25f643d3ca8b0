"""How long the gates take to switch, over the ratio of the time constants and the specialisation of the weights."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import joblib
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gateflow.figures.gated.phase.plane import GREY, ROUNDING, STRENGTHS, WEIGHTS, halving_row, note, simulated
from gateflow.figures.options import add_workers
from gateflow.figures.plot import Plot, Progress, finite
from gateflow.figures.style import style
from gateflow.sim.compare.rows import Row, make_row
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.gated.block_map import crossing_time
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import separatrix, switching_time

TITLE = "gated: time that gates need to switch, over time constants and specialisation"

# What is covered: τ_c/τ_w and w̄; and how much of it simulated points cover.
_RATIOS, _WEIGHTS = (1e-3, 2.0), (0.02, 1.1)
_RUN_RATIOS, _RUN_WEIGHTS = (4e-3, 0.8), (0.15, 1.0)
# How long a simulated block lasts, in units of tau_w, and at how many times it is seen.
_LONG, _TIMES = 20.0, 4000
_CUTS = (1.0, 0.6, 0.3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--end", type=float, default=0.0, metavar="C",
                        help="gates c̄ count as switched here, on their way from −1 (0)")
    parser.add_argument("--d", type=float, default=0.0, metavar="X",
                        help="what both paths prefer of the new task at its start, d (0)")
    parser.add_argument("--points", type=int, default=160, metavar="N", help="points a side of the field (160)")
    parser.add_argument("--simulate", action="store_true", help="lay times of integrated networks over it")
    parser.add_argument("--runs", type=int, default=6, metavar="N", help="simulated points a side (6)")
    add_workers(parser)


def _times(ratio: Any, w: Any, end: float, d: float) -> Array:
    """Time from (−1, w, d) until c̄ = end in units of tau_w, infinite or NaN where it never is, d moving."""
    return crossing_time(end, 1.0, w, -d, ratio, 1.0)


def _margin(ratio: Any, w: Any, end: float, d: float) -> Array:
    """How far, in rapidity, the gates get beyond c̄ = end: negative where they never are there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(1.0, w, -d, ratio, 1.0).until(end)
        return np.clip(np.nan_to_num(swing.rest - swing.bound, nan=-9.0), -9, 9)


@dataclass(frozen=True)
class _Runs:
    """Times of networks from (−1, w, d) to c̄ = end, at each strength of the cost: ratio, w (n, n), times (2, n, n)."""

    ratio: Array
    w: Array
    times: Array
    predicted: Array
    closed: Array

    @classmethod
    def of(cls, end: float, d: float, runs: int, workers: int, progress: Progress) -> "_Runs":
        """Run them, a row a job."""
        ratio, w = np.meshgrid(np.geomspace(*_RUN_RATIOS, runs), np.linspace(*_RUN_WEIGHTS, runs), indexing="ij")
        cells = [(strength, row) for strength in STRENGTHS for row in range(runs)]
        predicted = _times(ratio, w, end, d)
        jobs = (joblib.delayed(_crossings)(float(ratio[row, 0]), w[row], predicted[row], end, d, strength)
                for strength, row in cells)
        done = joblib.Parallel(n_jobs=min(workers, len(cells)), return_as="generator")(jobs)
        times = np.array(list(progress(done, len(cells)))).reshape(2, runs, runs)
        return cls(ratio, w, times, predicted, switching_time(-1.0, end, w, ratio, 1.0))

    def apart(self, number: int = 1) -> float:
        """Largest relative distance of simulated times from predicted ones; NaN without any."""
        both = np.isfinite(self.times[number]) & np.isfinite(self.predicted)
        return float(np.max(np.abs(self.times[number][both] / self.predicted[both] - 1), initial=0))

    def closed_apart(self) -> float:
        """The same for times with d held at 0."""
        both = np.isfinite(self.times[1]) & np.isfinite(self.closed)
        return float(np.max(np.abs(self.closed[both] / self.times[1][both] - 1), initial=0))

    def rows(self, d: float) -> list[Row]:
        """What holds of all this."""
        reached, expected = np.isfinite(self.times[1]), np.isfinite(self.predicted)
        wrong = int((reached != expected).sum())
        coarse, fine = self.apart(0), self.apart(1)
        rows = [make_row(f"gates that switch, of {expected.size} networks", "exact", theory=float(expected.sum()),
                         simulation=float(reached.sum()), error=wrong, tolerance=0),
                make_row("switching time, largest relative distance", "limit", error=fine,
                         tolerance=max(coarse, ROUNDING)),
                *halving_row("switching time, order of its error in 1/λ_norm", (coarse, fine))]
        closed = make_row("switching time with d held at 0, largest relative distance", "observation",
                          error=self.closed_apart())
        return [*rows, closed] if d == 0 else rows


def _crossings(ratio: float, w: Array, predicted: Array, end: float, d: float, strength: float) -> Array:
    """When networks from (−1, w, d) reach c̄ = end, (n,); NaN where they do not.

    Those that should get there have twice the time that it should take, the others a long block.
    """
    found, expected = np.full(len(w), np.nan), np.isfinite(predicted)
    for group in (expected, ~expected):
        if not group.any():
            continue
        last = min(2 * float(predicted[group].max()), _LONG) if expected[group][0] else _LONG
        t = np.concatenate([[0.0], np.geomspace(1e-2 * min(ratio, last), last * (1 - 1e-9), _TIMES)])
        times = {"tau_c": ratio, "tau_w": 1.0, "tau_block": last}
        c = simulated(times, (1,), [(-1.0, height, d) for height in w[group]], t, strength)[0][0]
        found[group] = [_first(t, gates - end) for gates in c]
    return found


def _first(t: Array, beyond: Array) -> float:
    """Where a rising quantity first passes zero, between its samples linearly; NaN where it does not."""
    after = np.flatnonzero(beyond >= 0)
    if not len(after):
        return float("nan")
    i = int(after[0])
    return float(t[i] - beyond[i] * (t[i] - t[i - 1]) / (beyond[i] - beyond[i - 1])) if i else 0.0


def _field(figure: Figure, axes: Axes, data: Mapping[str, Array], runs: _Runs | None, end: float, d: float) -> None:
    ratio, w, times = data["ratio"], data["w"], data["time"]
    norm = LogNorm(1e-3, 10)
    with mpl.rc_context({"hatch.linewidth": 0.6, "hatch.color": "0.6"}):
        axes.contourf(ratio, w, data["margin"].T, levels=[-10, 0], colors=["0.95"], hatches=["////"])
    shown = axes.pcolormesh(ratio, w, np.ma.masked_invalid(times).T, norm=norm, cmap="viridis", shading="gouraud",
                            rasterized=True)
    levels = [10.0**power for power in range(-3, 2)]
    lines = axes.contour(ratio, w, np.ma.masked_invalid(times).T, levels=levels, colors="white", linewidths=0.9)
    axes.contour(ratio, w, data["margin"].T, levels=[0], colors="black", linewidths=1.1)
    axes.plot(ratio, separatrix(ratio, 1.0), ":", color="black", linewidth=1.2)
    if d == 0:
        axes.contour(ratio, w, np.ma.masked_invalid(data["time_at_d_0"]).T, levels=levels, colors="white",
                     linewidths=0.9, linestyles="dashed")
    if runs is not None:
        seen = np.isfinite(runs.times[1])
        axes.scatter(runs.ratio[seen], runs.w[seen], c=runs.times[1][seen], norm=norm, cmap="viridis", s=24,
                     edgecolors="black", linewidths=0.8, zorder=4)
        axes.plot(runs.ratio[~seen], runs.w[~seen], "x", color="black", markersize=4.5, zorder=4)
    figure.colorbar(shown, ax=axes, label="time / $\\tau_w$", pad=0.02).add_lines(lines)
    axes.set(xscale="log", xlim=_RATIOS, ylim=_WEIGHTS, xlabel="$\\tau_c/\\tau_w$", ylabel=WEIGHTS)
    axes.set_title(f"time to $\\bar{{c}} = {end:g}$")
    axes.text(0.95, 0.05, "gates do not switch", transform=axes.transAxes, ha="right", fontsize=8.5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def _cuts(axes: Axes, runs: _Runs | None, end: float, d: float) -> None:
    ratio = np.geomspace(*_RATIOS, 400)
    heights = _CUTS if runs is None else tuple(runs.w[0, np.abs(runs.w[0, :, None] - _CUTS).argmin(axis=0)])
    for height, colour in zip(heights, ("#0072B2", "#009E73", "#D55E00"), strict=True):
        axes.loglog(ratio, np.ma.masked_invalid(_times(ratio, height, end, d)) / ratio, color=colour)
        axes.text(ratio[0] * 1.1, float(_times(ratio[:1], height, end, d)[0] / ratio[0]) * 1.05,
                  f"$\\bar{{w}}$ = {height:.2g}", color=colour, fontsize=8, va="bottom")
        if d == 0:
            axes.loglog(ratio, np.ma.masked_invalid(switching_time(-1.0, end, height, ratio, 1.0)) / ratio, "--",
                        color=colour, linewidth=1)
        if runs is not None:
            column = runs.w[0] == height
            axes.loglog(runs.ratio[:, column], runs.times[1][:, column] / runs.ratio[:, column], "o", color=colour,
                        markeredgecolor="black", markersize=4, markeredgewidth=0.7)
    axes.set(xlabel="$\\tau_c/\\tau_w$", ylabel="time / $\\tau_c$", xlim=_RATIOS)
    axes.set_title("cuts")
    marks = [Line2D([], [], color="0.3", label="$d$ moves")]
    marks += [Line2D([], [], color="0.3", linestyle="--", linewidth=1, label="$d = 0$ held")] if d == 0 else []
    if runs is not None:
        marks.append(Line2D([], [], color="none", marker="o", markeredgecolor="black", markersize=4,
                            label="simulation"))
        note(axes, f"apart by at most {100 * runs.apart():.2g} %")
    axes.legend(handles=marks, loc="upper left", bbox_to_anchor=(0, 0.99))


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw the time that gates need to switch. Raises InputError."""
    end, d = number("end", arguments.end), number("d", arguments.d)
    points = count("points", arguments.points, minimum=2)
    count("runs", arguments.runs)
    if not -1 < end < 1:
        raise InputError(f"end must lie between -1 and 1, got {end:g}")
    if d >= 1:
        raise InputError(f"d must be below 1, where nothing is left to learn, got {d:g}")
    ratio, w = np.geomspace(*_RATIOS, points), np.linspace(*_WEIGHTS, points)
    data = {"ratio": ratio, "w": w, "time": _times(ratio[:, None], w, end, d),
            "time_at_d_0": switching_time(-1.0, end, w, ratio[:, None], 1.0),
            "margin": _margin(ratio[:, None], w, end, d)}
    runs = _Runs.of(end, d, arguments.runs, arguments.workers, progress) if arguments.simulate else None
    with style():
        figure = Figure(figsize=(7.2, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        _field(figure, left, data, runs, end, d)
        _cuts(right, runs, end, d)
        figure.supxlabel("White: lines of equal time" + (", dashed with $d$ held at 0" if d == 0 else "") +
                         ". Hatched: gates do not get there; dotted: the separatrix, edge of this at $d = 0$."
                         + ("\nCircles: simulated times in the colours of the field; crosses: simulated gates that did "
                            "not get there." if runs else ""), fontsize=7.5, color=GREY, x=0.01, ha="left")
    if runs is not None:
        data |= {"run_ratio": runs.ratio, "run_w": runs.w, "run_times": runs.times, "run_predicted": runs.predicted,
                 "strengths": np.array(STRENGTHS)}
    results: dict[str, Any] = {
        f"time_from_w_1_at_tau_c_{tau_c:g}": finite(_times(tau_c, 1.0, end, d)) for tau_c in (0.01, 0.1, 1.0)}
    results["share_of_the_field_where_gates_switch"] = float(np.isfinite(data["time"]).mean())
    if runs is not None:
        results |= {"relative_distance_of_simulation": runs.apart(),
                    "relative_distance_of_the_closed_form": runs.closed_apart() if d == 0 else None}
    parameters = {"end": end, "d": d, "points": points, "simulate": arguments.simulate, "runs": arguments.runs}
    return Plot.of(figure, data, parameters, results, runs.rows(d) if runs else ())
