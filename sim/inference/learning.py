"""What a study measures on learners: two contexts that switch, learned with a task vector, a wrong one, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.sim.inference.agents import Observer
from gateflow.sim.inference.learner import ORDERS, Learned, Learner
from gateflow.sim.inference.stream import Stream, draw_stream
from gateflow.sim.inference.study import Study
from gateflow.sim.inference.switches import Blocks, RandomSwitches
from gateflow.sim.inference.worlds import Contexts, Teachers
from gateflow.theory.checks import Array
from gateflow.theory.inference import GradientTracker, IsotropicNoise

# Learners by name; "memory" has no task vector but sees the last observations.
LEARNERS = ("true", "inferred", "memory", "none", "shuffled")
# Learners whose loss is followed after switches, and observations of a block.
RELEARNERS, BLOCK = ("true", "inferred", "none"), 60
# Observations that a point of a learning curve averages over; of a new context; new contexts.
BIN, NEW_LENGTH, NEW = 50, 400, 7
# Learners of teachers, the sizes of these, and rate and noise.
TEACHER_LEARNERS, D_OUT, D_IN, TEACHER_RATE, TEACHER_NOISE = ("true", "inferred", "none"), 5, 10, 0.02, 0.1
# Standard deviation of their initial weights.
INIT_SCALE = 0.05
# Distance and noise of the contexts that orders of update are compared on: certain inference.
APART, CERTAIN = 1.0, 0.1
# The network that sees the last observations learns more slowly, as it has more weights; and moves no more than this
# share of the way to an observation, or it diverges where means are large.
_MEMORY_RATE, _MEMORY_STEP = 0.4, 0.3


@dataclass(frozen=True, eq=False)
class LearningRuns:
    """Learners in two contexts, S members.

    curves (S, LEARNERS, bins): loss over time; settled (S, LEARNERS): over the last three fifths; observer (S,): of
    the Bayesian observer that knows the contexts, there; contrast (S,): learned distance of contexts with an inferred
    vector, over the true one, mean over the second half; orders (S, ORDERS): the same by the order of updates, with
    certain inference; relearned (S, RELEARNERS, BLOCK): loss by position in a block; new (NEW,): means of new contexts;
    vector, remembered (S, NEW): loss there with frozen weights, of the inferred vector and of memory; weights (S, 2):
    means learned with an inferred vector; memory (S, 1 + p): offset and coefficients of the network with memory.
    """

    curves: Array
    settled: Array
    observer: Array
    contrast: Array
    orders: Array
    relearned: Array
    new: Array
    vector: Array
    remembered: Array
    weights: Array
    memory: Array
    teachers: Array
    parted: Array


def variance(study: Study) -> float:
    """V, variance of the two means."""
    return (study.means[1] - study.means[0]) ** 2 / 4


def memory_rate(study: Study) -> float:
    """Learning rate of the network that sees the last observations."""
    return min(_MEMORY_RATE * study.rate, _MEMORY_STEP / memory_power(study))


def one_step_tracker(sigma: float) -> GradientTracker:
    """One-step inference from each observation alone."""
    return GradientTracker(1 / sigma**2, parametrisation="simplex", restart=True)


def new_tracker(study: Study) -> GradientTracker:
    """Free vector, inferred from the last errors by gradient steps: ten, each of which halves what is left."""
    return GradientTracker(1 / (study.means[1] - study.means[0]) ** 2, window=study.memory, steps=10, restart=True)


def learner(study: Study, name: str) -> Learner:
    """The learner of a name in LEARNERS."""
    if name == "memory":
        return Learner(source="none", memory=study.memory, rate=memory_rate(study))
    return Learner(source=name, rate=study.rate, tracker=one_step_tracker(study.spread))


def _world(study: Study) -> Contexts:
    return Contexts(study.means, IsotropicNoise(study.spread))


def _late(study: Study) -> slice:
    return slice(2 * study.length // 5, None)


def _distance(weights: Array) -> Array:
    """Distance (S,) of what the first two entries predict of the constant input, from weights (S, K, d, F)."""
    return np.linalg.norm(weights[:, 1, :, 0] - weights[:, 0, :, 0], axis=-1)


def _orders(study: Study) -> Array:
    """Learned contrast (S, ORDERS) from the true contexts on, where one observation tells which is active."""
    world = Contexts([[0.0, 0.0], [APART, 0.0]], IsotropicNoise(CERTAIN))
    start = np.repeat(world.weights[None], study.seeds, axis=0)
    stream = draw_stream(world, RandomSwitches(study.hazard), study.length, study.streams(4, 1))
    base = Learner(rate=study.rate, tracker=one_step_tracker(CERTAIN))
    runs = [replace(base, order=order).train(stream, study.streams(4, 2), start) for order in ORDERS]
    return np.stack([_distance(run.mean_weights) / APART for run in runs], axis=-1)


def _blocks(study: Study) -> Array:
    """Loss by position in a block (S, RELEARNERS, BLOCK), each context in turn, from the true weights on."""
    world = _world(study)
    cycles = max(2, study.length // (2 * BLOCK))
    stream = draw_stream(world, Blocks(BLOCK), 2 * BLOCK * cycles, study.streams(5, 0))
    found = []
    for name in RELEARNERS:
        start = world.weights[:1] if name == "none" else world.weights
        run = learner(study, name).train(stream, study.streams(5, 1), np.repeat(start[None], study.seeds, axis=0))
        found.append(run.loss.reshape(study.seeds, -1, BLOCK)[:, 2:].mean(axis=1))
    return np.stack(found, axis=1)


def new_means(study: Study) -> Array:
    """Means of new contexts, as far outside of the two as GBI goes."""
    middle, apart = np.mean(study.means), abs(study.means[1] - study.means[0])
    return np.asarray(middle + 7 / 6 * apart * np.linspace(-1, 1, NEW))


def _generalised(study: Study, learned: dict[str, Learned]) -> tuple[Array, Array]:
    """Loss (S, NEW) in new contexts with frozen weights: of an inferred vector, and of memory."""
    found: tuple[list[Array], list[Array]] = ([], [])
    for k, mean in enumerate(new_means(study)):
        world = Contexts([mean], IsotropicNoise(study.spread))
        stream = draw_stream(world, Blocks(NEW_LENGTH), NEW_LENGTH, study.streams(6, k))
        for part, name in zip(found, ("inferred", "memory"), strict=True):
            loss = learned[name].frozen(stream, new_tracker(study))
            part.append(loss[:, study.memory:].mean(axis=1))
    return np.stack(found[0], axis=-1), np.stack(found[1], axis=-1)


def _curves(losses: Sequence[Array], study: Study) -> Array:
    whole = study.length // BIN * BIN
    return np.stack([loss[:, :whole].reshape(study.seeds, -1, BIN).mean(axis=2) for loss in losses], axis=1)


def _teachers(study: Study) -> tuple[Array, Array]:
    """Losses (S, TEACHER_LEARNERS, bins), and how far weights learned with an inferred vector have parted, (S,)."""
    W = orthogonal_teachers(2, D_OUT, D_IN, study.streams(7, 0)[0])
    world = Teachers(W, IsotropicNoise(TEACHER_NOISE))
    stream = draw_stream(world, RandomSwitches(study.hazard), study.length, study.streams(7, 1))
    runs = [Learner(source=name, rate=TEACHER_RATE, tracker=one_step_tracker(TEACHER_NOISE), init_scale=INIT_SCALE)
            .train(stream, study.streams(7, 2, k)) for k, name in enumerate(TEACHER_LEARNERS)]
    found = runs[TEACHER_LEARNERS.index("inferred")].mean_weights
    cosines = np.einsum("skij,mij->skm", found, W) / np.sqrt(
        np.square(found).sum(axis=(2, 3))[:, :, None] * np.square(W).sum(axis=(1, 2)))
    straight, crossed = np.diagonal(cosines, axis1=1, axis2=2), np.diagonal(cosines[:, ::-1], axis1=1, axis2=2)
    parted = np.maximum(straight.min(axis=1) - crossed.max(axis=1), crossed.min(axis=1) - straight.max(axis=1))
    return _curves([run.loss for run in runs], study), parted


def learning_runs(study: Study) -> LearningRuns:
    """Train all learners on the same sequences."""
    stream = draw_stream(_world(study), RandomSwitches(study.hazard), study.length, study.streams(4, 0))
    learned = {name: learner(study, name).train(stream, study.streams(4, 3, k)) for k, name in enumerate(LEARNERS)}
    losses = [run.loss for run in learned.values()]
    relearned = _blocks(study)
    vector, remembered = _generalised(study, learned)
    late = _late(study)
    return LearningRuns(
        _curves(losses, study), np.stack([loss[:, late].mean(axis=1) for loss in losses], axis=1),
        observer_loss(study, stream)[:, late].mean(axis=1),
        _distance(learned["inferred"].mean_weights) / abs(study.means[1] - study.means[0]), _orders(study), relearned,
        new_means(study), vector, remembered, learned["inferred"].weights[..., 0, 0],
        learned["memory"].weights[:, 0, 0], *_teachers(study))


def observer_loss(study: Study, stream: Stream) -> Array:
    """Squared errors (S, T) of the Bayesian observer's predictions."""
    model = stream.model()
    seen = Observer(study.hazard).infer(stream.y, model)
    return np.asarray(np.square(stream.y - seen.predictions(model)).sum(axis=-1))


def memory_power(study: Study) -> float:
    """Mean square of what the network with memory sees: what its excess loss grows with."""
    one = np.mean(np.square(study.means)) + study.spread**2
    return float(1 + study.memory * one)
