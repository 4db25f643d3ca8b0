"""The variational picture: a bound on the evidence, and the belief that makes it tight.

A task k of K has prior π_k and gives the data the likelihood p(x | k); their product is the joint weight, J_k = log π_k
+ log p(x | k). A belief q on the simplex has, at a temperature α, the bound

    F_α(q) = Σ_k q_k (J_k − α log q_k) = α log Σ_k exp(J_k/α) − α KL(q ‖ q*),    q*_k ∝ [π_k p(x | k)]^{1/α},

whose maximum is the E-step q*; α = 1 is Bayes' rule and the usual evidence bound. Derivation: e-step.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.checks import POSITIVE, Array, leading, together
from gateflow.theory.inference.inputs import distribution, logits


def log_joint(log_likelihood: ArrayLike, prior: ArrayLike | None = None) -> Array:
    """J_k = log π_k + log p(x | k), (..., K), −∞ where the prior is 0.

    log_likelihood (..., K); prior (..., K), by default flat. Raises InputError.
    """
    ell = leading("log_likelihood", log_likelihood, ("K",))
    pi = distribution("prior", prior, ell.shape[-1])
    with np.errstate(divide="ignore"):
        return np.asarray(ell + np.log(pi))


def _tempered(joint: ArrayLike, temperature: Any) -> tuple[Array, Array]:
    weights, alpha = logits("joint", joint), POSITIVE.check_all("temperature", temperature)
    together(joint=weights[..., 0], temperature=alpha)
    return weights, alpha


def e_step(joint: ArrayLike, temperature: Any = 1.0) -> Array:
    """Belief q*_k ∝ exp(J_k/α), (..., K), from joint weights (..., K) at temperatures α (...,). Raises InputError."""
    weights, alpha = _tempered(joint, temperature)
    return np.asarray(scipy.special.softmax(weights / alpha[..., None], axis=-1))


def log_evidence(joint: ArrayLike, temperature: Any = 1.0) -> Array:
    """Largest value α log Σ_k exp(J_k/α) of the bound, (...,); the log evidence at α = 1. Raises InputError."""
    weights, alpha = _tempered(joint, temperature)
    return np.asarray(alpha * scipy.special.logsumexp(weights / alpha[..., None], axis=-1))


def evidence_bound(q: ArrayLike, joint: ArrayLike, temperature: Any = 1.0) -> Array:
    """Bound F_α(q) = Σ_k q_k (J_k − α log q_k), (...,), of beliefs q (..., K). Raises InputError.

    −∞ where q gives weight to a task that is impossible.
    """
    belief = distribution("q", q)
    weights, alpha = _tempered(joint, temperature)
    together(q=belief, joint=weights)
    together(q=belief[..., 0], joint=weights[..., 0], temperature=alpha)
    return np.asarray((belief * np.where(belief > 0, weights,
                                         0.0)).sum(axis=-1) + alpha * scipy.special.entr(belief).sum(axis=-1))


def divergence(q: ArrayLike, p: ArrayLike) -> Array:
    """KL(q ‖ p) = Σ_k q_k log(q_k/p_k), (...,), of beliefs (..., K), in nats. Raises InputError."""
    one, other = distribution("q", q), distribution("p", p)
    together(q=one, p=other)
    return np.asarray(scipy.special.rel_entr(one, other).sum(axis=-1))
