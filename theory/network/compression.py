"""Exact compression: the span that an index of the map cannot leave.

Indices that occur in the map and in one factor A only, on which inputs act alike, may be rotated: the flow never leaves
the span of A's slices at the start and of the teachers' (derivation compression). Coordinates in an orthonormal basis
of that span are again a network, with the same loss. Where the covariance of the inputs is not a multiple of 1, its
eigenspaces are compressed one by one, and the new covariance is diagonal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import REAL, Array, InputError
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.network.network import Network, State

# Directions weaker than this, relative to the strongest, are rounding.
_NOTHING = 1e-13
Lift = Callable[[State], State]


@dataclass(frozen=True, eq=False)
class Compression:
    """A smaller network that does exactly the same.

    network, targets (M, *output), initial, covariance: of the small one; ``lift`` gives the full factors of its states.
    """

    network: Network
    targets: Array
    initial: State
    covariance: Array | None
    steps: tuple[Lift, ...]

    def lift(self, state: State) -> State:
        """Full factors of a state (..., *shape) of the small network."""
        for step in reversed(self.steps):
            state = step(state)
        return state


@takes()
def compress(network: Network, targets: ArrayLike, initial: Mapping[str, Any] | Sequence[Any],
             covariance: ArrayLike | None = None, *, contexts: str = "") -> Compression:
    """Compress a network to the span of its teachers and initial factors.

    targets: (M, *output); initial: factors at the start; covariance: Σ of the inputs, by default the identity;
    contexts: output indices by which tasks select what is trained, which stay as they are. Factors under an L1 norm or
    with a bound stay too: these costs know their entries. Raises InputError.
    """
    teachers = REAL.check_all("targets", targets)
    if teachers.ndim != len(network.output_shape) + 1 or teachers.shape[1:] != network.output_shape:
        raise InputError(f"targets must have shape (M, {', '.join(map(str, network.output_shape))}), "
                         f"got {teachers.shape}")
    sigma = None if covariance is None else checked_covariance(covariance, teachers.shape[-1])
    small = Compression(network, teachers, network.state(initial), sigma, ())
    for f, factor in enumerate(network.factors):
        group = "".join(index for index in network.parsed.output
                        if network.parsed.holders(index) == (f,) and index not in contexts)
        if group and factor.rotatable and not factor.given:
            small = _compressed(small, f, group)
    return small


def _compressed(given: Compression, f: int, group: str) -> Compression:
    """Compress the indices of a group, which one factor has alone, into one."""
    network, output = given.network, given.network.parsed.output
    indices, letter = network.parsed.factors[f], group[0]
    lengths = network.lengths(group)
    n = int(np.prod(lengths))
    # Rows: slices of the factor, and of the teachers.
    rest = "".join(index for index in indices if index not in group)
    slices = _last(given.initial[f], indices, rest + group).reshape(-1, n)
    outside = "".join(index for index in output if index not in group)
    targets = _last(given.targets, output, outside + group).reshape(*given.targets.shape[:1], -1, n)
    sighted = output[-1] in group
    basis, variance = _basis(np.concatenate([slices, targets.reshape(-1, n)]), lengths,
                             given.covariance if sighted else None)
    if len(basis) >= n:
        return given
    at = outside if sighted else output[:output.index(letter)].translate({ord(i): None for i in group})
    new_output = at + letter + outside[len(at):]
    new_factors = [*network.parsed.factors]
    new_factors[f] = rest + letter
    sizes = {i: size for i, size in network.sizes.items() if i not in group} | {letter: len(basis)}
    small = replace(network, spec=f"{','.join(new_factors)}->{new_output}", sizes=sizes)
    coordinates = (targets @ basis.T).reshape(-1, *network.lengths(outside), len(basis))
    initial = list(given.initial)
    initial[f] = (slices @ basis.T).reshape(*network.lengths(rest), len(basis))
    shape = (*network.lengths(rest), *lengths)

    def lift(state: State) -> State:
        full = (state[f] @ basis).reshape(*state[f].shape[:state[f].ndim - len(rest) - 1], *shape)
        return (*state[:f], _last(full, rest + group, indices), *state[f + 1:])

    covariance = given.covariance
    if covariance is not None and sighted:
        covariance = np.diag(variance)
    return Compression(small, _last(coordinates, outside + letter, new_output), tuple(initial), covariance,
                       (*given.steps, lift))


def _last(array: Array, indices: str, wanted: str) -> Array:
    """Axes in another order; leading ones stay."""
    lead = array.ndim - len(indices)
    return array.transpose(*range(lead), *(lead + indices.index(index) for index in wanted))


def _basis(rows: Array, lengths: tuple[int, ...], covariance: Array | None) -> tuple[Array, Array]:
    """Orthonormal rows that span the given ones, eigenspace by eigenspace, and the variance that each sees."""
    if covariance is None:
        basis = _orthonormal(rows, np.abs(rows).max(initial=0.0))
        return basis, np.ones(len(basis))
    scale, parts, variances = np.abs(rows).max(initial=0.0), [], []
    for value, vectors in eigenspaces(covariance):
        inside = (rows.reshape(len(rows), -1, lengths[-1]) @ (vectors @ vectors.T)).reshape(rows.shape)
        parts.append(_orthonormal(inside, scale))
        variances.append(np.full(len(parts[-1]), value))
    return np.concatenate(parts), np.concatenate(variances)


def _orthonormal(rows: Array, scale: float) -> Array:
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(right[values > _NOTHING * scale * np.sqrt(rows.size)])


def eigenspaces(covariance: Array) -> list[tuple[float, Array]]:
    """Distinct eigenvalues of a covariance (n, n), each with orthonormal columns (n, k) that span its eigenspace."""
    values, vectors = np.linalg.eigh(covariance)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > 1e-10 * max(values[-1], 1e-300))
    groups = np.split(np.arange(len(values)), starts[1:])
    return [(max(float(values[group].mean()), 0.0), vectors[:, group]) for group in groups]
