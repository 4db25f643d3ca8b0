"""How well is the state known, over noise and number of tasks, and which noise is best?"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle import plane
from gateflow.figures.disentangle.errors import (
    FINE_POINTS,
    POINTS,
    answer_r2_of_lines,
    best,
    both_errors,
    lines_error,
    r2_of,
    whole_numbers,
)
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import CUT_COLOURS, ORANGE, style
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.disentangle.setting import N_TASKS, NOISE
from gateflow.theory.checks import CELLS, MANY, Array
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.parameters import check_span, parameter

_CUTS = (2, 6, 24, 96)
# Points of the line of best noise.
_LINE = 24


@dataclass(frozen=True)
class NoiseTasks(plane.ErrorPlot):
    """r² over the noise of the mean of the evidence and the number of evenly spaced lines."""

    example = "--simulate"
    cost = "5 s, 20 s with --simulate"

    points: int = parameter(100, "points a side of the field, at most; whole numbers are shown once", plane.POINTS)
    cells: int = parameter(6, "simulated cells a side", CELLS)
    noise_range: tuple[float, float] = parameter((1e-3, 1.0), "range of σ/√t, the noise of the mean", NOISE)
    tasks_range: tuple[int, int] = parameter((1, 128), "range of the number of tasks, lines of the plane", N_TASKS)
    duration: int = parameter(20, "observations of a simulated trial; only σ/√t matters", MANY)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_span("noise_range", self.noise_range)
        check_span("tasks_range", self.tasks_range)

    def _errors(self, numbers: list[int], noise: Array, points: int) -> tuple[Array, Array]:
        """Errors (N, σ_t) with and without what bare answers tell."""
        with_answers, alone = np.stack([both_errors(n, noise, self.precision, points) for n in numbers], axis=1)
        return with_answers, alone

    def _lines(self, points: int) -> list[int]:
        """Numbers of tasks, two at least."""
        low, high = (max(n, 2) for n in self.tasks_range)
        return whole_numbers(low, high, points)

    def _agents(self, machine: Machine) -> FieldRuns:
        noise = np.geomspace(*self.noise_range, 2 * self.cells + 1)[1::2]
        numbers = self._lines(self.cells)
        axes = {"n_tasks": numbers, "sigma": noise * np.sqrt(self.duration), "duration": [self.duration],
                "dimension": [2]}
        agents = self.agents(machine, axes, ("sigma", "n_tasks"), *self._errors(numbers, noise, FINE_POINTS))
        return replace(agents, x=noise)

    def _cuts(self, axes: Axes, grid: Array, shown: list[int], agents: FieldRuns | None) -> None:
        """Error against noise for few and many tasks, with and without what bare answers tell."""
        for n, colour in zip(shown, CUT_COLOURS, strict=False):
            error = lines_error(n, grid, self.precision, FINE_POINTS)
            axes.loglog(grid, error, color=colour, label=f"{n} tasks")
            axes.axhline((1 - answer_r2_of_lines(n)) * VARIANCE, color=colour, linestyle=":", linewidth=0.8)
            axes.plot(*best(grid, error), "D", color=colour, markersize=5)
            if agents is not None:
                plane.agent_marks(axes, agents, n, colour, error=True)
        axes.loglog(grid, grid**2, "--", color="0.4", linewidth=0.9, label="evidence, $\\sigma^2/t$")
        axes.set(xlabel=plane.SIGMA_T, ylabel=plane.FACTOR_ERROR, xlim=(grid[0], grid[-1]), ylim=(2e-5, 0.2))
        axes.set_title("cuts")
        axes.legend(loc="lower right", fontsize=7)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw r² over noise and number of tasks. Raises InputError."""
        noise = np.geomspace(*self.noise_range, self.points)
        numbers = whole_numbers(*self.tasks_range, self.points)
        missing = np.broadcast_to(np.array(numbers)[:, None] < 2, (len(numbers), len(noise)))
        field = plane.ErrorField(noise, np.array(numbers, dtype=float), *self._errors(numbers, noise, POINTS), missing)
        lines, grid = self._lines(_LINE), np.geomspace(*self.noise_range, _LINE * 3)
        optima = {n: best(grid, lines_error(n, grid, self.precision, FINE_POINTS)) for n in lines}
        agents = self._agents(machine) if self.simulate else None
        # Results are told for the numbers of tasks that cuts show.
        shown = [n for n in _CUTS if numbers[0] <= n <= numbers[-1]] if agents is None else \
            [int(n) for n in plane.nearest(agents.y, _CUTS)]
        with style():
            figure = Figure(figsize=(7.6, 3.6), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
            plane.draw(figure, left, field, self.show, agents, yscale="log")
            left.plot([sigma_t for sigma_t, _ in optima.values()], lines, color=ORANGE, linewidth=1.6)
            left.set(xlabel=plane.SIGMA_T, ylabel="number of tasks, $N$")
            left.set_title(f"evenly spaced lines, δ = {self.precision:g}")
            self._cuts(right, grid, shown, agents)
        results: dict[str, Any] = {}
        for n in shown:
            sigma_t, error = best(grid, lines_error(n, grid, self.precision, FINE_POINTS))
            results |= {f"best_noise_of_{n}_tasks": sigma_t,
                        f"r2_at_the_best_noise_of_{n}_tasks": float(r2_of(np.array(error)))}
        words = ("White: lines of equal $r^2$. Orange, diamonds: best noise. Hatched: outputs saturate, bare answers "
                 "carry the estimate; crossed: tasks do not determine the state. Dotted: bare answers alone.")
        optimum = np.array(list(optima.values()))
        data = {"best_tasks": np.array(lines), "best_noise": optimum[:, 0], "best_error": optimum[:, 1]}
        return self.drawn(figure, field, words, {**self.parameters(), "theory_points": POINTS}, results, agents, data)


PLOT = NoiseTasks
