"""What do outputs determine, by number of tasks and noise of the evidence?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from gateflow.figures.disentangle.errors import FINE_POINTS, lines_error, r2_of
from gateflow.figures.plot import HERE, Machine, PhasePlot, Plot
from gateflow.figures.style import BLUE, caption, style, wrapped
from gateflow.sim.disentangle.setting import NOISE
from gateflow.theory.checks import SEED, Array, InputError, Range
from gateflow.theory.disentangle.classifier import class_probability, class_score
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
from gateflow.theory.parameters import check_different, parameter

# Where the mean of the evidence may lie: half the side of a square, and points along it.
_REACH, _GRID = 1.4, 421
# Trials whose evidence makes the cloud, and the probability of a region whose size is told.
_TRIALS, _SHARE = 40, 0.95
# Panels a side at most.
_COLUMNS, _ROWS = 6, 4
_SHADES = LinearSegmentedColormap.from_list("state", ["white", "#F6C89F", "#E8862E"])
_AMOUNTS = ("little", "some", "much")
_CAPTION = (
    "The square: all states; star: the state. Blue: mean of the noisy evidence in many trials; cross: in this one. "
    "Each task asks on which side of its line the state lies. Orange: where the state may be, from the reported "
    "probabilities alone; circle: best guess. Little noise: reports are sure, and name a sector only. Some noise: "
    "reports are graded, and together locate the state. Much noise: the evidence is off. $r^2$: of the best guess, "
    "over all states.")


@dataclass(frozen=True, eq=False)
class Posterior:
    """What outputs that were read determine about the state. density: over a grid x (G,) of the box, (G, G), rows are
    the second factor; estimate: its mean (2,)."""

    x: Array
    density: Array
    estimate: Array

    @classmethod
    def of(cls, tasks: Tasks, outputs: Array, sigma_t: float, precision: float) -> "Posterior":
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

    def area(self, share: float) -> float:
        """Share of the box that the smallest region of this probability fills."""
        ordered = np.sort(self.density, axis=None)[::-1]
        return float(np.mean(self.density >= ordered[np.searchsorted(np.cumsum(ordered), share)]))


@dataclass(frozen=True)
class Idea(PhasePlot):
    """A panel for each number of tasks and noise: evidence, lines, and where the state may be."""

    example = "--tasks 2 12 --state 0.1 -0.3"
    cost = "3 s"

    tasks: tuple[int, ...] = parameter((1, 2, 3, 24), "numbers of tasks, a column each", Range(1, 256, whole=True))
    noise: tuple[float, ...] = parameter((0.005, 0.04, 0.25), "noises of the mean of the evidence, σ/√t, a row each",
                                         Range(2e-3, 0.5))
    state: tuple[float, float] = parameter((0.27, 0.16), "the state, in the box", Range(-0.5, 0.5))
    precision: float = parameter(0.01, "standard deviation δ of the error with which outputs are read", NOISE)
    seed: int = parameter(10, "where the evidence comes from", SEED)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        for name, most in (("tasks", _COLUMNS), ("noise", _ROWS)):
            check_different(name, getattr(self, name))
            if len(getattr(self, name)) > most:
                raise InputError(f"{name} must be at most {most} values, got {len(getattr(self, name))}")
        if len(self.state) != 2:
            raise InputError(f"state must be two numbers, got {len(self.state)}")

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw what outputs determine. Raises InputError."""
        del machine
        rng, state = np.random.default_rng(np.random.SeedSequence(self.seed)), np.array(self.state)
        noise, reading_noise = rng.standard_normal((_TRIALS, 2)), rng.standard_normal(max(self.tasks))
        shape = (len(self.noise), len(self.tasks))
        rising = len(self.noise) == len(_AMOUNTS) and all(np.diff(self.noise) > 0)
        estimates, areas, r2, densities = np.empty((*shape, 2)), np.empty(shape), np.empty(shape), []
        with style():
            width = max(1.75 * shape[1] + 0.5, 4.0)
            lines = wrapped(_CAPTION, width).count("\n") + 1
            figure = Figure(figsize=(width, 1.7 * shape[0] + 0.35 + 0.125 * lines), layout="constrained")
            grid = figure.subplots(*shape, squeeze=False)
            for j, sigma_t in enumerate(self.noise):
                cloud = state + sigma_t * noise
                for i, n in enumerate(self.tasks):
                    tasks = evenly_spaced_tasks(n)
                    outputs = class_probability(class_score(tasks.margins(cloud[0]), sigma_t))
                    posterior = Posterior.of(tasks, outputs + self.precision * reading_noise[:n], sigma_t,
                                             self.precision)
                    r2[j, i] = r2_of(lines_error(n, np.array(sigma_t), self.precision, FINE_POINTS))
                    _panel(grid[j, i], tasks, posterior, cloud, state, r2[j, i])
                    estimates[j, i], areas[j, i] = posterior.estimate, posterior.area(_SHARE)
                    densities.append(posterior.density[::3, ::3])
                    if j == 0:
                        grid[j, i].set_title(f"{n} task" + "s" * (n > 1))
                amount = f"{_AMOUNTS[j]} noise\n" if rising else ""
                grid[j, 0].set_ylabel(f"{amount}$\\sigma/\\sqrt{{t}}$ = {sigma_t:g}")
            caption(figure, _CAPTION)
        results: dict[str, Any] = {f"share_of_the_box_at_noise_{sigma:g}": row.tolist()
                                   for sigma, row in zip(self.noise, areas, strict=True)}
        results |= {f"r2_at_noise_{sigma:g}": row.tolist() for sigma, row in zip(self.noise, r2, strict=True)}
        data = {"tasks": np.array(self.tasks), "noise": np.array(self.noise), "estimate": estimates,
                "distance": np.linalg.norm(estimates - state, axis=-1), "area": areas, "r2": r2, "evidence": noise,
                "density": np.array(densities).reshape(*shape, *densities[0].shape)}
        return Plot(self.name(), figure, data, self.parameters(), results)


def _panel(axes: Axes, tasks: Tasks, posterior: Posterior, cloud: Array, state: Array, r2: float) -> None:
    axes.imshow(posterior.density / posterior.density.max(), cmap=_SHADES, vmin=0, vmax=1, origin="lower",
                extent=(-0.5, 0.5, -0.5, 0.5), interpolation="bilinear", zorder=0)
    for c in tasks.C:
        ends = np.outer((-1, 1), (-c[1], c[0]))
        axes.plot(*ends.T, color="0.55", linewidth=0.6, zorder=1.5)
    axes.plot(*cloud.T, ".", color=BLUE, markersize=2.2, alpha=0.7, zorder=2)
    axes.plot(*cloud[0], "P", color=BLUE, markeredgecolor="white", markeredgewidth=0.5, markersize=6, zorder=3)
    axes.plot(*state, "*", color="black", markersize=8, markeredgecolor="white", markeredgewidth=0.5, zorder=4)
    axes.plot(*posterior.estimate, "o", color="none", markeredgecolor="black", markersize=7, zorder=5)
    axes.text(0.04, 0.04, f"$r^2$ = {r2:.2f}", transform=axes.transAxes, fontsize=8, zorder=5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85})
    axes.set(xlim=(-0.5, 0.5), ylim=(-0.5, 0.5), aspect="equal", xticks=[], yticks=[])
    axes.spines[["top", "right"]].set_visible(True)


PLOT = Idea
