"""One engine for flows of networks: one network or fifty thousand, each with its own step, exact at kinks and switches.

A network that is one einsum, with the squared loss, is a table of monomials (``terms``); compiled steps follow it
(``sim.network.engine_kernels``). What happens to one network does not depend on those beside it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.theory.checks import Array, InputError, Range
from gateflow.theory.network.network import Network, State

TOLERANCE = Range(1e-13, 1, open_low=True, open_high=True)
# Fields of a factor that may differ from network to network.
VARIED = ("tau", "norm_strength", "decay", "bound_strength")


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


def terms(network: Network) -> NDArray[np.int64]:
    """The map of a network as a table of monomials, (T, F + 1).

    For every assignment of all indices: the place in the state of each factor's entry, all factors one after another,
    and the place in the map.

    >>> terms(Network("a,a->a", sizes={"a": 2}))
    array([[0, 2, 0],
           [1, 3, 1]])
    """
    parsed, columns, start = network.parsed, [], 0
    indices = parsed.indices
    grid = np.indices(network.lengths("".join(indices)))
    place = {index: grid[k].ravel() for k, index in enumerate(indices)}

    def flat(word: str) -> NDArray[np.int64]:
        places: Any = np.zeros(grid[0].size if len(indices) else 1, dtype=np.int64)
        for index in word:
            places = places * network.sizes[index] + place[index]
        return np.asarray(places)

    for word, shape in zip(parsed.factors, network.shapes, strict=True):
        columns.append(start + flat(word))
        start += math.prod(shape)
    return np.stack([*columns, flat(parsed.output)], axis=1).astype(np.int64)


def _costs(network: Network, varied: Mapping[str, Mapping[str, Any]], members: int) -> Array:
    """Costs (N, F', 9) of the factors that have any, as the kernels read them."""
    from gateflow.sim.network import flow_kernels as codes

    rows, start = [], 0
    for factor, shape in zip(network.factors, network.shapes, strict=True):
        size, own = math.prod(shape), varied.get(factor.name, {})
        values = {name: np.broadcast_to(np.asarray(own.get(name, getattr(factor, name)), dtype=np.float64), members)
                  for name in VARIED}
        bound = values["bound_strength"] if factor.bound is not None else np.zeros(members)
        kinked = bool((bound > 0).any() or (factor.norm == 1 and (values["norm_strength"] > 0).any()))
        if not factor.given and (kinked or factor.norm or (values["decay"] > 0).any()):
            row = np.zeros((members, 9))
            entries: dict[int, Any] = {codes.FIRST: start, codes.LAST: start + size, codes.NORM: factor.norm or 0,
                       codes.STRENGTH: values["norm_strength"], codes.GOAL: factor.norm_target,
                       codes.DECAY: values["decay"], codes.KINKED: kinked, codes.KINK: factor.kink,
                       codes.BOUND: bound}
            for column, value in entries.items():
                row[:, column] = value
            rows.append(row)
        start += size
    return np.stack(rows, axis=1) if rows else np.zeros((1, 0, 9))


def _rates(network: Network, varied: Mapping[str, Mapping[str, Any]], members: int) -> Array:
    """1/τ of every entry, (N, n); 0 for factors that are given."""
    parts = []
    for factor, shape in zip(network.factors, network.shapes, strict=True):
        tau = np.broadcast_to(np.asarray(varied.get(factor.name, {}).get("tau", factor.tau), dtype=np.float64), members)
        parts.append(np.repeat((0.0 if factor.given else 1.0) / tau[:, None], math.prod(shape), axis=1))
    return np.concatenate(parts, axis=1)


def _flat(state: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Array:
    return np.concatenate([np.reshape(theta, (len(theta), math.prod(shape)))
                           for theta, shape in zip(state, shapes, strict=True)], axis=1)


def _split(flat: Array, shapes: Sequence[tuple[int, ...]]) -> State:
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return tuple(part.reshape(*flat.shape[:-1], *shape)
                 for part, shape in zip(np.split(flat, ends[:-1], axis=-1), shapes, strict=True))


def follow(network: Network, initial: Sequence[Array], tasks: Sequence[int], ends: ArrayLike, targets: Array, *,
           weights: Array | None = None, given: Sequence[Mapping[str, Array]] = (), times: ArrayLike = (),
           rtol: float = 1e-9, varied: Mapping[str, Mapping[str, Any]] | None = None) -> Followed:
    """Follow the gradient flow of N networks through their blocks.

    initial: factors at the start, (N, *shape) each.
    tasks (B,), ends (N, B) or (B,): task of every block, and when it ends; a block that ends before the last one did is
    not there.
    targets (M, *output) or (N, M, *output): what the map should be in each task.
    weights (M, *output): of the error in each output, by default 1: variances of inputs, or 0 outside a context.
    given: values of given factors in each task, by name. times (T,): increasing times to record.
    rtol: relative tolerance of a step; the absolute one is a thousandth of it.
    varied: by name of a factor, fields of VARIED as arrays (N,), where networks differ.
    Networks that cannot be followed are marked, not raised. Raises InputError.
    """
    # Here: what is compiled takes a quarter of a second to load.
    from gateflow.sim.network import engine_kernels as kernels
    from gateflow.sim.network import flow_kernels as codes

    shapes, members = network.shapes, len(initial[0])
    x0, varied = _flat(initial, shapes), varied or {}
    per_member = targets if targets.ndim == 2 + len(network.output_shape) else targets[None]
    goals = per_member.reshape(*per_member.shape[:2], -1)
    n_tasks, outputs = goals.shape[1:]
    until = np.broadcast_to(np.asarray(ends, dtype=np.float64), (members, len(tasks)))
    if len(tasks) and not 0 <= min(tasks) <= max(tasks) < n_tasks:
        raise InputError(f"tasks must lie between 0 and {n_tasks - 1}, got {tuple(tasks)}")
    t, n, blocks = np.asarray(times, dtype=np.float64), x0.shape[1], len(tasks)
    costs = _costs(network, varied, members)
    constants = np.full((n_tasks, n), np.nan)
    for m, values in enumerate(given):
        for name, value in values.items():
            first = sum(math.prod(shape) for shape in shapes[:network.position(name)])
            constants[m, first:first + np.size(value)] = np.ravel(value)
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
        constants, _rates(network, varied, members), terms(network), costs, TOLERANCE.check("rtol", rtol), t,
        *filled.values(), status)
    failed = status != kernels.FOLLOWED
    for array in filled.values():
        array[failed] = np.nan
    return Followed(_split(filled["states"], shapes), _split(filled["held"], shapes), _split(filled["at_ends"], shapes),
                    _split(filled["held_at_end"], shapes), filled["first"], failed)
