"""Gradient inference along sequences: a task vector that is carried over, by rate, momentum, decay and window."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from gateflow.theory.checks import Array, InputError, choice, count, number
from gateflow.theory.inference.evidence import divergence
from gateflow.theory.inference.inputs import distribution, leading, together, within
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.parametrisation import PARAMETRISATIONS, logits_step, project


@dataclass(frozen=True)
class GradientTracker:
    """How a task vector z moves: v ← β v + η (g − mean g), z ← z + v − δ (z − 1/K), g = ∂ log p(x | z)/∂z.

    rate: η > 0, per unit of g; momentum: β in [0, 1); decay: δ in [0, 1]. The mean is taken off so that the entries
    keep their sum. parametrisation: of ``gateflow.theory.inference.parametrisation``: "vector" as above; "projected":
    then put back on the simplex; "simplex" and "logits": z = softmax(u), u moves in the place of z, on logits along
    ∂/∂u. window: g is the mean over so many last observations; steps: as many with each observation; restart: from the
    uniform vector with each. Raises InputError.
    """

    rate: float
    momentum: float = 0.0
    decay: float = 0.0
    window: int = 1
    steps: int = 1
    restart: bool = False
    parametrisation: str = "vector"

    def __post_init__(self) -> None:
        """Check every field."""
        number("rate", self.rate, minimum=0, open_below=True)
        within("momentum", self.momentum, 0, 1)
        within("decay", self.decay, 0, 1)
        if self.momentum == 1:
            raise InputError("momentum must be below 1, got 1")
        count("window", self.window)
        count("steps", self.steps)
        choice("parametrisation", self.parametrisation, PARAMETRISATIONS)

    def follow(self, x: ArrayLike, model: TaskModel, z: ArrayLike | None = None) -> Array:
        """Task vectors after each observation, (..., T, K), of sequences x (..., T, d) from z (K,), by default uniform.

        W of the model is (K, d), or (..., T, K, d) where tasks predict something else each time. Raises InputError,
        also if the vector diverges.
        """
        seen = leading("x", model.observations(x), ("T", "d"))
        if model.means.ndim > 2 and model.means.shape[-3] != seen.shape[-2]:
            raise InputError(f"x must be as long as W of the model, {model.means.shape[-3]}, got {seen.shape[-2]}")
        lead = np.broadcast_shapes(seen.shape[:-2], model.means.shape[:-3])
        start = model.uniform if z is None else leading("z", z, (model.n_tasks,))
        first = self.start(np.broadcast_to(start, (*lead, model.n_tasks)))
        moving, found = first, np.empty((*lead, seen.shape[-2], model.n_tasks))
        for t in range(seen.shape[-2]):
            last = slice(max(0, t + 1 - self.window), t + 1)
            W = model.means if model.means.ndim == 2 else model.means[..., last, :, :]
            moving = first if self.restart else moving
            with np.errstate(over="ignore", invalid="ignore"):
                for _ in range(self.steps):
                    moving = self.advance(moving, _gradient(self.vector(moving), seen[..., last, :], W, model))
            found[..., t, :] = self.vector(moving)
            if not np.isfinite(found[..., t, :]).all():
                raise InputError(f"rate must be smaller for these tasks: the task vector diverged, got {self.rate:g}")
        return found

    def start(self, z: Array) -> tuple[Array, Array]:
        """What moves, and its speed, (..., K) each, at rest at task vectors z (..., K)."""
        return self._state(z), np.zeros(z.shape)

    def vector(self, moving: tuple[Array, Array]) -> Array:
        """Task vectors (..., K) of what moves."""
        return special.softmax(moving[0], axis=-1) if self._softmax else moving[0]

    def advance(self, moving: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
        """What moves, and its speed, after one step along the gradient by the task vector, (..., K)."""
        state, speed = moving
        if self.parametrisation == "logits":
            push = logits_step(state, gradient, self.rate) - np.where(np.isneginf(state), 0.0, state)
            push = np.where(np.isneginf(push), 0.0, push)
        else:
            push = self.rate * (gradient - gradient.mean(axis=-1, keepdims=True))
        speed = self.momentum * speed + push
        uniform = self._state(np.full(state.shape[-1], 1 / state.shape[-1]))
        # What is impossible, −∞ in logits, remains so.
        left = np.where(np.isneginf(state), 0.0, state - uniform) if self._softmax else state - uniform
        state = state + speed - self.decay * left
        return (project(state) if self.parametrisation == "projected" else state), speed

    @property
    def _softmax(self) -> bool:
        return self.parametrisation in ("simplex", "logits")

    def _state(self, z: Array) -> Array:
        if not self._softmax:
            return z
        with np.errstate(divide="ignore"):
            return np.log(distribution("z", z))


def _gradient(z: Array, seen: Array, W: Array, model: TaskModel) -> Array:
    """Mean gradient (..., K) at z (..., K) over observations (..., w, d) of tasks W (K, d) or (..., w, K, d)."""
    predicted = (z @ W)[..., None, :] if W.ndim == 2 else np.vecmat(z[..., None, :], W)
    score = model.noise.score(seen - predicted)
    return np.asarray(score.mean(axis=-2) @ W.T if W.ndim == 2 else np.matvec(W, score).mean(axis=-2))


def leaky_log_odds(log_likelihood: ArrayLike, leak: ArrayLike, rate: Any = 1.0) -> Array:
    """Logits u ← (1 − leak) u + rate · log p(x_t | k), centred, (..., T, K): exponentiated gradient that decays.

    With rate 1 and leak κ = hK/(K − 1) this is the Bayesian observer of hazard h where all tasks are about equally
    likely; the observer forgets more. log_likelihood (..., T, K); leak: in [0, 1]. Raises InputError.
    """
    ell, lost = leading("log_likelihood", log_likelihood, ("T", "K")), within("leak", leak, 0, 1)[..., None]
    pushed = rate * (ell - ell.mean(axis=-1, keepdims=True))
    u = np.zeros((*together(leak=lost[..., 0], log_likelihood=ell[..., 0, 0]), ell.shape[-1]))
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
    given = leading("scores", scores, (p.shape[-1],))
    chosen = np.broadcast_to(given, together(observer=p, scores=given)).argmax(axis=-1)
    p = np.broadcast_to(p, (*chosen.shape, p.shape[-1]))
    return np.asarray(p.max(axis=-1) - np.take_along_axis(p, chosen[..., None], axis=-1)[..., 0])
