"""How well the state is known, over the time of integration and the noise of an observation."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle.phase import plane
from gateflow.figures.disentangle.phase.fields import FINE_POINTS, best, check_lines, check_range, lines_error, r2_of
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.disentangle.evidence import best_mean_variance
from gateflow.theory.disentangle.time import exact_r2

TITLE = "disentangle: how well the state is known, over integration time and noise, and the best time"

# Only σ_t matters: its values (in units of the evidence's) at which errors are calculated, and the others read off.
_GRID = 240
_CUTS = (0.03, 0.1, 0.3, 1.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--noise", type=float, nargs=2, default=(0.02, 2.0), metavar=("LOW", "HIGH"),
                        help="range of σ, the noise of an observation (0.02 2)")
    parser.add_argument("--duration", type=float, nargs=2, default=(1, 400), metavar=("LOW", "HIGH"),
                        help="range of t, the number of observations (1 400)")
    parser.add_argument("--n-tasks", type=int, default=24, metavar="N", help="evenly spaced lines of the plane (24)")
    parser.add_argument("--correlation", type=float, default=0.0, metavar="RHO",
                        help="of the noise of successive observations, of theory alone (0)")
    plane.add_arguments(parser, 200, 5)


@dataclass(frozen=True)
class _Reading:
    """Errors of N lines read with a precision, by σ_t: with and without what bare answers tell."""

    sigma_t: Array
    error: Array
    alone: Array

    @classmethod
    def of(cls, n_tasks: int, precision: float, low: float, high: float) -> "_Reading":
        """Calculate them from low to high."""
        sigma = np.geomspace(low, high, _GRID)
        return cls(sigma, *(lines_error(n_tasks, sigma, precision, FINE_POINTS, answers) for answers in (True, False)))

    def at(self, sigma_t: Array) -> tuple[Array, Array]:
        """Error with bare answers, and that of the error model alone, between the grid linearly in logarithms."""
        error, alone = (np.exp(np.interp(np.log(sigma_t), np.log(self.sigma_t), np.log(values)))
                        for values in (self.error, self.alone))
        return np.asarray(error), np.asarray(alone)


def _spread(sigma: Array, t: Array, correlation: float) -> Array:
    return np.sqrt(best_mean_variance(t, sigma=sigma, correlation=correlation))


def _agents(arguments: argparse.Namespace, noise: tuple[float, float], duration: tuple[float, float],
            reading: _Reading, progress: Progress) -> plane.Seen:
    sigma = np.geomspace(*noise, 2 * arguments.cells + 1)[1::2]
    t = sorted({round(float(x)) for x in np.geomspace(*duration, 2 * arguments.cells + 1)[1::2]})
    result = plane.swept("noise-time", {"sigma": sigma, "duration": t, "n_tasks": [arguments.n_tasks],
                                        "dimension": [2]}, arguments, progress)
    error, alone = reading.at(_spread(sigma[:, None], np.array(t, dtype=float), 0.0))
    return plane.Seen.of(result, ("duration", "sigma"), r2_of(error), ~plane.saturated(error, alone))


def _cuts(axes: Axes, t: Array, noise: Array, reading: _Reading, correlation: float, seen: plane.Seen | None) -> None:
    """r² against time at some noises; dashed: what the evidence allows."""
    shown = [sigma for sigma in _CUTS if noise[0] <= sigma <= noise[-1]]
    if seen is not None:
        shown = sorted({float(seen.y[np.abs(np.log(seen.y / sigma)).argmin()]) for sigma in shown})
    for sigma, colour in zip(shown, plane.COLOURS, strict=False):
        spread = _spread(np.array(sigma), t, correlation)
        axes.semilogx(t, r2_of(reading.at(spread)[0]), color=colour, label=f"σ = {sigma:.2g}")
        axes.semilogx(t, exact_r2(spread**2), "--", color=colour, linewidth=0.9)
        if seen is not None:
            row = seen.y == sigma
            plane.points(axes, seen.x, seen.r2[row][0], seen.half[row][0], colour, error=False)
    axes.set(xlabel="observations, $t$", ylabel="$r^2$", ylim=(0, 1.02), xlim=(t[0], t[-1]))
    axes.set_title("cuts; dashed: evidence alone")
    axes.legend(loc="lower right", fontsize=7)


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw r² over integration time and noise. Raises InputError."""
    parameters, precision = plane.check(arguments), arguments.precision
    noise, duration = plane.span("noise", arguments.noise), plane.span("duration", arguments.duration, whole=True)
    n_tasks, rho = count("n_tasks", arguments.n_tasks), number("correlation", arguments.correlation)
    if not -1 < rho < 1:
        raise InputError(f"correlation must lie between -1 and 1, got {rho:g}")
    if rho and arguments.simulate:
        raise InputError(f"correlation must be 0 with simulate: agents see fresh noise, got {rho:g}")
    check_range("noise", noise)
    t, sigma = np.geomspace(*duration, arguments.points), np.geomspace(*noise, arguments.points)
    spread = _spread(sigma[:, None], t, rho)
    check_lines(n_tasks, "n_tasks")
    reading = _Reading.of(n_tasks, precision, float(spread.min()) / 1.01, float(spread.max()) * 1.01)
    error, alone = reading.at(spread)
    field = plane.Field(t, sigma, error, alone, np.full(error.shape, n_tasks < 2))
    sigma_t, least = best(reading.sigma_t, reading.error)
    seen = _agents(arguments, noise, duration, reading, progress) if arguments.simulate else None
    with style():
        figure = Figure(figsize=(7.6, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
        plane.draw(figure, left, field, arguments.show, seen, yscale="log")
        left.contour(t, sigma, exact_r2(spread**2), levels=plane.LEVELS, colors="white", linewidths=0.7,
                     linestyles="dashed")
        left.contour(t, sigma, spread, levels=[sigma_t], colors="#D55E00", linewidths=1.6)
        left.set(xlabel="observations, $t$", ylabel="noise of an observation, $\\sigma$")
        left.set_title(f"{n_tasks} line{'s' * (n_tasks > 1)}, δ = {precision:g}" + (f", ρ = {rho:g}" if rho else ""))
        _cuts(right, t, sigma, reading, rho, seen)
        plane.foot(figure, f"White: lines of equal $r^2$, dashed for the evidence alone. Orange: the best noise of the "
                           f"mean, {sigma_t:.2g}: more observations\nthan that saturate the outputs. Hatched: bare "
                           "answers carry the estimate." + " Crossed: one task does not determine the state."
                           * (n_tasks < 2)
                   + (f"\nCircles: {arguments.seeds} agents each; {seen.said()}." if seen else ""))
    results: dict[str, Any] = {"best_noise_of_the_mean": sigma_t, "r2_there": float(r2_of(np.array(least)))}
    results |= {f"best_time_at_sigma_{s:g}": (s / sigma_t) ** 2 for s in _CUTS if not rho}
    parameters |= {"noise": list(noise), "duration": list(duration), "n_tasks": n_tasks, "correlation": rho}
    return plane.planned(figure, field.data() | {"sigma_t": spread}, parameters, results, seen)
