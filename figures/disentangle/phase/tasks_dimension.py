"""How well the state is known, over the number of random tasks and the dimension of the state."""

import argparse
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle.phase import plane
from gateflow.figures.disentangle.phase.fields import nested_errors, nested_tasks, r2_of, whole_numbers
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.theory.checks import Array, count, number
from gateflow.theory.disentangle.time import exact_r2

TITLE = "disentangle: how well the state is known, over number of tasks and dimension"

_CUTS = (2, 3, 6, 12)
# r² that the number of tasks is told for.
_ENOUGH = 0.9
# Sobol points of the error of one set of tasks.
_POINTS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--tasks", type=float, nargs=2, default=(1, 128), metavar=("LOW", "HIGH"),
                        help="range of the number of tasks, random unit normals (1 128)")
    parser.add_argument("--dimension", type=float, nargs=2, default=(2, 12), metavar=("LOW", "HIGH"),
                        help="range of the dimension D (2 12)")
    parser.add_argument("--sigma", type=float, default=0.2, metavar="X", help="noise of an observation (0.2)")
    parser.add_argument("--duration", type=int, default=20, metavar="T", help="observations of a trial (20)")
    parser.add_argument("--draws", type=int, default=2, metavar="N",
                        help="long rows of tasks that the field averages over; N tasks are the first N of a row (2)")
    plane.add_arguments(parser, 40, 4)


def _errors(tasks: list[int], dimensions: list[int], sigma_t: float, arguments: argparse.Namespace,
            draws: int) -> tuple[Array, Array]:
    """Errors (D, N) with and without what bare answers tell, averaged over draws of tasks."""
    found = np.array([[nested_errors(nested_tasks(tasks, dimension, k, arguments.seed), sigma_t, arguments.precision,
                                     _POINTS) for k in range(draws)] for dimension in dimensions]).mean(axis=1)
    return found[:, 0], found[:, 1]


def _agents(arguments: argparse.Namespace, tasks: tuple[float, float], dimensions: list[int], sigma_t: float,
            progress: Progress) -> plane.Seen:
    numbers = whole_numbers(max(int(tasks[0]), 2), int(tasks[1]), arguments.cells)
    sizes = sorted({dimensions[round(k)] for k in np.linspace(0, len(dimensions) - 1, arguments.cells)})
    result = plane.swept("tasks-dimension", {"n_tasks": numbers, "dimension": sizes, "sigma": [arguments.sigma],
                                             "duration": [arguments.duration]}, arguments, progress, tasks="random")
    error, alone = _errors(numbers, sizes, sigma_t, arguments, max(arguments.draws, arguments.seeds))
    return plane.Seen.of(result, ("n_tasks", "dimension"), r2_of(error), ~plane.saturated(error, alone))


def _cuts(axes: Axes, field: plane.Field, sigma_t: float, seen: plane.Seen | None) -> None:
    """r² against the number of tasks in some dimensions."""
    shown = [d for d in _CUTS if d in field.y]
    if seen is not None:
        shown = [int(d) for d in seen.y][:len(plane.COLOURS)]
    for dimension, colour in zip(shown, plane.COLOURS, strict=False):
        axes.semilogx(field.x, r2_of(field.error)[field.y == dimension][0], color=colour, label=f"D = {dimension}")
        axes.axvline(dimension, color=colour, linestyle=":", linewidth=0.8)
        if seen is not None:
            row = seen.y == dimension
            plane.points(axes, seen.x, seen.r2[row][0], seen.half[row][0], colour, error=False)
    axes.axhline(float(exact_r2(sigma_t**2)), color="0.4", linestyle="--", linewidth=0.9)
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(0, 1.02), xlim=(field.x[0], field.x[-1]))
    axes.set_title("cuts; dashed: evidence alone")
    axes.legend(loc="lower right", fontsize=7)


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw r² over number of tasks and dimension. Raises InputError."""
    parameters = plane.check(arguments)
    tasks, sizes = (plane.span(name, getattr(arguments, name), whole=True) for name in ("tasks", "dimension"))
    sigma = number("sigma", arguments.sigma, minimum=0, open_below=True)
    sigma_t = sigma / np.sqrt(count("duration", arguments.duration))
    count("draws", arguments.draws)
    numbers = whole_numbers(int(tasks[0]), int(tasks[1]), arguments.points)
    dimensions = sorted({int(d) for d in np.linspace(*sizes, arguments.points)})
    error, alone = _errors(numbers, dimensions, sigma_t, arguments, arguments.draws)
    x, y = np.array(numbers, dtype=float), np.array(dimensions, dtype=float)
    field = plane.Field(x, y, error, alone, x < y[:, None])
    seen = _agents(arguments, tasks, dimensions, sigma_t, progress) if arguments.simulate else None
    with style():
        figure = Figure(figsize=(7.6, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
        plane.draw(figure, left, field, arguments.show, seen)
        left.plot(y, y, color="#D55E00", linewidth=1.6)
        left.set(xscale="log", xlabel="number of tasks, $N$", ylabel="dimension, $D$")
        left.set_title(f"σ = {sigma:g}, t = {arguments.duration}, δ = {arguments.precision:g}")
        _cuts(right, field, sigma_t, seen)
        plane.foot(figure, "White: lines of equal $r^2$. Orange, dotted: $N = D$; crossed: fewer tasks than "
                           "dimensions, part of the state is not\ndetermined. Hatched: outputs saturate, bare answers "
                           "carry the estimate."
                   + (f"\nCircles: {arguments.seeds} agents each; {seen.said()}." if seen else ""))
    results: dict[str, Any] = {"noise_of_the_mean": sigma_t, "r2_of_the_evidence": float(exact_r2(sigma_t**2))}
    for dimension, row in zip(dimensions, r2_of(error), strict=True):
        if dimension in _CUTS:
            enough = np.flatnonzero(row >= _ENOUGH)
            results[f"tasks_for_r2_{_ENOUGH:g}_at_D_{dimension}"] = numbers[enough[0]] if len(enough) else None
    parameters |= {"tasks": list(tasks), "dimension": list(sizes), "sigma": sigma, "duration": arguments.duration,
                   "draws": arguments.draws}
    return plane.planned(figure, field.data(), parameters, results, seen)
