"""Polynomial vector fields over the integers modulo a prime: exact, so that a rank found here is a proof.

A rank modulo a prime at one point is at most the rank of the rational functions at a generic point.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

PRIME = 2**31 - 1
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Field:
    """Σ coefficient · monomial · ∂_component in D variables.

    component (n,), exponents (n, D) and coefficients (n,) of its terms.
    """

    component: Integers
    exponents: NDArray[np.uint8]
    coefficients: Integers

    def at(self, point: Integers) -> Integers:
        """Its value (D,) at a point (D,)."""
        return _gathered(self.component, self.coefficients * _monomials(self.exponents, point) % PRIME, len(point))

    def jacobian(self, point: Integers) -> Integers:
        """∂_v of its components, (D, D), at a point."""
        n = len(point)
        columns = []
        for v in range(n):
            with_v = self.exponents[:, v] > 0
            lowered = self.exponents[with_v]
            power = lowered[:, v].astype(np.int64)
            lowered[:, v] -= 1
            values = self.coefficients[with_v] * power % PRIME * _monomials(lowered, point) % PRIME
            columns.append(_gathered(self.component[with_v], values, n))
        return np.stack(columns, axis=1)

    @cached_property
    def by_component(self) -> dict[int, NDArray[np.intp]]:
        """Which terms each component has."""
        return {int(v): np.flatnonzero(self.component == v) for v in np.unique(self.component)}


def bracket(one: Field, other: Field) -> Field:
    """Lie bracket [X, Y] = (X·∂) Y − (Y·∂) X."""
    parts = [*_moved(one, other, 1), *_moved(other, one, -1)]
    if not parts:
        width = one.exponents.shape[1]
        return Field(np.zeros(0, np.int64), np.zeros((0, width), np.uint8), np.zeros(0, np.int64))
    component, exponents, coefficients = (np.concatenate(part) for part in zip(*parts, strict=True))
    terms = np.concatenate([component[:, None].astype(np.uint8), exponents], axis=1)
    packed = np.ascontiguousarray(terms).view(np.dtype((np.void, terms.shape[1])))[:, 0]
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    # Sums of up to 2³² numbers below 2³¹ fit into 64 bits.
    sums = np.zeros(len(first), np.int64)
    np.add.at(sums, inverse, coefficients)
    sums %= PRIME
    kept = sums != 0
    return Field(component[first][kept], exponents[first][kept], sums[kept])


def _moved(along: Field, field: Field, sign: int) -> list[tuple[Integers, NDArray[np.uint8], Integers]]:
    """Terms of (X·∂) Y, not yet added up."""
    parts = []
    for v, terms in along.by_component.items():
        with_v = np.flatnonzero(field.exponents[:, v])
        if not len(with_v):
            continue
        x, y = np.repeat(terms, len(with_v)), np.tile(with_v, len(terms))
        exponents = along.exponents[x] + field.exponents[y]
        exponents[:, v] -= 1
        coefficients = along.coefficients[x] * field.coefficients[y] % PRIME
        coefficients = coefficients * field.exponents[y, v].astype(np.int64) % PRIME
        parts.append((field.component[y], exponents, coefficients * sign % PRIME))
    return parts


def _monomials(exponents: NDArray[np.uint8], point: Integers) -> Integers:
    values = np.ones(len(exponents), np.int64)
    highest = int(exponents.max(initial=0))
    powers = np.ones((highest + 1, len(point)), np.int64)
    for k in range(highest):
        powers[k + 1] = powers[k] * point % PRIME
    for v in range(len(point)):
        values = values * powers[exponents[:, v], v] % PRIME
    return values


def _gathered(component: Integers, values: Integers, n: int) -> Integers:
    result = np.zeros(n, np.int64)
    np.add.at(result, component, values)
    return result % PRIME


class Echelon:
    """Rows that are independent modulo the prime, in echelon form."""

    def __init__(self) -> None:
        """Start with none."""
        self._rows: list[tuple[int, Integers]] = []

    def __len__(self) -> int:
        """The rank."""
        return len(self._rows)

    def add(self, row: Integers) -> bool:
        """Add a row (D,) of numbers from 0 to the prime; whether it was independent of those before."""
        rest = row.copy()
        for pivot, known in self._rows:
            if rest[pivot]:
                rest = (rest - rest[pivot] * known) % PRIME
        nonzero = np.flatnonzero(rest)
        if not len(nonzero):
            return False
        pivot = int(nonzero[0])
        self._rows.append((pivot, rest * pow(int(rest[pivot]), -1, PRIME) % PRIME))
        return True


def product(matrix: Integers, vector: Integers) -> Integers:
    """Matrix times vector."""
    return np.asarray((matrix * vector % PRIME).sum(axis=1) % PRIME)
