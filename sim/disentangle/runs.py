"""The runs behind a study: what every member measures, and networks trained side by side, spread over processes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.geometry import decode, latent_directions
from gateflow.sim.disentangle.measures import (
    angle_measures,
    answer_measures,
    curved_measures,
    encoder_measures,
    extraction_measures,
    passage_measures,
    reading_measures,
    robust_measures,
    time_measures,
)
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.study import Study
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.sim.disentangle.training import Training, train
from gateflow.theory.checks import COUNT, Array
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.normal import logit_of_score
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks

Progress = Callable[[Iterable[Any], int], Iterable[Any]]

_MEASURES = (time_measures, reading_measures, robust_measures, angle_measures, extraction_measures, answer_measures,
             curved_measures, encoder_measures, passage_measures)
# Units of a network, and networks that are trained side by side.
UNITS, _TOGETHER = 8, 10
# Trials in which trained agents are judged, at least.
_JUDGING = 4000
# Numbers of tasks of networks with ReLU units.
RELU_TASKS = (2, 24)


@dataclass(frozen=True, eq=False)
class FilterRuns:
    """What the exact filter gives, S members. σ and t in the order of the study's sigmas and durations.

    likelihood, exact, inside, outside: r² (S, σ, t), see ``gateflow.sim.disentangle.measures``; tasks: mean squared
    errors (S, sets) of ``reading_sets``; noise: (S, NOISE_TASKS, FACTORS); robust: r² (S, robust_tasks); angles: (S,
    ANGLE_TASKS, sets) in rad; extraction: distances (S, 4); answers: r² (S, SIDES); curved: r² (S, 2) inside
    and outside; encoded: distances (S,); passage: (S, 2) share of right answers and mean time.
    """

    likelihood: Array
    exact: Array
    inside: Array
    outside: Array
    tasks: Array
    noise: Array
    robust: Array
    angles: Array
    extraction: Array
    answers: Array
    curved: Array
    encoded: Array
    passage: Array


@dataclass(frozen=True, eq=False)
class TrainedRuns:
    """One kind of trained network, S members, at the decision, beside the filter on the same trials.

    inside, outside: r² of linear decoders of its logits; states_inside, states_outside: of its states;
    filter_inside, filter_outside: of the filter's scores; loss, filter_loss: cross-entropy a task, (S,) each; losses:
    before each update (S, steps); angles, task_angles: between both factors in its logits and in its tasks, rad.
    """

    inside: Array
    outside: Array
    states_inside: Array
    states_outside: Array
    filter_inside: Array
    filter_outside: Array
    loss: Array
    filter_loss: Array
    losses: Array
    angles: Array
    task_angles: Array


@dataclass(frozen=True, eq=False)
class StudyRuns:
    """All runs of a study. trained: by name, "N = 6" for evenly spaced tasks, "random", and "ReLU, N = 2"."""

    filter: FilterRuns
    trained: dict[str, TrainedRuns]


def trained_names(study: Study) -> list[str]:
    """Kinds of networks that a study trains."""
    return [*(f"N = {n}" for n in study.n_tasks), "random", *(f"ReLU, N = {n}" for n in RELU_TASKS)]


def _asked(study: Study, name: str, member: int) -> Tasks:
    if name == "random":
        return random_tasks(12, 2, study.stream(300, member))
    return evenly_spaced_tasks(int(name.split("N = ")[1]))


def _measure(study: Study, member: int) -> dict[str, Array]:
    with threadpool_limits(limits=1):
        found: dict[str, Array] = {}
        for k, measure in enumerate(_MEASURES):
            found |= measure(study, study.stream(1, k, member))
        return found


def _trained(study: Study, name: str, first: int, last: int) -> dict[str, Array]:
    """Members first … last − 1 of one kind of network."""
    with threadpool_limits(limits=1):
        key, members = 200 + trained_names(study).index(name), range(first, last)
        asked = [_asked(study, name, k) for k in members]
        tasks = [EvidenceTask.simple(each, study.sigma, study.duration) for each in asked]
        streams = [study.stream(key, k) for k in members]
        start = Network.initial(tasks[0].n_inputs, UNITS, asked[0].n_tasks, streams,
                                "relu" if name.startswith("ReLU") else "linear")
        network, losses = train(start, tasks, streams, Training(study.training_steps))
        parts = [_judged(study, asked[k], task, network.member(k), streams[k]) for k, task in enumerate(tasks)]
        found = {key: np.array([part[key] for part in parts]) for key in parts[0]}
        return found | {"losses": losses.T}


def _judged(study: Study, asked: Tasks, task: EvidenceTask, network: Network,
            rng: np.random.Generator) -> dict[str, float]:
    drawn = task.draw(max(study.trials, _JUDGING), rng)
    response = network.respond(drawn.inputs)
    best = BayesFilter(asked, task.noise.evidence, task.schedule).respond(drawn.inputs)
    found: dict[str, float] = {}
    logits, scores = response.logits[:, -1], best.scores[:, -1]
    for name, Z in (("", logits), ("states_", response.states[:, -1]), ("filter_", scores)):
        decoding = decode(Z, drawn.x)
        found |= {f"{name}inside": decoding.inside, f"{name}outside": float(decoding.outside.mean())}
    for name, each in (("loss", logits), ("filter_loss", logit_of_score(scores))):
        found[name] = float(np.mean(np.logaddexp(0, each) - drawn.answers * each))
    directions = latent_directions(logits, drawn.x)
    found["angles"] = float(direction_angles(directions)[0])
    found["task_angles"] = float(direction_angles(asked.C.T)[0]) if asked.n_tasks > 1 else np.nan
    return found


def _ranges(total: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, total)) for first in range(0, total, size)]


def run_study(study: Study, workers: int = 1, progress: Progress = lambda items, total: items) -> StudyRuns:
    """Run everything that the rows of a study need.

    workers: processes; results do not depend on it. progress: called with an iterable of finished jobs and their
    number, returns an iterable that yields them on. Raises InputError, and what training raises.
    """
    COUNT.check("workers", workers)
    kinds = [(name, span) for name in trained_names(study) for span in _ranges(study.seeds, _TOGETHER)]
    jobs = [joblib.delayed(_measure)(study, member) for member in range(study.seeds)]
    jobs += [joblib.delayed(_trained)(study, name, *span) for name, span in kinds]
    finished = joblib.Parallel(n_jobs=min(workers, len(jobs)), return_as="generator")(jobs)
    results = list(progress(finished, len(jobs)))
    measured, trained = results[:study.seeds], results[study.seeds:]
    gathered: dict[str, list[dict[str, Array]]] = {}
    for (name, _), part in zip(kinds, trained, strict=True):
        gathered.setdefault(name, []).append(part)
    return StudyRuns(
        FilterRuns(**{name: np.stack([part[name] for part in measured]) for name in measured[0]}),
        {name: TrainedRuns(**{key: np.concatenate([part[key] for part in parts]) for key in parts[0]})
         for name, parts in gathered.items()})
