"""Angles between the directions of two latent factors under random tasks: their law against random draws."""

import argparse
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from gateflow.figures.disentangle.phase.fields import random_tasks
from gateflow.figures.disentangle.phase.plane import COLOURS, foot
from gateflow.figures.options import numbers
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import marks, style
from gateflow.sim.compare.rows import Row, make_row
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.disentangle import angle_cdf, angle_spread, latent_angles

TITLE = "disentangle: angles between the directions of latent factors, by number of random tasks"

# How far the law's spread may be from that of the draws beyond chance, from this many tasks a dimension on.
_WITHIN, _MANY = 0.03, 6
_JUDGED = 3.3
# Largest power that has a meaning here; numbers that are held at once.
_STEEPEST, _MOST = 2, 10**8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--tasks", type=lambda text: numbers(text, "numbers of tasks separated by commas", 1, 12),
                        default=(6.0, 12.0, 24.0, 48.0, 96.0), metavar="N,N,…",
                        help="numbers of tasks, random unit normals (6,12,24,48,96)")
    parser.add_argument("--dimension", type=int, default=2, metavar="D", help="dimension of the state (2)")
    parser.add_argument("--power", type=float, default=0.5, metavar="P",
                        help="Gram matrix of the directions is (CᵀC)^P: 1 for logits, 0.5 for a code of least norm, "
                             "-1 for decoders (0.5)")
    parser.add_argument("--simulate", action="store_true", help="lay drawn sets of tasks over it")
    parser.add_argument("--draws", type=int, default=2000, metavar="N", help="sets of tasks (2000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="where all randomness comes from (0)")


def _checked(arguments: argparse.Namespace) -> list[int]:
    count("dimension", arguments.dimension, minimum=2)
    count("draws", arguments.draws, minimum=10)
    count("seed", arguments.seed, minimum=0)
    if number("power", arguments.power) == 0:
        raise InputError("power must not be 0: all angles are right then, got 0")
    if abs(arguments.power) > _STEEPEST:
        raise InputError(f"power must lie between {-_STEEPEST} and {_STEEPEST}, where the law is known, "
                         f"got {arguments.power:g}")
    for n in arguments.tasks:
        if n != int(n) or n <= arguments.dimension:
            raise InputError(f"tasks must be whole numbers above the dimension, {arguments.dimension}, got {n:g}")
    size = arguments.draws * max(arguments.tasks) * arguments.dimension
    if arguments.simulate and size > _MOST:
        raise InputError(f"draws times tasks times dimension must be at most {_MOST:.0e} with simulate, got {size:.1e}")
    return sorted({int(n) for n in arguments.tasks})


def _drawn(n_tasks: int, arguments: argparse.Namespace) -> Array:
    """Angle between the first two factors in each set of tasks, in rad, (draws,)."""
    sets = random_tasks(n_tasks, arguments.dimension, arguments.draws, arguments.seed)
    return np.array([latent_angles(tasks, arguments.power)[0] for tasks in sets])


def _spread(angles: Array) -> tuple[float, float]:
    """Standard deviation about 90°, and its standard error."""
    squares = (angles - np.pi / 2) ** 2
    value = float(np.sqrt(squares.mean()))
    return value, float(squares.std(ddof=1) / np.sqrt(len(squares)) / (2 * value))


def _rows(drawn: dict[int, Array], dimension: int, power: float) -> list[Row]:
    """Spread and shape of the law against the draws."""
    rows = []
    for n, angles in drawn.items():
        expected = float(np.degrees(angle_spread(n, dimension, power)))
        seen, error = (float(np.degrees(x)) for x in _spread(angles))
        tolerance = _JUDGED * error + _WITHIN * expected if n >= _MANY * dimension else float("nan")
        rows.append(make_row(f"{n} tasks: spread of the angle about 90°, degrees", "approximation", theory=expected,
                             simulation=seen, half=1.96 * error, error=abs(seen - expected), tolerance=tolerance))
        known = stats.kstest(angles, lambda a, n=n: angle_cdf(a, n, dimension, power)).statistic \
            if np.isfinite(angle_cdf(1.0, n, dimension, power)) else float("nan")
        rows.append(make_row(f"{n} tasks: law of the angle, Kolmogorov–Smirnov distance", "observation",
                             error=float(known)))
    return rows


def _plain(value: float, place: float) -> str:
    """A number as it is read, for an axis."""
    del place
    return f"{value:g}"


def _few(value: float, place: float) -> str:
    """The same for 2 and 5 alone: all of them would overlap."""
    return _plain(value, place) if f"{value:e}"[0] in "25" else ""


def _laws(axes: Axes, tasks: list[int], dimension: int, power: float, drawn: dict[int, Array]) -> None:
    """Densities of the angle."""
    widest = float(np.degrees(angle_spread(tasks[0], dimension, power)))
    reach = min(3 * widest, 90.0) if np.isfinite(widest) else 90.0
    degrees = np.linspace(90 - reach, 90 + reach, 401)
    chosen = sorted({tasks[0], tasks[len(tasks) // 2], tasks[-1]})
    for n, colour in zip(chosen, COLOURS, strict=False):
        share = angle_cdf(np.radians(degrees), n, dimension, power)
        axes.plot(degrees, np.gradient(share, degrees), color=colour, label=f"{n} tasks")
        if n in drawn:
            axes.hist(np.degrees(drawn[n]), bins=degrees[::10].tolist(), density=True, color=colour, alpha=0.25)
    axes.set(xlabel="angle / degrees", ylabel="density", xlim=(degrees[0], degrees[-1]), ylim=(0, None))
    axes.set_title(f"D = {dimension}, p = {power:g}")
    axes.legend(loc="upper left", fontsize=7.5)


def _spreads(axes: Axes, tasks: list[int], dimension: int, power: float, drawn: dict[int, Array]) -> None:
    """Spread against the number of tasks: the law, its first order, and draws."""
    n = np.geomspace(tasks[0], max(tasks[-1], tasks[0] + 1), 200)
    axes.loglog(n, np.degrees(angle_spread(n, dimension, power)), color=COLOURS[0], label="second order")
    axes.loglog(n, np.degrees(abs(power) * np.sqrt(dimension / ((dimension + 2) * n))), "--", color="0.4",
                linewidth=1, label="first order, $|p|\\sqrt{D/((D+2)N)}$ rad")
    if drawn:
        seen = np.degrees([_spread(angles) for angles in drawn.values()])
        marks(axes, np.array(list(drawn)), seen[:, 0], 1.96 * seen[:, 1], COLOURS[2], label="random tasks")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_plain)
        axis.set_minor_formatter(_few)
    axes.set(xlabel="number of tasks, $N$", ylabel="standard deviation / degrees")
    axes.set_title("spread about 90°")
    axes.legend(loc="lower left", fontsize=7.5)


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw the law of angles. Raises InputError."""
    tasks, dimension, power = _checked(arguments), arguments.dimension, arguments.power
    drawn = {n: _drawn(n, arguments) for n in progress(tasks, len(tasks))} if arguments.simulate else {}
    rows = _rows(drawn, dimension, power)
    with style():
        figure = Figure(figsize=(7.2, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _laws(left, tasks, dimension, power, drawn)
        _spreads(right, tasks, dimension, power, drawn)
        foot(figure, "Lines: the law of the angle between two latent directions, whose Gram matrix is "
                     "$(C^\\mathsf{T}C)^p$, $C$ the tasks' normals." + (
            f"\nHistograms and points: {arguments.draws} random sets of tasks, 95 % intervals." if drawn else ""))
    results: dict[str, Any] = {f"degrees_at_{n}_tasks": float(np.degrees(angle_spread(n, dimension, power)))
                               for n in tasks}
    degrees = np.linspace(0, 180, 361)
    data = {"tasks": np.array(tasks), "spread": angle_spread(np.array(tasks), dimension, power), "degrees": degrees,
            "cdf": np.array([angle_cdf(np.radians(degrees), n, dimension, power) for n in tasks])}
    if drawn:
        data["angles"] = np.array(list(drawn.values()))
    parameters = {"tasks": tasks, "dimension": dimension, "power": power, "simulate": arguments.simulate,
                  "draws": arguments.draws, "seed": arguments.seed}
    return Plot.of(figure, data, parameters, results, rows)
