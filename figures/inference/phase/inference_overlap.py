"""How often one gradient step names the right task, over the overlap of tasks and the noise, and where it loses."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.interpolate import RectBivariateSpline

from gateflow.figures.inference.phase.plane import Laid, add_plane, check_plane, middles
from gateflow.figures.plane import COLOURS, foot, level_lines, plain_numbers, span, swept
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import marks, style
from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.cells import overlap_cells
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.inference import converged_accuracy, overlapping_accuracy

TITLE = "inference: how often one gradient step is right, over overlap of tasks and noise, and where it loses"

_OVERLAP, _SIGMA, _ACCURACY = "overlap of tasks, $\\rho$", "noise, $\\sigma$", "accuracy"
_LEVELS, _LOST = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99), (0.01, 0.02, 0.05, 0.1, 0.2)
_LOSS = "#D55E00"
# Points a side at which accuracies are calculated; between them a spline has them, to about the tolerance.
_EXACT, _TOLERANCE = 33, 1e-7
_CUTS = (0.1, 0.5, 0.9)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--overlap", type=float, nargs=2, default=(0.0, 0.95), metavar=("LOW", "HIGH"),
                        help="range of the cosine of each two tasks, below 1 (0 0.95)")
    parser.add_argument("--sigma", type=float, nargs=2, default=(0.1, 2.0), metavar=("LOW", "HIGH"),
                        help="range of the noise, in units of the mean norm of the tasks (0.1 2)")
    parser.add_argument("--n-tasks", type=int, default=5, metavar="K", help="number of tasks (5)")
    parser.add_argument("--norms", type=float, default=3.0, metavar="RATIO",
                        help="norm of the largest task over that of the smallest; their mean is 1 (3)")
    parser.add_argument("--observations", type=int, default=2000, metavar="N", help="of a simulated member (2000)")
    add_plane(parser, 120, 5)


def spread_norms(n_tasks: int, ratio: float) -> Array:
    """Norms (K,), evenly spread, of mean 1, the last so many times the first."""
    return np.linspace(1, ratio, n_tasks) * 2 / (1 + ratio)


@dataclass(frozen=True)
class _Field:
    """Theory over the plane: accuracy (S, R) of one step without its correction, plain, and of the posterior, best.

    overlap (R,), sigma (S,).
    """

    overlap: Array
    sigma: Array
    plain: Array
    best: Array

    @classmethod
    def of(cls, norms: Array, overlap: tuple[float, float], sigma: tuple[float, float], points: int) -> "_Field":
        few, (low, high) = min(points, _EXACT), overlap
        x, y = np.linspace(low, high, points), np.geomspace(*sigma, points)
        at_x, at_y = np.linspace(low, high, few), np.log(np.geomspace(*sigma, few))
        fields = []
        for corrected in (False, True):
            known = overlapping_accuracy(norms, at_x, np.exp(at_y)[:, None], corrected=corrected, tolerance=_TOLERANCE)
            fields.append(RectBivariateSpline(at_y, at_x, known, kx=min(3, few - 1), ky=min(3, few - 1))(np.log(y), x))
        return cls(x, y, *fields)

    @property
    def lost(self) -> Array:
        """Accuracy that one step loses against the posterior, (S, R)."""
        return np.maximum(self.best - self.plain, 0)

    def data(self) -> dict[str, Array]:
        """The arrays, by name."""
        return {"x": self.overlap, "y": self.sigma, "accuracy": self.plain, "posterior": self.best, "lost": self.lost}


def _agents(arguments: argparse.Namespace, overlap: tuple[float, float], sigma: tuple[float, float],
            progress: Progress) -> tuple[dict[str, Laid], list[str]]:
    """Accuracies of simulated agents: plain one step and the posterior; two tasks iterated to their end; failures."""
    x, y = (middles(spread(*ends, 2 * arguments.cells + 1))
            for spread, ends in ((np.linspace, overlap), (np.geomspace, sigma)))
    found, failed = {}, []
    for n_tasks, values in ((arguments.n_tasks, ("plain", "posterior")), (2, ("converged",))):
        norms = spread_norms(n_tasks, arguments.norms)
        fixed = {"norms": norms.tolist(), "observations": arguments.observations}
        result = swept("inference-overlap", overlap_cells, {"overlap": x, "sigma": y}, fixed, arguments, progress)
        failed += result.report()
        for value in values:
            said = (converged_accuracy(norms[0], norms[1], x, y[:, None]) if value == "converged" else
                    overlapping_accuracy(norms, x, y[:, None], corrected=value == "posterior", tolerance=_TOLERANCE))
            found[value] = Laid.of(result, f"accuracy_{value}", ("overlap", "sigma"), said)
    return found, failed


def _plane(figure: Figure, axes: Axes, field: _Field, n_tasks: int, laid: Laid | None) -> None:
    """Accuracy of one step, with lines of equal accuracy and of equal loss against the posterior."""
    axes.set(yscale="log", xlabel=_OVERLAP, ylabel=_SIGMA)
    image = axes.pcolormesh(field.overlap, field.sigma, field.plain, vmin=1 / n_tasks, vmax=1, cmap="viridis",
                            shading="nearest", rasterized=True)
    level_lines(axes, field.overlap, field.sigma, field.plain, _LEVELS, "white")
    level_lines(axes, field.overlap, field.sigma, field.lost, _LOST, _LOSS, 1.3)
    if laid is not None:
        laid.circles(axes, image)
    figure.colorbar(image, ax=axes, pad=0.02)
    axes.set(xlim=(field.overlap[0], field.overlap[-1]), ylim=(field.sigma[0], field.sigma[-1]))
    plain_numbers(axes.yaxis)
    axes.set_title(f"accuracy of one step, K = {n_tasks}")


def _noises(field: _Field, laid: dict[str, Laid]) -> list[float]:
    """Noises of the cuts."""
    wanted = np.exp(np.quantile(np.log(field.sigma), _CUTS))
    if laid:
        known = laid["plain"].y
        wanted = np.unique(known[np.abs(np.log(known) - np.log(wanted)[:, None]).argmin(axis=1)])
    return [float(sigma) for sigma in wanted]


def _cuts(axes: Axes, overlap: Array, sigmas: list[float], norms: Array, laid: dict[str, Laid]) -> None:
    """Accuracy against overlap: one step, and the posterior; of two tasks free gates at their end in its place."""
    pair = len(norms) == 2
    for sigma, colour in zip(sigmas, COLOURS, strict=False):
        plain, best = (overlapping_accuracy(norms, overlap, sigma, corrected=corrected, tolerance=_TOLERANCE)
                       for corrected in (False, True))
        axes.plot(overlap, plain, color=colour, label=f"σ = {sigma:.2g}")
        ended = converged_accuracy(norms[0], norms[1], overlap, sigma) if pair else best
        axes.plot(overlap, ended, "--", color=colour)
        one = laid.get("converged" if pair else "plain")
        if one is not None:
            row = one.y == sigma
            marks(axes, one.x, one.mean[row][0], one.half[row][0], colour, outlined=True)
    axes.axhline(1 / len(norms), color="0.4", linestyle=":", linewidth=0.9)
    axes.set(xlabel=_OVERLAP, ylabel=_ACCURACY, xlim=(overlap[0], overlap[-1]), ylim=(1 / len(norms) - 0.05, 1.02))


def _results(field: _Field) -> dict[str, Any]:
    """Where one step loses most."""
    j, i = np.unravel_index(int(field.lost.argmax()), field.lost.shape)
    return {"largest_loss_of_one_step": float(field.lost[j, i]), "at_overlap": float(field.overlap[i]),
            "at_sigma": float(field.sigma[j]), "mean_loss_over_the_plane": float(field.lost.mean())}


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw the accuracy of one step over overlap and noise. Raises InputError."""
    parameters = check_plane(arguments)
    overlap, sigma = span("overlap", arguments.overlap, zero=True), span("sigma", arguments.sigma)
    if overlap[1] >= 1:
        raise InputError(f"overlap must be below 1, got {overlap[1]:g}")
    n_tasks, ratio = count("n_tasks", arguments.n_tasks, minimum=2), number("norms", arguments.norms, minimum=1)
    count("observations", arguments.observations, minimum=100)
    norms = spread_norms(n_tasks, ratio)
    field = _Field.of(norms, overlap, sigma, arguments.points)
    laid, failed = _agents(arguments, overlap, sigma, progress) if arguments.simulate else ({}, [])
    with style():
        figure = _drawn(field, norms, laid, arguments.seeds)
    two = spread_norms(2, ratio)
    data = field.data() | {"norms": norms, "converged_of_two": converged_accuracy(
        two[0], two[1], field.overlap, field.sigma[:, None])}
    results, rows = _results(field), list[Row]()
    for name, quantity in (("plain", "accuracy of one step"), ("posterior", "accuracy of the posterior"),
                           ("converged", "accuracy of two free gates at their end")):
        if name in laid:
            rows += laid[name].rows(quantity)
            data |= laid[name].data(f"agents_{name}")
    if laid:
        results["simulations_that_failed"] = failed or None
    parameters |= {"overlap": list(overlap), "sigma": list(sigma), "n_tasks": n_tasks, "norms": ratio,
                   "observations": arguments.observations}
    return Plot.of(figure, data, parameters, results, rows)


def _drawn(field: _Field, norms: Array, laid: dict[str, Laid], seeds: int) -> Figure:
    figure = Figure(figsize=(10.4, 3.9), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
    ratio, sigmas = norms[-1] / norms[0], _noises(field, laid)
    _plane(figure, left, field, len(norms), laid.get("plain"))
    _cuts(middle, field.overlap, sigmas, norms, laid)
    middle.set_title("one step; dashed: posterior")
    handles, labels = middle.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=7.5)
    _cuts(right, field.overlap, sigmas, spread_norms(2, ratio), laid)
    right.set_title("K = 2; dashed: free gates")
    foot(figure, f"Norms of tasks from {norms[0]:.2g} to {norms[-1]:.2g}. White: lines of equal accuracy; orange: of "
                 "equal loss against the posterior, from which one step differs where tasks are unequally far from "
                 "their mean.\nOf two tasks one step is the posterior (solid); gates that are iterated to their end, "
                 "their sum not kept, lose where norms differ. Dotted: chance."
                 + (f"\nCircles: {seeds} agents each; of one step apart by {laid['plain'].apart():.2g} on average."
                    if laid else ""))
    return figure
