"""Experiments that train networks in a grid of settings and score them, beside what evidence allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import JUDGED, Row, half_width, make_row
from gateflow.sim.disentangle.scores import Scores, optimum, train_and_score
from gateflow.sim.disentangle.setting import observed_row
from gateflow.sim.disentangle.trained import ENCODERS, KINDS, EvidenceNetworks, Setting
from gateflow.theory.checks import Array, Range
from gateflow.theory.parameters import parameter


@dataclass(frozen=True)
class ScoredNetworks(EvidenceNetworks[Scores]):
    """Networks in a grid of settings. The result's arrays: (rows of the grid, columns, S)."""

    task_kind: str = parameter("lines", "boundaries: lines through the origin, or these shifted or curved", KINDS)
    factors: int = parameter(2, "dimension of the latent state that networks are trained on", Range(2, 12, whole=True))
    correlation: float = parameter(0.0, "correlation of the normal numbers behind the factors", Range(-0.3, 0.99))
    encoder: str = parameter("relu", "frozen network through which evidence is seen", ENCODERS)

    def grid(self) -> list[list[Setting]]:
        """What is trained."""
        raise NotImplementedError(f"{type(self).__name__} has no grid")

    def about(self, setting: Setting) -> str:
        """How rows name a setting."""
        return f"{setting.architecture}, {setting.n_tasks} tasks"

    def setting(self, architecture: str, n_tasks: int) -> Setting:
        """A setting of the experiment's own parameters."""
        return Setting(architecture, n_tasks, self.factors, self.sigma, self.duration, self.task_kind,
                       self.correlation, targets=self.targets, encoder=self.encoder)

    def jobs(self) -> Sequence[Job]:
        """An ensemble each."""
        return [Job(train_and_score, (each, self.seed, self.networks, self.descent(each.architecture), self.batch,
                                      self.trials), cost=each.duration * (4.0 if each.architecture == "lstm" else 1.0))
                for row in self.grid() for each in row]

    def gather(self, results: Sequence[Any]) -> Scores:
        """All scores, by what was trained."""
        grid = self.grid()
        return Scores.gathered([score for scores, _ in results for score in scores],
                               (len(grid), len(grid[0]), self.networks))

    def rows(self, result: Scores) -> Iterator[Row]:
        """What no network can exceed, and how near they come."""
        for i, row in enumerate(self.grid()):
            for j, setting in enumerate(row):
                scores = Scores(*(getattr(result, field.name)[i, j] for field in fields(Scores)))
                yield from self._rows(self.about(setting), setting, scores)

    def _rows(self, about: str, setting: Setting, scores: Scores) -> Iterator[Row]:
        best = optimum(setting)
        yield self._bounded(f"{about}: r² in distribution, at most", best.inside, scores.inside)
        if np.isfinite(scores.optimum).all():
            yield _above(f"{about}: cross-entropy, at least", scores.loss, scores.optimum)
        for what, r2 in (("least squares", scores.outside), ("published decoder", scores.published),
                         ("least squares, at the decision", scores.decided)):
            yield observed_row(f"{about}: r² out of distribution, {what}", best.outside, r2)
        yield observed_row(f"{about}: angle between the first two factors' directions", 90.0, scores.angle)
        for what, theory, values in (("parallelism of the factors' directions", 1.0, scores.parallelism),
                                     ("factor told under conditions never met", best.generalisation,
                                      scores.generalisation)):
            if np.isfinite(values).all():
                yield observed_row(f"{about}: {what}", theory, values)

    def _bounded(self, quantity: str, best: float, r2: Array) -> Row:
        """r² (S,) below that of the posterior mean, but for chance and what a decoder gains on its own trials."""
        mean = float(r2.mean())
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
