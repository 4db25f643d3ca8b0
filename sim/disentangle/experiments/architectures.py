"""How much of the optimum does each architecture reach, and from how many tasks?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row
from gateflow.sim.disentangle.scored import ScoredNetworks
from gateflow.sim.disentangle.scores import Scores
from gateflow.sim.disentangle.setting import N_TASKS, observed_row
from gateflow.sim.disentangle.trained import Setting
from gateflow.sim.training.networks import ARCHITECTURES
from gateflow.theory.checks import Array, InputError
from gateflow.theory.parameters import check_different, parameter


@dataclass(frozen=True)
class Architectures(ScoredNetworks):
    """Networks trained on the evidence task, beside the agent that knows everything but the latent state."""

    source = "DIS, section 4, figures 3a–c, S1, S6, S10"
    position = 200
    cost = "a minute with --quick, on two cores; else half an hour, and what is trained is kept"
    example = "--quick"

    architectures: tuple[str, ...] = parameter(tuple(ARCHITECTURES), "networks to train", tuple(ARCHITECTURES))
    task_counts: tuple[int, ...] = parameter((2, 3, 6, 12, 24), "numbers of tasks to train on", N_TASKS)

    def __post_init__(self) -> None:
        """Check every field, and that settings differ."""
        super().__post_init__()
        check_different("architectures", self.architectures)
        check_different("task_counts", self.task_counts)
        if self.factors > 2 and self.correlation:
            raise InputError(f"factors must be 2 where they are tied, got {self.factors}")

    @property
    def names(self) -> tuple[str, ...]:
        """Architectures that are trained."""
        return self.architectures[:2] if self.quick else self.architectures

    @property
    def counts(self) -> tuple[int, ...]:
        """Numbers of tasks that are trained."""
        return tuple(sorted({min(self.task_counts), max(self.task_counts)})) if self.quick else self.task_counts

    def grid(self) -> list[list[Setting]]:
        """Architecture by number of tasks."""
        return [[self.setting(name, n) for n in self.counts] for name in self.names]

    def gain(self, result: Scores, name: str) -> Array:
        """Out-of-distribution r² (S,) with the most tasks less that with the fewest."""
        outside = result.outside[self.names.index(name)]
        return np.asarray(outside[np.argmax(self.counts)] - outside[np.argmin(self.counts)])

    def rows(self, result: Scores) -> Iterator[Row]:
        """What no network can exceed, how near they come, and what tasks add."""
        yield from super().rows(result)
        if len(self.counts) > 1:
            for name in self.names:
                yield observed_row(f"{name}: r² out of distribution, {max(self.counts)} tasks less {min(self.counts)}",
                                   float("nan"), self.gain(result, name))


EXPERIMENT = Architectures
