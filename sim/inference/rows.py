"""What a study of inference claims, and how far simulation is from it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import (
    FEWEST,
    JUDGED,
    Row,
    against_row,
    bound_row,
    half_width,
    lowest,
    make_row,
    order_row,
)
from gateflow.sim.inference.following import FACTORS, GAINS, MOMENTUM, TrackingRuns, predicted, settings
from gateflow.sim.inference.gating import GateRuns, overlaps
from gateflow.sim.inference.inferring import AGENTS, OUTSIDE, SCORES, DetectionRuns, StepRuns
from gateflow.sim.inference.learner import ORDERS
from gateflow.sim.inference.learning import (
    APART,
    BIN,
    BLOCK,
    CERTAIN,
    D_IN,
    D_OUT,
    INIT_SCALE,
    LEARNERS,
    RELEARNERS,
    TEACHER_LEARNERS,
    TEACHER_NOISE,
    TEACHER_RATE,
    LearningRuns,
    memory_power,
    memory_rate,
    new_tracker,
    variance,
)
from gateflow.sim.inference.runs import StudyRuns
from gateflow.sim.inference.study import Study
from gateflow.theory.checks import Array
from gateflow.theory.inference import (
    aware_loss,
    best_predictor,
    correlation,
    excess_loss,
    learned_contrast,
    observer_performance,
    relearning_loss,
    remembered_loss,
    thinned_correlation,
    told_loss,
    tracker_mistakes,
    two_task_accuracy,
    unaware_loss,
    windowed_loss,
)

# One step with its correction is the posterior to rounding.
_ROUNDING = 1e-12
# A tracker decides as the observer of the hazard with equal turning times, up to this factor.
_ALIKE = 2.5
# Inference is certain from this accuracy on; what it then mistakes changes losses by a few percent, and the learned
# distance of the contexts on which orders of update are compared by less.
_SURE, _NEARLY, _MISTAKEN = 0.998, 0.05, 0.005
# How far, as a share, the learned distance of contexts may be off for both to count as learned.
_PARTED = 0.5
# Accuracy that contexts must have at the distance that is learned, for orders of update to differ as theory says.
_TOLD = 0.99
# Learning has settled after so many times 1/rate; what it is like to follow changes is known from so many of them on.
_LONG, _CHANGES = 30, 100
# Positions in a block that rows are given for.
_POSITIONS = (0, 1, 5, 20)


def _shown(quantity: str, seen: Array, theory: float = float("nan")) -> Row:
    """A number about which nothing is claimed."""
    known = seen[np.isfinite(seen)]
    mean = float(known.mean()) if len(known) else float("nan")
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(known),
                    error=abs(mean - theory) if np.isfinite(theory) else float("nan"))


def _step_rows(runs: StepRuns) -> Iterator[Row]:
    plain, corrected, exact = (list(AGENTS).index(name) for name in ("plain", "corrected", "posterior"))
    gaussian = np.array(runs.gaussian)
    yield bound_row("one step with its correction: largest distance from the posterior, Gaussian noise",
                    float(runs.apart[:, gaussian].max()), _ROUNDING)
    for k, name in enumerate(runs.names):
        accuracy, known = runs.accuracy[:, k], runs.predicted[:, k]
        if np.isfinite(known).all():
            yield against_row(f"{name}: accuracy of one step", known[:, 0], accuracy[:, plain])
            if not np.allclose(known[:, 0], known[:, 1]):
                yield against_row(f"{name}: accuracy with the correction", known[:, 1], accuracy[:, corrected])
        else:
            yield _shown(f"{name}: accuracy of one step, beside the posterior's", accuracy[:, plain],
                         float(accuracy[:, exact].mean()))
        if gaussian[k]:
            yield against_row(f"{name}: confidence less accuracy, with the correction", 0.0,
                              runs.overconfidence[:, k, corrected])
        yield _shown(f"{name}: confidence less accuracy of one step", runs.overconfidence[:, k, plain], 0.0)
    for j, about in enumerate(("total variation from the posterior", "accuracy lost for one observation")):
        yield make_row(f"one step: largest {about}, over its bound", "exact", simulation=float(runs.used[..., j].max()),
                       theory=1.0, error=max(0.0, float(runs.used[..., j].max()) - 1), tolerance=_ROUNDING)


    for k in (i for i, name in enumerate(runs.names) if name.startswith("random tasks")):
        search = list(AGENTS).index("search")
        yield _shown(f"{runs.names[k]}: accuracy of trying every task, beside the posterior's",
                     runs.accuracy[:, k, search], float(runs.accuracy[:, k, exact].mean()))
        passes, most = (float(runs.passes[k, which]) for which in (corrected, search))
        yield make_row(f"{runs.names[k]}: passes of one step for an observation, beside trying every task",
                       "observation", theory=most, simulation=passes, error=abs(passes - most))


def _gate_rows(study: Study, runs: GateRuns) -> Iterator[Row]:
    yield bound_row("gates: force, from the gradient of the log-likelihood", float(runs.forces.max()), _ROUNDING)
    yield bound_row("gates: after one step of the right length, from the task", float(runs.landed.max()), _ROUNDING)
    for k, overlap in enumerate(overlaps(study)):
        coarse, fine = runs.distances[:, k].mean(axis=0)
        yield order_row(f"gates: order of the distance of descent from inference, overlap {overlap:g}", float(coarse),
                        float(fine), tolerance=0.1)
        yield bound_row(f"gates: share of observations that they tell otherwise than one step, overlap {overlap:g}",
                        float(1 - runs.same[:, k].min()), 0.0)


def _tracking_rows(study: Study, runs: TrackingRuns) -> Iterator[Row]:
    for k, setting in enumerate(settings(study)):
        about = f"tracking, K = {setting.n_tasks}, R = {setting.noise:g}, h = {setting.hazard:g}"
        known = predicted(setting)
        for j, factor in enumerate(GAINS):
            yield against_row(f"{about}: error at {factor:g} times the best gain", known["errors"][j],
                              runs.errors[:, k, j])
        yield against_row(f"{about}: error with momentum {MOMENTUM:g}", known["momentum"], runs.momentum[:, k])
        yield against_row(f"{about}: error of the best linear filter", known["linear"], runs.linear[:, k])
        if setting.n_tasks == 2:
            best = observer_performance(setting.hazard, setting.noise)
            yield against_row(f"{about}: error of the observer", float(best.error), runs.observer[:, k])
            yield against_row(f"{about}: wrong decisions of the observer", float(best.mistakes),
                              runs.observer_wrong[:, k])
            yield against_row(f"{about}: wrong decisions at the best gain",
                              float(tracker_mistakes(setting.gain, setting.hazard, setting.noise)), runs.wrong[:, k])
        else:
            yield _shown(f"{about}: error of the observer", runs.observer[:, k])
            yield _shown(f"{about}: wrong decisions at the best gain, beside the observer's", runs.wrong[:, k],
                         float(runs.observer_wrong[:, k].mean()))
        yield _alike_row(f"{about}: hazard of the observer that decides alike, over that of equal turning time",
                         runs.agreement[:, k], setting.hazard * study.length * study.seeds >= _CHANGES)


def _alike_row(quantity: str, agreement: Array, judged: bool) -> Row:
    """Where agreement (S, FACTORS) with observers is largest, in units of the hazard that theory names."""
    place = float(np.exp(lowest(np.log(np.array(FACTORS)), -agreement.mean(axis=0))))
    return make_row(quantity, "approximation", theory=1.0, simulation=place, error=abs(float(np.log(place))),
                    tolerance=float(np.log(_ALIKE)) if judged and len(agreement) >= FEWEST else float("nan"))


def _detection_rows(runs: DetectionRuns) -> Iterator[Row]:
    names = {"gradient": "norm of the gradient", "residual": "distance from the mean", "entry": "largest entry"}
    for j, noise in enumerate(OUTSIDE):
        for i, score in enumerate(SCORES):
            yield against_row(f"data from outside, noise {noise:g}: area under ROC, {names[score]}",
                              runs.predicted[:, i, j], runs.seen[:, i, j])


def losses(study: Study) -> dict[str, float]:
    """Settled losses that theory gives for each of LEARNERS."""
    V, S, rate = variance(study), study.spread**2, study.rate
    lam = float(correlation(study.hazard))
    best, slow = best_predictor(study.memory, lam, V, S)[1], memory_rate(study) * memory_power(study)
    return {"true": S + excess_loss(rate, S), "inferred": aware_loss(rate, lam, V, S),
            "memory": best * (1 + slow / (2 - slow)), "none": unaware_loss(rate, lam, V, S),
            "shuffled": unaware_loss(rate, thinned_correlation(lam, 0.5), V, S)}


def relearning(study: Study, name: str, position: Array) -> Array:
    """Loss by position in a block that theory gives for each of RELEARNERS."""
    V, S, rate = variance(study), study.spread**2, study.rate
    settled = np.full(position.shape, S + excess_loss(rate, S))
    if name == "none":
        # Weights come to 1/(1 + (1 − η)^n) of the distance before the task changes back.
        apart = 4 * V / (1 + (1 - rate) ** BLOCK) ** 2
        return np.asarray(relearning_loss(rate, position, apart, S))
    return settled + 4 * V * (position == 0) if name == "inferred" else settled


def _certain(study: Study) -> bool:
    """Whether one observation tells the contexts apart, as the losses with an inferred vector assume."""
    return float(two_task_accuracy(abs(study.means[1] - study.means[0]), study.spread)) >= _SURE


def _settled(study: Study) -> bool:
    """Whether sequences are long enough for weights to settle."""
    return study.rate * study.length >= _LONG


def _parted(runs: LearningRuns) -> NDArray[np.bool_]:
    """Members (S,) in which either weight has learned a context of its own."""
    return np.asarray(np.abs(runs.contrast - 1) < _PARTED)


def _near(study: Study, quantity: str, theory: float, seen: Array) -> Row:
    """What holds but for a few percent if inference is certain; otherwise nothing is claimed."""
    return (against_row(quantity, theory, seen, "approximation", _NEARLY * theory) if _certain(study)
            else _shown(quantity, seen, theory))


def _learning_rows(study: Study, runs: LearningRuns) -> Iterator[Row]:
    known = losses(study)
    said = {"true": "the true task vector", "inferred": "an inferred one", "memory": "none, but memory",
            "none": "none", "shuffled": "a shuffled one"}
    for k, name in enumerate(LEARNERS):
        quantity, seen = f"learning with {said[name]}: loss", runs.settled[:, k]
        if not _settled(study):
            yield _shown(quantity, seen, known[name])
        elif name == "inferred":
            # Where data lie far from the initial weights, one of them may take both contexts.
            yield _near(study, quantity, known[name], np.where(_parted(runs), seen, np.nan))
        elif name == "memory":
            # To first order in what its weights move.
            yield against_row(quantity, known[name], seen, "approximation", _NEARLY * known[name])
        else:
            yield against_row(quantity, known[name], seen)
    beaten = runs.observer - runs.settled[:, LEARNERS.index("inferred")]
    yield make_row("learning with an inferred vector: loss, beside the least, the observer's", "exact",
                   theory=float(runs.observer.mean()), simulation=float(runs.observer.mean() - beaten.mean()),
                   half=half_width(runs.settled[:, LEARNERS.index("inferred")]), error=max(0.0, float(beaten.mean())),
                   tolerance=half_width(beaten, JUDGED) if study.seeds >= FEWEST else float("nan"))
    yield _shown("learning with an inferred vector: distance of contexts, over the true one", runs.contrast, 1.0)
    yield _shown("learning with an inferred vector: share of members that tell both contexts apart",
                 _parted(runs).astype(np.float64), 1.0)
    for k, order in enumerate(ORDERS):
        first = order == "vector first"
        whole = 1.0 if first else float(learned_contrast(study.hazard, 2, study.rate))
        quantity, seen = f"order of updates, {order}: distance learned, over the true one", runs.orders[:, k]
        if _settled(study) and float(two_task_accuracy(abs(whole) * APART, CERTAIN)) >= _TOLD:
            yield against_row(quantity, whole, seen, "approximation" if first else "exact",
                              _MISTAKEN if first else 0.0)
        else:
            yield _shown(quantity, seen, whole)
    for k, name in enumerate(RELEARNERS):
        for j in _POSITIONS:
            quantity, seen = f"{j} observations after a switch, with {said[name]}: loss", runs.relearned[:, k, j]
            theory = float(relearning(study, name, np.array(j)))
            yield _near(study, quantity, theory, seen) if name == "inferred" else against_row(quantity, theory, seen)
    yield from _new_rows(study, runs)
    yield from _teacher_rows(study, runs)


def _new_rows(study: Study, runs: LearningRuns) -> Iterator[Row]:
    vector, remembered = new_losses(study, runs)
    for k in (0, len(runs.new) // 2, len(runs.new) - 1):
        yield against_row(f"new context of mean {runs.new[k]:.3g}: loss with an inferred vector", vector[:, k],
                          runs.vector[:, k])
        yield against_row(f"new context of mean {runs.new[k]:.3g}: loss with memory instead", remembered[:, k],
                          runs.remembered[:, k])


def teacher_losses(study: Study, observations: Array) -> tuple[Array, float]:
    """Loss on teachers after so many observations if told which is active, and where it settles if that is inferred."""
    noise, strength = D_OUT * TEACHER_NOISE**2, D_OUT / D_IN
    told = told_loss(TEACHER_RATE, observations, strength + INIT_SCALE**2 * D_OUT * D_IN, noise, study.hazard, 2, D_IN,
                     True)
    # Orthogonal teachers: half the squared distance is the square of one.
    settled = aware_loss(TEACHER_RATE, correlation(study.hazard), strength / 2, noise, D_IN, True)
    return told, float(settled)


def _teacher_rows(study: Study, runs: LearningRuns) -> Iterator[Row]:
    told, inferred = (runs.teachers[:, TEACHER_LEARNERS.index(name)] for name in ("true", "inferred"))
    bins = told.shape[1]
    for k in (1, 3, bins - 1):
        within = np.arange(BIN * k, BIN * (k + 1), dtype=float)
        yield against_row(f"teachers, {BIN * k} to {BIN * (k + 1)} observations, with the true task vector: loss",
                          float(teacher_losses(study, within)[0].mean()), told[:, k])
    settled = teacher_losses(study, np.array(0.0))[1]
    yield against_row("teachers, with an inferred task vector: loss at the end", settled,
                      inferred[:, bins // 2:].mean(axis=1), "approximation", _NEARLY * settled)
    yield _shown("teachers, with an inferred task vector: cosine of weights with their own less with the other",
                 runs.parted, 1.0)
    start = told[:, 0].mean()
    halved = [BIN * float(np.argmax(loss.mean(axis=0) < start / 2)) for loss in (told, inferred)]
    yield make_row("teachers: observations until the loss has halved, inferred beside true", "observation",
                   theory=halved[0], simulation=halved[1], error=abs(halved[1] - halved[0]))


def new_losses(study: Study, runs: LearningRuns) -> tuple[Array, Array]:
    """Losses (S, NEW) in new contexts that theory gives for the weights learned: inferred vector, and memory."""
    tracker = new_tracker(study)
    vector = windowed_loss(runs.weights[:, None, :, None], runs.new[:, None], study.spread, tracker.rate, tracker.steps,
                           tracker.window)
    remembered = remembered_loss(runs.memory[:, None, 1:], runs.memory[:, None, 0], runs.new, study.spread**2)
    return vector, remembered


def study_rows(study: Study, runs: StudyRuns) -> list[Row]:
    """All rows of a study."""
    return [*_step_rows(runs.steps), *_gate_rows(study, runs.gates), *_tracking_rows(study, runs.tracking),
            *_detection_rows(runs.detection), *_learning_rows(study, runs.learning)]
