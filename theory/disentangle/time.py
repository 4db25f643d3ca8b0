"""How good the estimate becomes with time: r² against the number of observations.

Per factor, uniform on [−½, ½] with variance v = 1/12, from a best mean of variance σ_t²: σ²/t for fresh noise,
otherwise from ``gateflow.theory.disentangle.evidence``. Every function broadcasts. Derivation: time.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, Range
from gateflow.theory.disentangle.normal import log_interval, truncated_mean
from gateflow.theory.disentangle.tasks import VARIANCE

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
# Noises whose integrals are done at once.
_TOGETHER = 2048


@takes(noise_variance=AT_LEAST_0, variance=POSITIVE)
def likelihood_r2(noise_variance: Any, *, variance: Any = VARIANCE) -> Any:
    """r² = 1 − σ_t²/v of the maximum-likelihood estimate, negative where noise outweighs the state (DIS, section 3).

    noise_variance: σ_t²; variance: v.
    """
    return 1 - noise_variance / variance


@takes(noise_variance=AT_LEAST_0, variance=POSITIVE)
def shrunk_r2(noise_variance: Any, *, variance: Any = VARIANCE) -> Any:
    """r² = v/(v + σ_t²) of the best linear estimate, the mean shrunk towards 0 (derivation time)."""
    return variance / (variance + noise_variance)


@takes(noise_variance=POSITIVE)
def exact_r2(noise_variance: Any) -> Array:
    """r² of the posterior mean under the uniform prior, which no estimate exceeds: E[m(μ)²]/v by quadrature.

    noise_variance: σ_t², positive, any shape. Raises InputError.

    >>> round(float(exact_r2(0.2**2 / 20)), 4)
    0.9779
    """
    scale = np.sqrt(POSITIVE.check_all("noise_variance", noise_variance))
    # In pieces, so that memory stays bounded.
    flat = scale.reshape(-1)
    parts = [_exact_r2(flat[k:k + _TOGETHER]) for k in range(0, len(flat), _TOGETHER)]
    return np.reshape(np.concatenate([*parts, np.empty(0)]), scale.shape)


def _exact_r2(scale: Array) -> Array:
    # Pieces between which the integrand changes its character: far inside the box, near its edge, outside.
    reach = 9 * scale
    edges = np.stack([0 * scale, np.maximum(0.5 - reach, 0.0), 0.5 + 0 * scale, 0.5 + reach], axis=-1)
    low, high, s = edges[..., :-1, None], edges[..., 1:, None], scale[..., None, None]
    mu = (low + high) / 2 + (high - low) / 2 * _NODES
    a, b = (-0.5 - mu) / s, (0.5 - mu) / s
    squared = np.exp(log_interval(a, b)) * (mu + s * truncated_mean(a, b)) ** 2
    return np.asarray(2 * np.sum((high - low) / 2 * _WEIGHTS * squared, axis=(-2, -1)) / VARIANCE)


@takes(r2=Range(high=1), share=POSITIVE)
def held_out_r2(r2: Any, share: Any = 4) -> Any:
    """r² within one orthant, whose variance is 1/4 of the box's, from r² on the box: 1 − 4(1 − r²) (derivation time).

    Exact for any estimate with the symmetry of the box: its mean squared error is the same in all orthants.
    """
    return 1 - share * (1 - r2)


@takes(r2=Range(0, 1, open_high=True), sigma=AT_LEAST_0, variance=POSITIVE)
def duration_for(r2: Any, *, sigma: Any, variance: Any = VARIANCE) -> Any:
    """Observations t = σ²r²/(v(1 − r²)) after which the shrunk estimate reaches r²; fresh noise (derivation time)."""
    return sigma**2 * r2 / (variance * (1 - r2))
