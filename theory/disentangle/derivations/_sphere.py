"""What derivations about random unit normals share: moments of a unit vector, and of the mean E of many D ccᵀ − 1.

To leading order in the number of tasks E is a symmetric matrix of normal numbers; sums over its indices are written
out for some dimensions, from Wick's theorem.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import sympy as sp

# Dimensions for which sums over indices are written out.
WRITTEN_OUT = (2, 3, 4)


def moment(powers: tuple[int, ...], dimension: Any) -> Any:
    """Mean of Π c_k^{powers_k} of a random unit vector; powers of the components that occur."""
    if any(power % 2 for power in powers):
        return sp.Integer(0)
    half = sum(powers) // 2
    odd = sp.prod([sp.factorial2(power - 1) for power in powers if power])
    return odd / sp.prod([dimension + 2 * k for k in range(half)])


def pair(i: int, j: int, k: int, m: int, dimension: int) -> Any:
    """⟨E_ij E_km⟩ in units of s = D/((D + 2)N)."""
    both = int(i == k and j == m) + int(i == m and j == k)
    return both - (sp.Rational(2, dimension) if i == j and k == m else 0)


def wick(entries: tuple[tuple[int, int], ...], dimension: int) -> Any:
    """⟨product of four entries of E⟩ in units of s²: the sum over the three pairings."""
    one, two, three, four = entries
    return (pair(*one, *two, dimension) * pair(*three, *four, dimension)
            + pair(*one, *three, dimension) * pair(*two, *four, dimension)
            + pair(*one, *four, dimension) * pair(*two, *three, dimension))


def triple(entries: tuple[tuple[int, int], ...], dimension: int) -> Any:
    """Mean of a product of three entries of D ccᵀ − 1 for one unit normal; N² times that of E."""
    total = sp.Integer(0)
    for chosen in product((0, 1), repeat=3):
        # Of each factor take either D c_i c_j or −δ_ij.
        kept = [entry for entry, take in zip(entries, chosen, strict=True) if take]
        dropped = [entry for entry, take in zip(entries, chosen, strict=True) if not take]
        if any(i != j for i, j in dropped):
            continue
        indices = [index for entry in kept for index in entry]
        powers = tuple(indices.count(k) for k in set(indices))
        total += (-1) ** len(dropped) * dimension ** len(kept) * moment(powers, dimension)
    return total


def written_out(value: Callable[[int], Any]) -> sp.Matrix:
    """A value for each of the dimensions that are written out, as a column."""
    return sp.Matrix([value(dimension) for dimension in WRITTEN_OUT])
