"""What do answers tell without noise?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.geometry import centroid_r2
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.read_outputs import bare_r2_of_lines
from gateflow.sim.disentangle.setting import TRIALS, Members, Purpose
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.noiseless import direction_r2
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks
from gateflow.theory.parameters import parameter

# Numbers of evenly spaced lines, and trials for each that are asked for.
N_LINES, _TRIALS = (1, 2, 3, 6, 24), 10


@dataclass(frozen=True, eq=False)
class AnswerRuns:
    """r² of the best guess from bare answers, (S, N_LINES)."""

    r2: Array


@dataclass(frozen=True)
class BareAnswers(Members[AnswerRuns]):
    """Answers yes or no to evenly spaced lines, and the means of all states that answer alike."""

    source = "derivation noiseless-limit"
    position = 100
    cost = "1 s"

    trials: int = parameter(4000, "trials of each member and quantity", TRIALS)

    def member(self, member: int) -> AnswerRuns:
        """The same states for every number of lines."""
        x = Latents(2).draw(_TRIALS * self.trials, self.stream(Purpose.ANSWERS, member))
        return AnswerRuns(np.array([centroid_r2(evenly_spaced_tasks(n).margins(x) > 0, x) for n in N_LINES]))

    def rows(self, result: AnswerRuns) -> Iterator[Row]:
        """Against cells' centroids, and against the direction alone."""
        for n_tasks, r2 in zip(N_LINES, result.r2.T, strict=True):
            yield against_row(f"no noise: r² of the best guess, N = {n_tasks}",
                              bare_r2_of_lines(n_tasks), r2, "exact",
                              4 * n_tasks / (_TRIALS * self.trials))
        yield against_row(f"no noise: r² of the best guess, N = {n_tasks} for very many", direction_r2(2), r2,
                          "approximation", 2 / n_tasks**2)


EXPERIMENT = BareAnswers
