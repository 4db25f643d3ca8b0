"""What the linearisation says about a fixed point: its kind and its stability."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import Array, InputError, Range, array, together

# What rounding does to an entry, a determinant and a trace, as a fraction of what they are made of; errors that are
# estimates are taken so many times. Eigenvalues that are equal, and a matrix that is a multiple of 1, to these
# fractions.
_ROUNDING, _SAFE = 16 * float(np.finfo(float).eps), 4.0
_EQUAL, _SCALAR = 1e-9, 1e-6
_ERROR = Range(0, infinite=True)


@dataclass(frozen=True)
class Linearisation:
    """The flow near a fixed point, to first order.

    kind: "node", "star" (all directions alike), "degenerate node" (one eigenvector), "focus", "centre", "saddle",
    "non-hyperbolic" (an eigenvalue is 0: a fold, or a line of fixed points) or "kink" (each side has its own).
    stability: "stable", "unstable", or
    "undecided" where eigenvalues on the imaginary axis leave it to higher orders. eigenvalues (2,), in ascending order
    of real, then imaginary part; eigenvectors (2, 2) in columns, of length 1; jacobian (2, 2).
    """

    kind: str
    stability: str
    eigenvalues: Any
    eigenvectors: Any
    jacobian: Array


def linearise(jacobian: Any, error: Any = 0.0) -> Linearisation:
    """Classify a fixed point by its Jacobian (2, 2), whose entries are known up to an error (2, 2). Raises InputError.

    An eigenvalue counts as 0, or as imaginary, where the error leaves it open; one of 1e-8 that is exact does not.
    """
    jacobian = array("jacobian", jacobian, (2, 2))
    if together(jacobian=jacobian, error=_ERROR.check_all("error", error)) != (2, 2):
        raise InputError(f"error must be a number or have shape (2, 2), got {np.shape(error)}")
    values, vectors = np.linalg.eig(jacobian)
    order = np.lexsort((values.imag, values.real))
    kind = _kind(jacobian, _SAFE * np.broadcast_to(error, (2, 2)) + _ROUNDING * np.abs(jacobian))
    if kind == "saddle" or (kind != "centre" and np.trace(jacobian) > 0):
        stability = "unstable"
    else:
        stability = "undecided" if kind in ("centre", "non-hyperbolic") else "stable"
    return Linearisation(kind, stability, values[order], vectors[:, order], jacobian)


def _kind(jacobian: Array, error: Array) -> str:
    (a, b), (c, d) = jacobian
    trace, determinant = a + d, a * d - b * c
    crossed = error[::-1, ::-1]
    if abs(determinant) <= np.sum(np.abs(jacobian) * crossed + error * crossed / 2):
        return "non-hyperbolic"
    if determinant < 0:
        return "saddle"
    if abs(trace) <= error[0, 0] + error[1, 1]:
        return "centre"
    discriminant = trace**2 / 4 - determinant
    if abs(discriminant) <= _EQUAL * trace**2:
        return "star" if max(abs(b), abs(c), abs(a - d)) <= _SCALAR * abs(trace) else "degenerate node"
    return "node" if discriminant > 0 else "focus"
