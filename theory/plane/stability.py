"""What the linearisation says about a fixed point: its kind and its stability."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import Array, array

# A determinant, a trace and a difference of eigenvalues count as zero below these fractions of what they are made of.
_ZERO_DETERMINANT, _ZERO_TRACE, _EQUAL, _SCALAR = 1e-7, 1e-9, 1e-9, 1e-6


@dataclass(frozen=True)
class Linearisation:
    """The flow near a fixed point, to first order.

    kind: "node", "star" (all directions alike), "degenerate node" (one eigenvector), "focus", "centre", "saddle" or
    "non-hyperbolic" (an eigenvalue is 0: a fold, or a line of fixed points). stability: "stable", "unstable", or
    "undecided" where eigenvalues on the imaginary axis leave it to higher orders. eigenvalues (2,), in ascending order
    of real, then imaginary part; eigenvectors (2, 2) in columns, of length 1; jacobian (2, 2).
    """

    kind: str
    stability: str
    eigenvalues: Any
    eigenvectors: Any
    jacobian: Array


def linearise(jacobian: Any) -> Linearisation:
    """Classify a fixed point by its Jacobian (2, 2). Raises InputError."""
    jacobian = array("jacobian", jacobian, (2, 2))
    (a, b), (c, d) = jacobian
    trace, determinant = a + d, a * d - b * c
    values, vectors = np.linalg.eig(jacobian)
    order = np.lexsort((values.imag, values.real))
    kind = _kind(jacobian, trace, determinant)
    if kind == "saddle" or (kind != "centre" and trace > 0):
        stability = "unstable"
    else:
        stability = "undecided" if kind in ("centre", "non-hyperbolic") else "stable"
    return Linearisation(kind, stability, values[order], vectors[:, order], jacobian)


def _kind(jacobian: Array, trace: float, determinant: float) -> str:
    (a, b), (c, d) = jacobian
    # What a determinant of this size would be without cancellation: the same in all units of x and y.
    scale = max(abs(a), abs(d)) ** 2 + abs(b * c)
    if abs(determinant) <= _ZERO_DETERMINANT * scale:
        return "non-hyperbolic"
    if determinant < 0:
        return "saddle"
    if abs(trace) <= _ZERO_TRACE * np.sqrt(scale):
        return "centre"
    discriminant = trace**2 / 4 - determinant
    if abs(discriminant) <= _EQUAL * trace**2:
        return "star" if max(abs(b), abs(c), abs(a - d)) <= _SCALAR * abs(trace) else "degenerate node"
    return "node" if discriminant > 0 else "focus"
