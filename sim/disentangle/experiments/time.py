"""How fast does evidence tell the state?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.geometry import decode, r_squared
from gateflow.sim.disentangle.setting import Measured, Purpose, fit_loss
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2, likelihood_r2, shrunk_r2


@dataclass(frozen=True, eq=False)
class TimeRuns:
    """r² of the filter, (S, σ, t): of the best mean and of the posterior mean; of linear decoders of its states,
    inside their distribution and, on average, on quadrants that they were not fitted on."""

    likelihood: Array
    exact: Array
    inside: Array
    outside: Array


@dataclass(frozen=True)
class Time(Measured[TimeRuns]):
    """r² of the exact filter, by noise and number of observations."""

    source = "DIS, sections 3 and 4; derivations time and left-out"
    position = 10
    cost = "2 s"
    example = "--sigma 0.4"

    @property
    def sigmas(self) -> tuple[float, ...]:
        """Noise of one observation at which r² is followed: half of sigma, sigma, twice and three times."""
        return (self.sigma / 2, self.sigma, 2 * self.sigma, 3 * self.sigma)

    @property
    def durations(self) -> tuple[int, ...]:
        """Observations after which r² is measured: about 1, a quarter, half and all of the duration."""
        return tuple(sorted({1, max(1, self.duration // 4), max(1, self.duration // 2), self.duration}))

    def member(self, member: int) -> TimeRuns:
        """Trials at every noise, measured at every time."""
        rng, tasks = self.stream(Purpose.TIME, member), evenly_spaced_tasks(2)
        runs = TimeRuns(*(np.empty((len(self.sigmas), len(self.durations))) for _ in range(4)))
        for i, sigma in enumerate(self.sigmas):
            task = EvidenceTask.simple(tasks, sigma, self.duration)
            drawn = task.draw(self.trials, rng)
            means = BayesFilter(tasks, task.noise.evidence, task.schedule).means(drawn.inputs)
            for j, t in enumerate(self.durations):
                mu = means[:, t - 1]
                guess = posterior_mean(mu, task.noise.evidence.mean_covariance(t), BoxPrior())
                runs.likelihood[i, j] = r_squared(drawn.x, mu, VARIANCE)
                runs.exact[i, j] = r_squared(drawn.x, guess, VARIANCE)
                decoding = decode(mu, drawn.x)
                runs.inside[i, j], runs.outside[i, j] = decoding.inside, decoding.outside.mean()
        return runs

    def rows(self, result: TimeRuns) -> Iterator[Row]:
        """Every estimate against its law."""
        for i, sigma in enumerate(self.sigmas):
            for j, t in enumerate(self.durations):
                noise, about = sigma**2 / t, f"time: r² at σ = {sigma:g}, t = {t}"
                linear = float(shrunk_r2(noise))
                loss = fit_loss(self.trials, linear)
                if t in (1, self.duration):
                    yield against_row(f"{about}, maximum likelihood", float(likelihood_r2(noise)),
                                      result.likelihood[:, i, j])
                yield against_row(f"{about}, posterior mean", float(exact_r2(noise)), result.exact[:, i, j])
                yield against_row(f"{about}, linear decoder", linear, result.inside[:, i, j], "exact", loss)
                yield against_row(f"{about}, linear decoder, left-out quadrant", float(left_out_r2(noise, 2).mean()),
                                  result.outside[:, i, j], "exact", 4 * loss)


EXPERIMENT = Time
