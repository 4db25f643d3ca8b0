"""Do curved boundaries tell as much?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.geometry import decode
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.questions import CurvedTasks
from gateflow.sim.disentangle.setting import Measured, Purpose, fit_loss, observed_row
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks
from gateflow.theory.disentangle.time import shrunk_r2

# Tasks, and the curvature of their boundaries; what bends add to r² or take, which cancel among five or more.
TASKS = CurvedTasks(evenly_spaced_tasks(6), 0.25)
_BENT = 0.004


@dataclass(frozen=True, eq=False)
class CurvedRuns:
    """r² of linear decoders of the best scores, (S,): inside their distribution, and on left-out quadrants."""

    inside: Array
    outside: Array


@dataclass(frozen=True)
class Curved(Measured[CurvedRuns]):
    """Six tasks with bent boundaries, answered as well as can be at twice the noise of the mean."""

    source = "DIS, section 3; derivations time and left-out"
    position = 30
    cost = "1 s"
    example = "--sigma 0.4"

    @property
    def noise(self) -> float:
        """Standard deviation of the mean of the evidence."""
        return 2 * self.sigma_t

    def member(self, member: int) -> CurvedRuns:
        """The best scores of some trials."""
        rng = self.stream(Purpose.CURVED_TASKS, member)
        x = Latents(2).draw(self.trials, rng)
        decoding = decode(TASKS.scores(x + self.noise * rng.standard_normal(x.shape), self.noise), x)
        return CurvedRuns(np.array(decoding.inside), decoding.outside.mean())

    def rows(self, result: CurvedRuns) -> Iterator[Row]:
        """Against straight boundaries."""
        straight, about = float(shrunk_r2(self.noise**2)), f"curved tasks, N = {TASKS.n_tasks}: r², linear decoder"
        yield against_row(about, straight, result.inside, "approximation", fit_loss(self.trials, straight) + _BENT)
        yield observed_row(f"{about}, left-out quadrant", float(left_out_r2(self.noise**2, 2).mean()), result.outside)


EXPERIMENT = Curved
