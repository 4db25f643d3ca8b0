"""Learners that find what the tasks predict while they infer which one is active: joint descent on weights and vector.

The prediction of an observation is ŷ = Σ_k z_k W^k φ, φ the input and the last observations; each observation moves the
weights by −η ∂L/∂W and the task vector by −η_z ∂L/∂z, L = ½‖y − ŷ‖²: a gated linear network that is trained online.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np
from numpy.random import Generator

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import Sequences
from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import AT_LEAST_0, COUNT, SEED, Array, InputError, choice
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.inputs import RATE, TASKS
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise

SOURCES = ("inferred", "true", "shuffled", "none")
ORDERS = ("vector first", "weights first", "together")
# Where the vector is inferred: what moves, and its speed, and the vector, (S, K) each.
State = tuple[tuple[Array, Array], Array]


def features(data: Sequences, memory: int) -> Array:
    """Inputs and the last observations (S, T, d_in + memory · d), 0 where there are none yet."""
    size, d_in = data.y.shape[-1], data.u.shape[2]
    phi = np.zeros((*data.u.shape[:2], d_in + memory * size))
    phi[..., :d_in] = data.u
    for lag in range(1, memory + 1):
        first = d_in + (lag - 1) * size
        phi[:, lag:, first:first + size] = data.y[:, :-lag]
    return phi


@dataclass(frozen=True, eq=False, repr=False)
class Learned(Brief):
    """What a learner came to, S members.

    weights, mean_weights (S, K, d, F): W at the end, and its mean over the second half of learning; vectors (S, T, K):
    task vector in the prediction of each observation; loss (S, T): squared error ‖y − ŷ‖² of each prediction, before
    the observation was learned from; memory: last observations in φ.
    """

    weights: Array
    mean_weights: Array
    vectors: Array
    loss: Array
    memory: int

    @property
    def distance(self) -> Array:
        """Distance (S,) of what the first two entries predict of a constant input, by their mean weights."""
        return np.asarray(np.linalg.norm(self.mean_weights[:, 1, :, 0] - self.mean_weights[:, 0, :, 0], axis=-1))

    def outputs(self, data: Sequences) -> Array:
        """What each entry of the task vector predicts, W^k φ, (S, T, K, d). Raises InputError."""
        if len(data.y) != len(self.weights):
            raise InputError(f"data must have a member for each that learned ({len(self.weights)}), got "
                             f"{len(data.y)}")
        return np.einsum("skif,stf->stki", self.weights, features(data, self.memory))

    def frozen(self, data: Sequences, tracker: GradientTracker) -> Array:
        """Squared errors (S, T) of predictions where the weights stand still and a tracker infers the vector.

        Each observation is predicted with the vector that those before it led to. Without entries to choose from
        there is nothing to infer. Raises InputError.
        """
        outputs = self.outputs(data)
        n_tasks = outputs.shape[2]
        ahead = np.full(outputs.shape[:3], 1 / n_tasks)
        if n_tasks > 1:
            ahead[:, 1:] = tracker.follow(data.y, TaskModel(outputs, IsotropicNoise()))[:, :-1]
        return np.asarray(np.square(data.y - np.vecmat(ahead, outputs)).sum(axis=-1))


@dataclass(frozen=True)
class Learner:
    """A network with a task vector, and how it is trained.

    n_tasks: entries K of the vector.
    rate: η of the weights.
    tracker: how the vector is inferred, η_z its rate.
    source: of the vector: "inferred"; "true", the active task; "shuffled", the active tasks of the sequence in random
        order; "none", one entry that is always 1.
    order: what moves first, "vector first", "weights first", or both from the same gradient "together".
    memory: last observations that the network sees.
    init_scale: standard deviation of initial weights.
    Raises InputError.
    """

    n_tasks: int = 2
    _: KW_ONLY
    rate: float = 0.05
    tracker: GradientTracker = field(default_factory=lambda: GradientTracker(1.0, parametrisation="projected"))
    source: str = "inferred"
    order: str = "vector first"
    memory: int = 0
    init_scale: float = 0.1

    def __post_init__(self) -> None:
        """Check every field."""
        check_fields(self)
        (TASKS if self.source == "inferred" else COUNT).check("n_tasks", self.n_tasks)
        RATE.check("rate", self.rate)
        choice("source", self.source, SOURCES)
        choice("order", self.order, ORDERS)
        SEED.check("memory", self.memory)
        AT_LEAST_0.check("init_scale", self.init_scale)
        if self.source == "inferred" and self.tracker.window > 1:
            raise InputError(f"tracker must have a window of 1 in training, got {self.tracker.window}")

    def train(self, data: Sequences, streams: Sequence[Generator], weights: Array | None = None) -> Learned:
        """Learn from sequences, one observation after another; streams: a generator a member.

        weights: where to start (S, K, d, F), by default small random numbers. Raises InputError, also if learning
        diverges.
        """
        S, T, d = data.y.shape
        if len(streams) != S:
            raise InputError(f"streams must be one a member ({S}), got {len(streams)}")
        phi, K = features(data, self.memory), 1 if self.source == "none" else self.n_tasks
        shape = (K, d, phi.shape[-1])
        W = (np.stack([self.init_scale * rng.standard_normal(shape) for rng in streams]) if weights is None
             else np.array(weights, dtype=np.float64))
        if W.shape != (S, *shape):
            raise InputError(f"weights must have shape {(S, *shape)}, got {W.shape}")
        vectors, loss, total = self._given(data, streams, K), np.empty((S, T)), np.zeros(W.shape)
        inferred, late = self.source == "inferred", self.order == "weights first"
        start = self.tracker.start(vectors[:, 0]) if inferred else (vectors[:, 0], vectors[:, 0])
        state = first = start, self.tracker.vector(start)
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(T):
                y, now = data.y[:, t], phi[:, t]
                if inferred:
                    vectors[:, t] = state[1]
                z, outputs = vectors[:, t], _outputs(W, now)
                error = y - np.vecmat(z, outputs)
                loss[:, t] = np.vecdot(error, error)
                if self.tracker.restart:
                    state = first
                if inferred and not late:
                    state = self._inferred(outputs, state, y)
                    if self.order == "vector first":
                        z, error = state[1], y - np.vecmat(state[1], outputs)
                W = W + self.rate * z[:, :, None, None] * (error[:, :, None] * now[:, None, :])[:, None]
                if inferred and late:
                    state = self._inferred(_outputs(W, now), state, y)
                if t >= T // 2:
                    total += W
                if t % 64 == 0 and not np.isfinite(loss[:, t]).all():
                    break
        if not np.isfinite(loss[:, t]).all():
            raise InputError(f"rate must be smaller for these sequences: learning diverged, got {self.rate:g}")
        return Learned(W, total / (T - T // 2), vectors, loss, self.memory)

    def _given(self, data: Sequences, streams: Sequence[Generator], K: int) -> Array:
        """Task vectors (S, T, K) that come from outside; uniform ones if they are inferred."""
        if self.source in ("inferred", "none"):
            return np.full((*data.tasks.shape, K), 1 / K)
        if data.tasks.max() >= K:
            raise InputError(f"n_tasks must be above the index of any task, {data.tasks.max()}, got {K}")
        tasks = data.tasks
        if self.source == "shuffled":
            tasks = np.stack([rng.permutation(row) for row, rng in zip(tasks, streams, strict=True)])
        return np.asarray(np.eye(K)[tasks])

    def _inferred(self, outputs: Array, state: State, y: Array) -> State:
        """What moves, and the vector, after one observation y (S, d) of which entries predict outputs (S, K, d)."""
        moving, vector = state
        for _ in range(self.tracker.steps):
            moving = self.tracker.advance(moving, np.matvec(outputs, y - np.vecmat(vector, outputs)))
            vector = self.tracker.vector(moving)
        return moving, vector


def _outputs(W: Array, phi: Array) -> Array:
    """What each entry of the vector predicts, W^k φ, (S, K, d)."""
    return np.matvec(W, phi[:, None])
