"""Modes: teachers that share singular vectors, W*_m = U diag(s_m) Vᵀ, and factors that are diagonal in matching bases.

Then all indices of a chain of matrices from the first output index to the last collapse into one mode index a
(derivation modes-of-a-network): ``p,pij->ij`` becomes ``p,pa->a``, ``ih,hj->ij`` becomes ``a,a->a``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array, InputError, array
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.network.network import Network, State


@dataclass(frozen=True, eq=False)
class Modes:
    """A network of modes. network, targets (M, a), covariance: of the modes; full: the network that it comes from.

    bases: orthonormal columns (length, a) of every index that has collapsed.
    """

    network: Network
    targets: Array
    covariance: Array | None
    full: Network
    bases: Mapping[str, Array]

    def _operands(self, f: int) -> tuple[str, str, list[Array], list[str]]:
        full, small = self.full.parsed.factors[f], self.network.parsed.factors[f]
        chain = [index for index in full if index in self.bases]
        return full, small, [self.bases[index] for index in chain], [f"{index}{self._letter}" for index in chain]

    @property
    def _letter(self) -> str:
        return self.network.parsed.output

    def lift(self, state: State) -> State:
        """Full factors of a state (..., *shape) of modes."""
        lifted = []
        for f, theta in enumerate(state):
            full, small, bases, names = self._operands(f)
            lifted.append(np.einsum(f"...{small},{','.join(names)}->...{full}", theta, *bases) if bases else theta)
        return tuple(lifted)

    def project(self, state: State) -> tuple[State, float]:
        """Modes of full factors, and the largest entry of what is not diagonal in the bases."""
        inside = []
        for f, theta in enumerate(state):
            full, small, bases, names = self._operands(f)
            inside.append(np.einsum(f"...{full},{','.join(names)}->...{small}", theta, *bases) if bases else theta)
        rest = max(float(np.abs(x - y).max(initial=0.0)) for x, y in zip(state, self.lift(tuple(inside)), strict=True))
        return tuple(inside), rest


@takes(W_star=Axes("M", "d_out", "d_in"))
def shared_singular_vectors(W_star: Array, tolerance: float = 1e-8) -> tuple[Array, Array, Array]:
    """Common singular vectors of all teachers: W*_m = U diag(s_m) Vᵀ (NTA, appendix on eigenspaces).

    W_star (M, d_out, d_in). Returns U (d_out, R), V (d_in, R) and s (M, R), R = min(d_out, d_in); entries of s may be
    negative. Raises InputError if the teachers do not share them within tolerance (relative to the largest entry).
    """
    teachers = array("W_star", W_star, ("M", "d_out", "d_in"))
    # A combination with unrelated coefficients has distinct singular values wherever the teachers differ.
    mixture = np.tensordot(np.sqrt(np.arange(len(teachers)) + 1.3), teachers, axes=1)
    left, _, right = np.linalg.svd(mixture, full_matrices=False)
    rotated = left.T @ teachers @ right.T
    strengths = np.diagonal(rotated, axis1=-2, axis2=-1)
    rest = float(np.abs(teachers - (left * strengths[:, None, :]) @ right).max())
    if rest > tolerance * np.abs(teachers).max():
        raise InputError(f"W_star must share singular vectors: {rest:.3g} lies outside the best common ones")
    return left, right.T, np.array(strengths)


@takes()
def modes(network: Network, targets: ArrayLike, covariance: ArrayLike | None = None) -> Modes:
    """Collapse a network whose map is a chain of matrices to the modes of its teachers.

    targets: (M, i, j), sharing singular vectors; covariance: Σ of the inputs, diagonal in their right singular vectors,
    by default the identity. Hidden indices are taken in their own basis, one unit a mode. Raises InputError where the
    string is no chain, a factor of it has a bound or an L1 norm, or there are more modes than hidden units.
    """
    left, right, strengths = shared_singular_vectors(array("targets", targets, ("M", *network.output_shape)))
    chain = _chain(network)
    n = min(network.lengths(chain))
    weakest = np.abs(strengths[:, n:]).max(initial=0.0)
    if weakest > 1e-10 * np.abs(strengths).max(initial=0.0):
        raise InputError(f"targets must have at most {n} modes, one a hidden unit, got "
                         f"{np.abs(strengths).max(axis=0).size}")
    bases = {index: np.eye(network.sizes[index])[:, :n] for index in chain[1:-1]}
    bases |= {chain[0]: left[:, :n], chain[-1]: right[:, :n]}
    sigma = None
    if covariance is not None:
        full, last = checked_covariance(covariance, network.sizes[chain[-1]]), bases[chain[-1]]
        assert full is not None
        seen = full @ last
        variance = np.sum(last * seen, axis=0)
        if np.abs(seen - last * variance).max() > 1e-10 * np.abs(full).max():
            raise InputError("covariance must be diagonal in the teachers' right singular vectors")
        sigma = np.diag(variance)
    # Not a letter of the chain either: lifting back needs both.
    letter = next(x for x in ascii_letters if x not in network.sizes)
    factors = ["".join([*(i for i in part if i not in chain), *([letter] if set(part) & set(chain) else [])])
               for part in network.parsed.factors]
    sizes = {index: size for index, size in network.sizes.items() if index not in chain} | {letter: n}
    small = Network(f"{','.join(factors)}->{letter}", network.factors, sizes)
    return Modes(small, strengths[:, :n], sigma, network, bases)


def _chain(network: Network) -> str:
    """The indices of the chain of matrices from the first to the last output index. Raises InputError."""
    spec = network.parsed
    if len(spec.output) != 2:
        raise InputError(f"modes need a map of two indices, got {spec}")
    start, end = spec.output[0], spec.output[1]
    chain, used = start, set()
    while chain[-1] != end:
        holders = [f for f in spec.holders(chain[-1]) if f not in used]
        if len(holders) != 1:
            raise InputError(f"modes need a chain of matrices from {start} to {end}, which ends at {chain[-1]} in "
                             f"{spec}")
        (f,) = holders
        if not network.factors[f].rotatable:
            raise InputError(f"modes need costs that are the same for all rotations, {network.names[f]} has others")
        used.add(f)
        chain += end if end in spec.factors[f] else _next(spec.factors[f], chain, network)
    if len(spec.holders(end)) != 1:
        raise InputError(f"modes need a chain of matrices from {start} to {end}, {end} is in several factors of {spec}")
    return chain


def _next(indices: str, chain: str, network: Network) -> str:
    for index in indices:
        if index not in chain and index in network.parsed.summed and len(network.parsed.holders(index)) == 2:
            return index
    raise InputError(f"modes need a chain of matrices, which ends at factor {indices} of {network.spec}")
