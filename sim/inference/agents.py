"""Agents that infer the task of each observation when they know what the tasks predict, and what that costs them.

One interface: ``infer(y, model)`` takes observations y (..., T, d) and a ``TaskModel``, and
returns an ``Inference``. A forward pass evaluates the prediction of one task vector for one observation, a backward
pass the gradient by it.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.theory.checks import COUNT, Array, leading
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.inputs import HAZARD
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.observer import observe
from gateflow.theory.inference.one_step import log_likelihood, one_step, posterior
from gateflow.theory.inference.parametrisation import project


@dataclass(frozen=True)
class Passes:
    """Passes that one observation costs."""

    forward: int
    backward: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.forward + self.backward


@dataclass(frozen=True, eq=False, repr=False)
class Inference(Brief):
    """What an agent makes of sequences.

    beliefs (..., T, K): probability of each task after each observation; ahead (..., T, K): task vector with which it
    predicts each observation before it is seen; passes: the cost of an observation.
    """

    beliefs: Array
    ahead: Array
    passes: Passes

    @property
    def tasks(self) -> Array:
        """The likeliest task after each observation, (..., T)."""
        return np.asarray(self.beliefs.argmax(axis=-1))

    def predictions(self, model: TaskModel) -> Array:
        """What was predicted of each observation before it was seen, (..., T, d)."""
        return model.predict(self.ahead)


@runtime_checkable
class Agent(Protocol):
    """Whoever infers tasks."""

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Beliefs of sequences y (..., T, d). Raises InputError."""


def _observations(y: ArrayLike, model: TaskModel) -> Array:
    return leading("y", model.observations(y), ("T", "d"))


def delayed(vectors: Array, start: Array) -> Array:
    """Vectors (..., T, K) of the observation before, and start (K,) at first."""
    return np.concatenate([np.broadcast_to(start, vectors[..., :1, :].shape), vectors[..., :-1, :]], axis=-2)


@dataclass(frozen=True)
class OneStep:
    """One gradient step from the uniform vector, anew for each observation (``gateflow.theory.inference.one_step``).

    corrected: whether the term that does not depend on y is added; once for all if inputs do not matter, otherwise a
    pass a task for each observation. temperature: T > 0.
    """

    corrected: bool = True
    temperature: float = 1.0

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Beliefs softmax(g/T) of sequences y (..., T, d). Raises InputError."""
        beliefs = one_step(_observations(y, model), model, corrected=self.corrected, temperature=self.temperature)
        extra = model.n_tasks if self.corrected and model.means.ndim > 2 else 0
        return Inference(beliefs, delayed(beliefs, model.uniform), Passes(1 + extra, 1))


@dataclass(frozen=True)
class ExactPosterior:
    """Bayes' rule for each observation on its own, at a temperature."""

    temperature: float = 1.0

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Posterior of each observation of sequences y (..., T, d). Raises InputError."""
        beliefs = posterior(_observations(y, model), model, self.temperature)
        return Inference(beliefs, delayed(beliefs, model.uniform), Passes(model.n_tasks, 0))


@dataclass(frozen=True)
class LikelihoodSearch:
    """Tries every task and believes in the one under which the last observations are likeliest (GBI, section 4).

    window: how many observations are looked at together.
    """

    window: int = 1

    def __post_init__(self) -> None:
        """Check the field."""
        COUNT.check("window", self.window)

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Certain beliefs in sequences y (..., T, d). Raises InputError."""
        ell = log_likelihood(_observations(y, model), model)
        total = np.cumsum(ell, axis=-2)
        total[..., self.window:, :] -= total[..., :-self.window, :].copy()
        beliefs = np.eye(model.n_tasks)[total.argmax(axis=-1)]
        return Inference(beliefs, delayed(beliefs, model.uniform), Passes(model.n_tasks, 0))


@dataclass(frozen=True)
class Iterative:
    """Gradient steps on a task vector that is carried over, or found anew from the last observations.

    tracker: how it moves (``GradientTracker``). A free vector is believed as the nearest
    point of the simplex.
    """

    tracker: GradientTracker

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Beliefs of sequences y (..., T, d). Raises InputError."""
        z = self.tracker.follow(_observations(y, model), model)
        passes = self.tracker.steps * self.tracker.window
        beliefs = project(z) if self.tracker.parametrisation == "vector" else z
        return Inference(beliefs, delayed(z, model.uniform), Passes(passes, passes))


@dataclass(frozen=True)
class Observer:
    """The Bayesian observer that expects switches at random with a hazard (``gateflow.theory.inference.observer``)."""

    hazard: float

    def __post_init__(self) -> None:
        """Check the field."""
        HAZARD.check("hazard", self.hazard)

    def infer(self, y: ArrayLike, model: TaskModel) -> Inference:
        """Posterior of sequences y (..., T, d), given all before. Raises InputError."""
        beliefs = observe(log_likelihood(_observations(y, model), model), self.hazard, model.probabilities)
        return Inference(beliefs.filtered, beliefs.predicted, Passes(model.n_tasks, 0))
