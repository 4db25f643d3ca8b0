"""How well the state is known, over the noise of the evidence and the number of tasks."""

import argparse
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle.phase import plane
from gateflow.figures.disentangle.phase.fields import (
    FINE_POINTS,
    POINTS,
    answer_r2_of_lines,
    best,
    check_lines,
    check_range,
    lines_error,
    r2_of,
    whole_numbers,
)
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.theory.checks import Array, count
from gateflow.theory.disentangle.tasks import VARIANCE

TITLE = "disentangle: how well the state is known, over noise and number of tasks, and the best noise"

_CUTS = (2, 6, 24, 96)
# Points of the line of best noise.
_LINE = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--noise", type=float, nargs=2, default=(1e-3, 1.0), metavar=("LOW", "HIGH"),
                        help="range of σ/√t, the noise of the mean (0.001 1)")
    parser.add_argument("--tasks", type=float, nargs=2, default=(1, 128), metavar=("LOW", "HIGH"),
                        help="range of the number of tasks (1 128), evenly spaced lines of the plane")
    parser.add_argument("--duration", type=int, default=20, metavar="T",
                        help="observations of a simulated trial; only σ/√t matters (20)")
    plane.add_arguments(parser, 100, 6)


def _field(noise: Array, tasks: list[int], precision: float) -> plane.Field:
    error = np.array([lines_error(n, noise, precision) for n in tasks])
    alone = np.array([lines_error(n, noise, precision, answers=False) for n in tasks])
    missing = np.broadcast_to(np.array(tasks)[:, None] < 2, error.shape)
    return plane.Field(noise, np.array(tasks, dtype=float), error, alone, missing)


def _agents(arguments: argparse.Namespace, noise: tuple[float, float], tasks: tuple[float, float],
            progress: Progress) -> plane.Seen:
    edges = np.geomspace(*noise, 2 * arguments.cells + 1)[1::2]
    found = whole_numbers(max(int(tasks[0]), 2), max(int(tasks[1]), 2), arguments.cells)
    sigma = edges * np.sqrt(arguments.duration)
    result = plane.swept("noise-tasks", {"n_tasks": found, "sigma": sigma, "duration": [arguments.duration],
                                         "dimension": [2]}, arguments, progress)
    error, alone = (np.array([lines_error(n, edges, arguments.precision, FINE_POINTS, answers) for n in found])
                    for answers in (True, False))
    seen = plane.Seen.of(result, ("sigma", "n_tasks"), r2_of(error), ~plane.saturated(error, alone))
    return replace(seen, x=edges)


def _cuts(axes: Axes, noise: Array, tasks: list[int], precision: float, seen: plane.Seen | None) -> None:
    """Error against noise for few and many tasks, with and without what bare answers tell."""
    shown = [n for n in _CUTS if tasks[0] <= n <= tasks[-1]]
    if seen is not None:
        shown = sorted({int(seen.y[np.abs(np.log(seen.y / n)).argmin()]) for n in shown})
    for n, colour in zip(shown, plane.COLOURS, strict=False):
        error = lines_error(n, noise, precision, FINE_POINTS)
        axes.loglog(noise, error, color=colour, label=f"{n} tasks")
        axes.axhline((1 - answer_r2_of_lines(n)) * VARIANCE, color=colour, linestyle=":", linewidth=0.8)
        axes.plot(*best(noise, error), "D", color=colour, markersize=5)
        if seen is not None:
            row = seen.y == n
            plane.points(axes, seen.x, seen.r2[row][0], seen.half[row][0], colour, error=True)
    axes.loglog(noise, noise**2, "--", color="0.4", linewidth=0.9, label="evidence, $\\sigma^2/t$")
    axes.set(xlabel=plane.SIGMA_T, ylabel=plane.FACTOR_ERROR, xlim=(noise[0], noise[-1]), ylim=(2e-5, 0.2))
    axes.set_title("cuts")
    axes.legend(loc="lower right", fontsize=7)


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw r² over noise and number of tasks. Raises InputError."""
    parameters, precision = plane.check(arguments), arguments.precision
    noises, numbers = plane.span("noise", arguments.noise), plane.span("tasks", arguments.tasks, whole=True)
    count("duration", arguments.duration)
    check_range("noise", noises)
    check_lines(numbers[1])
    noise = np.geomspace(*noises, arguments.points)
    tasks = whole_numbers(int(numbers[0]), int(numbers[1]), arguments.points)
    field = _field(noise, tasks, precision)
    lines = whole_numbers(max(tasks[0], 2), max(tasks[-1], 2), _LINE)
    grid = np.geomspace(*noises, _LINE * 3)
    optimum = np.array([best(grid, lines_error(n, grid, precision, FINE_POINTS)) for n in lines])
    seen = _agents(arguments, noises, numbers, progress) if arguments.simulate else None
    with style():
        figure = Figure(figsize=(7.6, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
        plane.draw(figure, left, field, arguments.show, seen, yscale="log")
        left.plot(optimum[:, 0], lines, color="#D55E00", linewidth=1.6)
        left.set(xlabel=plane.SIGMA_T, ylabel="number of tasks, $N$")
        left.set_title(f"evenly spaced lines, δ = {precision:g}")
        _cuts(right, grid, tasks, precision, seen)
        plane.foot(figure, "White: lines of equal $r^2$. Orange, diamonds: best noise. Hatched: outputs saturate, bare "
                           "answers carry the estimate;\ncrossed: tasks do not determine the state. Dotted: bare "
                           "answers alone."
                   + (f"\nCircles: {arguments.seeds} agents each; {seen.said()}." if seen else ""))
    optima = {n: best(grid, lines_error(n, grid, precision, FINE_POINTS)) for n in _CUTS}
    results: dict[str, Any] = {f"best_noise_of_{n}_tasks": sigma_t for n, (sigma_t, _) in optima.items()}
    results |= {f"r2_at_the_best_noise_of_{n}_tasks": 1 - error / VARIANCE for n, (_, error) in optima.items()}
    data = field.data() | {"best_tasks": np.array(lines), "best_noise": optimum[:, 0], "best_error": optimum[:, 1]}
    parameters |= {"noise": list(noises), "tasks": list(numbers), "duration": arguments.duration,
                   "theory_points": POINTS}
    return plane.planned(figure, data, parameters, results, seen)
