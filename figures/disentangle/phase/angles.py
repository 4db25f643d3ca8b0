"""At which angles do random tasks put the directions of latent factors?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle.errors import random_sets
from gateflow.figures.field import plain_numbers
from gateflow.figures.plot import HERE, Machine, PhasePlot, Plot
from gateflow.figures.style import BLUE, COLOURS, ORANGE, caption, marks, style
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.disentangle.setting import N_TASKS
from gateflow.theory.checks import MANY, SEED, Array, InputError, Range
from gateflow.theory.disentangle.angles import angle_cdf, angle_spread, latent_angles
from gateflow.theory.parameters import check_different, parameter

# How far the law's spread may be from that of the draws beyond chance, from this many tasks a dimension on.
_WITHIN, _MANY = 0.03, 6
_JUDGED = 3.3
# Numbers that are held at once.
_MOST = 10**8


def drawn_angles(n_tasks: int, dimension: int, power: float, draws: int, seed: int) -> Array:
    """Angle between the first two factors in each of some sets of tasks, in rad, (draws,)."""
    return np.array([latent_angles(tasks, power)[0] for tasks in random_sets(n_tasks, dimension, draws, seed)])


@dataclass(frozen=True)
class LatentAngles(PhasePlot):
    """The law of the angle between two latent directions, beside random draws of tasks."""

    works = True
    example = "--simulate --power 1"
    cost = "1 s, 5 s with --simulate"

    tasks: tuple[int, ...] = parameter((6, 12, 24, 48, 96), "numbers of tasks, random unit normals", N_TASKS)
    dimension: int = parameter(2, "dimension of the state", Range(2, 64, whole=True))
    power: float = parameter(0.5, "P, where directions have the Gram matrix (CᵀC)^P: 1 for logits, 0.5 for a code of "
                                  "least norm, -1 for decoders", Range(-2, 2))
    simulate: bool = parameter(False, "lay drawn sets of tasks over it")
    draws: int = parameter(2000, "sets of tasks", Range(10, MANY.high, whole=True))
    seed: int = parameter(0, "where all randomness comes from", SEED)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_different("tasks", self.tasks)
        object.__setattr__(self, "tasks", tuple(sorted(self.tasks)))
        if self.power == 0:
            raise InputError("power must not be 0: all angles are right then, got 0")
        if self.tasks[0] <= self.dimension:
            raise InputError(f"tasks must be more than the dimension, {self.dimension}, got {self.tasks[0]}")
        size = self.draws * self.tasks[-1] * self.dimension
        if self.simulate and size > _MOST:
            raise InputError(f"draws times tasks times dimension must be at most {_MOST:.0e} with simulate, "
                             f"got {size:.1e}")

    def _rows(self, drawn: Mapping[int, Array]) -> list[Row]:
        """Spread and shape of the law against the draws."""
        rows = []
        for n, angles in drawn.items():
            expected = float(np.degrees(angle_spread(n, self.dimension, self.power)))
            value, error = (float(np.degrees(x)) for x in _spread(angles))
            judged = n >= _MANY * self.dimension
            rows.append(make_row(f"{n} tasks: spread of the angle about 90°, degrees", "approximation", theory=expected,
                                 simulation=value, half=1.96 * error, error=abs(value - expected),
                                 tolerance=_JUDGED * error + _WITHIN * expected if judged else float("nan")))
            exists = np.isfinite(angle_cdf(1.0, n, self.dimension, self.power))
            law = partial(angle_cdf, n_tasks=n, dimension=self.dimension, power=self.power)
            distance = scipy.stats.kstest(angles, law).statistic if exists else float("nan")
            rows.append(make_row(f"{n} tasks: law of the angle, Kolmogorov–Smirnov distance", "observation",
                                 error=float(distance)))
        return rows

    def _laws(self, axes: Axes, drawn: Mapping[int, Array]) -> None:
        """Densities of the angle."""
        widest = float(np.degrees(angle_spread(self.tasks[0], self.dimension, self.power)))
        reach = min(3 * widest, 90.0) if np.isfinite(widest) else 90.0
        degrees = np.linspace(90 - reach, 90 + reach, 401)
        chosen = sorted({self.tasks[0], self.tasks[len(self.tasks) // 2], self.tasks[-1]})
        for n, colour in zip(chosen, (BLUE, COLOURS[2], ORANGE), strict=False):
            share = angle_cdf(np.radians(degrees), n, self.dimension, self.power)
            axes.plot(degrees, np.gradient(share, degrees), color=colour, label=f"{n} tasks")
            if n in drawn:
                axes.hist(np.degrees(drawn[n]), bins=degrees[::10].tolist(), density=True, color=colour, alpha=0.25)
        axes.set(xlabel="angle / degrees", ylabel="density", xlim=(degrees[0], degrees[-1]), ylim=(0, None))
        axes.set_title(f"D = {self.dimension}, p = {self.power:g}")
        axes.legend(loc="upper left", fontsize=7.5)

    def _spreads(self, axes: Axes, drawn: Mapping[int, Array]) -> None:
        """Spread against the number of tasks: the law, its first order, and draws."""
        D, p = self.dimension, self.power
        n = np.geomspace(self.tasks[0], max(self.tasks[-1], self.tasks[0] + 1), 200)
        axes.loglog(n, np.degrees(angle_spread(n, D, p)), color=BLUE, label="second order")
        axes.loglog(n, np.degrees(abs(p) * np.sqrt(D / ((D + 2) * n))), "--", color="0.4", linewidth=1,
                    label="first order, $|p|\\sqrt{D/((D+2)N)}$ rad")
        if drawn:
            spread, error = np.degrees([_spread(angles) for angles in drawn.values()]).T
            marks(axes, np.array(list(drawn)), spread, 1.96 * error, ORANGE, label="random tasks")
        plain_numbers(axes.xaxis, axes.yaxis)
        axes.set(xlabel="number of tasks, $N$", ylabel="standard deviation / degrees")
        axes.set_title("spread about 90°")
        axes.legend(loc="lower left", fontsize=7.5)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw the law of angles. Raises InputError."""
        D, p, degrees = self.dimension, self.power, np.linspace(0, 180, 361)
        drawn = {}
        if self.simulate:
            sets = machine.jobs([(drawn_angles, (n, D, p, self.draws, self.seed)) for n in self.tasks])
            drawn = dict(zip(self.tasks, sets, strict=True))
        with style():
            figure = Figure(figsize=(7.2, 3.2), layout="constrained")
            left, right = figure.subplots(1, 2)
            self._laws(left, drawn)
            self._spreads(right, drawn)
            caption(figure, "Lines: the law of the angle between two latent directions, whose Gram matrix is "
                            "$(C^\\mathsf{T}C)^p$, $C$ the tasks' normals." + (
                        f" Histograms and points: {self.draws} random sets of tasks, 95 % intervals." if drawn else ""))
        data = {"tasks": np.array(self.tasks), "spread": angle_spread(np.array(self.tasks), D, p), "degrees": degrees,
                "cdf": np.array([angle_cdf(np.radians(degrees), n, D, p) for n in self.tasks])}
        if drawn:
            data["angles"] = np.array(list(drawn.values()))
        results = {f"degrees_at_{n}_tasks": float(np.degrees(angle_spread(n, D, p))) for n in self.tasks}
        return Plot(self.name(), figure, data, self.parameters(), results, self._rows(drawn))


def _spread(angles: Array) -> tuple[float, float]:
    """Standard deviation about 90°, and its standard error."""
    squares = (angles - np.pi / 2) ** 2
    value = float(np.sqrt(squares.mean()))
    return value, float(squares.std(ddof=1) / np.sqrt(len(squares)) / (2 * value))


PLOT = LatentAngles
