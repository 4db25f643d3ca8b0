"""Gradient inference along sequences: a task vector that is carried over, by rate, momentum, decay and window."""

from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import COUNT, PROBABILITY, Array, InputError, Range, choice, leading, shown
from gateflow.theory.inference.inputs import RATE, distribution
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.parametrisation import PARAMETRISATIONS, logits_step, project, softmax

_MOVES = {"rate": RATE, "momentum": Range(0, 1, open_high=True), "decay": PROBABILITY}


@dataclass(frozen=True)
class GradientTracker:
    """How a task vector z moves: v ← β v + η (g − mean g), z ← z + v − δ (z − 1/K), g = ∂ log p(x | z)/∂z.

    The mean is taken off so that the entries keep their sum.

    rate: η > 0, per unit of g.
    momentum, decay: β in [0, 1) and δ in [0, 1]. These and the rate may be arrays (..., 1): many trackers side by side.
    window: g is the mean over so many last observations.
    steps, restart: as many with each observation, from the uniform vector with each.
    parametrisation: of ``gateflow.theory.inference.parametrisation``: "vector" as above; "projected": then put back on
        the simplex; "simplex" and "logits": z = softmax(u), u moves in the place of z, on logits along ∂/∂u.
    Raises InputError.
    """

    rate: Any
    _: KW_ONLY
    momentum: Any = 0.0
    decay: Any = 0.0
    window: int = 1
    steps: int = 1
    restart: bool = False
    parametrisation: str = "vector"

    def __post_init__(self) -> None:
        """Check every field."""
        for name, allowed in _MOVES.items():
            value = getattr(self, name)
            (allowed.check_all if isinstance(value, np.ndarray) else allowed.check)(name, value)
        COUNT.check("window", self.window)
        COUNT.check("steps", self.steps)
        choice("parametrisation", self.parametrisation, PARAMETRISATIONS)

    def follow(self, x: ArrayLike, model: TaskModel, z: ArrayLike | None = None) -> Array:
        """Task vectors after each observation, (..., T, K), of sequences x (..., T, d) from z (K,), by default uniform.

        Axes of the sequences before T broadcast with those of rates, momenta and decays before their last. W of the
        model is (K, d), or (..., T, K, d) where tasks predict something else each time. Raises InputError, also if the
        vector diverges.
        """
        data = leading("x", model.observations(x), ("T", "d"))
        if model.means.ndim > 2 and model.means.shape[-3] != data.shape[-2]:
            raise InputError(f"x must be as long as W of the model, {model.means.shape[-3]}, got {data.shape[-2]}")
        moves = [np.shape(getattr(self, name))[:-1] for name in _MOVES]
        lead = np.broadcast_shapes(data.shape[:-2], model.means.shape[:-3], *moves)
        begin = model.uniform if z is None else leading("z", z, (model.n_tasks,))
        with np.errstate(over="ignore", invalid="ignore"):
            follow = self._anew if self.restart else self._on
            vectors = follow(np.broadcast_to(begin, (*lead, model.n_tasks)), data, model)
        if not np.isfinite(vectors).all():
            raise InputError(f"rate must be smaller for these tasks: the task vector diverged, got {shown(self.rate)}")
        return vectors

    def _on(self, first: Array, data: Array, model: TaskModel) -> Array:
        """Vectors (..., T, K), each from the one before it."""
        moving, vectors = self.start(first), np.empty((*first.shape[:-1], data.shape[-2], model.n_tasks))
        vector = self.vector(moving)
        for t in range(data.shape[-2]):
            last = slice(max(0, t + 1 - self.window), t + 1)
            W = model.means if model.means.ndim == 2 else model.means[..., last, :, :]
            for _ in range(self.steps):
                moving = self.advance(moving, _gradient(vector, data[..., last, :], W, model))
                vector = self.vector(moving)
            vectors[..., t, :] = vector
        return vectors

    def _anew(self, first: Array, data: Array, model: TaskModel) -> Array:
        """Vectors (..., T, K), each from the first one: all observations at once."""
        T, tracker = data.shape[-2], replace(self, **{name: value[..., None, :] for name in _MOVES
                                                      if np.ndim(value := getattr(self, name))})
        counted = np.minimum(np.arange(1, T + 1), self.window)[:, None]
        moving = self.start(np.repeat(first[..., None, :], T, axis=-2))
        vector = self.vector(moving)
        for _ in range(self.steps):
            total = np.zeros(vector.shape)
            for lag in range(min(self.window, T)):
                W = model.means if model.means.ndim == 2 else model.means[..., :T - lag, :, :]
                total[..., lag:, :] += _gradient(vector[..., lag:, :], data[..., :T - lag, None, :],
                                                 W if W.ndim == 2 else W[..., None, :, :], model)
            moving = tracker.advance(moving, total / counted)
            vector = self.vector(moving)
        return vector

    def start(self, z: Array) -> tuple[Array, Array]:
        """What moves, and its speed, (..., K) each, at rest at task vectors z (..., K)."""
        return self._state(z), np.zeros(z.shape)

    def vector(self, moving: tuple[Array, Array]) -> Array:
        """Task vectors (..., K) of what moves."""
        return softmax(moving[0]) if self._softmax else moving[0]

    def advance(self, moving: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
        """What moves, and its speed, after one step along the gradient by the task vector, (..., K)."""
        state, speed = moving
        if self.parametrisation == "logits":
            push = logits_step(state, gradient, self.rate) - np.where(np.isneginf(state), 0.0, state)
            push = np.where(np.isneginf(push), 0.0, push)
        else:
            push = self.rate * (gradient - np.add.reduce(gradient, axis=-1, keepdims=True) / gradient.shape[-1])
        speed = self.momentum * speed + push
        if not self._decays:
            return self._kept(state + speed), speed
        # Logits may all be shifted: they decay to 0. What is impossible, −∞, remains so.
        distance = np.where(np.isneginf(state), 0.0, state) if self._softmax else state - 1 / state.shape[-1]
        return self._kept(state + speed - self.decay * distance), speed

    def _kept(self, state: Array) -> Array:
        return unchecked(project)(state) if self.parametrisation == "projected" else state

    @cached_property
    def _decays(self) -> bool:
        return bool(np.any(self.decay))

    @cached_property
    def _softmax(self) -> bool:
        return self.parametrisation in ("simplex", "logits")

    def _state(self, z: Array) -> Array:
        if not self._softmax:
            return z
        with np.errstate(divide="ignore"):
            return np.log(distribution("z", z))


def _gradient(z: Array, data: Array, W: Array, model: TaskModel) -> Array:
    """Mean gradient (..., K) at z (..., K) over observations (..., w, d) of tasks W (K, d) or (..., w, K, d)."""
    if W.ndim == 2 and data.shape[-2] == 1:
        return np.asarray(model.noise.score(data[..., 0, :] - z @ W) @ W.T)
    predicted = (z @ W)[..., None, :] if W.ndim == 2 else np.vecmat(z[..., None, :], W)
    score = model.noise.score(data - predicted)
    return np.asarray(score.mean(axis=-2) @ W.T if W.ndim == 2 else np.matvec(W, score).mean(axis=-2))
