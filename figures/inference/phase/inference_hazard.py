"""What gradient inference lacks beside the Bayesian observer, over the hazard and its gain, and the best gains."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from gateflow.figures.inference.phase.plane import Laid, add_plane, check_plane, middles
from gateflow.figures.plane import COLOURS, foot, hatch, level_lines, plain_numbers, span, swept
from gateflow.figures.plot import Plot, Progress, finite
from gateflow.figures.style import marks, style
from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.cells import hazard_cells
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.inference import (
    accurate_gain,
    best_gain,
    correlation,
    gradient_regret,
    observer_performance,
    relative_noise,
    tracker_mistakes,
    tracking_error,
    turning_gain,
    turning_hazard,
    useful_noise,
)

TITLE = "inference: what gradient inference lacks beside the observer, over hazard and rate, and the best rates"

_HAZARD, _GAIN = "hazard, $h$", "gain, $a = \\eta\\,d^2/2\\sigma^2$"
_ERROR, _MISTAKES = "excess of squared error", "excess of mistakes"
_ERROR_LEVELS, _MISTAKE_LEVELS = (0.05, 0.08, 0.12, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0), (0.001, 0.003, 0.01, 0.03, 0.1, 0.2)
# Colours: the error up to here, mistakes between these.
_MOST_ERROR, _SHOWN_MISTAKES, _SHOWN_CUTS = 2.0, (5e-4, 0.3), (1e-4, 0.5)
_BEST, _ACCURATE, _TURNING = "#E69F00", "#D55E00", "black"
_CUTS = 3
# How much of what a tracker starts with is left, exp(−8), when a simulated one is judged.
_SETTLED = 8.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--hazard", type=float, nargs=2, default=(0.002, 0.5), metavar=("LOW", "HIGH"),
                        help="range of the hazard, at most ½ (0.002 0.5)")
    parser.add_argument("--gain", type=float, nargs=2, default=(0.01, 1.0), metavar=("LOW", "HIGH"),
                        help="range of the gain a = ηd²/2σ², at most 1 (0.01 1)")
    parser.add_argument("--sigma", type=float, default=1.0, metavar="X", help="noise of an observation (1)")
    parser.add_argument("--distance", type=float, default=0.8, metavar="X",
                        help="distance d of the two tasks; only R = 4σ²/d² matters (0.8)")
    parser.add_argument("--length", type=int, default=2000, metavar="T",
                        help="observations of a sequence that are judged (2000)")
    add_plane(parser, 120, 5)


@dataclass(frozen=True)
class _Field:
    """Theory over the plane. hazard (H,), gain (A,); error, mistakes (A, H): regrets; moved (A, H): error itself.

    best, accurate (H,): gains of least error and of fewest mistakes; turning (A,): hazard a tracker behaves like.
    """

    hazard: Array
    gain: Array
    error: Array
    mistakes: Array
    moved: Array
    best: Array
    accurate: Array
    turning: Array

    @classmethod
    def of(cls, hazard: Array, gain: Array, noise: float) -> "_Field":
        error, mistakes = gradient_regret(gain[:, None], hazard, noise)
        lam = correlation(hazard)
        return cls(hazard, gain, error, mistakes, tracking_error(gain[:, None], lam, noise), best_gain(lam, noise),
                   accurate_gain(hazard, noise), turning_hazard(np.minimum(gain, 1 - 1e-9), noise))

    def data(self) -> dict[str, Array]:
        """The arrays, by name."""
        return {"x": self.hazard, "y": self.gain, "regret_error": self.error, "regret_mistakes": self.mistakes,
                "tracker_error": self.moved, "best_gain": self.best, "accurate_gain": self.accurate,
                "turning_hazard": self.turning}


def _agents(arguments: argparse.Namespace, hazards: tuple[float, float], gains: tuple[float, float],
            progress: Progress) -> tuple[dict[str, Laid], list[str]]:
    """Regrets of simulated trackers, and what failed."""
    hazard, gain = (middles(np.geomspace(*ends, 2 * arguments.cells + 1)) for ends in (hazards, gains))
    burn = int(np.ceil(_SETTLED / -np.log1p(-min(gain[0], 0.9))))
    fixed = {"sigma": arguments.sigma, "distance": arguments.distance, "length": burn + arguments.length, "burn": burn}
    result = swept("inference-hazard", hazard_cells, {"hazard": hazard, "gain": gain}, fixed, arguments, progress)
    said = gradient_regret(gain[:, None], hazard, relative_noise(arguments.distance, arguments.sigma))
    return {what: Laid.of(result, f"regret_{what}", ("hazard", "gain"), predicted)
            for what, predicted in zip(("error", "mistakes"), said, strict=True)}, result.report()


def _plane(figure: Figure, axes: Axes, field: _Field, what: str, laid: Laid | None) -> None:
    """A field of regret with its lines of equal regret, the best gains, and where moving is worse than not moving."""
    error = what == "error"
    values, levels = (field.error, _ERROR_LEVELS) if error else (field.mistakes, _MISTAKE_LEVELS)
    # Where mistakes are least there are next to none more.
    least = max(float(values.min()), 1e-6)
    norm = LogNorm(least, max(_MOST_ERROR, 20 * least)) if error else LogNorm(*_SHOWN_MISTAKES)
    axes.set(xscale="log", yscale="log", xlabel=_HAZARD)
    image = axes.pcolormesh(field.hazard, field.gain, np.clip(values, norm.vmin, norm.vmax), norm=norm,
                            cmap="viridis_r", shading="nearest", rasterized=True)
    if error:
        hatch(axes, field.hazard, field.gain, field.moved > 1, "////", "0.9")
    level_lines(axes, field.hazard, field.gain, values, levels, "white")
    moving = field.best >= field.gain[0]
    axes.plot(field.hazard[moving], field.best[moving], color=_BEST, linewidth=1.8, label="least error")
    axes.plot(field.hazard, field.accurate, color=_ACCURATE, linewidth=1.8, label="fewest mistakes")
    # Slow trackers turn as late as observers who hardly expect a change, up to 0 to rounding.
    near = field.turning > field.hazard[0] / 10
    axes.plot(field.turning[near], field.gain[near], "--", color=_TURNING, linewidth=1.2,
              label="turns like the observer")
    if laid is not None:
        laid.circles(axes, image)
    plain_numbers(figure.colorbar(image, ax=axes, pad=0.02).ax.yaxis)
    axes.set(xlim=(field.hazard[0], field.hazard[-1]), ylim=(field.gain[0], field.gain[-1]))
    plain_numbers(axes.xaxis, axes.yaxis)
    axes.set_title(_ERROR if error else _MISTAKES)


def _cuts(axes: Axes, field: _Field, what: str, laid: Laid | None, noise: float) -> None:
    """Regret against the gain at some hazards, with the gain of the least."""
    hazards = np.geomspace(field.hazard[0], field.hazard[-1], 2 * _CUTS + 1)[1::2]
    if laid is not None:
        hazards = laid.x[np.unique(np.linspace(0, len(laid.x) - 1, _CUTS).round().astype(int))]
    axes.set(xscale="log", yscale="log", xlim=(field.gain[0], field.gain[-1]))
    for hazard, colour in zip(hazards, COLOURS, strict=False):
        regrets = gradient_regret(field.gain, hazard, noise)
        axes.plot(field.gain, regrets[what != "error"], color=colour, label=f"h = {hazard:.2g}")
        gain = float(best_gain(correlation(hazard), noise) if what == "error" else accurate_gain(hazard, noise))
        if field.gain[0] <= gain <= field.gain[-1]:
            axes.plot(gain, gradient_regret(gain, hazard, noise)[what != "error"], "D", color=colour, markersize=5)
        if laid is not None:
            row = laid.x == hazard
            marks(axes, laid.y, laid.mean[:, row][:, 0], laid.half[:, row][:, 0], colour, outlined=True)
    plain_numbers(axes.xaxis)
    if what != "error":
        axes.set_ylim(*_SHOWN_CUTS)
    axes.set_title(_ERROR if what == "error" else _MISTAKES)


def _results(noise: float, hazards: Array) -> dict[str, Any]:
    """Numbers at some hazards."""
    found: dict[str, Any] = {"relative_noise": noise, "best_not_to_move_from_hazard": finite(
        1 / (noise - 1) if noise >= useful_noise(0.0) else np.inf)}
    observer = observer_performance(hazards, noise)
    gains = {"best": best_gain(correlation(hazards), noise), "accurate": accurate_gain(hazards, noise),
             "turning": turning_gain(np.minimum(hazards, 0.5 - 1e-9), noise)}
    for k, hazard in enumerate(hazards):
        at = f"at_hazard_{hazard:.3g}"
        found |= {f"observer_error_{at}": float(observer.error[k]),
                  f"observer_mistakes_{at}": float(observer.mistakes[k])}
        for name, gain in gains.items():
            # A tracker that does not move is as often wrong as right.
            still = gain[k] == 0
            found |= {f"{name}_gain_{at}": float(gain[k]),
                      f"error_of_the_{name}_gain_{at}": float(tracking_error(gain[k], correlation(hazard), noise)),
                      f"mistakes_of_the_{name}_gain_{at}": 0.5 if still else float(
                          tracker_mistakes(gain[k], hazard, noise))}
    return found


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw the regret of gradient inference over hazard and gain. Raises InputError."""
    parameters = check_plane(arguments)
    hazards, gains = span("hazard", arguments.hazard), span("gain", arguments.gain)
    for name, high, most in (("hazard", hazards[1], 0.5), ("gain", gains[1], 1.0)):
        if high > most:
            raise InputError(f"{name} must be at most {most:g}, got {high:g}")
    sigma, distance = (number(name, getattr(arguments, name), minimum=0, open_below=True)
                       for name in ("sigma", "distance"))
    count("length", arguments.length, minimum=100)
    noise = float(relative_noise(distance, sigma))
    field = _Field.of(np.geomspace(*hazards, arguments.points), np.geomspace(*gains, arguments.points), noise)
    laid, failed = _agents(arguments, hazards, gains, progress) if arguments.simulate else ({}, [])
    with style():
        figure = _drawn(field, noise, laid, arguments.seeds)
    results = _results(noise, np.geomspace(*hazards, 2 * _CUTS + 1)[1::2])
    rows: list[Row] = []
    data = field.data()
    for what, one in laid.items():
        rows += one.rows(f"excess of {'squared error' if what == 'error' else 'mistakes'}")
        data |= one.data(f"agents_{what}")
    if laid:
        results["simulations_that_failed"] = failed or None
    parameters |= {"hazard": list(hazards), "gain": list(gains), "sigma": sigma, "distance": distance,
                   "length": arguments.length}
    return Plot.of(figure, data, parameters, results, rows)


def _drawn(field: _Field, noise: float, laid: dict[str, Laid], seeds: int) -> Figure:
    figure = Figure(figsize=(10.4, 4.1), layout="constrained")
    axes = figure.subplot_mosaic([["error", "mistakes", "cut error"], ["error", "mistakes", "cut mistakes"]],
                                 width_ratios=(1.15, 1.15, 1))
    for what in ("error", "mistakes"):
        _plane(figure, axes[what], field, what, laid.get(what))
        _cuts(axes[f"cut {what}"], field, what, laid.get(what), noise)
    axes["error"].set_ylabel(_GAIN)
    axes["cut error"].tick_params(labelbottom=False)
    axes["cut mistakes"].set_xlabel("gain, $a$")
    handles, labels = (lines + cuts for lines, cuts in zip(axes["mistakes"].get_legend_handles_labels(),
                                                           axes["cut error"].get_legend_handles_labels(), strict=True))
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=7.5)
    foot(figure, f"Two tasks, R = {noise:.3g}: what a tracker of gain $a$ has more than the Bayesian observer who "
                 "knows the hazard, exactly; errors over the variance of the task.\nWhite: lines of equal excess. "
                 "Hatched: the error is larger than without moving at all. Diamonds: best gains.\n"
                 "Dashed: hazard of the observer who turns round as late as a tracker of that gain."
                 + (f" Circles: {seeds} simulated sequences each; apart by {laid['error'].apart():.2g} and "
                    f"{laid['mistakes'].apart():.2g} on average." if laid else ""))
    return figure
