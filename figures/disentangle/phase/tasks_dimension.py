"""How well is the state known, over number of tasks and dimension?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle import plane
from gateflow.figures.disentangle.errors import (
    fewest_tasks,
    nested_errors,
    nested_sets,
    r2_of,
    whole_numbers,
)
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import CUT_COLOURS, ORANGE, style
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.compare.rows import half_width
from gateflow.sim.disentangle.setting import N_TASKS, NOISE
from gateflow.theory.checks import CELLS, MANY, Array, Range
from gateflow.theory.disentangle.time import exact_r2
from gateflow.theory.parameters import check_span, parameter

_CUTS = (2, 3, 6, 12)
# r² that the number of tasks is told for, and from how many rows of tasks at least.
_ENOUGH, _LEAST_DRAWS = 0.9, 10
# Sobol points of the error of one set of tasks.
_POINTS = 64


@dataclass(frozen=True)
class TasksDimension(plane.ErrorPlot):
    """r² over the number of random unit normals and the number of factors."""

    example = "--simulate"
    cost = "8 s, half a minute with --simulate"

    points: int = parameter(40, "points a side of the field, at most; whole numbers are shown once", plane.POINTS)
    cells: int = parameter(4, "simulated cells a side", CELLS)
    tasks_range: tuple[int, int] = parameter((1, 128), "range of the number of tasks, random unit normals", N_TASKS)
    dimension_range: tuple[int, int] = parameter((2, 12), "range of the dimension D", Range(1, 64, whole=True))
    sigma: float = parameter(0.2, "noise of an observation", NOISE)
    duration: int = parameter(20, "observations of a trial", MANY)
    draws: int = parameter(2, "rows of tasks that the field averages over, of which N tasks are the first N", MANY)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_span("tasks_range", self.tasks_range)
        check_span("dimension_range", self.dimension_range)

    @property
    def sigma_t(self) -> float:
        """Noise of the mean."""
        return float(self.sigma / np.sqrt(self.duration))

    def _errors(self, numbers: list[int], dimensions: list[int], draws: int) -> tuple[Array, Array]:
        """Errors (D, N) with and without what bare answers tell, averaged over draws of tasks."""
        with_answers, alone = np.moveaxis(np.array(
            [[nested_errors(nested_sets(numbers, dimension, k, self.seed), self.sigma_t, self.precision, _POINTS)
              for k in range(draws)] for dimension in dimensions]).mean(axis=1), 1, 0)
        return with_answers, alone

    def _needed(self, dimension: int) -> Array:
        """How many tasks of each of some long rows reach the r² that is wanted, (draws,); NaN where all do not."""
        sizes = range(1, self.tasks_range[1] + 1)
        needed = [fewest_tasks(nested_sets(sizes, dimension, draw, self.seed), _ENOUGH, self.sigma_t, self.precision,
                               _POINTS) for draw in range(max(self.draws, _LEAST_DRAWS))]
        return np.array(needed, dtype=float)

    def _agents(self, machine: Machine, dimensions: list[int]) -> FieldRuns:
        numbers = whole_numbers(max(self.tasks_range[0], 2), self.tasks_range[1], self.cells)
        sizes = sorted({dimensions[round(k)] for k in np.linspace(0, len(dimensions) - 1, self.cells)})
        axes = {"n_tasks": numbers, "dimension": sizes, "sigma": [self.sigma], "duration": [self.duration]}
        return self.agents(machine, axes, ("n_tasks", "dimension"),
                           *self._errors(numbers, sizes, max(self.draws, self.seeds)), tasks="random")

    def _cuts(self, axes: Axes, field: plane.ErrorField, shown: Sequence[int], agents: FieldRuns | None) -> None:
        """r² against the number of tasks in some dimensions."""
        for dimension, colour in zip(shown, CUT_COLOURS, strict=False):
            axes.semilogx(field.x, r2_of(field.error)[field.y == dimension][0], color=colour, label=f"D = {dimension}")
            axes.axvline(dimension, color=colour, linestyle=":", linewidth=0.8)
            if agents is not None:
                plane.agent_marks(axes, agents, dimension, colour)
        axes.axhline(float(exact_r2(self.sigma_t**2)), color="0.4", linestyle="--", linewidth=0.9,
                     label="evidence alone")
        axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(0, 1.02), xlim=(field.x[0], field.x[-1]))
        axes.set_title("cuts")
        axes.legend(loc="lower right", fontsize=7)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw r² over number of tasks and dimension. Raises InputError."""
        numbers = whole_numbers(*self.tasks_range, self.points)
        dimensions = sorted({int(d) for d in np.linspace(*self.dimension_range, self.points)})
        x, y = np.array(numbers, dtype=float), np.array(dimensions, dtype=float)
        field = plane.ErrorField(x, y, *self._errors(numbers, dimensions, self.draws), x < y[:, None])
        agents = self._agents(machine, dimensions) if self.simulate else None
        shown = [d for d in _CUTS if d in dimensions] if agents is None else [int(d) for d in agents.y][:len(_CUTS)]
        with style():
            figure = Figure(figsize=(7.6, 3.6), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
            plane.draw(figure, left, field, self.show, agents)
            left.plot(y, y, color=ORANGE, linewidth=1.6)
            left.set(xscale="log", xlabel="number of tasks, $N$", ylabel="dimension, $D$")
            left.set_title(f"σ = {self.sigma:g}, t = {self.duration}, δ = {self.precision:g}")
            self._cuts(right, field, shown, agents)
        words = ("White: lines of equal $r^2$. Orange, dotted: $N = D$; crossed: fewer tasks than dimensions, part of "
                 "the state is not determined. Hatched: outputs saturate, bare answers carry the estimate.")
        results: dict[str, Any] = {"noise_of_the_mean": self.sigma_t,
                                   "r2_of_the_evidence": float(exact_r2(self.sigma_t**2))}
        for dimension in shown:
            needed, key = self._needed(dimension), f"tasks_for_r2_{_ENOUGH:g}_at_D_{dimension}"
            mean, half = (float(needed.mean()), half_width(needed)) if np.isfinite(needed).all() else (None, None)
            results |= {key: mean, f"half_interval_of_{key}": half}
        return self.drawn(figure, field, words, self.parameters(), results, agents, {})


PLOT = TasksDimension
