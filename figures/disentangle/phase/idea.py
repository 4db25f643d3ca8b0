"""The idea in one figure: what outputs determine, with few and many tasks, and with little and much noise."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from gateflow.figures.disentangle.phase.fields import FINE_POINTS, check_range, lines_error, r2_of
from gateflow.figures.disentangle.phase.plane import foot
from gateflow.figures.options import check_different, numbers
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.disentangle.classifier import class_probability, class_score
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks

TITLE = "disentangle: the idea: what outputs determine, by number of tasks and noise of the evidence"

# Where the mean of the evidence may lie: half the side of a square, and points along it.
_REACH, _GRID = 1.4, 421
# Trials whose evidence makes the cloud, and the probability of a region whose size is told.
_TRIALS, _SHARE = 40, 0.95
# Lines that a panel can show.
_MOST = 256
_CLOUD, _LINE = "#0072B2", "0.55"
_SHADES = LinearSegmentedColormap.from_list("state", ["white", "#F6C89F", "#E8862E"])
_AMOUNTS = ("little", "some", "much")
_CAPTION = (
    "The square: all states; star: the state. Blue: mean of the noisy evidence in many trials; cross: in this one. "
    "Each task asks on which side\nof its line the state lies. Orange: where the state may be, from the reported "
    "probabilities alone; circle: best guess. Little noise: reports\nare sure, and name a sector only. Some noise: "
    "reports are graded, and together locate the state. Much noise: the evidence is off.\n"
    "$r^2$: of the best guess, over all states.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--tasks", type=lambda text: numbers(text, "numbers of tasks separated by commas", 1, 6),
                        default=(1.0, 2.0, 3.0, 24.0), metavar="N,N,…",
                        help="numbers of tasks, a column each (1,2,3,24)")
    parser.add_argument("--noise", type=lambda text: numbers(text, "noises separated by commas", 1, 4),
                        default=(0.005, 0.04, 0.25), metavar="X,X,…",
                        help="noises of the mean of the evidence, σ/√t, a row each (0.005,0.04,0.25)")
    parser.add_argument("--state", type=lambda text: numbers(text, "x,y: two finite numbers", 2, 2),
                        default=(0.27, 0.16), metavar="X,Y",
                        help="the state (0.27,0.16); with a minus first, write --state=-0.2,0.1")
    parser.add_argument("--precision", type=float, default=0.01, metavar="X",
                        help="standard deviation δ of the error with which outputs are read (0.01)")
    parser.add_argument("--seed", type=int, default=10, metavar="S", help="where the evidence comes from (10)")


@dataclass(frozen=True)
class Reading:
    """What outputs that were read determine about the state. density: over a grid x (G,) of the box, (G, G), rows are
    the second factor; estimate: its mean (2,)."""

    x: Array
    density: Array
    estimate: Array

    @classmethod
    def of(cls, tasks: Tasks, outputs: Array, sigma_t: float, precision: float) -> "Reading":
        """Posterior of the state, uniform on the box before, from outputs (N,) read with an error."""
        axis = np.linspace(-_REACH, _REACH, _GRID)
        step = axis[1] - axis[0]
        z = class_score(tasks.margins(np.stack(np.meshgrid(axis, axis), axis=-1)), sigma_t)
        # A point stands for its cell, across which outputs change: without that, fine ridges fall between points.
        width = np.hypot(precision, normal_density(z) * step / (2 * sigma_t))
        log = np.sum(-((outputs - class_probability(z)) / width) ** 2 / 2 - np.log(width), axis=-1)
        # The state lies about the mean of the evidence as the mean does about the state.
        spread = scipy.ndimage.gaussian_filter(np.exp(log - log.max()), sigma_t / step, mode="constant", truncate=5.0)
        inside = np.abs(axis) <= 0.5
        density = spread[np.ix_(inside, inside)]
        density /= density.sum()
        x = axis[inside]
        return cls(x, density, np.array([density.sum(axis=0) @ x, density.sum(axis=1) @ x]))

    def level(self, share: float) -> float:
        """Density above which this share of the probability lies."""
        ordered = np.sort(self.density, axis=None)[::-1]
        return float(ordered[np.searchsorted(np.cumsum(ordered), share)])

    def area(self, share: float) -> float:
        """Share of the box that the region of this probability fills."""
        return float(np.mean(self.density >= self.level(share)))


def _panel(axes: Axes, tasks: Tasks, reading: Reading, cloud: Array, state: Array, r2: float) -> None:
    axes.imshow(reading.density / reading.density.max(), cmap=_SHADES, vmin=0, vmax=1, origin="lower",
                extent=(-0.5, 0.5, -0.5, 0.5), interpolation="bilinear", zorder=0)
    for c in tasks.C:
        ends = np.outer((-1, 1), (-c[1], c[0]))
        axes.plot(*ends.T, color=_LINE, linewidth=0.6, zorder=1.5)
    axes.plot(*cloud.T, ".", color=_CLOUD, markersize=2.2, alpha=0.7, zorder=2)
    axes.plot(*cloud[0], "P", color=_CLOUD, markeredgecolor="white", markeredgewidth=0.5, markersize=6, zorder=3)
    axes.plot(*state, "*", color="black", markersize=8, markeredgecolor="white", markeredgewidth=0.5, zorder=4)
    axes.plot(*reading.estimate, "o", color="none", markeredgecolor="black", markersize=7, zorder=5)
    axes.text(0.04, 0.04, f"$r^2$ = {r2:.2f}", transform=axes.transAxes, fontsize=8, zorder=5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85})
    axes.set(xlim=(-0.5, 0.5), ylim=(-0.5, 0.5), aspect="equal", xticks=[], yticks=[])
    axes.spines[["top", "right"]].set_visible(True)


def _checked(arguments: argparse.Namespace) -> tuple[list[int], list[float], Array]:
    for n in arguments.tasks:
        if n != int(n) or not 1 <= n <= _MOST:
            raise InputError(f"tasks must be whole numbers from 1 to {_MOST}, got {n:g}")
    for name in ("tasks", "noise"):
        check_different(name, getattr(arguments, name))
    for sigma in arguments.noise:
        number("noise", sigma, minimum=0, open_below=True)
        if not 2e-3 <= sigma <= 0.5:
            raise InputError(f"noise must lie between 0.002 and 0.5, where the figure can show it, got {sigma:g}")
    state = np.array(arguments.state)
    if np.abs(state).max() > 0.5:
        raise InputError(f"state must lie in the box, between -0.5 and 0.5, got {state[0]:g},{state[1]:g}")
    count("seed", arguments.seed, minimum=0)
    check_range("precision", [number("precision", arguments.precision, minimum=0, open_below=True)])
    return [int(n) for n in arguments.tasks], list(arguments.noise), state


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw what outputs determine. Raises InputError."""
    del progress
    numbers_, noises, state = _checked(arguments)
    rng = np.random.default_rng(np.random.SeedSequence(arguments.seed))
    noise, reading_noise = rng.standard_normal((_TRIALS, 2)), rng.standard_normal(max(numbers_))
    estimates, areas = np.empty((len(noises), len(numbers_), 2)), np.empty((len(noises), len(numbers_)))
    r2, densities = np.empty_like(areas), []
    with style():
        figure = Figure(figsize=(1.75 * len(numbers_) + 0.5, 1.78 * len(noises) + 0.75), layout="constrained")
        grid = figure.subplots(len(noises), len(numbers_), squeeze=False)
        for j, sigma_t in enumerate(noises):
            cloud = state + sigma_t * noise
            for i, n in enumerate(numbers_):
                tasks = evenly_spaced_tasks(n)
                outputs = class_probability(class_score(tasks.margins(cloud[0]), sigma_t))
                read = outputs + arguments.precision * reading_noise[:n]
                found = Reading.of(tasks, read, sigma_t, arguments.precision)
                r2[j, i] = r2_of(lines_error(n, np.array(sigma_t), arguments.precision, FINE_POINTS))
                _panel(grid[j, i], tasks, found, cloud, state, r2[j, i])
                estimates[j, i], areas[j, i] = found.estimate, found.area(_SHARE)
                densities.append(found.density[::3, ::3])
                if j == 0:
                    grid[j, i].set_title(f"{n} task" + "s" * (n > 1))
            amount = f"{_AMOUNTS[j]} noise\n" if len(noises) == len(_AMOUNTS) else ""
            grid[j, 0].set_ylabel(f"{amount}$\\sigma/\\sqrt{{t}}$ = {sigma_t:g}")
        foot(figure, _CAPTION)
    apart = np.linalg.norm(estimates - state, axis=-1)
    results: dict[str, Any] = {
        f"share_of_the_box_at_noise_{sigma:g}": [float(area) for area in row]
        for sigma, row in zip(noises, areas, strict=True)}
    results |= {f"r2_at_noise_{sigma:g}": [float(x) for x in row] for sigma, row in zip(noises, r2, strict=True)}
    data = {"tasks": np.array(numbers_), "noise": np.array(noises), "estimate": estimates, "distance": apart,
            "area": areas, "r2": r2, "evidence": noise,
            "density": np.array(densities).reshape(len(noises), len(numbers_), *densities[0].shape)}
    parameters = {"tasks": numbers_, "noise": noises, "state": state.tolist(),
                  "precision": arguments.precision, "seed": arguments.seed}
    return Plot.of(figure, data, parameters, results)
