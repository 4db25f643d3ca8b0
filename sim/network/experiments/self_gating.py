"""Does a plain two-layer network gate itself when its second layer is fast and bounded?"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.network.descent import descend
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.setting import SEEDS, Purpose
from gateflow.sim.network.teachers import initial_factors, make_teachers
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.checks import COUNT, MEMBERS, Array
from gateflow.theory.network.laws import contrast, law_between
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.parameters import parameter

# NTA, figure 6: sizes, time constants, step, length of a block, and the cost on the second layer.
_SIZES = {"i": 10, "h": 20, "j": 20}
_FAST, _SLOW, _DT, _BLOCK = 0.01, 0.06, 0.01, 1.0
_COST = {"norm": 2, "norm_strength": 0.2, "bound": 0.0, "bound_strength": 0.2}
# The ratchet is shown by the exact flow of a smaller network under a hard bound.
_SMALL = {"i": 3, "h": 4, "j": 6}


@dataclass(frozen=True)
class SelfGating:
    """Of the network with a fast, bounded second layer (first) and one without (second):

    t (T,) and loss (2, S, T); specialisation (2, S, blocks): how far hidden units keep to one task over two blocks.
    ratchet_t (R,), ratchet (R, pairs): contrasts of hidden units along the flow under a hard bound, held (R, pairs):
    whether an entry of either unit is at its bound. bounds: of the blocks.
    """

    t: Array
    loss: Array
    specialisation: Array
    ratchet_t: Array
    ratchet: Array
    held: NDArray[np.bool_]
    bounds: Array


@dataclass(frozen=True)
class SelfGatingNetwork(Experiment[SelfGating]):
    """Two networks by descent on batches of 200, and the ratchet of hidden units by the flow."""

    source = "NTA, figure 6; derivation hidden-ratchet"
    position = 50
    cost = "5 s"
    routine = False

    seeds: int = parameter(5, SEEDS, MEMBERS)
    self_gating_blocks: int = parameter(30, "blocks of the self-gating network", COUNT)

    def simulate(self) -> SelfGating:
        """Descend with and without the fast, bounded layer; integrate the small one."""
        schedule = Schedule.cyclic(2, self.self_gating_blocks, _BLOCK)
        targets = make_teachers("orthogonal", 2, (_SIZES["i"], _SIZES["j"]), self.stream(Purpose.TEACHERS, 2))
        runs = []
        for fast in (True, False):
            second = Factor("W_2", _FAST, **_COST) if fast else Factor("W_2", _SLOW)  # type: ignore[arg-type]
            network = Network("ih,hj->ij", (second, Factor("W_1", _SLOW)), _SIZES)
            start = initial_factors(network.shapes, self.streams(Purpose.INITIAL, 2), 0.01)
            runs.append(descend(network, squared_tasks(network, targets), schedule, start, dt=_DT, inputs="gaussian",
                                record_every=5, rng=self.streams(Purpose.INPUTS, 2)))
        flow, pairs, held = self._ratchet()
        return SelfGating(runs[0].t, np.stack([run.loss for run in runs]),
                          np.stack([_specialisation(run, targets) for run in runs]), flow.t, pairs, held,
                          schedule.bounds)

    def _ratchet(self) -> tuple[NetworkTrajectory, Array, NDArray[np.bool_]]:
        network = Network("ih,hj->ij", (Factor("W_2", 0.05, bound=0.0), Factor("W_1", 0.2)), _SMALL)
        rng = self.stream(Purpose.INITIAL, 3)
        targets = 3 * make_teachers("random", 2, (_SMALL["i"], _SMALL["j"]), rng) * 2
        start = initial_factors(network.shapes, [rng], 0.3)
        run = integrate(network, squared_tasks(network, targets), Schedule.cyclic(2, 8, 0.5),
                        (np.abs(start[0]), start[1]))
        # The bound is on the first factor, so that the contrast that rises has the other's time constant first.
        rows, columns = np.triu_indices(_SMALL["h"], 1)
        pairs = -contrast(run.law(law_between(network, "W_2", "W_1")))[0, :, 0, rows, columns].T
        at_bound = (run["W_2"][0] < 1e-12).any(axis=1)
        return run, pairs, at_bound[:, rows] | at_bound[:, columns]

    def rows(self, result: SelfGating) -> Iterator[Row]:
        """Specialisation and adaptation as published, and the ratchet."""
        gated, plain = result.specialisation[:, :, -1].mean(axis=1)
        if self.self_gating_blocks >= 20:
            say = partial(make_row, basis="approximation")
            yield say("hidden units keep to one task, fast bounded second layer", simulation=float(gated),
                      error=float(1 - gated), tolerance=0.4)
            yield say("hidden units keep to one task, equally slow layers", simulation=float(plain), error=float(plain),
                      tolerance=0.2)
            late = (result.t % _BLOCK > 0.15) & (result.t % _BLOCK < 0.25) & (result.t > result.bounds[-5])
            adapted, forgot = result.loss[:, :, late].mean(axis=(1, 2))
            yield say("loss .2 after a switch of the last four, by that of equally slow layers",
                      simulation=float(adapted),
                      error=float(adapted / forgot), tolerance=0.3)
        steps = np.diff(result.ratchet, axis=0)
        rise = float(result.ratchet[-1].max() - result.ratchet[0].min())
        yield bound_row("ratchet of hidden units: largest fall of a contrast, by the rise of all",
                        float(-steps.min() / rise), 1e-5)
        free = ~(result.held[1:] | result.held[:-1])
        yield bound_row("ratchet of hidden units: largest rise while no entry is held, by that of all",
                        float(np.abs(steps[free]).max(initial=0.0) / rise), 1e-2)


def _specialisation(run: NetworkTrajectory, targets: Array) -> Array:
    """Σ_h |e_h1 − e_h2| / Σ_h (e_h1 + e_h2), (S, blocks), e_hm the share of unit h's inputs in teacher m's rows.

    Shares are means of the ends of a block and of the one before it: a unit that follows the active task has equal
    ones.
    """
    bases = [np.linalg.svd(target, full_matrices=False)[2] for target in targets]
    ends = np.flatnonzero(np.diff(run.schedule.block(run.t), append=len(run.schedule.tasks)))
    W = run["W_1"][:, ends]
    shares = np.stack([np.sum((W @ basis.T)**2, axis=-1) for basis in bases])
    both = (shares + np.concatenate([shares[:, :, :1], shares[:, :, :-1]], axis=2)) / 2
    return np.asarray(np.abs(both[0] - both[1]).sum(-1) / both.sum(axis=(0, -1)))


EXPERIMENT = SelfGatingNetwork
