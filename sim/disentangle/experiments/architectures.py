"""How much of the optimum does each architecture reach, and from how many tasks?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import JUDGED, Row, half_width, make_row
from gateflow.sim.disentangle.setting import observed_row
from gateflow.sim.disentangle.trained import KINDS, EvidenceNetworks, Scores, Setting, train_and_score
from gateflow.sim.training.extra import check_installed
from gateflow.sim.training.networks import ARCHITECTURES
from gateflow.theory.checks import COUNT, Array, Range
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.time import exact_r2
from gateflow.theory.parameters import check_different, parameter


@dataclass(frozen=True, eq=False)
class ArchitectureRuns:
    """Fields of ``Scores``, (architectures, numbers of tasks, S)."""

    inside: Array
    outside: Array
    published: Array
    angle: Array
    parallelism: Array
    generalisation: Array
    loss: Array
    optimum: Array


@dataclass(frozen=True)
class Architectures(EvidenceNetworks[ArchitectureRuns]):
    """Networks trained on the evidence task, beside the agent that knows everything but the latent state."""

    source = "DIS, section 4, figures 3a–c, 5, S3"
    position = 200
    cost = "a minute with --quick, on two cores; else half an hour, and what is trained is kept"
    example = "--quick"

    architectures: tuple[str, ...] = parameter(tuple(ARCHITECTURES), "networks to train", tuple(ARCHITECTURES))
    task_counts: tuple[int, ...] = parameter((2, 3, 6, 12, 24), "numbers of tasks to train on", COUNT)
    task_kind: str = parameter("lines", "boundaries: lines through the origin, or these shifted or curved", KINDS)
    factors: int = parameter(2, "dimension of the latent state that networks are trained on", Range(2, 12, whole=True))
    correlation: float = parameter(0.0, "correlation of the normal numbers behind the factors", Range(-0.3, 0.99))
    undecided: bool = parameter(False, "count all steps in the loss, with targets ½ before the decision, as published")

    def __post_init__(self) -> None:
        """Check every field, and that settings differ."""
        super().__post_init__()
        check_different("architectures", self.architectures)
        check_different("task_counts", self.task_counts)

    @property
    def shown(self) -> tuple[tuple[str, ...], tuple[int, ...], int]:
        """Architectures, numbers of tasks and members that are trained."""
        if not self.quick:
            return self.architectures, self.task_counts, self.networks
        return self.architectures[:2], tuple(sorted({min(self.task_counts), max(self.task_counts)})), self.networks

    def jobs(self) -> Sequence[Job]:
        """An ensemble each."""
        check_installed()
        names, counts, members = self.shown
        return [Job(train_and_score, (
            Setting(name, n, self.factors, self.sigma, self.duration, self.task_kind, self.correlation,
                    undecided=self.undecided), self.seed, members,
            self.descent(name), self.batch, self.trials),
            cost=2.0 if name == "lstm" else 1.0) for name in names for n in counts]

    def gather(self, results: Sequence[Any]) -> ArchitectureRuns:
        """All scores, by what was trained."""
        names, counts, members = self.shown
        scores: list[Scores] = [score for scores, _ in results for score in scores]
        return ArchitectureRuns(*(np.array([getattr(score, field.name) for score in scores]).reshape(
            len(names), len(counts), members) for field in fields(ArchitectureRuns)))

    @property
    def best_outside(self) -> float:
        """Out-of-distribution r² of a state that is affine in the best mean of the evidence."""
        return float(left_out_r2(self.sigma_t**2, self.factors).mean())

    def rows(self, result: ArchitectureRuns) -> Iterator[Row]:
        """What no network can exceed, and how near they come."""
        names, counts, _ = self.shown
        for i, name in enumerate(names):
            for j, n in enumerate(counts):
                about = f"{name}, {n} tasks"
                if not self.correlation:
                    yield self._bounded(f"{about}: r² in distribution, at most", result.inside[i, j])
                if np.isfinite(result.optimum[i, j]).all():
                    yield _above(f"{about}: cross-entropy, at least", result.loss[i, j], result.optimum[i, j])
                for what, values in (("least squares", result.outside), ("published decoder", result.published)):
                    yield observed_row(f"{about}: r² out of distribution, {what}", self.best_outside, values[i, j])
                yield observed_row(f"{about}: angle between the factors' directions", 90.0, result.angle[i, j])
            if len(counts) > 1:
                low, high = int(np.argmin(counts)), int(np.argmax(counts))
                yield observed_row(f"{name}: r² out of distribution, {counts[high]} tasks less {counts[low]}",
                                   float("nan"), result.outside[i, high] - result.outside[i, low])

    def _bounded(self, quantity: str, r2: Array) -> Row:
        """r² (S,) below that of the posterior mean, but for chance and what a decoder gains on its own trials."""
        best, mean = float(exact_r2(self.sigma_t**2)), float(r2.mean())
        # A trial's squared error varies as much as its mean; 64 units and an offset are fitted.
        allowance = (1 - best) * (65 / self.trials + 4 * (2 / (self.factors * self.trials * len(r2))) ** 0.5)
        return make_row(quantity, "exact", theory=best, simulation=mean, half=half_width(r2),
                        error=max(0.0, mean - best), tolerance=allowance)


def _above(quantity: str, loss: Array, least: Array) -> Row:
    """Losses (S,) above the least (S,) of the same trials, but for chance."""
    more = loss - least
    tolerance = half_width(more, JUDGED) if len(more) > 2 else float("nan")
    return make_row(quantity, "exact", theory=float(least.mean()), simulation=float(loss.mean()), half=half_width(loss),
                    error=max(0.0, -float(more.mean())), tolerance=tolerance)


EXPERIMENT = Architectures
