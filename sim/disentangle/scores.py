"""What the states of trained networks carry, in float64, and the most that they can.

Recurrent networks are read at the end of the evidence, which they hold; a transformer at the decision, for it holds
nothing between steps.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.geometry import (
    commonest,
    cross_condition_generalisation,
    decode,
    latent_directions,
    out_of_distribution_r2,
    parallelism_score,
    r_squared,
)
from gateflow.sim.disentangle.task import EvidenceTask, Trials
from gateflow.sim.disentangle.trained import Purpose, Setting, train_networks
from gateflow.sim.randomness import stream
from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.loop import Descent, member_keys
from gateflow.sim.training.networks import ARCHITECTURES, Weights
from gateflow.theory.checks import Array, InputError
from gateflow.theory.disentangle.angles import direction_angles, latent_angles
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import classify, sign_accuracy
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks
from gateflow.theory.disentangle.tied_factors import tied_orthants, tied_r2
from gateflow.theory.disentangle.time import exact_r2

# A unit that is silent in all orthants but one would be trusted there without having been met: decoders of states are
# least squares with this ridge, which takes 1e-5 of r² from a state that is affine in the evidence.
RIDGE = 1e-3
# Trials on which a network's loss is compared with that of the Bayesian agent, who takes long.
_EXACT = 200
# Orthants that are left out, at most; factors up to which every pair of conditions has its trials.
_ORTHANTS, _FACTORS = 8, 4
# States move with the factors as logits do, see ``theory.disentangle.angles``.
_POWER = 1.0


def states_of(architecture: str, weights: Weights, inputs: Array) -> Array:
    """States (trials, time, units) of one network on inputs (trials, time, inputs)."""
    run = jax.jit(ARCHITECTURES[architecture].states)
    single = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), weights["net"])
    parts = [np.asarray(run(single, jnp.asarray(part.swapaxes(0, 1), jnp.float32)), np.float64)
             for part in np.array_split(inputs, max(1, len(inputs) // 2000))]
    return np.concatenate(parts, axis=1).swapaxes(0, 1)


def descended_r2(Z: Array, x: Array, rng: Generator, *, steps: int = 3000, batch: int = 16, rate: float = 0.003,
                 fits: int = 5) -> Array:
    """Out-of-distribution r² as published, (orthants,): a decoder by Adam on small batches instead of least squares.

    Z: (trials, units); x: (trials, D); mean over fits of r² = 1 − MSE/(1/12) on the orthant left out (DIS, section 4).
    Steps of a given rate end in noise that grows with the states: these are scaled to a root mean square of 1.
    """
    which = (x > 0) @ (1 << np.arange(x.shape[1]))
    held, reach = commonest(which, _ORTHANTS), 1 / np.sqrt(Z.shape[1])
    rest = [np.flatnonzero(which != each) for each in held]
    inputs = np.concatenate([Z / max(np.sqrt(np.mean(Z**2)), 1e-9), np.ones((len(Z), 1))], axis=1)
    # All fits side by side: (orthants, fits, units + 1, D).
    W = rng.uniform(-reach, reach, (len(held), fits, Z.shape[1] + 1, x.shape[1]))
    mean, square = np.zeros_like(W), np.zeros_like(W)
    for step in range(1, steps + 1):
        chosen = np.stack([each[rng.integers(len(each), size=(fits, batch))] for each in rest])
        u = inputs[chosen]
        slope = 2 / (batch * x.shape[1]) * u.swapaxes(-1, -2) @ (u @ W - x[chosen])
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope**2 - square)
        W -= rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return np.array([np.mean([r_squared(x[which == each], inputs[which == each] @ fit, VARIANCE) for fit in several])
                     for each, several in zip(held, W, strict=True)])


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network's states carry, a number or an array (...), one a network. inside: r² in distribution.

    outside, published: medians over orthants of the out-of-distribution r², by least squares and by the published
    decoder; decided: the former at the decision; angle: between the directions in which the first two factors move the
    states, degrees; spread: root mean square distance of all such angles from 90°; asked_spread: what the tasks
    themselves say of it, from CᵀC, NaN where they do not determine the state; parallelism, generalisation: means
    over factors; active: share of units above 0; loss, optimum: cross-entropy at the decision, of the network and of
    the exact Bayesian agent on the same trials, NaN where that agent is not at hand.
    """

    inside: Array
    outside: Array
    published: Array
    decided: Array
    angle: Array
    spread: Array
    asked_spread: Array
    parallelism: Array
    generalisation: Array
    active: Array
    loss: Array
    optimum: Array

    @classmethod
    def gathered(cls, scores: "list[Scores]", shape: tuple[int, ...]) -> "Scores":
        """Scores of single networks as arrays of a shape."""
        return cls(*(np.array([getattr(each, field.name) for each in scores]).reshape(shape) for field in fields(cls)))


def score(setting: Setting, weights: Weights, task: EvidenceTask, rng: Generator, trials: int) -> Scores:
    """Test a network on fresh trials, drawn by NumPy and not by what trained it."""
    drawn = task.draw(trials, rng)
    states = states_of(setting.architecture, weights, drawn.inputs)
    last, Z = states[:, -1], states[:, -1 if setting.architecture == "transformer" else -2]
    logits = (last @ weights["out"]["W"] + weights["out"]["b"])[:, :setting.n_tasks]
    decoding, angles = decode(Z, drawn.x, ridge=RIDGE, most=_ORTHANTS), direction_angles(latent_directions(Z, drawn.x))
    few = setting.dimension <= _FACTORS
    return Scores(*map(np.asarray, (
        decoding.inside, np.median(decoding.outside), np.median(descended_r2(Z, drawn.x, rng)),
        np.median(out_of_distribution_r2(last, drawn.x, VARIANCE, RIDGE, _ORTHANTS)),
        np.degrees(angles[0]), _from_right(angles), _asked_spread(task),
        parallelism_score(Z, drawn.x).mean() if few else np.nan,
        cross_condition_generalisation(Z, drawn.x, RIDGE).mean() if few else np.nan,
        np.mean(Z > 0), np.mean((np.logaddexp(0, logits) - drawn.answers * logits)[:_EXACT]),
        _least_loss(drawn, task))))


def _from_right(angles: Array) -> float:
    """Root mean square distance from 90°, in degrees."""
    return float(np.sqrt(np.mean((np.degrees(angles) - 90) ** 2)))


def _asked_spread(task: EvidenceTask) -> float:
    asked = task.questions
    return _from_right(latent_angles(asked, _POWER)) if isinstance(asked, Tasks) and \
        asked.rank == asked.dimension else float("nan")


def _least_loss(drawn: Trials, task: EvidenceTask) -> float:
    """Cross-entropy of the Bayesian agent on some trials; NaN but for straight tasks and free factors in the plane."""
    tasks, tied = task.questions, np.any(np.asarray(task.latents.correlation) - np.eye(task.latents.dimension))
    if tied or not isinstance(tasks, Tasks) or tasks.dimension != 2:
        return float("nan")
    S = task.noise.evidence.mean_covariance(task.schedule.stimulus)
    outputs = classify(tasks, drawn.evidence[:_EXACT].mean(axis=1), S, BoxPrior())
    return float(-np.mean(np.where(drawn.answers[:_EXACT] > 0, outputs.log_yes, outputs.log_no)))


@dataclass(frozen=True)
class Optimum:
    """What evidence allows, whatever the tasks. inside: r² of the posterior mean; outside: out-of-distribution r² of a
    state that is affine in the best mean of the evidence; generalisation: of such a state."""

    inside: float
    outside: float
    generalisation: float


@lru_cache(maxsize=256)
def optimum(setting: Setting) -> Optimum:
    """The most that the states of a network can carry. Raises InputError for more than two factors that are tied."""
    noise, tie = setting.sigma_t**2, setting.correlation
    if not tie:
        outside = left_out_r2(noise, setting.dimension)
        return Optimum(float(exact_r2(noise)), float(np.median(outside)), float(sign_accuracy(setting.sigma_t)))
    if setting.dimension > 2:
        raise InputError(f"factors must be 2 where they are tied, got {setting.dimension}")
    outside = tied_orthants(tie).left_out_r2(noise, np.eye(2))
    return Optimum(tied_r2(noise, tie), float(np.median(outside)), float(sign_accuracy(setting.sigma_t)))


def train_and_score(setting: Setting, seed: int, members: int, how: Descent, batch: int, trials: int,
                    ) -> tuple[list[Scores], list[Weights]]:
    """An ensemble of one setting: the scores and the weights of each member."""
    weights = train_members(setting, seed, members, how, batch)
    return [score(setting, each, setting.task(seed, k), stream(seed, Purpose.TRIALS, *_key(setting), k), trials)
            for k, each in enumerate(weights)], weights


def train_members(setting: Setting, seed: int, members: int, how: Descent, batch: int) -> list[Weights]:
    """The weights of each member of an ensemble; what was trained before is taken as it is."""
    tasks = [setting.task(seed, k) for k in range(members)]
    keys = member_keys(seed, Purpose.TRAINING, range(members), *_key(setting))
    trained = train_networks(setting, tasks, keys, how, batch, checkpoint=True)
    return [trained.member(k) for k in range(members)]


def _key(setting: Setting) -> tuple[int, int]:
    return sorted(ARCHITECTURES).index(setting.architecture), setting.n_tasks
