"""Gradient inference along sequences: a task vector that is carried over, with rate, momentum and decay."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import Array, InputError, number
from theory.inference.evidence import divergence
from theory.inference.inputs import distribution, leading, within
from theory.inference.model import TaskModel


@dataclass(frozen=True)
class GradientTracker:
    """How a task vector z moves: v ← β v + η (g − mean g), z ← z + v − δ (z − 1/K), g = ∂ log p(x | z)/∂z.

    rate: η > 0, per unit of g; momentum: β in [0, 1); decay: δ in [0, 1]. The mean is taken off so that the entries
    keep their sum. Raises InputError.
    """

    rate: float
    momentum: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        """Check every field."""
        number("rate", self.rate, minimum=0, open_below=True)
        within("momentum", self.momentum, 0, 1)
        within("decay", self.decay, 0, 1)
        if self.momentum == 1:
            raise InputError("momentum must be below 1, got 1")

    def follow(self, x: ArrayLike, model: TaskModel, z: ArrayLike | None = None) -> Array:
        """Task vectors after each observation, (..., T, K), of sequences x (..., T, d) from z (K,), by default uniform.

        W of the model is (K, d), or (..., T, K, d) where tasks predict something else each time. Raises InputError.
        """
        seen = leading("x", model.observations(x), ("T", "d"))
        lead = np.broadcast_shapes(seen.shape[:-2], model.means.shape[:-3])
        vector = np.broadcast_to(model.uniform if z is None else leading("z", z, (model.n_tasks,)),
                                 (*lead, model.n_tasks))
        speed, found = np.zeros_like(vector), np.empty((*lead, seen.shape[-2], model.n_tasks))
        for t in range(seen.shape[-2]):
            W = model.means if model.means.ndim == 2 else model.means[..., t, :, :]
            predicted = vector @ W if W.ndim == 2 else np.vecmat(vector, W)
            score = model.noise.score(seen[..., t, :] - predicted)
            gradient = score @ W.T if W.ndim == 2 else np.matvec(W, score)
            speed = self.momentum * speed + self.rate * (gradient - gradient.mean(axis=-1, keepdims=True))
            vector = vector + speed - self.decay * (vector - 1 / model.n_tasks)
            found[..., t, :] = vector
        return found


def leaky_log_odds(log_likelihood: ArrayLike, leak: ArrayLike, rate: Any = 1.0) -> Array:
    """Logits u ← (1 − leak) u + rate · log p(x_t | k), centred, (..., T, K): exponentiated gradient that decays.

    With rate 1 and leak κ = hK/(K − 1) this is the Bayesian observer of hazard h where all tasks are about equally
    likely; the observer forgets more. log_likelihood (..., T, K); leak: in [0, 1]. Raises InputError.
    """
    ell, lost = leading("log_likelihood", log_likelihood, ("T", "K")), within("leak", leak, 0, 1)[..., None]
    pushed = rate * (ell - ell.mean(axis=-1, keepdims=True))
    u = np.zeros((*np.broadcast_shapes(lost.shape[:-1], ell.shape[:-2]), ell.shape[-1]))
    found = np.empty((*u.shape[:-1], *ell.shape[-2:]))
    for t in range(ell.shape[-2]):
        u = (1 - lost) * u + pushed[..., t, :]
        found[..., t, :] = u
    return found


def regret(observer: ArrayLike, belief: ArrayLike) -> Array:
    """Information that a belief (..., K) lacks, KL(observer ‖ belief), (...,) in nats: its expected extra log loss."""
    return divergence(observer, belief)


def decision_regret(observer: ArrayLike, scores: ArrayLike) -> Array:
    """Accuracy lost by deciding for the largest score, (...,): max p − p of that task, p the observer's posterior.

    observer, scores (..., K). The expectation over the data that remain possible, so it varies less than a count of
    mistakes. Raises InputError.
    """
    p = distribution("observer", observer)
    chosen = leading("scores", scores, (p.shape[-1],)).argmax(axis=-1)
    return np.asarray(p.max(axis=-1) - np.take_along_axis(p, chosen[..., None], axis=-1)[..., 0])
