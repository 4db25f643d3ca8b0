"""How much do imprecise outputs tell?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.read_outputs import THIRD, ImpreciselyRead, ReadErrors, bare_r2
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.imprecise_reading import expected_error
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks


@dataclass(frozen=True, eq=False)
class TaskRuns:
    """Mean squared errors of the best estimate, a factor, (S, sets)."""

    errors: Array


@dataclass(frozen=True)
class NumberOfTasks(ImpreciselyRead[TaskRuns]):
    """Lines of the plane, and random tasks in three dimensions."""

    source = "DIS, section 4; derivations noise-optimum and task-count"
    position = 60
    cost = "15 s, with best-noise"
    example = "--precision 0.02"

    def gather(self, results: Sequence[ReadErrors]) -> TaskRuns:
        """All members side by side."""
        return TaskRuns(np.concatenate([each.tasks for each in results]))

    def predicted(self, k: int, tasks: Tasks, points: int = 1024) -> float:
        """Error that theory says set k has."""
        return float(expected_error(tasks, self.sigma_t, precision=self.precision, points=points,
                                    bare_r2=bare_r2(self.readout, k)))

    def rows(self, result: TaskRuns) -> Iterator[Row]:
        """Every set of tasks against theory."""
        for k, (tasks, errors) in enumerate(zip(self.readout.sets(), result.errors.T, strict=True)):
            share = self.predicted(k, tasks) / VARIANCE
            yield against_row(f"readings of precision {self.precision:g}: r² at N = {tasks.n_tasks}, "
                              f"D = {tasks.dimension}", 1 - share, 1 - errors / VARIANCE, "approximation",
                              THIRD * share)


EXPERIMENT = NumberOfTasks
