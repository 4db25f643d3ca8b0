"""The runs behind a study, spread over processes: one step, data from outside, gates, trackers and learners."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from gateflow.sim.inference.following import TrackingRuns, followed, settings
from gateflow.sim.inference.gating import GateRuns, gate_runs
from gateflow.sim.inference.inferring import DetectionRuns, StepRuns, detection_runs, step_runs
from gateflow.sim.inference.learning import LearningRuns, learning_runs
from gateflow.sim.inference.study import Study

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
_PARTS: dict[str, Callable[[Study], Any]] = {"learning": learning_runs, "steps": step_runs, "detection": detection_runs,
                                             "gates": gate_runs}


@dataclass(frozen=True, eq=False)
class StudyRuns:
    """All runs of a study."""

    steps: StepRuns
    detection: DetectionRuns
    gates: GateRuns
    tracking: TrackingRuns
    learning: LearningRuns


def _part(study: Study, name: str) -> Any:
    with threadpool_limits(limits=1):
        return _PARTS[name](study)


def _tracked(study: Study, index: int) -> Any:
    with threadpool_limits(limits=1):
        return followed(study, index)


def run_study(study: Study, workers: int = 1, progress: Progress = lambda items, total: items) -> StudyRuns:
    """Run everything that the rows of a study need.

    workers: processes; results do not depend on it. progress: called with an iterable of finished jobs and their
    number, returns an iterable that yields them on. Raises what learning raises.
    """
    jobs = [joblib.delayed(_part)(study, name) for name in _PARTS]
    jobs += [joblib.delayed(_tracked)(study, k) for k in range(len(list(settings(study))))]
    finished = joblib.Parallel(n_jobs=min(workers, len(jobs)), return_as="generator")(jobs)
    results = list(progress(finished, len(jobs)))
    tracked = results[len(_PARTS):]
    tracking = TrackingRuns(**{name: np.stack([part[name] for part in tracked], axis=1) for name in tracked[0]})
    return StudyRuns(tracking=tracking, **dict(zip(_PARTS, results, strict=False)))
