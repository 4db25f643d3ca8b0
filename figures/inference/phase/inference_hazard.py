"""What gradient inference lacks beside the observer, over hazard and rate, and the best rates"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from gateflow.figures.field import hatch, lay, level_lines, plain_numbers
from gateflow.figures.inference.plane import InferencePlane, spread
from gateflow.figures.plot import HERE, Machine, Plot, finite
from gateflow.figures.style import CUT_COLOURS, ORANGE, YELLOW, caption, marks, style
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.cells import hazard_cells
from gateflow.sim.inference.field_rows import field_rows
from gateflow.theory.checks import MANY, SCALE, Array, Range
from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.inputs import NOISE, SHARE, SWITCHING
from gateflow.theory.inference.linear_filters import (
    best_gain,
    correlation,
    relative_noise,
    tracking_error,
    useful_noise,
)
from gateflow.theory.inference.mistakes import accurate_gain, tracker_mistakes, turning_gain
from gateflow.theory.inference.stationary import gradient_regret, observer_performance
from gateflow.theory.parameters import check_span, parameter

_HAZARD, _GAIN = "hazard, $h$", "gain, $a = \\eta\\,d^2/2\\sigma^2$"
_QUANTITIES = {"error": "excess of squared error", "mistakes": "excess of mistakes"}
_LEVELS = {"error": (0.05, 0.08, 0.12, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0),
           "mistakes": (0.001, 0.003, 0.01, 0.03, 0.1, 0.2)}
# Colours: the error up to here, mistakes between these.
_MOST_ERROR, _SHOWN_MISTAKES, _SHOWN_CUTS = 2.0, (5e-4, 0.3), (1e-4, 0.5)
_CUTS = 3
# How much of what a tracker starts with is there still, exp(−8), when a simulated one is judged.
_SETTLED = 8.0
# Next to a gain of 1 and a hazard of ½, where nothing is kept.
_BELOW_1, _BELOW_HALF = 1 - 1e-9, 0.5 - 1e-9


@dataclass(frozen=True, eq=False)
class _Field:
    """Theory over the plane. x (H,): hazards, y (A,): gains; regret_error, regret_mistakes, tracker_error (A, H).

    best_gain, accurate_gain (H,): gains of least error and of fewest mistakes; turning_hazard (A,): hazard that a
    tracker behaves like.
    """

    x: Array
    y: Array
    regret_error: Array
    regret_mistakes: Array
    tracker_error: Array
    best_gain: Array
    accurate_gain: Array
    turning_hazard: Array

    @classmethod
    def of(cls, hazard: Array, gain: Array, noise: float) -> "_Field":
        lam = correlation(hazard)
        return cls(hazard, gain, *gradient_regret(gain[:, None], hazard, noise),
                   tracking_error(gain[:, None], lam, noise), best_gain(lam, noise), accurate_gain(hazard, noise),
                   turning_hazard(np.minimum(gain, _BELOW_1), noise))

    def regret(self, what: str) -> Array:
        """The regret in error or in mistakes."""
        return self.regret_error if what == "error" else self.regret_mistakes


@dataclass(frozen=True)
class InferenceHazard(InferencePlane):
    """Regret of gradient inference over hazard and gain."""

    example: ClassVar[str] = "--distance 1.5 --simulate"
    cost: ClassVar[str] = "5 s, 30 s with --simulate"

    hazard_range: tuple[float, ...] = parameter((0.002, 0.5), "from the lowest to the highest hazard", SWITCHING,
                                                metavar="X")
    gain_range: tuple[float, ...] = parameter((0.01, 1.0), "from the lowest to the highest gain a = ηd²/2σ²", SHARE,
                                              metavar="X")
    sigma: float = parameter(1.0, "noise of an observation", SCALE)
    distance: float = parameter(0.8, "distance d of the two tasks; only R = 4σ²/d² matters", SCALE)
    length: int = parameter(2000, "observations of a sequence that are judged", Range(100, MANY.high, whole=True),
                            metavar="T")

    def __post_init__(self) -> None:
        """Check that ranges are ranges, and that the observer is known at this noise."""
        super().__post_init__()
        for name in ("hazard_range", "gain_range"):
            check_span(name, getattr(self, name))
        NOISE.check("noise R = 4σ²/d²", self.noise)

    @property
    def noise(self) -> float:
        """R."""
        return float(relative_noise(self.distance, self.sigma))

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw it. Raises InputError."""
        field = _Field.of(spread(self.hazard_range, self.points), spread(self.gain_range, self.points), self.noise)
        agents = self._agents(machine) if self.simulate else {}
        hazards = spread(self.hazard_range, 2 * _CUTS + 1)[1::2]
        if agents:
            x = agents["error"].x
            hazards = x[np.unique(np.linspace(0, len(x) - 1, _CUTS).round().astype(int))]
        with style():
            figure = self._drawn(field, hazards, agents)
        data = {each.name: getattr(field, each.name) for each in fields(field)}
        results, rows = self._results(hazards), list[Row]()
        for what, runs in agents.items():
            rows += field_rows(runs, _QUANTITIES[what])
            data |= runs.data(f"agents_{what}")
        if agents:
            results["simulations_that_failed"] = list(agents["error"].failures) or None
        return Plot(self.name(), figure, data, self.parameters(), results, rows)

    def _agents(self, machine: Machine) -> dict[str, FieldRuns]:
        """Regrets of simulated trackers."""
        hazard, gain = (spread(ends, 2 * self.cells + 1)[1::2] for ends in (self.hazard_range, self.gain_range))
        burn = int(np.ceil(_SETTLED / -np.log1p(-min(gain[0], 0.9))))
        result = self.swept(machine, hazard_cells, {"hazard": hazard, "gain": gain},
                            {"sigma": self.sigma, "distance": self.distance, "length": burn + self.length,
                             "burn": burn})
        theory = gradient_regret(gain[:, None], hazard, self.noise)
        return {what: FieldRuns.of(result, f"regret_{what}", "hazard", "gain", predicted)
                for what, predicted in zip(_QUANTITIES, theory, strict=True)}

    def _results(self, hazards: Array) -> dict[str, Any]:
        """Numbers at the hazards of the cuts."""
        noise = self.noise
        results: dict[str, Any] = {"relative_noise": noise, "best_not_to_move_from_hazard": finite(
            1 / (noise - 1) if noise >= useful_noise(0.0) else np.inf)}
        observer = observer_performance(hazards, noise)
        gains = {"best": best_gain(correlation(hazards), noise), "accurate": accurate_gain(hazards, noise),
                 "turning": turning_gain(np.minimum(hazards, _BELOW_HALF), noise)}
        for k, hazard in enumerate(hazards):
            at = f"at_hazard_{hazard:.3g}"
            results |= {f"observer_error_{at}": float(observer.error[k]),
                        f"observer_mistakes_{at}": float(observer.mistakes[k])}
            for name, gain in gains.items():
                # A tracker that does not move is as often wrong as right.
                mistakes = 0.5 if gain[k] == 0 else float(tracker_mistakes(gain[k], hazard, noise))
                results |= {f"{name}_gain_{at}": float(gain[k]),
                            f"error_of_the_{name}_gain_{at}": float(tracking_error(gain[k], correlation(hazard),
                                                                                   noise)),
                            f"mistakes_of_the_{name}_gain_{at}": mistakes}
        return results

    def _drawn(self, field: _Field, hazards: Array, agents: dict[str, FieldRuns]) -> Figure:
        figure = Figure(figsize=(10.4, 4.1), layout="constrained")
        axes = figure.subplot_mosaic([["error", "mistakes", "cut error"], ["error", "mistakes", "cut mistakes"]],
                                     width_ratios=(1.15, 1.15, 1))
        for what in _QUANTITIES:
            _plane(figure, axes[what], field, what, agents.get(what))
            self._cuts(axes[f"cut {what}"], field, what, hazards, agents.get(what))
        axes["error"].set_ylabel(_GAIN)
        axes["cut error"].tick_params(labelbottom=False)
        axes["cut mistakes"].set_xlabel("gain, $a$")
        handles, labels = (lines + cuts for lines, cuts in zip(
            axes["mistakes"].get_legend_handles_labels(), axes["cut error"].get_legend_handles_labels(), strict=True))
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=7.5)
        caption(figure, f"Two tasks, R = {self.noise:.3g}: what a tracker of gain $a$ has more than the Bayesian "
                        "observer who knows the hazard, exactly; errors over the variance of the task. White: lines of "
                        "equal excess. Hatched: the error is larger than without moving at all. Diamonds: best gains. "
                        "Dashed: hazard of the observer who turns round as late as a tracker of that gain."
                        + (f" Circles: {self.seeds} simulated sequences each; errors {agents['error'].words()}; "
                           f"mistakes {agents['mistakes'].words()}." if agents else ""))
        return figure

    def _cuts(self, axes: Axes, field: _Field, what: str, hazards: Array, agents: FieldRuns | None) -> None:
        """Regret against the gain at some hazards, with the gain of the least."""
        regret = list(_QUANTITIES).index(what)
        axes.set(xscale="log", yscale="log", xlim=(field.y[0], field.y[-1]))
        for hazard, colour in zip(hazards, CUT_COLOURS, strict=False):
            axes.plot(field.y, gradient_regret(field.y, hazard, self.noise)[regret], color=colour,
                      label=f"h = {hazard:.2g}")
            gain = float(best_gain(correlation(hazard), self.noise) if what == "error" else
                         accurate_gain(hazard, self.noise))
            if field.y[0] <= gain <= field.y[-1]:
                axes.plot(gain, gradient_regret(gain, hazard, self.noise)[regret], "D", color=colour, markersize=5)
            if agents is not None:
                column = int(np.flatnonzero(agents.x == hazard)[0])
                marks(axes, agents.y, agents.mean[:, column], agents.half()[:, column], colour, outlined=True)
        plain_numbers(axes.xaxis)
        if what == "mistakes":
            axes.set_ylim(*_SHOWN_CUTS)
        axes.set_title(_QUANTITIES[what])


def _plane(figure: Figure, axes: Axes, field: _Field, what: str, agents: FieldRuns | None) -> None:
    """A field of regret with its lines of equal regret, the best gains, and where moving is worse than not moving."""
    values = field.regret(what)
    # Where mistakes are least there are next to none more.
    least = max(float(values.min()), 1e-6)
    norm = LogNorm(least, max(_MOST_ERROR, 20 * least)) if what == "error" else LogNorm(*_SHOWN_MISTAKES)
    axes.set(xscale="log", yscale="log", xlabel=_HAZARD)
    image = axes.pcolormesh(field.x, field.y, np.clip(values, norm.vmin, norm.vmax), norm=norm, cmap="viridis_r",
                            shading="nearest", rasterized=True)
    if what == "error":
        hatch(axes, field.x, field.y, field.tracker_error > 1, "////", "0.9")
    level_lines(axes, field.x, field.y, values, _LEVELS[what], "white")
    moving = field.best_gain >= field.y[0]
    axes.plot(field.x[moving], field.best_gain[moving], color=YELLOW, linewidth=1.8, label="least error")
    axes.plot(field.x, field.accurate_gain, color=ORANGE, linewidth=1.8, label="fewest mistakes")
    # Slow trackers turn as late as observers who hardly expect a change, up to 0 to rounding.
    near = field.turning_hazard > field.x[0] / 10
    axes.plot(field.turning_hazard[near], field.y[near], "--", color="black", linewidth=1.2,
              label="turns like the observer")
    if agents is not None:
        lay(axes, agents, image)
    plain_numbers(figure.colorbar(image, ax=axes, pad=0.02).ax.yaxis)
    axes.set(xlim=(field.x[0], field.x[-1]), ylim=(field.y[0], field.y[-1]))
    plain_numbers(axes.xaxis, axes.yaxis)
    axes.set_title(_QUANTITIES[what])


PLOT = InferenceHazard
