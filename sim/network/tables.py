"""Tables from which compiled functions read a network: monomials of its map, costs, rates, given values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateflow.theory.checks import Array
from gateflow.theory.network.network import Network, State

# Fields of a factor that may differ from network to network.
VARIED = ("tau", "norm_strength", "decay", "bound_strength")
Varied = Mapping[str, Mapping[str, Any]]


class Runs(NamedTuple):
    """The monomials of the map, in runs of equal length along which all places move in equal strides.

    starts (R, F + 1), strides (F + 1,): places of an entry of every factor in the state, and of the output.
    moving: the factor whose entries alone move, one by one, as the output does; −1 if there is none.
    """

    starts: NDArray[np.int64]
    strides: NDArray[np.int64]
    length: int
    moving: int


def runs_of(network: Network) -> Runs:
    """The map of a network as runs of monomials, along the output's last index and what goes on evenly after it.

    >>> runs_of(Network("p,pij->ij", sizes={"p": 2, "i": 2, "j": 3}))
    Runs(starts=array([[0, 2, 0],
           [1, 8, 0]]), strides=array([0, 1, 1]), length=6, moving=1)
    """
    parsed, sizes = network.parsed, network.sizes
    begins = np.cumsum([0, *(math.prod(shape) for shape in network.shapes[:-1]), 0])
    begins[-1] = 0
    strides = {index: np.array([_stride(word, index, sizes) for word in (*parsed.factors, parsed.output)])
               for index in parsed.indices}
    rest = [index for index in parsed.indices if index != parsed.output[-1:]]
    inner = parsed.output[-1] if parsed.output else rest.pop() if rest else None
    along, length = (np.zeros_like(begins), 1) if inner is None else (strides[inner], sizes[inner])
    while even := [index for index in rest if (strides[index] == length * along).all()]:
        rest.remove(even[0])
        length *= sizes[even[0]]
    lengths = [sizes[index] for index in rest]
    grid = np.indices(lengths).reshape(len(rest), math.prod(lengths))
    starts = begins + grid.T @ np.array([strides[index] for index in rest], dtype=np.int64).reshape(-1, len(begins))
    moving = np.flatnonzero(along[:-1])
    alone = len(moving) == 1 and along[moving[0]] == along[-1] == 1
    return Runs(starts, along, length, int(moving[0]) if alone else -1)


def _stride(word: str, index: str, sizes: Mapping[str, int]) -> int:
    """How far apart entries are that differ by one in an index."""
    return math.prod(sizes[other] for other in word[word.index(index) + 1:]) if index in word else 0


def free_entries(network: Network, runs: Runs, costs: Array) -> NDArray[np.int64]:
    """First entry, and last + 1, of the moving factor if each is in one run and none has a cost; (0, 0) otherwise."""
    from gateflow.sim.network import flow_kernels as codes

    ends = np.cumsum([0, *(math.prod(shape) for shape in network.shapes)])
    first, last = ends[runs.moving], ends[runs.moving + 1]
    own = runs.starts[:, runs.moving]
    alone = runs.moving >= 0 and len(np.unique(own)) == len(own)
    return np.array([first, last] if alone and first not in costs[..., codes.FIRST] else [0, 0])


def cost_table(network: Network, members: int = 1, varied: Varied | None = None) -> Array:
    """Costs (N, F', 9) of the factors that have any, as the kernels read them."""
    from gateflow.sim.network import flow_kernels as codes

    rows, start, varied = [], 0, varied or {}
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


def rate_table(network: Network, members: int = 1, varied: Varied | None = None) -> Array:
    """1/τ of every entry, (N, n); 0 for factors that are given."""
    parts, varied = [], varied or {}
    for factor, shape in zip(network.factors, network.shapes, strict=True):
        tau = np.broadcast_to(np.asarray(varied.get(factor.name, {}).get("tau", factor.tau), dtype=np.float64), members)
        parts.append(np.repeat((0.0 if factor.given else 1.0) / tau[:, None], math.prod(shape), axis=1))
    return np.concatenate(parts, axis=1)


def floor_table(network: Network, members: int = 1, varied: Varied | None = None) -> Array:
    """What no entry goes below, (N, n): kinks that are hard bounds of what learns, −inf elsewhere."""
    parts, varied = [], varied or {}
    for factor, shape in zip(network.factors, network.shapes, strict=True):
        strength = varied.get(factor.name, {}).get("bound_strength", factor.bound_strength)
        hard = np.broadcast_to(np.isinf(strength), members) & (factor.bound is not None and not factor.given)
        parts.append(np.repeat(np.where(hard, factor.kink, -np.inf)[:, None], math.prod(shape), axis=1))
    return np.concatenate(parts, axis=1)


def flat(state: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Array:
    """Entries of all factors (N, n), one factor after another."""
    return np.concatenate([np.reshape(theta, (len(theta), math.prod(shape)))
                           for theta, shape in zip(state, shapes, strict=True)], axis=1)


def split(flat: Array, shapes: Sequence[tuple[int, ...]]) -> State:
    """Factors (..., *shape) of entries (..., n)."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return tuple(part.reshape(*flat.shape[:-1], *shape)
                 for part, shape in zip(np.split(flat, ends[:-1], axis=-1), shapes, strict=True))


def constants(network: Network, given: Sequence[Mapping[str, Array]], n_tasks: int) -> Array:
    """Values (M, n) that tasks give to entries, NaN for those that learn."""
    result = np.full((n_tasks, sum(math.prod(shape) for shape in network.shapes)), np.nan)
    for m, values in enumerate(given):
        for name, value in values.items():
            first = sum(math.prod(shape) for shape in network.shapes[:network.position(name)])
            result[m, first:first + np.size(value)] = np.ravel(value)
    return result
