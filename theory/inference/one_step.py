"""One-step inference: the posterior over tasks from one gradient at the uniform task vector, and how far it is off.

At z the gradient of log p(x | z) is g_k = w_kᵀψ(x − Wz), ψ the score of the noise. Under Gaussian noise the logit of
the posterior is g_k + correction_k up to a constant, with μ = Wz at any z whatever:

    correction_k = −½ (w_k − μ)ᵀΣ⁻¹(w_k − μ) + log π_k,

which does not depend on the data. Read ẑ = softmax(g): exact where all corrections are equal. Otherwise, with R the
largest less the smallest of what is missing in the logits (Gaussian or not),

    total variation ≤ tanh(R/4),    KL ≤ R²/8,    accuracy lost ≤ tanh(R/2),

for every observation, and none of the three constants can be smaller. Derivation: one-step-exactness.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, Range
from gateflow.theory.inference.evidence import e_step, log_joint
from gateflow.theory.inference.model import TaskModel

_MISSING = Range(0, infinite=True)


@takes()
def task_gradient(x: ArrayLike, model: TaskModel, z: ArrayLike | None = None) -> Array:
    """Gradient ∂ log p(x | z)/∂z_k = w_kᵀψ(x − Wz), (..., K), of observations x (..., d) at z (..., K).

    z: by default uniform. Per unit of the task vector. Raises InputError.
    """
    r = model.observations(x) - model.predict(model.uniform if z is None else z)
    return model.match(model.noise.score(r))


@takes()
def correction(model: TaskModel, z: ArrayLike | None = None) -> Array:
    """What to add to the gradient at z (by default uniform) to make it a logit, (..., K), whatever the data.

    Under Gaussian noise −½ (w_k − μ)ᵀΣ⁻¹(w_k − μ) + log π_k, exactly; under other noise the middle of its range.
    −∞ for tasks of no prior probability.
    """
    low, high = _missed(model, z)
    return np.asarray((low + high) / 2 + _log_prior(model))


def _log_prior(model: TaskModel) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(model.probabilities)


def _missed(model: TaskModel, z: ArrayLike | None) -> tuple[Array, Array]:
    centre = model.predict(model.uniform if z is None else z)
    return model.noise.missed(model.means - centre[..., None, :])


@takes()
def one_step(x: ArrayLike, model: TaskModel, *, corrected: bool = True, temperature: float = 1.0) -> Array:
    """Inferred task vector softmax(g/T), or softmax((g + correction)/T), (..., K), from one gradient at uniform z.

    x (..., d): observations; temperature: T. Raises InputError.

    >>> one_step([0.9, 0.2], TaskModel([[1.0, 0.0], [0.0, 1.0]])).round(3)
    array([0.668, 0.332])
    """
    logits = task_gradient(x, model)
    if corrected:
        logits = logits + correction(model)
    scale = POSITIVE.check("temperature", temperature)
    return np.asarray(scipy.special.softmax(logits if scale == 1 else logits / scale, axis=-1))


@takes(sigma=AT_LEAST_0)
def squared_loss_temperature(sigma: Any) -> Any:
    """Temperature 2σ² at which to read a step on the plain squared loss ‖x − Wz‖² (derivation one-step-exactness)."""
    return 2 * sigma**2


@takes()
def log_likelihood(x: ArrayLike, model: TaskModel) -> Array:
    """log p(x | e_k), (..., K), of observations x (..., d): one evaluation a task. Raises InputError."""
    observations = model.observations(x)
    parts = [model.noise.log_density(observations - model.means[..., k, :]) for k in range(model.n_tasks)]
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


@takes()
def posterior(x: ArrayLike, model: TaskModel, temperature: Any = 1.0) -> Array:
    """Exact posterior over tasks at a temperature, (..., K), of observations x (..., d). Raises InputError."""
    return e_step(log_joint(log_likelihood(x, model), model.probabilities), temperature)


@takes()
def missing_range(model: TaskModel, *, corrected: bool = False) -> Array:
    """R: how far the logits of one step can be from those of the posterior, whatever the data; (...,) as W has.

    0 for Gaussian noise where the correction is added; without it the range of the corrections. Infinite if a task of
    prior probability 0 is not told.
    """
    low, high = _missed(model, None)
    if corrected:
        low, high = low - (low + high) / 2, high - (low + high) / 2
        low, high = (side[..., model.probabilities > 0] for side in (low, high))
    else:
        low, high = low + _log_prior(model), high + _log_prior(model)
    if low.shape[-1] < 2:
        return np.zeros(low.shape[:-1])
    # A task of no prior probability is infinitely far from the others.
    if np.isneginf(low).any():
        return np.full(low.shape[:-1], np.inf)
    ranges = high[..., :, None] - low[..., None, :]
    return np.asarray(np.where(np.eye(low.shape[-1], dtype=bool), 0.0, ranges).max(axis=(-2, -1)))


@takes(missing=_MISSING)
def total_variation_bound(missing: Any, m: Any = np) -> Any:
    """tanh(R/4), the largest ½ Σ_k |q_k − p_k| between beliefs whose logits differ by a range R."""
    return m.tanh(missing / 4)


@takes(missing=_MISSING)
def accuracy_bound(missing: Any, m: Any = np) -> Any:
    """tanh(R/2), the most accuracy that deciding by one belief instead of the other can cost."""
    return m.tanh(missing / 2)
