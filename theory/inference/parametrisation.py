"""Gradient steps on a task vector as approximate E-steps: what a step does under each parametrisation.

The slope of the bound F_α (``gateflow.theory.inference.evidence``) by the belief is J_k − α log q_k, up to a constant.
A step of size η along it is, with n the number of steps from the uniform vector,

    simplex   exponentiated gradient q ∝ q exp(η slope): an E-step at temperature α/(1 − (1 − ηα)^n), 1/(nη) at α = 0;
    vector    z + η J, read by softmax(z): an E-step at temperature 1/(nη);
    logits    u + η ∂F/∂u, q = softmax(u): an E-step at temperature K/η for the first step, none after it;
    projected q + η J, put back on the simplex by the nearest point: to first order in J an E-step at 1/(nKη); it
              maximises the bound with ½(1 − ‖q‖²) in the place of the entropy, so entries reach 0.

Derivation: e-step.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, Range, choice, leading, together
from gateflow.theory.inference.inputs import RATE, TASKS, distribution, logits

PARAMETRISATIONS = ("simplex", "vector", "logits", "projected")


def softmax(u: Array) -> Array:
    """Probabilities (..., K) of logits u (..., K), unchecked: for loops, where SciPy's takes several times as long."""
    weights = np.exp(u - np.maximum.reduce(u, axis=-1, keepdims=True))
    return weights / np.add.reduce(weights, axis=-1, keepdims=True)


@takes(rate=RATE, steps=Range(1), temperature=POSITIVE)
def annealed_temperature(rate: Any, steps: Any, temperature: Any) -> Any:
    """Temperature α/(1 − (1 − ηα)^n) of the E-step that n exponentiated-gradient steps on F_α make (derivation e-step).

    rate: η; steps: n; temperature: α > 0. Numbers, arrays or SymPy. From the uniform belief; ηα = 1 is exact at once.
    """
    return temperature / (1 - (1 - rate * temperature) ** steps)


@takes()
def equivalent_temperature(parametrisation: str, rate: float, n_tasks: int, steps: int = 1) -> float:
    """Temperature of the E-step that steps of size rate along J from the uniform vector make.

    parametrisation: one of PARAMETRISATIONS; exact but for "projected", which agrees to first order in J. Raises
    InputError, also for more than one step on logits, which no temperature describes.
    """
    choice("parametrisation", parametrisation, PARAMETRISATIONS)
    TASKS.check("n_tasks", n_tasks)
    COUNT.check("steps", steps)
    RATE.check("rate", rate)
    if parametrisation == "logits":
        if steps > 1:
            raise InputError(f"steps must be 1 on logits, got {steps}")
        return n_tasks / rate
    return 1 / (steps * rate * (n_tasks if parametrisation == "projected" else 1))


def slope(q: ArrayLike, joint: ArrayLike, temperature: Any = 0.0) -> Array:
    """Slope J_k − α log q_k of the bound F_α by the belief, (..., K), without its constant. Raises InputError.

    q (..., K): belief, positive if α > 0; joint (..., K); temperature: α ≥ 0, 0 for the expected joint weight alone.
    """
    belief, alpha = distribution("q", q), leading("temperature", temperature, ())[..., None]
    if (belief <= 0).any() and (alpha > 0).any():
        raise InputError(f"q must be positive where the temperature is, got {belief.min():g}")
    weights = logits("joint", joint)
    together(q=belief, joint=weights, temperature=alpha)
    return np.asarray(weights - scipy.special.xlogy(alpha, belief))


def simplex_step(q: ArrayLike, gradient: ArrayLike, rate: Any) -> Array:
    """Exponentiated gradient q ∝ q exp(η gradient), (..., K), from q (..., K). Raises InputError."""
    belief = distribution("q", q)
    slopes, size = leading("gradient", gradient, (belief.shape[-1],)), leading("rate", rate, ())
    together(q=belief, gradient=slopes, rate=size)
    with np.errstate(divide="ignore"):
        return softmax(np.log(belief) + size * slopes)


def logits_step(u: ArrayLike, gradient: ArrayLike, rate: Any) -> Array:
    """Logits u + η q (gradient − Σ_k q_k gradient_k), q = softmax(u), (..., K).

    u (..., K): logits; gradient (..., K): slope by the belief. Raises InputError.
    """
    state = logits("u", u)
    q = softmax(state)
    slopes = leading("gradient", gradient, (state.shape[-1],))
    return np.asarray(state + rate * q * (slopes - np.vecdot(q, slopes)[..., None]))


@takes(z=Axes("K"))
def project(z: Array) -> Array:
    """The point of the simplex nearest to z, (..., K): max(0, z − θ), of sum 1. Raises InputError."""
    # From the largest entry, beside which the sum 1 would be lost if that is large.
    z = z - np.maximum.reduce(z, axis=-1, keepdims=True)
    falling = -np.sort(-z, axis=-1)
    thresholds = (np.cumsum(falling, axis=-1) - 1) / np.arange(1, z.shape[-1] + 1)
    # θ rises with every entry that is larger than it, and falls with the others.
    return np.maximum(z - np.maximum.reduce(thresholds, axis=-1, keepdims=True), 0.0)
