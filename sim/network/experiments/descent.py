"""Does descent go to the flow of any network, with order one?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import Row, bound_row, order_row
from gateflow.sim.network.descent import descend
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.setting import NetworkExperiment
from gateflow.theory.checks import Array


@dataclass(frozen=True)
class Descents:
    """t (T,), task (T,); loss (2, S, T) and norms (2, S, T, factors) of flow and descent; errors (2, S): root mean
    square over times and entries of the difference from the flow, of descent with steps dt and dt/2; bounds: of the
    blocks."""

    t: Array
    task: NDArray[np.int64]
    loss: Array
    norms: Array
    errors: Array
    bounds: Array


@dataclass(frozen=True)
class Descent(NetworkExperiment[Descents]):
    """The flow, and descent with two steps."""

    source = "theory of networks: flow of an einsum"
    position = 10
    cost = "10 s"
    example = '"ih,hj->ij" --sizes i=4,h=6,j=8 --tau 0.05,0.3 --bound 0'

    def simulate(self) -> Descents:
        """Integrate once, descend twice."""
        every = max(1, round(self.tau_block / self.dt / 50))
        runs = [descend(self.network, self.tasks, self.schedule, self.start, dt=dt, record_every=every * factor)
                for dt, factor in ((self.dt, 1), (self.dt / 2, 2))]
        flow = integrate(self.network, self.tasks, self.schedule, self.start, t_eval=runs[0].t)
        errors = [np.sqrt(np.mean(np.concatenate([
            ((x - y)**2).reshape(self.seeds, -1) for x, y in zip(run.factors, flow.factors, strict=True)], axis=1),
            axis=1))
            for run in runs]
        return Descents(flow.t, flow.task, np.stack([flow.loss, runs[0].loss]),
                        np.stack([flow.norms(), runs[0].norms()]),
                        np.stack(errors), self.schedule.bounds)

    def rows(self, result: Descents) -> Iterator[Row]:
        """Order, and the error that is left."""
        coarse, fine = np.sqrt(np.mean(result.errors**2, axis=1))
        yield order_row("order of the error of descent", float(coarse), float(fine))
        largest = float(result.norms[0].max())
        yield bound_row("error of an entry at half the step, by the largest norm", float(fine) / largest, 0.01, "limit")


EXPERIMENT = Descent
