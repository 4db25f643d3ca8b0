"""Time that gates need to switch, over time constants and specialisation"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gateflow.figures.gated.symmetric_plane import ROUNDING, SIMULATE, STRENGTHS, WEIGHTS, halving_row, note, simulated
from gateflow.figures.plot import HERE, Machine, PhasePlot, Plot, finite
from gateflow.figures.style import BLUE, GREEN, ORANGE, caption, style
from gateflow.sim.compare.rows import Row, make_row
from gateflow.theory.checks import CELLS, SIDE, Array, Range
from gateflow.theory.gated.block_map import crossing_time
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import separatrix, switching_time
from gateflow.theory.parameters import parameter

# What is covered: τ_c/τ_w and w̄; and how much of it simulated points cover.
_RATIOS, _WEIGHTS = (1e-3, 2.0), (0.02, 1.1)
_RUN_RATIOS, _RUN_WEIGHTS = (4e-3, 0.8), (0.15, 1.0)
# How long a simulated block lasts, in units of tau_w, and at how many times it is seen.
_LONG, _TIMES = 20.0, 4000
_CUTS = (1.0, 0.6, 0.3)


def _times(ratio: Any, w: Any, end: float, d: float) -> Array:
    """Time from (−1, w, d) until c̄ = end in units of tau_w, infinite or NaN where it never is, d moving."""
    return crossing_time(1.0, w, -d, end=end, tau_w=1.0, tau_c=ratio)


def _margin(ratio: Any, w: Any, end: float, d: float) -> Array:
    """How far, in rapidity, the gates get beyond c̄ = end: negative where they never are there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(1.0, w, -d, tau_w=1.0, tau_c=ratio).until(end)
        return np.clip(np.nan_to_num(swing.rest - swing.bound, nan=-9.0), -9, 9)


@dataclass(frozen=True)
class _Runs:
    """From (−1, w, d) to c̄ = end: ratio, w, predicted, closed (n, n); times (2, n, n) by strength."""

    ratio: Array
    w: Array
    times: Array
    predicted: Array
    closed: Array

    @classmethod
    def of(cls, end: float, d: float, runs: int, machine: Machine) -> "_Runs":
        """Run them, a row of the grid a job."""
        ratio, w = np.meshgrid(np.geomspace(*_RUN_RATIOS, runs), np.linspace(*_RUN_WEIGHTS, runs), indexing="ij")
        predicted = _times(ratio, w, end, d)
        times = machine.jobs([(_crossings, (float(ratio[row, 0]), w[row], predicted[row], end, d, strength))
                              for strength in STRENGTHS for row in range(runs)])
        closed = switching_time(-1.0, end, w=w, tau_w=1.0, tau_c=ratio)
        return cls(ratio, w, np.array(times).reshape(2, runs, runs), predicted, closed)

    def distance(self, number: int = 1) -> float:
        """Largest relative distance of simulated times from predicted ones; NaN without any."""
        both = np.isfinite(self.times[number]) & np.isfinite(self.predicted)
        return float(np.max(np.abs(self.times[number][both] / self.predicted[both] - 1), initial=0))

    def closed_distance(self) -> float:
        """The same for times with d held at 0."""
        both = np.isfinite(self.times[1]) & np.isfinite(self.closed)
        return float(np.max(np.abs(self.closed[both] / self.times[1][both] - 1), initial=0))

    def rows(self, d: float) -> list[Row]:
        """What holds of all this."""
        reached, expected = np.isfinite(self.times[1]), np.isfinite(self.predicted)
        wrong = int((reached != expected).sum())
        coarse, fine = self.distance(0), self.distance(1)
        rows = [make_row(f"gates that switch, of {expected.size} networks", "exact", theory=float(expected.sum()),
                         simulation=float(reached.sum()), error=wrong, tolerance=0),
                make_row("switching time, largest relative distance", "limit", error=fine,
                         tolerance=max(coarse, ROUNDING)),
                *halving_row("switching time, order of its error in 1/λ_norm", (coarse, fine))]
        closed = make_row("switching time with d held at 0, largest relative distance", "observation",
                          error=self.closed_distance())
        return [*rows, closed] if d == 0 else rows


def _crossings(ratio: float, w: Array, predicted: Array, end: float, d: float, strength: float) -> Array:
    """When networks from (−1, w, d) reach c̄ = end, (n,); NaN where they do not.

    Those that should get there have twice the time that it should take, the others a long block.
    """
    crossings, expected = np.full(len(w), np.nan), np.isfinite(predicted)
    for group in (expected, ~expected):
        if not group.any():
            continue
        last = min(2 * float(predicted[group].max()), _LONG) if expected[group][0] else _LONG
        t = np.concatenate([[0.0], np.geomspace(1e-2 * min(ratio, last), last * (1 - 1e-9), _TIMES)])
        times = {"tau_w": 1.0, "tau_c": ratio, "tau_block": last}
        c = simulated(times, (1,), [(-1.0, height, d) for height in w[group]], t, strength)[0][0]
        crossings[group] = [_first(t, gates - end) for gates in c]
    return crossings


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
    axes.plot(ratio, separatrix(tau_w=1.0, tau_c=ratio), ":", color="black", linewidth=1.2)
    if d == 0:
        axes.contour(ratio, w, np.ma.masked_invalid(data["time_at_d_0"]).T, levels=levels, colors="white",
                     linewidths=0.9, linestyles="dashed")
    if runs is not None:
        reached = np.isfinite(runs.times[1])
        axes.scatter(runs.ratio[reached], runs.w[reached], c=runs.times[1][reached], norm=norm, cmap="viridis", s=24,
                     edgecolors="black", linewidths=0.8, zorder=4)
        axes.plot(runs.ratio[~reached], runs.w[~reached], "x", color="black", markersize=4.5, zorder=4)
    figure.colorbar(shown, ax=axes, label="time / $\\tau_w$", pad=0.02).add_lines(lines)
    axes.set(xscale="log", xlim=_RATIOS, ylim=_WEIGHTS, xlabel="$\\tau_c/\\tau_w$", ylabel=WEIGHTS)
    axes.set_title(f"time to $\\bar{{c}} = {end:g}$")
    axes.text(0.95, 0.05, "gates do not switch", transform=axes.transAxes, ha="right", fontsize=8.5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def _cuts(axes: Axes, runs: _Runs | None, end: float, d: float) -> None:
    ratio = np.geomspace(*_RATIOS, 400)
    heights = _CUTS if runs is None else tuple(runs.w[0, np.abs(runs.w[0, :, None] - _CUTS).argmin(axis=0)])
    for height, colour in zip(heights, (BLUE, GREEN, ORANGE), strict=True):
        axes.loglog(ratio, np.ma.masked_invalid(_times(ratio, height, end, d)) / ratio, color=colour)
        axes.text(ratio[0] * 1.1, float(_times(ratio[:1], height, end, d)[0] / ratio[0]) * 1.05,
                  f"$\\bar{{w}}$ = {height:.2g}", color=colour, fontsize=8, va="bottom")
        if d == 0:
            axes.loglog(ratio, np.ma.masked_invalid(switching_time(-1.0, end, w=height, tau_w=1.0,
                                                                   tau_c=ratio)) / ratio, "--",
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
        note(axes, f"apart by at most {100 * runs.distance():.2g} %")
    axes.legend(handles=marks, loc="upper left", bbox_to_anchor=(0, 0.99))


@dataclass(frozen=True)
class Adaptation(PhasePlot):
    """How long gates take to switch, over the ratio of the time constants and the specialisation of the weights."""

    example: ClassVar[str] = "--end 0.5 --simulate"
    cost: ClassVar[str] = "2 s, with --simulate 20 s"
    works: ClassVar[bool] = True

    end: float = parameter(0.0, "gates c̄ count as switched here, on their way from −1",
                           Range(-1, 1, open_low=True, open_high=True))
    d: float = parameter(0.0, "what both paths prefer of the new task at its start, d; at 1 nothing is left to learn",
                         Range(-1e6, 1, open_high=True))
    points: int = parameter(160, "points a side of the field", SIDE)
    simulate: bool = parameter(False, SIMULATE)
    runs: int = parameter(6, "simulated points a side", CELLS)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw the time that gates need to switch."""
        end, d = self.end, self.d
        ratio, w = np.geomspace(*_RATIOS, self.points), np.linspace(*_WEIGHTS, self.points)
        data = {"ratio": ratio, "w": w, "time": _times(ratio[:, None], w, end, d),
                "time_at_d_0": switching_time(-1.0, end, w=w, tau_w=1.0, tau_c=ratio[:, None]),
                "margin": _margin(ratio[:, None], w, end, d)}
        runs = _Runs.of(end, d, self.runs, machine) if self.simulate else None
        with style():
            figure = Figure(figsize=(7.2, 3.4), layout="constrained")
            field, cuts = figure.subplots(1, 2, width_ratios=(1.25, 1))
            _field(figure, field, data, runs, end, d)
            _cuts(cuts, runs, end, d)
            caption(figure, "White: lines of equal time" + (", dashed with $d$ held at 0" if d == 0 else "") + ". "
                    "Hatched: gates do not get there; dotted: the separatrix, edge of this at $d = 0$." +
                    (" Circles: simulated times in the colours of the field; crosses: simulated gates that did not get "
                     "there." if runs else ""))
        results: dict[str, Any] = {
            f"time_from_w_1_at_tau_c_{tau_c:g}": finite(_times(tau_c, 1.0, end, d)) for tau_c in (0.01, 0.1, 1.0)}
        results["share_of_the_field_where_gates_switch"] = float(np.isfinite(data["time"]).mean())
        if runs is not None:
            data |= {"run_ratio": runs.ratio, "run_w": runs.w, "run_times": runs.times,
                     "run_predicted": runs.predicted, "strengths": np.array(STRENGTHS)}
            results |= {"relative_distance_of_simulation": runs.distance(),
                        "relative_distance_of_the_closed_form": runs.closed_distance() if d == 0 else None}
        return Plot(self.name(), figure, data, self.parameters(), results, runs.rows(d) if runs else ())


PLOT = Adaptation
