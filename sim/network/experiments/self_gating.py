"""Does a plain two-layer network gate itself when its second layer is fast and bounded?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, half_width, make_row, order_row
from gateflow.sim.network.descent import descend
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.setting import Purpose
from gateflow.sim.network.teachers import initial_factors, make_teachers
from gateflow.sim.network.two_layers import KINDS, LayerRun, TwoLayers
from gateflow.theory.checks import MEMBERS, Array
from gateflow.theory.network.laws import contrast, law_between
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.parameters import parameter

# The ratchet is shown by the exact flow of a smaller network under a hard bound.
_SMALL = {"i": 3, "h": 4, "j": 6}
# How much smaller the step of the descent is that is put beside the published one, and of those that show its order.
_FINER, _ORDER = 4, (8, 16)


@dataclass(frozen=True, eq=False)
class SelfGating:
    """runs: by kind, descent at the given step; finer: the flexible network at a quarter of it; flow: the exact flow of
    the first members of the flexible one; order (2,): error of descent without costs in two blocks at small steps.

    ratchet_t (R,), ratchet (R, pairs): contrasts of hidden units along the flow under a hard bound, held (R, pairs):
    whether an entry of either unit is at its bound. bounds: of the blocks.
    """

    runs: dict[str, LayerRun]
    finer: LayerRun
    flow: LayerRun
    order: Array
    ratchet_t: Array
    ratchet: Array
    held: NDArray[np.bool_]
    bounds: Array


@dataclass(frozen=True)
class SelfGatingNetwork(TwoLayers[SelfGating]):
    """Descent with a fast, bounded second layer and without its costs, the flow, and the ratchet of hidden units."""

    source = "NTA, figures 6 and A4 to A6; derivations hidden-ratchet and step-law"
    position = 50
    cost = "20 s"
    routine = False

    flow_members: int = parameter(2, "members of which the flow is followed", MEMBERS)

    def jobs(self) -> Sequence[Job]:
        """Descents of all members, flows one by one, and the ratchet."""
        kind = type(self)
        return [*(Job(kind.followed, (self, member), 10.0) for member in range(min(self.flow_members, self.seeds))),
                Job(kind.descended, (self, KINDS[0], _FINER), 4.0),
                *(Job(kind.descended, (self, name)) for name in KINDS),
                Job(kind.errors, (self,), 4.0), Job(kind.small_flow, (self,))]

    def gather(self, results: Sequence[Any]) -> SelfGating:
        """All together."""
        *flows, finer, flexible, forgetful, order, (ratchet_t, pairs, held) = results
        runs = dict(zip(KINDS, (flexible, forgetful), strict=True))
        return SelfGating(runs, finer, LayerRun.joined(flows), order, ratchet_t, pairs, held,
                          self.schedule(self.gating_dt).bounds)

    def errors(self) -> Array:
        """Root mean square of the error of the loss without costs in the first two blocks, at small steps, (2,)."""
        network, tasks = self.layers(KINDS[1]), self.tasks(KINDS[1])
        schedule = Schedule((0, 1), (self.schedule(self.gating_dt).durations[0],) * 2)
        start = tuple(theta[:1] for theta in self.start())
        runs = [descend(network, tasks, schedule, start, dt=self.gating_dt / finer, record_every=finer)
                for finer in _ORDER]
        flow = integrate(network, tasks, schedule, start, t_eval=runs[0].t, rtol=1e-7)
        return np.array([np.sqrt(np.mean((run.loss - flow.loss)**2)) for run in runs])

    def small_flow(self) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Times, contrasts of all pairs of hidden units, and which are held."""
        network = Network("ih,hj->ij", (Factor("W_2", 0.05, bound=0.0), Factor("W_1", 0.2)), _SMALL)
        rng = self.stream(Purpose.INITIAL, 3)
        targets = 6 * make_teachers("random", 2, (_SMALL["i"], _SMALL["j"]), rng)
        start = initial_factors(network.shapes, [rng], 0.3)
        run = integrate(network, squared_tasks(network, targets), Schedule.cyclic(2, 8, 0.5),
                        (np.abs(start[0]), start[1]))
        # The bound is on the first factor, so that the contrast that rises has the other's time constant first.
        rows, columns = np.triu_indices(_SMALL["h"], 1)
        pairs = -contrast(run.law(law_between(network, "W_2", "W_1")))[0, :, 0, rows, columns].T
        at_bound = (run["W_2"][0] < 1e-12).any(axis=1)
        return run.t, pairs, at_bound[:, rows] | at_bound[:, columns]

    def rows(self, result: SelfGating) -> Iterator[Row]:
        """The account of the contrast, the flow, how far the published step is from it, and the ratchet."""
        for name, run in result.runs.items():
            yield bound_row(f"{name}: change of all contrasts that costs and steps leave unexplained, as a share",
                            float(run.unexplained.max()), 1e-9)
        yield order_row("forgetful: order of the error of descent in the first two blocks", *result.order)
        flow = float(result.flow.alignment[:, -1].mean())
        for name, run in (*result.runs.items(), (f"flexible, a step {_FINER} times smaller", result.finer)):
            at_end, mean = run.alignment[:, -1], float(run.alignment[:, -1].mean())
            yield make_row(f"{name}: total alignment at the end, beside the flexible flow", "observation", theory=flow,
                           simulation=mean, half=half_width(at_end), error=abs(mean - flow))
        steps, rise = np.diff(result.ratchet, axis=0), float(np.ptp(result.ratchet))
        yield bound_row("ratchet of hidden units: largest fall of a contrast, by the rise of all",
                        float(-steps.min() / rise), 1e-5)
        free = ~(result.held[1:] | result.held[:-1])
        yield bound_row("ratchet of hidden units: largest rise while no entry is held, by that of all",
                        float(np.abs(steps[free]).max(initial=0.0) / rise), 1e-2)


EXPERIMENT = SelfGatingNetwork
