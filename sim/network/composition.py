"""What composition of tasks is trained with: tasks, then mixtures of them, or tasks that take rows of two in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.network.schedule import Schedule
from gateflow.sim.network.teachers import initial_factors, make_teachers
from gateflow.theory.checks import Array
from gateflow.theory.network.network import Factor, Network, State

# NTA, figure 3: 20 → 6 with three paths; blocks of single tasks, and all.
TASKS, ALONE, BLOCKS = 3, 23, 30
_SIZES = {"p": 3, "i": 6, "j": 20}
KINDS = ("flexible", "forgetful")


@dataclass(frozen=True)
class Gating:
    """How paths are gated. spec: the string; tau_c: of the gates; dt: step; costs: on the gates of the flexible one."""

    spec: str
    tau_c: float
    dt: float
    costs: dict[str, Any]

    def network(self, kind: str, *, tau_w: float, given: bool = False) -> Network:
        """The network of a kind; given: weights are given, gates alone learn."""
        gates = Factor("c", self.tau_c, **self.costs if kind == KINDS[0] else {})
        return Network(self.spec, (gates, Factor("W", tau_w, given=given)), _SIZES)


# One gate a path under an L1 norm; one a path and output row under one L2 norm over all of them.
GATINGS = {
    "paths": Gating("p,pij->ij", 0.03, 0.001, {"norm": 1, "norm_strength": 2.5, "bound": 0.0, "bound_strength": 0.5}),
    "rows": Gating("pi,pij->ij", 0.005, 0.01, {"norm": 2, "norm_strength": 0.25 / 11, "bound": 0.0,
                                               "bound_strength": 0.25 / 11}),
}


def composed_teachers(gates: str, rng: np.random.Generator) -> Array:
    """Three teachers, and what composes each two in turn: half of both, or their rows in turn. (6, i, j)."""
    single = make_teachers("orthogonal", TASKS, (_SIZES["i"], _SIZES["j"]), rng)
    shares = shares_of_tasks(gates)[TASKS:]
    return np.concatenate([single, np.einsum("kmi,mij->kij", shares, single)])


def shares_of_tasks(gates: str) -> Array:
    """How much of each single task, and of each of its rows, a task takes, (6, M, i)."""
    single = np.broadcast_to(np.eye(TASKS)[:, :, None], (TASKS, TASKS, _SIZES["i"]))
    following = np.roll(single, -1, axis=0)
    odd = np.arange(_SIZES["i"]) % 2
    mixed = (single + following) / 2 if gates == "paths" else np.where(odd, following, single)
    return np.concatenate([single, mixed])


def composed_schedule(gates: str, blocks: int, alone: int) -> Schedule:
    """A B C … for the first blocks, then AB BC CA …; the number of a block says which, as in the published code."""
    order = [block % TASKS + (TASKS if block >= alone else 0) for block in range(blocks)]
    return Schedule.counted(order, 1.0, GATINGS[gates].dt)


def composed_start(gates: str, streams: Sequence[np.random.Generator]) -> State:
    """Gates at ½, small weights, of every member."""
    shapes = GATINGS[gates].network(KINDS[0], tau_w=1.0).shapes
    return np.full((len(streams), *shapes[0]), 0.5), initial_factors((shapes[1],), list(streams), 0.01)[0]
