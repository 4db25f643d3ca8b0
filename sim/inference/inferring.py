"""What a study measures on single observations: one gradient step against Bayes' rule, and data from outside."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.inference.agents import Agent, ExactPosterior, LikelihoodSearch, OneStep
from gateflow.sim.inference.calibration import area_under_roc
from gateflow.sim.inference.study import Study
from gateflow.sim.inference.switches import Tasks
from gateflow.sim.inference.worlds import draw_noise
from gateflow.theory.checks import Array
from gateflow.theory.inference.accuracy import (
    equidistant_accuracy,
    orthogonal_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.detection import Source, detection_area, gradient_norm
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise, LaplaceNoise, Noise, StudentNoise
from gateflow.theory.inference.one_step import accuracy_bound, missing_range, task_gradient, total_variation_bound

# Norms of tasks that differ in length, in units of the noise: from the first to the second; of those alike, the middle.
NORMS = (0.8, 3.0)
# Prior probability of the first of two tasks where they are not alike.
FAVOURED = 0.8
AGENTS: dict[str, Agent] = {"plain": OneStep(corrected=False), "corrected": OneStep(), "posterior": ExactPosterior(),
                            "search": LikelihoodSearch()}
SCORES = ("gradient", "residual", "entry")
# Noise of data from outside, in units of that of the tasks.
OUTSIDE = (1.0, 1.5)


@dataclass(frozen=True, eq=False)
class Family:
    """Tasks that are drawn anew for each member. gaussian: whether one step is exact with its correction."""

    name: str
    model: TaskModel
    plain: float = np.nan
    best: float = np.nan
    gaussian: bool = True


def _frame(n_tasks: int, rng: Generator) -> Array:
    return np.asarray(np.linalg.qr(rng.standard_normal((n_tasks, n_tasks)))[0])


def families(study: Study, rng: Generator) -> Iterator[Family]:
    """Tasks to infer, with the accuracies that theory has for them: plain one step, and the posterior."""
    sigma, noise = study.sigma, IsotropicNoise(study.sigma)
    for K in study.n_tasks:
        W = rng.standard_normal((K, study.dimension))
        known = two_task_accuracy(float(np.linalg.norm(W[0] - W[1])), sigma) if K == 2 else np.nan
        yield Family(f"random tasks, K = {K}", TaskModel(W, noise), known, known)
    for K in study.n_tasks:
        norms = sigma * np.linspace(*NORMS, K)
        yield Family(f"orthogonal tasks of unequal norm, K = {K}", TaskModel(norms[:, None] * _frame(K, rng), noise),
                     orthogonal_accuracy(norms, sigma, corrected=False), orthogonal_accuracy(norms, sigma))
    for K in study.n_tasks:
        norm = sigma * np.mean(NORMS)
        gram = norm**2 * ((1 - study.overlap) * np.eye(K) + study.overlap)
        known = equidistant_accuracy(float(norm * np.sqrt(2 * (1 - study.overlap))), sigma, K)
        yield Family(f"tasks of one norm and overlap {study.overlap:g}, K = {K}",
                     TaskModel(np.linalg.cholesky(gram) @ _frame(K, rng), noise), known, known)
    W = rng.standard_normal((2, study.dimension))
    apart, shift = float(np.linalg.norm(W[0] - W[1])), float(np.log(FAVOURED / (1 - FAVOURED)))
    yield Family(f"two tasks of prior {FAVOURED:g} and {1 - FAVOURED:.1g}",
                 TaskModel(W, noise, [FAVOURED, 1 - FAVOURED]),
                 float(shifted_accuracy(apart, sigma, shift=0.0, first=FAVOURED)),
                 float(shifted_accuracy(apart, sigma, shift=shift, first=FAVOURED)))
    others: tuple[tuple[str, Noise], ...] = (("Laplace", LaplaceNoise(sigma)), ("Student", StudentNoise(sigma, 3.0)))
    for name, law in others:
        yield Family(f"{name} noise, K = 3", TaskModel(rng.standard_normal((3, 2)) / 3, law), gaussian=False)


@dataclass(frozen=True, eq=False)
class StepRuns:
    """One step on the families, S members, F families, AGENTS in their order.

    names (F,); gaussian (F,); accuracy (S, F, agents); predicted (S, F, 2): plain and best, NaN where theory has none;
    overconfidence (S, F, agents): mean of the largest entry less the accuracy; apart (S, F): largest distance of
    corrected one step from the posterior; used (S, F, 2, 2): largest share of a bound that is used, of the total
    variation and of the accuracy lost, without the correction and with it; passes (F, agents): for an observation,
    forward and backward.
    """

    names: list[str]
    gaussian: list[bool]
    accuracy: Array
    predicted: Array
    overconfidence: Array
    apart: Array
    used: Array
    passes: Array


def _drawn(model: TaskModel, n: int, rng: Generator) -> tuple[Tasks, Array]:
    tasks = rng.choice(model.n_tasks, size=n, p=model.probabilities)
    return tasks, model.means[tasks] + draw_noise(model.noise, (n, model.means.shape[1]), rng)


def _share_used(exact: Array, guess: Array, model: TaskModel, corrected: bool) -> tuple[float, float]:
    """Largest total variation and loss of accuracy of a single observation, in units of their bounds."""
    missing = float(missing_range(model, corrected=corrected))
    if missing < 1e-9:
        return 0.0, 0.0
    apart = np.abs(exact - guess).sum(axis=-1).max() / 2
    chosen = np.take_along_axis(exact, guess.argmax(axis=-1)[:, None], axis=-1)[:, 0]
    lost = (exact.max(axis=-1) - chosen).max()
    return float(apart / total_variation_bound(missing)), float(lost / accuracy_bound(missing))


def _measured(study: Study, family: Family, rng: Generator) -> tuple[Array, Array, float, Array, Array]:
    tasks, y = _drawn(family.model, study.observations, rng)
    inferred = {name: agent.infer(y, family.model) for name, agent in AGENTS.items()}
    beliefs = {name: each.beliefs for name, each in inferred.items()}
    passes = np.array([each.passes.total for each in inferred.values()], dtype=np.float64)
    right = np.array([(q.argmax(axis=-1) == tasks).mean() for q in beliefs.values()])
    sure = np.array([q.max(axis=-1).mean() for q in beliefs.values()])
    used = np.array([_share_used(beliefs["posterior"], beliefs[name], family.model, corrected)
                     for name, corrected in (("plain", False), ("corrected", True))])
    return right, sure - right, float(np.abs(beliefs["corrected"] - beliefs["posterior"]).max()), used, passes


def step_runs(study: Study) -> StepRuns:
    """Infer the tasks of all families with all agents."""
    members = []
    for rng in study.streams(0):
        asked = list(families(study, rng))
        members.append((asked, [_measured(study, family, rng) for family in asked]))
    first = members[0][0]
    accuracy, sure, apart, used, passes = (np.array([[part[k] for part in parts] for _, parts in members])
                                           for k in range(5))
    predicted = np.array([[(family.plain, family.best) for family in asked] for asked, _ in members])
    return StepRuns([family.name for family in first], [family.gaussian for family in first], accuracy, predicted, sure,
                    apart, used, passes[0])


@dataclass(frozen=True, eq=False)
class DetectionRuns:
    """Data of two tasks against data from outside, S members, SCORES and OUTSIDE in their order.

    seen, predicted (S, scores, noises): areas under the ROC curves; scores (scores, 2, n): those of the first member at
    the first noise, of the tasks' data and of others; model, source: behind them.
    """

    seen: Array
    predicted: Array
    scores: Array
    model: TaskModel
    source: Source


def _scored(y: Array, model: TaskModel, sigma: float) -> Array:
    """Scores (scores, n) that are larger for what looks like data from outside, on the scale of their laws."""
    g, centred = task_gradient(y, model), (y - model.predict(model.uniform)) / sigma
    # The largest of two entries is 1/(1 + exp(−|L|)), L = g_1 − g_2, which rounds to 1 where L² does not.
    return np.stack([gradient_norm(g) ** 2, np.vecdot(centred, centred), -np.square(g[:, 0] - g[:, 1])])


def detection_runs(study: Study) -> DetectionRuns:
    """Score data of two tasks and of random sources outside."""
    shape = (study.seeds, len(SCORES), len(OUTSIDE))
    seen, predicted = np.empty(shape), np.empty(shape)
    kept = []
    for k, rng in enumerate(study.streams(1)):
        model = TaskModel(1.5 * study.sigma * rng.standard_normal((2, study.dimension)), IsotropicNoise(study.sigma))
        centre = 1.5 * study.sigma * rng.standard_normal(study.dimension)
        _, inside = _drawn(model, study.observations, rng)
        for j, factor in enumerate(OUTSIDE):
            source = Source(centre, factor * study.sigma)
            away = centre + source.spread * rng.standard_normal(inside.shape)
            scores = np.stack([_scored(y, model, study.sigma) for y in (inside, away)], axis=1)
            seen[k, :, j] = [area_under_roc(away, inside) for inside, away in scores]
            predicted[k, :, j] = [detection_area(name, model, source) for name in SCORES]
            kept.append((scores, model, source))
    return DetectionRuns(seen, predicted, *kept[0])
