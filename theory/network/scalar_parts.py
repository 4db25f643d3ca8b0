"""Where the index rule of laws is not complete, and the laws that it lacks there.

A *scalar part* is a set of three or more factors that hang together by summed indices of theirs alone and whose other
indices, those that the map or other factors see, occur in every one of them: for each value of these the part gives a
single number. All that drives it is one force, one clock for all its entries, so that all but one of its coordinates
are conserved, while the index rule counts fewer. Found by search, over all strings of two to four factors tried: the
rule is complete exactly where there is no such part (indices of length 1 left aside); ``count_laws`` proves each case.

For units that are products of three numbers, ``a,a,a->``, the laws lacking are differences of elliptic clocks: with
X_f = τ_f (θ^f_a)² all X_f move at one rate, and R_F, Carlson's integral, runs with the clock (derivation unit-clock).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.network.network import Network, State


@takes()
def scalar_parts(network: Network) -> tuple[tuple[str, ...], ...]:
    """Sets of factors, by name, where laws beyond the index rule exist; none where the rule is complete.

    >>> scalar_parts(Network("a,a,a->", sizes={"a": 2})), scalar_parts(Network("a,a->", sizes={"a": 2}))
    ((('A', 'B', 'C'),), ())
    """
    return tuple(tuple(network.names[f] for f in part) for part in _parts(network))


def _parts(network: Network) -> Iterator[tuple[int, ...]]:
    long = {index for index, size in network.sizes.items() if size > 1}
    factors = [set(indices) & long for indices in network.parsed.factors]
    learn = [f for f, factor in enumerate(network.factors) if not factor.given]
    for size in range(3, len(learn) + 1):
        for part in combinations(learn, size):
            outside = set(network.parsed.output) & long
            for f in set(range(len(factors))) - set(part):
                outside |= factors[f]
            inner = [factors[f] - outside for f in part]
            seen = outside & {index for f in part for index in factors[f]}
            if all(seen <= factors[f] for f in part) and _connected(inner):
                yield part


def _connected(groups: Sequence[set[str]]) -> bool:
    together, waiting = set(groups[0]), list(groups[1:])
    while near := [group for group in waiting if group & together]:
        waiting = [group for group in waiting if not group & together]
        together = together.union(*near)
    return not waiting


@takes()
def unit_clock(network: Network, state: State) -> Array:
    """Reading of the clock of every unit of ``a,a,a->``, (..., a); differences between units are conserved.

    −√(τ_1τ_2τ_3) sign(θ¹θ²θ³) R_F(τ_1θ¹², τ_2θ²², τ_3θ³²) runs at rate G for every unit, G the downhill direction of
    the loss (derivation unit-clock); it jumps where an entry of the unit changes its sign. Raises InputError for
    another network.
    """
    parts = network.parsed.factors
    if len(parts) != 3 or network.parsed.output or len(set(parts)) > 1 or len(parts[0]) != 1:
        raise InputError(f"unit clocks need a network a,a,a->, got {network.spec}")
    state, taus = network.fitting(state), [factor.tau for factor in network.factors]
    squares = [tau * theta**2 for tau, theta in zip(taus, state, strict=True)]
    sign = np.sign(state[0] * state[1] * state[2])
    return np.asarray(-np.sqrt(np.prod(taus)) * sign * scipy.special.elliprf(*squares))
