"""Does a decoder do as well in other worlds?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.geometry import decode
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise, HeavyTailedNoise, Noise
from gateflow.sim.disentangle.setting import Measured, Purpose, fit_loss
from gateflow.sim.disentangle.task import EvidenceTask, Schedule
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.classifier import GaussianPrior
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks

# Correlation of lasting noise, degrees of freedom of heavy tails, correlation of tied factors.
_LASTING, _FREEDOM, _TIED = 0.5, 5.0, 0.6
_SHAPE = np.array([[1.5, 0.6], [0.6, 0.5]])


@dataclass(frozen=True, eq=False)
class RobustnessRuns:
    """r² of linear decoders of the filter's scores, (S, worlds)."""

    r2: Array


@dataclass(frozen=True)
class Robustness(Measured[RobustnessRuns]):
    """Worlds other than that of DIS, at twice sigma so that noise counts, six lines."""

    source = "DIS, figure S3; derivation time"
    position = 20
    cost = "1 s"
    example = "--sigma 0.4"

    def worlds(self) -> dict[str, tuple[Latents, Noise]]:
        """Latents and noise, by name."""
        sigma, plain = 2 * self.sigma, Latents(2)
        return {"lasting noise": (plain, GaussianNoise.isotropic(sigma, 2, _LASTING)),
                "noise of any covariance": (plain, GaussianNoise(Evidence(sigma**2 * _SHAPE))),
                "heavy-tailed noise": (plain, HeavyTailedNoise(sigma, 2, _FREEDOM)),
                "tied factors": (Latents(2, _TIED), GaussianNoise.isotropic(sigma, 2))}

    def explained(self, latents: Latents, noise: Noise) -> float:
        """r² of the best linear estimate."""
        V, S = latents.covariance, noise.evidence.mean_covariance(self.duration)
        return float(np.trace(GaussianPrior(V).gain(S) @ V)) / (2 * VARIANCE)

    def member(self, member: int) -> RobustnessRuns:
        """Trials in one world after another."""
        rng, tasks, schedule = self.stream(Purpose.ROBUSTNESS, member), evenly_spaced_tasks(6), Schedule(
            1, self.duration, 1)
        r2 = []
        for latents, noise in self.worlds().values():
            drawn = EvidenceTask(latents, noise, tasks, schedule).draw(self.trials, rng)
            scores = BayesFilter(tasks, noise.evidence, schedule).decision(drawn.inputs).scores
            r2.append(decode(scores, drawn.x).inside)
        return RobustnessRuns(np.array(r2))

    def rows(self, result: RobustnessRuns) -> Iterator[Row]:
        """Each world against the best linear estimate in it."""
        for (name, world), r2 in zip(self.worlds().items(), result.r2.T, strict=True):
            explained = self.explained(*world)
            yield against_row(f"{name}: r², linear decoder", explained, r2, "exact", fit_loss(self.trials, explained))


EXPERIMENT = Robustness
