"""One engine for flows of networks: one network or fifty thousand, each with its own step, exact at kinks and switches.

A network that is one einsum, with the squared loss, is a table of monomials (``tables``); compiled steps follow it
(``sim.network.engine_kernels``). What happens to one network does not depend on those beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.sim.network.tables import constants, cost_table, flat, rate_table, runs_of, split
from gateflow.theory.checks import Array, InputError, Range
from gateflow.theory.network.network import Network, State, Varied

TOLERANCE = Range(1e-13, 1, open_low=True, open_high=True)


@dataclass(frozen=True, eq=False)
class Followed:
    """What N networks come to; factors by position, one array each.

    states, time_at_bound: (N, T, *shape) each, at the times that were asked for: entries, and how long each has been at
    or below its kink; at_ends: (N, B, *shape) at the end of every block; time_at_bound_end (N, *shape); first_bound
    (N,): when an entry first met its kink, infinite for never; failed (N,): whether a network could not be followed.
    """

    states: State
    time_at_bound: State
    at_ends: State
    time_at_bound_end: State
    first_bound: Array
    failed: NDArray[np.bool_]


def follow(network: Network, initial: Sequence[Array], tasks: Sequence[int], ends: ArrayLike, targets: Array, *,
           weights: Array | None = None, given: Sequence[Mapping[str, Array]] = (), times: ArrayLike = (),
           rtol: float = 1e-9, varied: Varied | None = None, until_bound: bool = False) -> Followed:
    """Follow the gradient flow of N networks through their blocks.

    initial: factors at the start, (N, *shape) each.
    tasks (B,), ends (N, B) or (B,): task of every block, and when it ends; a block that ends before the last one did is
    not there.
    targets (M, *output) or (N, M, *output): what the map should be in each task.
    weights (M, *output): of the error in each output, by default 1: variances of inputs, or 0 outside a context.
    given: values of given factors in each task, by name. times (T,): increasing times to record.
    rtol: relative tolerance of a step; the absolute one is a thousandth of it.
    varied: by name of a factor, fields of VARIED as arrays (N,), where networks differ.
    until_bound: whether a network stands still after the block in which an entry first met its kink.
    Networks that cannot be followed are marked, not raised. Raises InputError.
    """
    # Here: what is compiled takes a quarter of a second to load.
    from gateflow.sim.network import engine_kernels as kernels
    from gateflow.sim.network import flow_kernels as codes

    shapes, members = network.shapes, len(initial[0])
    x0 = flat(initial, shapes)
    per_member = targets if targets.ndim == 2 + len(network.output_shape) else targets[None]
    goals = per_member.reshape(*per_member.shape[:2], -1)
    n_tasks, outputs = goals.shape[1:]
    until = np.broadcast_to(np.asarray(ends, dtype=np.float64), (members, len(tasks)))
    if len(tasks) and not 0 <= min(tasks) <= max(tasks) < n_tasks:
        raise InputError(f"tasks must lie between 0 and {n_tasks - 1}, got {tuple(tasks)}")
    t, n, blocks = np.asarray(times, dtype=np.float64), x0.shape[1], len(tasks)
    costs = cost_table(network, members, varied)
    signs = np.ones_like(x0)
    for row in np.moveaxis(costs, 1, 0):
        if row[0, codes.KINKED]:
            here = slice(int(row[0, codes.FIRST]), int(row[0, codes.LAST]))
            signs[:, here] = np.where(x0[:, here] < row[0, codes.KINK], -1.0, 1.0)
    room = {"states": (members, len(t), n), "held": (members, len(t), n), "at_ends": (members, blocks, n),
            "held_at_end": (members, n), "first": (members,)}
    filled = {name: np.empty(shape) for name, shape in room.items()}
    status = np.zeros(members, dtype=np.int64)
    follow_members: Any = kernels.follow_members
    follow_members(
        x0, signs, until, np.asarray(tasks, dtype=np.int64), np.ascontiguousarray(goals),
        np.ones((n_tasks, outputs)) if weights is None else np.ascontiguousarray(weights.reshape(n_tasks, outputs)),
        constants(network, given, n_tasks), rate_table(network, members, varied), runs_of(network), costs,
        TOLERANCE.check("rtol", rtol), until_bound, t, *filled.values(), status)
    failed = status != kernels.FOLLOWED
    for array in filled.values():
        array[failed] = np.nan
    return Followed(split(filled["states"], shapes), split(filled["held"], shapes), split(filled["at_ends"], shapes),
                    split(filled["held_at_end"], shapes), filled["first"], failed)
