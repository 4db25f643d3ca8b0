"""Networks trained on the evidence task by the compiled loop, and what their states carry, in float64.

Trials as in DIS, section 4: a step of fixation, steps of evidence through a frozen random encoder, a step of decision.
A member has its own encoder, tasks and initial weights; tasks are padded to the largest number of an ensemble.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.geometry import (
    cross_condition_generalisation,
    decode,
    latent_directions,
    parallelism_score,
    r_squared,
)
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.questions import CurvedTasks, Questions, random_tasks
from gateflow.sim.disentangle.setting import Measured
from gateflow.sim.disentangle.task import EvidenceTask, Trials
from gateflow.sim.randomness import stream
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.loop import Descent, Trained, member_keys, train
from gateflow.sim.training.networks import ARCHITECTURES, Weights, dense, linear
from gateflow.theory.checks import COUNT, Array
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import classify
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks
from gateflow.theory.parameters import parameter

R = TypeVar("R")

WIDTHS = (100, 100, 40)
# Weights decay at this rate; without it the published decoder takes longer to fit than it is given.
DECAY = 0.1


class Purpose(Enum):
    """What random streams of trained networks are for."""

    TRAINING = (70,)
    ENCODER = (71,)
    TASKS = (72,)
    TRIALS = (73,)
    DECODER = (74,)


KINDS = ("lines", "shifted", "curved")
# Standard deviation of the offsets of shifted tasks; curvature of curved ones.
_OFFSET, _CURVATURE = 0.15, 0.8
# Trials on which a network's loss is compared with that of the Bayesian agent, who takes long.
_EXACT = 400


def tasks_of(kind: str, n_tasks: int, dimension: int, rng: Generator) -> Questions:
    """Tasks of a kind: lines through the origin, evenly spaced in the plane and random beyond; "shifted", "curved"."""
    straight = (evenly_spaced_tasks(n_tasks) if dimension == 2 else random_tasks(n_tasks, dimension, rng))
    if kind == "shifted":
        return Tasks(straight.C, _OFFSET * rng.standard_normal(n_tasks))
    return CurvedTasks(straight, _CURVATURE) if kind == "curved" else straight


@dataclass(frozen=True)
class Setting:
    """One cell of an ensemble: everything but the member.

    architecture: of ``ARCHITECTURES``; n_tasks: N; dimension: D; sigma: noise of an observation; duration: their number
    t; kind: of the tasks; correlation: of the normal numbers behind the factors; undecided: the loss counts all steps,
    with targets ½ before the decision (DIS), or the decision alone.
    """

    architecture: str = "rnn"
    n_tasks: int = 24
    dimension: int = 2
    sigma: float = 0.2
    duration: int = 20
    kind: str = "lines"
    correlation: float = 0.0
    units: int = 64
    undecided: bool = False

    def task(self, seed: int, member: int) -> EvidenceTask:
        """The task of a member, with its own encoder."""
        encoder = Encoder.random(self.dimension, stream(seed, Purpose.ENCODER, self.dimension, member), WIDTHS)
        tasks = tasks_of(self.kind, self.n_tasks, self.dimension,
                         stream(seed, Purpose.TASKS, self.dimension, self.n_tasks, member))
        simple = EvidenceTask.simple(tasks, self.sigma, self.duration)
        return EvidenceTask(Latents(self.dimension, self.correlation), simple.noise, tasks, simple.schedule, encoder)


@dataclass(frozen=True)
class EvidenceNetworks(TrainedExperiment[R], Measured[R], Generic[R]):
    """An experiment on networks that are trained on the evidence task."""

    updates: int = parameter(1000, "updates of a trained network", COUNT)
    batch: int = parameter(128, "trials of an update", COUNT)

    def descent(self, architecture: str) -> Descent:
        """How a network is trained."""
        return Descent(steps=self.updates, rate=ARCHITECTURES[architecture].rate, decay=DECAY)


def _straight(questions: Questions) -> tuple[Array, Array, float]:
    """Normals, offsets and curvature of tasks."""
    if isinstance(questions, CurvedTasks):
        return questions.tasks.C, questions.tasks.b, questions.curvature
    assert isinstance(questions, Tasks)
    return questions.C, questions.b, 0.0


def members_of(tasks: Sequence[EvidenceTask]) -> dict[str, Array]:
    """What sets members apart, arrays (S, ...) for ``train``; tasks beyond a member's own are masked."""
    straight = [_straight(task.questions) for task in tasks]
    most = max(len(C) for C, _, _ in straight)
    arrays: dict[str, Array] = {
        "C": np.stack([np.pad(C, ((0, most - len(C)), (0, 0))) for C, _, _ in straight]),
        "b": np.stack([np.pad(b, (0, most - len(b))) for _, b, _ in straight]),
        "curvature": np.array([bend for _, _, bend in straight]),
        "share": np.stack([(np.arange(most) < len(C)) / len(C) for C, _, _ in straight]),
        "sigma": np.sqrt([task.noise.evidence.covariance[0, 0] for task in tasks]),
        "ties": np.stack([np.linalg.cholesky(np.asarray(task.latents.correlation)) for task in tasks])}
    for k in range(len(WIDTHS)):
        arrays[f"W{k}"] = np.stack([task.encoder.weights[k].T for task in tasks if task.encoder])
        arrays[f"b{k}"] = np.stack([task.encoder.biases[k] for task in tasks if task.encoder])
    return arrays


def _encoded(member: Mapping[str, Any], x: Any) -> Any:
    for k in range(len(WIDTHS)):
        x = x @ member[f"W{k}"] + member[f"b{k}"]
        x = jax.nn.relu(x) if k < len(WIDTHS) - 1 else x
    return x


def train_networks(setting: Setting, tasks: Sequence[EvidenceTask], keys: Any, how: Descent, batch: int,
                   **options: Any) -> Trained:
    """Train a network for each task, of one setting. options: of ``train``. Raises InputError."""
    kind, T, D = ARCHITECTURES[setting.architecture], setting.duration, setting.dimension

    def init(key: Any, member: Any) -> Weights:
        one, other = jax.random.split(key)
        return {"net": kind.init(one, WIDTHS[-1] + 1, setting.units),
                "out": dense(other, setting.units, member["b"].shape[0])}

    def loss(weights: Weights, key: Any, member: Any) -> Any:
        one, other = jax.random.split(key)
        x = jax.scipy.special.ndtr(jax.random.normal(one, (batch, D)) @ member["ties"].T) - 0.5
        seen = _encoded(member, x + member["sigma"] * jax.random.normal(other, (T, batch, D)))
        # A step of fixation, the evidence, a step of decision; the last input is 1 until then.
        inputs = jnp.pad(seen, ((1, 1), (0, 0), (0, 1))).at[:-1, :, -1].set(1.0)
        margins = x @ member["C"].T - member["b"]
        away = jnp.sum(x**2, axis=-1, keepdims=True) - (margins + member["b"]) ** 2
        yes = (margins + member["curvature"] * away > 0).astype(x.dtype)
        logits = linear(weights["out"], (kind.states if setting.undecided else kind.last)(weights["net"], inputs))
        targets = jnp.full(logits.shape, 0.5).at[-1].set(yes) if setting.undecided else yes
        lost = jax.nn.softplus(logits) - targets * logits
        return jnp.mean(lost @ member["share"])

    name = f"{setting.architecture}, {setting.n_tasks} tasks"
    return train(init, loss, members_of(tasks), keys, how, about=asdict(setting) | {"batch": batch}, name=name,
                 **options)


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
    """
    which = (x > 0) @ (1 << np.arange(x.shape[1]))
    held, reach = np.unique(which), 1 / np.sqrt(Z.shape[1])
    rest = [np.flatnonzero(which != each) for each in held]
    inputs = np.concatenate([Z, np.ones((len(Z), 1))], axis=1)
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
    """What one network's states at the decision carry. inside: r² in distribution, by least squares.

    outside, published: medians over orthants of the out-of-distribution r², by least squares and by the published
    decoder; angle: between the directions in which the first two factors move the states, degrees; parallelism,
    generalisation: means over factors; loss, optimum: cross-entropy at the decision, of the network and of the exact
    Bayesian agent on the same trials, NaN where that agent is not at hand.
    """

    inside: float
    outside: float
    published: float
    angle: float
    parallelism: float
    generalisation: float
    loss: float
    optimum: float


def score(setting: Setting, weights: Weights, task: EvidenceTask, rng: Generator, trials: int) -> Scores:
    """Test a network on fresh trials, drawn by NumPy and not by what trained it."""
    again = copy.deepcopy(rng)
    drawn = task.draw(trials, rng)
    Z = states_of(setting.architecture, weights, drawn.inputs)[:, -1]
    logits = (Z @ weights["out"]["W"] + weights["out"]["b"])[:, :setting.n_tasks]
    decoding = decode(Z, drawn.x)
    return Scores(
        inside=decoding.inside, outside=float(np.median(decoding.outside)),
        published=float(np.median(descended_r2(Z, drawn.x, rng))),
        angle=float(np.degrees(direction_angles(latent_directions(Z, drawn.x))[0])),
        parallelism=float(parallelism_score(Z, drawn.x).mean()),
        generalisation=float(cross_condition_generalisation(Z, drawn.x).mean()),
        loss=float(np.mean((np.logaddexp(0, logits) - drawn.answers * logits)[:_EXACT])),
        optimum=_least_loss(replace(task, encoder=None).draw(trials, again), task))


def _least_loss(drawn: Trials, task: EvidenceTask) -> float:
    """Cross-entropy of the Bayesian agent on trials that show their evidence; NaN but for lines in the plane."""
    tasks, flat = task.questions, not np.any(np.asarray(task.latents.correlation) - np.eye(task.latents.dimension))
    if not (isinstance(tasks, Tasks) and tasks.dimension == 2 and flat):
        return float("nan")
    mu = drawn.inputs[:_EXACT, task.schedule.evidence, :-1].mean(axis=1)
    outputs = classify(tasks, mu, task.noise.evidence.mean_covariance(task.schedule.stimulus), BoxPrior())
    return float(-np.mean(np.where(drawn.answers[:_EXACT] > 0, outputs.log_yes, outputs.log_no)))


def train_and_score(setting: Setting, seed: int, members: int, how: Descent, batch: int, trials: int,
                    ) -> tuple[list[Scores], list[Weights]]:
    """An ensemble of one setting: the scores and the weights of each member."""
    tasks = [setting.task(seed, k) for k in range(members)]
    purpose = (sorted(ARCHITECTURES).index(setting.architecture), setting.n_tasks)
    keys = member_keys(seed, Purpose.TRAINING, range(members), *purpose)
    trained = train_networks(setting, tasks, keys, how, batch, checkpoint=True)
    weights = [trained.member(k) for k in range(members)]
    return [score(setting, weights[k], task, stream(seed, Purpose.TRIALS, *purpose, k), trials)
            for k, task in enumerate(tasks)], weights
