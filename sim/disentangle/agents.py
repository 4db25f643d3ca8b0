"""Agents: what sees inputs (trials, time, inputs) and answers with latent states (trials, time, units) and outputs
(trials, time, N).

The exact Bayesian filter, and any agent whose outputs are read imprecisely. Networks:
``gateflow.sim.disentangle.recurrent``.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.task import Schedule
from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import AT_LEAST_0, Array, InputError
from gateflow.theory.disentangle.classifier import FlatPrior, Prior, class_scales, classify, posterior_mean
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.normal import logit_of_score
from gateflow.theory.disentangle.tasks import Tasks
from gateflow.theory.shapes import Shapes


@dataclass(frozen=True, eq=False, repr=False)
class ScoreResponse(Shapes):
    """States (trials, time, units) and scores z (trials, time, N) of outputs Φ(z)."""

    states: Array
    scores: Array

    def at(self, steps: int | slice) -> "ScoreResponse":
        """The answer at some steps: outputs and logits cost time, and are computed for what is asked only."""
        return ScoreResponse(self.states[:, steps], self.scores[:, steps])

    @cached_property
    def outputs(self) -> Array:
        """Φ(z)."""
        return np.asarray(scipy.special.ndtr(self.scores))

    @cached_property
    def logits(self) -> Array:
        """Logits of Φ(z), finite also where outputs are 0 or 1 to all digits."""
        return logit_of_score(self.scores)


@dataclass(frozen=True, eq=False, repr=False)
class LogitResponse(Shapes):
    """States (trials, time, units) and logits (trials, time, N)."""

    states: Array
    logits: Array

    @cached_property
    def outputs(self) -> Array:
        """Sigmoid of the logits."""
        return np.asarray(scipy.special.expit(self.logits))


@dataclass(frozen=True, eq=False, repr=False)
class ReadResponse(Shapes):
    """States (trials, time, units) and outputs as they were read (trials, time, N), possibly outside [0, 1]."""

    states: Array
    outputs: Array

    @cached_property
    def logits(self) -> Array:
        """Logits, infinite where a reading says 0 or 1 or beyond."""
        return np.asarray(scipy.special.logit(np.clip(self.outputs, 0, 1)))


# What an agent answers: states, outputs (reported probabilities) and their logits, (trials, time, units or N) each.
Response = ScoreResponse | LogitResponse | ReadResponse


@runtime_checkable
class Agent(Protocol):
    """Anything that answers; rng is for agents that are not deterministic."""

    def respond(self, inputs: Array, rng: Generator | None = None) -> Response:
        """Answer to inputs (trials, time, inputs)."""


@dataclass(frozen=True, eq=False)
class BayesFilter:
    """The optimal classifier at every step: it keeps the best mean of the evidence so far.

    tasks: what it is asked; evidence: the noise that it assumes; prior: flat by default; schedule: which steps are
    evidence; encoder: through which it sees, and which it inverts. Its states are posterior means. Before there is
    evidence they are 0 and scores too; at the decision it holds what it has. Raises InputError.
    """

    tasks: Tasks
    evidence: Evidence
    schedule: Schedule
    prior: Prior | None = None
    encoder: Encoder | None = None

    def __post_init__(self) -> None:
        """Check dimensions."""
        check_fields(self)
        if self.evidence.dimension != self.tasks.dimension:
            raise InputError(f"evidence must have {self.tasks.dimension} dimensions as the tasks do, "
                             f"got {self.evidence.dimension}")
        if self.encoder is not None and self.encoder.dimension != self.tasks.dimension:
            raise InputError(f"encoder must have {self.tasks.dimension} dimensions as the tasks do, "
                             f"got {self.encoder.dimension}")

    @cached_property
    def _averaging(self) -> Array:
        """Weights (stimulus, stimulus) of observations in the best mean at each step of the stimulus."""
        steps = self.schedule.stimulus
        result = np.zeros((steps, steps))
        for t in range(1, steps + 1):
            result[t - 1, :t] = self.evidence.weights(t)
        return result

    def _evidence(self, inputs: Array) -> Array:
        width = self.tasks.dimension if self.encoder is None else self.encoder.width
        if inputs.ndim != 3 or inputs.shape[1:] != (self.schedule.steps, width + 1):
            raise InputError(f"inputs must have shape (trials, {self.schedule.steps}, {width + 1}), got {inputs.shape}")
        X = inputs[:, self.schedule.evidence, :-1]
        return X if self.encoder is None else self.encoder.decode(X)

    def means(self, inputs: Array) -> Array:
        """Best means (trials, stimulus, D) from inputs (trials, time, inputs). Raises InputError."""
        return self._averaging @ self._evidence(inputs)

    def respond(self, inputs: Array, rng: Generator | None = None) -> ScoreResponse:
        """Posterior means (trials, time, D) and scores (trials, time, N). Raises InputError."""
        del rng
        steps = np.arange(self.schedule.stimulus)
        states, scores = self._answers(self.means(inputs), steps)
        return ScoreResponse(self._held(states), self._held(scores))

    def decision(self, inputs: Array) -> ScoreResponse:
        """The answer at the last step alone, (trials, D) and (trials, N), at less cost. Raises InputError."""
        last = np.array([self.schedule.stimulus - 1])
        mu = np.tensordot(self._evidence(inputs), self._averaging[-1], (1, 0))
        states, scores = self._answers(mu[:, None], last)
        return ScoreResponse(states[:, 0], scores[:, 0])

    def _answers(self, mu: Array, steps: NDArray[np.intp]) -> tuple[Array, Array]:
        """Posterior means (trials, steps, D) and scores (trials, steps, N) at some steps of the stimulus."""
        S = self.evidence.mean_covariance(steps + 1)
        if self.prior is None or isinstance(self.prior, FlatPrior):
            scores = self.tasks.margins(mu)
            scores /= class_scales(self.tasks, S)
            return mu, scores
        return (np.stack([posterior_mean(mu[:, k], S[k], self.prior) for k in range(len(steps))], axis=1),
                np.stack([classify(self.tasks, mu[:, k], S[k], self.prior).scores for k in range(len(steps))], axis=1))

    def _held(self, values: Array) -> Array:
        """All steps of a trial (trials, time, k) from those of the stimulus."""
        result = np.empty((len(values), self.schedule.steps, values.shape[2]))
        evidence = self.schedule.evidence
        result[:, :evidence.start] = 0.0
        result[:, evidence] = values
        result[:, evidence.stop:] = values[:, -1:]
        return result


@dataclass(frozen=True)
class Imprecise:
    """An agent whose outputs are read with an independent error of standard deviation precision, δ.

    Raises InputError.
    """

    agent: Agent
    precision: float

    def __post_init__(self) -> None:
        """Check."""
        AT_LEAST_0.check("precision", self.precision)

    def respond(self, inputs: Array, rng: Generator | None = None) -> ReadResponse:
        """The agent's states, and its outputs as they are read. Raises InputError without rng."""
        if rng is None:
            raise InputError("rng must be a Generator, got None: readings are random")
        response = self.agent.respond(inputs, rng)
        return ReadResponse(response.states,
                            response.outputs + self.precision * rng.standard_normal(response.outputs.shape))
