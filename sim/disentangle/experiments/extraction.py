"""Do reports give the evidence back?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.setting import Observed, Purpose
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.normal import score_of_logit
from gateflow.theory.disentangle.sigmoid import fit_sigmoid

# Trials; scores are read back to about this, outputs that are nearly saturated included.
_TRIALS, ROUNDING = 200, 1e-7
# Scores between which a sigmoid stands in for Φ; to this the largest distance is known.
_REACH, _GRID = 5.0, 1e-8


@dataclass(frozen=True, eq=False)
class ExtractionRuns:
    """Largest distances, (S,). graded, saturated: of μ from what ``extract`` reads, at σ and at σ/10, N = 8, D = 3;
    few: the same of the part that N = 2 tasks determine, D = 4; sigmoid: of a sigmoid from the output Φ(z), |z| < 5.

    beside: distance of the nearest score from that where the latter is largest.
    """

    graded: Array
    saturated: Array
    few: Array
    sigmoid: Array
    beside: Array


@dataclass(frozen=True)
class ExtractionOfMean(Observed[ExtractionRuns]):
    """Logits of the exact filter for random tasks with offsets, read back."""

    source = "DIS, theorem B.6 and appendix; derivations closed-form-extraction and sigmoid-probit"
    position = 90
    cost = "1 s"
    example = "--sigma 0.05"

    def member(self, member: int) -> ExtractionRuns:
        """Three sets of tasks, one after another."""
        rng, distances = self.stream(Purpose.EXTRACTION, member), []
        for n_tasks, dimension, sigma in ((8, 3, self.sigma), (8, 3, self.sigma / 10), (2, 4, self.sigma)):
            tasks = random_tasks(n_tasks, dimension, rng, offset=0.1)
            task = EvidenceTask.simple(tasks, sigma, self.duration)
            drawn = task.draw(_TRIALS, rng)
            response = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(drawn.inputs)
            S = task.noise.evidence.mean_covariance(self.duration)
            read = extract(tasks, score_of_logit(response.logits[:, -1]), S)
            distances.append(np.abs(read.estimate - response.states[:, -1] @ tasks.projector).max())
        z = response.scores[:, -1]
        # With little noise there may be no score at all that is so small.
        z, fit = z[np.abs(z) < _REACH], fit_sigmoid(_REACH)
        off = np.abs(scipy.special.expit(z / fit.scale) - scipy.special.ndtr(z))
        beside = np.abs(np.abs(z) - fit.scale * fit.place)
        graded, saturated, few = distances
        return ExtractionRuns(graded, saturated, few, sigmoid=off.max(initial=0.0), beside=beside.min(initial=np.inf))

    def rows(self, result: ExtractionRuns) -> Iterator[Row]:
        """Nothing is lost; a sigmoid is as far off as its fit says."""
        about = "extraction: largest distance of μ from what logits say"
        yield bound_row(f"{about}, σ = {self.sigma:g}", float(result.graded.max()), ROUNDING)
        yield bound_row(f"{about}, σ = {self.sigma / 10:g}, saturated outputs", float(result.saturated.max()), ROUNDING)
        yield bound_row(f"{about}, projected, N = 2, D = 4", float(result.few.max()), ROUNDING)
        yield _sigmoid_row(float(result.sigmoid.max()), float(result.beside.min()))


def _sigmoid_row(largest: float, beside: float) -> Row:
    """The largest distance among some scores, one of which lies so far beside the place where theory has it.

    There the distance has fallen by at most its curvature times the square of that, by half. Where all scores lie
    elsewhere nothing is claimed.
    """
    fit = fit_sigmoid(_REACH)
    fallen = fit.curvature * (beside / fit.scale) ** 2 / 2
    return make_row("extraction: largest distance of a sigmoid from the output, |z| < 5", "approximation",
                    theory=fit.error, simulation=largest, error=abs(largest - fit.error),
                    tolerance=fallen + _GRID if fallen < fit.error else float("nan"))


EXPERIMENT = ExtractionOfMean
