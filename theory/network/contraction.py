"""Einsums prepared once: the order of products and the axes of each are chosen before the first call.

Every product of two operands is one matrix product, or a broadcast product where nothing is summed. Leading axes of the
operands broadcast.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from gateflow.theory.checks import Array

Product = Callable[[Array, Array], Array]


class Contraction:
    """The einsum of operands with given indices into an output."""

    def __init__(self, operands: Sequence[str], output: str, sizes: Mapping[str, int]) -> None:
        """Choose the cheapest order of products."""
        self._output, self._sizes = output, sizes
        _, self._order = _cheapest(tuple(operands), frozenset(output), sizes)
        self._steps: list[tuple[int, int, bool, Product]] = []
        indices = list(operands)
        for first, second in self._order:
            rest = [part for n, part in enumerate(indices) if n not in (first, second)]
            one, other = indices[first], indices[second]
            # What the result has last should be last in memory, too.
            turned = bool(output) and output[-1] in one and output[-1] not in other
            if turned:
                one, other = other, one
            result, product = _product(one, other, frozenset(output).union(*map(set, rest)), sizes)
            self._steps.append((first, second, turned, product))
            indices = [*rest, result]
        self._last = _arranged(indices[0], output)

    def __call__(self, *operands: Array) -> Array:
        """Value of the einsum, (..., output)."""
        parts = list(operands)
        for first, second, turned, product in self._steps:
            result = product(parts[second], parts[first]) if turned else product(parts[first], parts[second])
            # The later one goes first, or the earlier would shift it.
            del parts[second], parts[first]
            parts.append(result)
        return self._last(parts[0])


def _cheapest(operands: tuple[str, ...], output: frozenset[str],
              sizes: Mapping[str, int]) -> tuple[float, tuple[tuple[int, int], ...]]:
    """Number of multiplications and order of the cheapest way."""
    if len(operands) == 1:
        return 0.0, ()
    best: tuple[float, tuple[tuple[int, int], ...]] = (math.inf, ())
    for first, second in combinations(range(len(operands)), 2):
        rest = tuple(part for n, part in enumerate(operands) if n not in (first, second))
        both = dict.fromkeys(operands[first] + operands[second])
        needed = output.union(*map(set, rest))
        result = "".join(index for index in both if index in needed)
        cost, order = _cheapest((*rest, result), output, sizes)
        cost += math.prod(sizes[index] for index in both)
        if cost < best[0]:
            best = cost, ((first, second), *order)
    return best


def _product(one: str, other: str, needed: frozenset[str], sizes: Mapping[str, int]) -> tuple[str, Product]:
    """Indices and function of the product of two operands, summed over what nobody needs."""
    batch = "".join(index for index in one if index in other and index in needed)
    summed = "".join(index for index in one if index in other and index not in needed)
    left, right = ("".join(index for index in mine if index not in theirs and index in needed)
                   for mine, theirs in ((one, other), (other, one)))
    arrange_one = _arranged(one, batch + left + summed)
    arrange_other = _arranged(other, batch + summed + right)
    b, m, k, n = ([sizes[index] for index in part] for part in (batch, left, summed, right))
    grid, width, inner, height = math.prod(b), math.prod(m), math.prod(k), math.prod(n)

    if not k:
        def outer(x: Array, y: Array) -> Array:
            x, y = arrange_one(x), arrange_other(y)
            x = x.reshape((*x.shape[:x.ndim - len(b) - len(m)], *b, width, 1))
            result = x * y.reshape((*y.shape[:y.ndim - len(b) - len(n)], *b, 1, height))
            return result.reshape((*result.shape[:result.ndim - len(b) - 2], *b, *m, *n))

        return batch + left + right, outer

    # A grid of one product is that product, and a matrix with one row or column is a vector.
    cells = () if grid == 1 else (grid,)
    rows, columns = (width,) if m else (), (height,) if n else ()
    multiply = {(True, True): np.matmul, (True, False): np.matvec, (False, True): np.vecmat,
                (False, False): np.vecdot}[bool(m), bool(n)]
    one_shape, other_shape, shape = (*cells, *rows, inner), (*cells, inner, *columns), (*b, *m, *n)
    depth_one, depth_other, depth = len(b) + len(m) + len(k), len(b) + len(k) + len(n), len(cells + rows + columns)
    # Where no axes are merged there is nothing to reshape.
    plain_one, plain_other, plain = (*b, *m, *k) == one_shape, (*b, *k, *n) == other_shape, shape == (
        *cells, *rows, *columns)

    def product(x: Array, y: Array) -> Array:
        x, y = arrange_one(x), arrange_other(y)
        if not plain_one:
            x = x.reshape(x.shape[:x.ndim - depth_one] + one_shape)
        if not plain_other:
            y = y.reshape(y.shape[:y.ndim - depth_other] + other_shape)
        result = multiply(x, y)
        return result if plain else result.reshape(result.shape[:result.ndim - depth] + shape)

    return batch + left + right, product


def _arranged(indices: str, wanted: str) -> Callable[[Array], Array]:
    """A function that puts axes in the wanted order and sums over those that are not wanted."""
    alone = [indices.index(index) - len(indices) for index in indices if index not in wanted]
    kept = "".join(index for index in indices if index in wanted)
    order = [kept.index(index) for index in wanted]
    if alone == [] and order == list(range(len(order))):
        return lambda x: x

    def arrange(x: Array) -> Array:
        x = x.sum(axis=tuple(alone)) if alone else x
        lead = x.ndim - len(order)
        return x.transpose(*range(lead), *(lead + axis for axis in order))

    return arrange
