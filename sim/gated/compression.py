"""The gated network in the span of its teachers and its initial weights: the network ``"p,pn->n"``.

The flow never leaves that span (derivations exact-reduction and compression): coordinates in an orthonormal basis of
it, eigenspace by eigenspace of the input covariance Σ, are again a gated network, of rows with n entries.
"""

from dataclasses import dataclass

import numpy as np

from gateflow.theory.checks import Array
from gateflow.theory.gated.flow import gated_factors
from gateflow.theory.gated.model import GateRegulariser
from gateflow.theory.network.compression import eigenspaces
from gateflow.theory.network.network import Network


@dataclass(frozen=True, eq=False)
class Span:
    """The span of each member. basis (S, n, d_out, d_in): orthonormal; weights (S, P, n), targets (S, M, n): in it.

    variance (n,): of the inputs, as each direction sees them.
    """

    basis: Array
    weights: Array
    targets: Array
    variance: Array

    @classmethod
    def of(cls, W_star: Array, W0: Array, covariance: Array | None = None) -> "Span":
        """The span of teachers (M, d_out, d_in), also dependent ones, and initial weights (S, P, d_out, d_in)."""
        members, n_paths, *shape = W0.shape
        n_tasks = len(W_star)
        matrices = np.concatenate([np.broadcast_to(W_star, (members, *W_star.shape)), W0], axis=1)
        spaces = [(1.0, np.eye(shape[1]))] if covariance is None else eigenspaces(covariance)
        parts, coordinates, variance = [], [], []
        for value, projector in spaces:
            rows = (matrices @ projector).reshape(members, n_tasks + n_paths, -1)
            basis, inside = np.linalg.qr(np.swapaxes(rows, 1, 2))
            parts.append(np.swapaxes(basis, 1, 2))
            coordinates.append(np.swapaxes(inside, 1, 2))
            variance.append(np.full(inside.shape[1], value))
        inside = np.concatenate(coordinates, axis=2)
        basis = np.concatenate(parts, axis=1).reshape(members, -1, *shape)
        return cls(basis, inside[:, n_tasks:], inside[:, :n_tasks], np.concatenate(variance))

    def network(self, regulariser: GateRegulariser, *, tau_w: float, tau_c: float) -> Network:
        """The network that lives in it."""
        _, n_paths, n = self.weights.shape
        return Network("p,pn->n", gated_factors(regulariser, tau_w=tau_w, tau_c=tau_c), {"p": n_paths, "n": n})

    def lift(self, weights: Array) -> Array:
        """Full weights (S, ..., P, d_out, d_in) of coordinates (S, ..., P, n)."""
        flat = self.basis.reshape(*self.basis.shape[:2], -1)
        members, *lead, n = weights.shape
        full = weights.reshape(members, -1, n) @ flat
        return np.asarray(full.reshape(members, *lead, *self.basis.shape[2:]))
