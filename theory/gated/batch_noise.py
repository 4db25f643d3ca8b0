"""The loss of a batch: how it scatters about its mean, and when it first falls below a threshold.

For an error E and B inputs x ~ N(0, 1), the loss of a batch is the mean of ½|E x|², with expectation L = ½ tr(E Eᵀ) and
variance tr((E Eᵀ)²)/2B. A Gamma law with this mean and the shape L²/variance is exact where all singular values of E
are equal, as those of orthogonal teachers are, and keeps both moments elsewhere. What is seen of a run whose loss is
known, when every step looks at a fresh batch, follows from it.
"""

from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import MAY_BE_NAN, Axes, takes
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array


@takes(MAY_BE_NAN, error=Axes("d_out", "d_in"), batch_size=COUNT)
def batch_shape(error: Array, batch_size: Any) -> Array:
    """Shape L²/variance of the law of the loss of a batch, (...,); infinite where nothing scatters, NaN for no error.

    error E (..., d_out, d_in); batch_size B. It is B d_out/2 for orthogonal rows of one norm.
    """
    gram = error @ np.swapaxes(error, -1, -2)
    power, square = np.trace(gram, axis1=-2, axis2=-1), np.sum(gram * gram, axis=(-2, -1))
    return np.asarray(batch_size / 2 * power**2 / np.where(square > 0, square, np.nan))


@takes(MAY_BE_NAN, loss=AT_LEAST_0, threshold=POSITIVE, shape=AT_LEAST_0)
def below(loss: Array, threshold: float, *, shape: Array) -> Array:
    """Probability that the loss of a batch lies below a threshold, (...,).

    loss (...,): the expected one; shape (...,): of its law (``batch_shape``).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(scipy.special.gammainc(shape, shape * threshold / loss))


@takes(MAY_BE_NAN, loss=Axes("n", allowed=AT_LEAST_0), threshold=POSITIVE, shape=Axes("n", allowed=AT_LEAST_0))
def first_passage(loss: Array, threshold: float, *, shape: Array) -> tuple[Array, Array]:
    """When the loss of a batch is first below a threshold, if every entry along the last axis looks at a fresh batch.

    loss (..., n): the expected one, by look; shape (..., n). Returns the mean number of looks before it, given that it
    happens, NaN where it cannot, and the probability that it happens at all, both (...,).
    """
    hit = below(loss, threshold, shape=shape)
    missed = np.cumprod(1 - hit, axis=-1)
    first = hit * np.concatenate([np.ones_like(missed[..., :1]), missed[..., :-1]], axis=-1)
    ever = 1 - missed[..., -1]
    mean = np.sum(first * np.arange(loss.shape[-1]), axis=-1) / np.where(ever > 0, ever, np.nan)
    return np.asarray(mean), np.asarray(ever)
