"""Networks trained on the evidence task by the compiled loop.

Trials as in DIS, section 4: a step of fixation, steps of evidence through a frozen random encoder, a step of decision.
A member has its own encoder, tasks and initial weights; tasks are padded to the largest number of an ensemble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.encoder import Encoder, products
from gateflow.sim.disentangle.first_passage import answers_at_bound
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.questions import CurvedTasks, Questions, random_tasks
from gateflow.sim.disentangle.setting import Measured
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.sim.randomness import stream
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.loop import Descent, Trained, train
from gateflow.sim.training.networks import ARCHITECTURES, Weights, dense, linear
from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import MANY, STRENGTH, Array
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
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


KINDS, ENCODERS = ("lines", "shifted", "curved"), ("relu", "quadratic")
# What outputs learn: the answers at the decision alone; at all steps, ½ before it; at all steps, ½ until the evidence
# about a task has reached a bound, and then what it says; at all steps, how sure the best agent is.
TARGETS = ("decision", "undecided", "bound", "confidence")
# Standard deviation of the offsets of shifted tasks; curvature of curved ones.
_OFFSET, _CURVATURE = 0.15, 0.8


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
    t; kind: of the tasks, of ``KINDS``; correlation: of the normal numbers behind the factors; targets: of ``TARGETS``,
    "undecided" as in DIS; encoder: of ``ENCODERS``; bound: B of the evidence c·ΣX, for targets "bound".
    """

    architecture: str = "rnn"
    n_tasks: int = 24
    dimension: int = 2
    sigma: float = 0.2
    duration: int = 20
    kind: str = "lines"
    correlation: float = 0.0
    units: int = 64
    targets: str = "decision"
    encoder: str = "relu"
    bound: float = 1.0

    @property
    def sigma_t(self) -> float:
        """σ/√t at the end of the evidence."""
        return float(self.sigma / np.sqrt(self.duration))

    def task(self, seed: int, member: int) -> EvidenceTask:
        """The task of a member, with its own encoder."""
        rng, square = stream(seed, Purpose.ENCODER, self.dimension, member), self.encoder == "quadratic"
        encoder = Encoder.random(self.dimension, rng, WIDTHS[-1:] if square else WIDTHS, quadratic=square)
        tasks = tasks_of(self.kind, self.n_tasks, self.dimension,
                         stream(seed, Purpose.TASKS, self.dimension, self.n_tasks, member))
        simple = EvidenceTask.simple(tasks, self.sigma, self.duration)
        return EvidenceTask(Latents(self.dimension, self.correlation), simple.noise, tasks, simple.schedule, encoder)


@dataclass(frozen=True)
class EvidenceNetworks(TrainedExperiment[R], Measured[R], Generic[R]):
    """An experiment on networks that are trained on the evidence task."""

    updates: int = parameter(1000, "updates of a trained network", MANY)
    batch: int = parameter(128, "trials of an update", MANY)
    rate: float = parameter(0.0, "first rate of Adam; 0 for the architecture's own", STRENGTH)
    targets: str = parameter("decision", "what outputs learn: answers at the decision alone, or at all steps, with ½ "
                             "before it, as published; ½ until a bound is reached; or confidence", TARGETS)

    def descent(self, architecture: str) -> Descent:
        """How a network is trained."""
        return Descent(steps=self.updates, rate=self.rate or ARCHITECTURES[architecture].rate, decay=DECAY)


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
    encoders = [task.encoder for task in tasks if task.encoder]
    for k in range(len(encoders[0].weights)):
        arrays[f"W{k}"] = np.stack([encoder.weights[k].T for encoder in encoders])
        arrays[f"b{k}"] = np.stack([encoder.biases[k] for encoder in encoders])
    return arrays


def _encoded(setting: Setting, member: Mapping[str, Any], X: Any) -> Any:
    if setting.encoder == "quadratic":
        return products(X, jnp) @ member["W0"] + member["b0"]
    for k in range(len(WIDTHS)):
        X = X @ member[f"W{k}"] + member[f"b{k}"]
        X = jax.nn.relu(X) if k < len(WIDTHS) - 1 else X
    return X


def make_targets(setting: Setting, member: Mapping[str, Any], X: Any, yes: Any) -> Any:
    """Targets (time, trials, N) from evidence X (t, trials, D) and answers yes (trials, N)."""
    if setting.targets == "undecided":
        seen = jnp.full((setting.duration, *yes.shape), 0.5)
    else:
        sums = jnp.cumsum(X @ member["C"].T - member["b"], axis=0)
        if setting.targets == "bound":
            seen = unchecked(answers_at_bound)(sums, setting.bound, jnp)
        else:
            steps = jnp.arange(1, setting.duration + 1)[:, None, None]
            seen = jax.scipy.special.ndtr(sums / (member["sigma"] * jnp.sqrt(steps)))
    last = yes if setting.targets == "undecided" else seen[-1]
    return jnp.concatenate([jnp.full((1, *yes.shape), 0.5), seen, last[None]])


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
        X = x + member["sigma"] * jax.random.normal(other, (T, batch, D))
        # A step of fixation, the evidence, a step of decision; the last input is 1 until then.
        inputs = jnp.pad(_encoded(setting, member, X), ((1, 1), (0, 0), (0, 1))).at[:-1, :, -1].set(1.0)
        margins = x @ member["C"].T - member["b"]
        away = jnp.sum(x**2, axis=-1, keepdims=True) - (margins + member["b"]) ** 2
        yes = (margins + member["curvature"] * away > 0).astype(x.dtype)
        late = setting.targets == "decision"
        logits = linear(weights["out"], (kind.last if late else kind.states)(weights["net"], inputs))
        targets = yes if late else make_targets(setting, member, X, yes)
        lost = jax.nn.softplus(logits) - targets * logits
        return jnp.mean(lost @ member["share"])

    name = f"{setting.architecture}, {setting.n_tasks} tasks"
    return train(init, loss, members_of(tasks), keys, how, about=asdict(setting) | {"batch": batch}, name=name,
                 **options)
