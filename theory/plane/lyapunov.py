"""The first Lyapunov coefficient of a Hopf point: whether the cycles that are born there are stable."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gateflow.theory.checks import Array
from gateflow.theory.plane.system import PlanarSystem

# Radii, in sides of the box, and angles at which the flow is looked at.
_RADII, _ANGLES = 0.02 * np.array([0.4, 0.6, 0.8, 1.0]), 16


def first_lyapunov(system: PlanarSystem, point: Array, size: Array, changes: Mapping[str, Any]) -> float:
    """l₁ = Re(i g₂₀ g₁₁ + ω g₂₁)/2ω² (Kuznetsov, 3.18) at a Hopf point (2,); negative: stable cycles are born.

    size (2,): of the box; changes: values of parameters. The coefficients of z^j z̄^k/j!k! of the flow in the complex
    coordinate z of an eigenvector, whose larger part is 1 in sides of the box, are its Fourier coefficients on circles
    around the point, extrapolated to radius 0: no derivative is needed. NaN where there are no imaginary eigenvalues.
    """
    jacobian = system.jacobian(*point, **changes) * size / size[:, None]
    values, vectors = np.linalg.eig(jacobian)
    k = int(values.imag.argmax())
    omega = float(values[k].imag)
    if not omega > 0:
        return np.nan
    q = vectors[:, k] / vectors[np.abs(vectors[:, k]).argmax(), k]
    adjoint = np.linalg.inv(np.stack([q, q.conj()], axis=1))[0]
    z = _RADII[:, None] * np.exp(2j * np.pi * np.arange(_ANGLES) / _ANGLES)
    states = point[:, None, None] + size[:, None, None] * 2 * np.real(q[:, None, None] * z)
    flow = np.einsum("a,arn->rn", adjoint, system.velocity(*states, **changes) / size[:, None, None])
    modes = np.fft.fft(flow, axis=1) / _ANGLES
    # Each mode is its lowest power of the radius times a polynomial in the square of the radius.
    fit = np.linalg.inv(np.vander(_RADII**2, increasing=True))
    g20 = 2 * (fit @ (modes[:, 2] / _RADII**2))[0]
    g11 = (fit @ (modes[:, 0] / _RADII**2))[0]
    g21 = 2 * (fit @ (modes[:, 1] / _RADII))[1]
    return float(np.real(1j * g20 * g11 + omega * g21) / (2 * omega**2))
