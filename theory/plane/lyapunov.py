"""Normal forms of Hopf, Neimark–Sacker and flip points: whether the cycles that are born there are stable.

Coefficients of z^j z̄^k/j!k! in the complex coordinate z of an eigenvector, whose larger part is 1 in sides of the box,
are Fourier coefficients on circles around the point, extrapolated to radius 0: no derivative is needed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, Axes, takes
from gateflow.theory.checks import POSITIVE, Array
from gateflow.theory.plane.system import PlanarSystem

# Radii, in sides of the box, and angles at which the flow is looked at.
_RADII, _ANGLES = 0.02 * np.array([0.4, 0.6, 0.8, 1.0]), 16
# Each mode is its lowest power of the radius times a polynomial in the square of the radius.
_FIT = np.linalg.inv(np.vander(_RADII**2, increasing=True))


@takes(MAY_BE_NAN, point=Axes(2, alone=True), size=Axes(2, allowed=POSITIVE, alone=True))
def first_lyapunov(system: PlanarSystem, point: Array, size: Array, changes: Mapping[str, Any]) -> float:
    """l₁ = Re(i g₂₀ g₁₁ + ω g₂₁)/2ω² (Kuznetsov, 3.18) at a Hopf point (2,); negative: stable cycles are born.

    size (2,): of the box; changes: values of parameters. NaN where there are no imaginary eigenvalues.
    """
    jacobian = system.jacobian(*point, **changes) * size / size[:, None]
    value, g20, g11, _, g21 = _coefficients(lambda states: system.velocity(*states, **changes), point, jacobian, size)
    omega = value.imag
    return float(np.real(1j * g20 * g11 + omega * g21) / (2 * omega**2)) if omega > 0 else np.nan


def sacker_coefficient(image: Callable[[Array], Array], point: Array, jacobian: Array, size: Array) -> float:
    """The coefficient of a Neimark–Sacker point (2,) (Kuznetsov, 4.23); negative: a stable closed curve is born.

    image: of points (2, …); jacobian (2, 2) there. NaN at a strong resonance, where there is no such normal form.
    """
    mu, g20, g11, g02, g21 = _coefficients(image, point, jacobian * size / size[:, None], size)
    if not mu.imag > 0 or min(abs(mu**k - 1) for k in (1, 2, 3, 4)) < 1e-4:
        return np.nan
    mu = mu / abs(mu)
    return float(np.real(g21 / (2 * mu)) - np.real((1 - 2 * mu) / (2 * mu**2 * (1 - mu)) * g20 * g11)
                 - abs(g11) ** 2 / 2 - abs(g02) ** 2 / 4)


def flip_coefficient(image: Callable[[Array], Array], point: Array, jacobian: Array, size: Array) -> float:
    """The cubic coefficient of the twice iterated map at a flip (n,) (−2 of Kuznetsov, 5.61).

    Negative: a stable cycle of twice the period is born. image: of points (n, …); jacobian (n, n) there; size (n,).
    """
    matrix = jacobian * size / size[:, None]
    values, vectors = np.linalg.eig(matrix)
    k = int(np.abs(values + 1).argmin())
    q = np.real(vectors[:, k] / vectors[np.abs(vectors[:, k]).argmax(), k])
    adjoint = np.real(np.linalg.inv(vectors)[k])
    adjoint = adjoint / (adjoint @ q)

    def along(way: Array) -> tuple[Array, Array]:
        """Second and third derivatives (n,) along a direction."""
        steps = np.concatenate([_RADII, -_RADII, [0.0]])
        values = image(point[:, None] + (size * way)[:, None] * steps) / size[:, None]
        forward, backward, here = values[:, :4], values[:, 4:8], values[:, 8:]
        even, odd = (forward + backward) / 2 - here, (forward - backward) / 2
        return 2 * (even / _RADII**2) @ _FIT[0], 6 * (odd / _RADII) @ _FIT[1]

    second, third = along(q)
    bent = np.linalg.solve(np.eye(len(q)) - matrix, second)
    length = float(np.abs(bent).max()) or 1.0
    mixed = (along(q + bent / length)[0] - along(q - bent / length)[0]) * length / 4
    return float(-2 * adjoint @ (third / 6 + mixed / 2))


def _coefficients(function: Callable[[Array], Array], point: Array, jacobian: Array,
                  size: Array) -> tuple[complex, complex, complex, complex, complex]:
    """The eigenvalue with the largest imaginary part, and g₂₀, g₁₁, g₀₂ and g₂₁ of a function of states (2, …)."""
    values, vectors = np.linalg.eig(jacobian)
    k = int(values.imag.argmax())
    if not values[k].imag > 0:
        return complex(values[k].real), np.nan, np.nan, np.nan, np.nan
    q = vectors[:, k] / vectors[np.abs(vectors[:, k]).argmax(), k]
    adjoint = np.linalg.inv(np.stack([q, q.conj()], axis=1))[0]
    z = _RADII[:, None] * np.exp(2j * np.pi * np.arange(_ANGLES) / _ANGLES)
    here = function(point[:, None, None])
    states = point[:, None, None] + size[:, None, None] * 2 * np.real(q[:, None, None] * z)
    moved = np.einsum("a,arn->rn", adjoint, (function(states) - here) / size[:, None, None])
    modes = np.fft.fft(moved, axis=1) / _ANGLES
    g20, g11, g02 = (factor * (_FIT @ (modes[:, k] / _RADII**2))[0] for k, factor in ((2, 2), (0, 1), (-2, 2)))
    return complex(values[k]), g20, g11, g02, 2 * (_FIT @ (modes[:, 1] / _RADII))[1]
