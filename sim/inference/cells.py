"""Inference of tasks over a plane of parameters, the members of a cell together: functions for sweeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import ArrayLike, NDArray

from gateflow.sim.inference.agents import Agent, ExactPosterior, Observer, OneStep
from gateflow.sim.inference.calibration import reliability
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import Sequences, draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.sim.sweep.grid import settings
from gateflow.theory.checks import MANY, POSITIVE, PROBABILITY, SCALE, SEED, Array, Range, array
from gateflow.theory.inference.inputs import HAZARD, OVERLAP, TASKS, at_least_two
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.parameters import Parameters, parameter

_AGENTS: Mapping[str, Agent] = {"plain": OneStep(corrected=False), "corrected": OneStep(),
                                "posterior": ExactPosterior()}
Values = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class OverlapCell(Parameters):
    """Single observations of tasks that overlap."""

    overlap: float = parameter(0.0, "cosine of each two tasks", OVERLAP)
    sigma: float = parameter(0.5, "noise", SCALE)
    norms: tuple[float, ...] = parameter((1.0, 1.0, 1.0), "norms of the tasks", SCALE)
    observations: int = parameter(2000, "observations of a member", Range(10, MANY.high, whole=True))


@dataclass(frozen=True)
class HazardCell(Parameters):
    """Sequences of orthogonal tasks that switch, and a tracker."""

    hazard: float = parameter(0.05, "probability of a switch", HAZARD)
    gain: float = parameter(0.2, "gain of the tracker", SCALE)
    sigma: float = parameter(1.0, "noise", SCALE)
    distance: float = parameter(1.0, "distance of each two tasks", SCALE)
    n_tasks: int = parameter(2, "number of tasks", TASKS)
    momentum: float = parameter(0.0, "momentum of the tracker", PROBABILITY)
    length: int = parameter(2000, "observations of a sequence", Range(1, MANY.high, whole=True))
    burn: int = parameter(500, "first observations, which are not judged", SEED)

    def __post_init__(self) -> None:
        """Check that something is judged."""
        super().__post_init__()
        Range(self.burn + 1, whole=True).check("length", self.length)

    def sequences(self, streams: Sequence[Generator]) -> Sequences:
        """Data, which do not depend on the tracker."""
        means = self.distance / np.sqrt(2) * np.eye(self.n_tasks)
        return draw_sequences(Contexts(means, IsotropicNoise(self.sigma)), RandomSwitches(self.hazard), self.length,
                              streams)

    def tracker(self) -> GradientTracker:
        """The tracker."""
        return GradientTracker(2 * self.gain * self.sigma**2 / self.distance**2, momentum=self.momentum)


def overlapping_tasks(norms: ArrayLike, overlap: float) -> Array:
    """K tasks (K, K) of the given norms (K,), of one cosine with each other, one a line. Raises InputError."""
    s = POSITIVE.check_all("norms", array("norms", norms, ("K",)))
    at_least_two("norms", len(s))
    return np.asarray(s[:, None] * np.linalg.cholesky((1 - overlap) * np.eye(len(s)) + overlap))


def overlap_cells(parameters: Values, streams: Sequence[SeedSequence], fixed: Mapping[str, Any]) -> dict[str, Array]:
    """Inference from single observations in every run, each of a task drawn anew.

    parameters, fixed: fields of ``OverlapCell``, (n,) and for all runs. Returns (n,) each: accuracy_, share of right
    decisions of plain (one step), corrected (one step and what it misses), posterior, converged (a free task vector
    iterated to its end, its sum not kept: least squares); calibration_, expected error of the first three.
    """
    names = [f"accuracy_{name}" for name in (*_AGENTS, "converged")] + [f"calibration_{name}" for name in _AGENTS]
    measured = {name: np.empty(len(streams)) for name in names}
    for cell, runs in settings(OverlapCell, parameters, fixed):
        W = overlapping_tasks(cell.norms, cell.overlap)
        # Of K tasks a change with probability 1 − 1/K draws each anew.
        data = draw_sequences(Contexts(W, IsotropicNoise(cell.sigma)), RandomSwitches(1 - 1 / len(W)),
                              cell.observations, [np.random.default_rng(streams[run]) for run in runs])
        for name, agent in _AGENTS.items():
            beliefs = agent.infer(data.y, data.model()).beliefs
            measured[f"accuracy_{name}"][runs] = (beliefs.argmax(axis=-1) == data.tasks).mean(axis=-1)
            measured[f"calibration_{name}"][runs] = [reliability(q, tasks).expected_error
                                                     for q, tasks in zip(beliefs, data.tasks, strict=True)]
        least_squares = (data.y @ np.linalg.inv(W)).argmax(axis=-1)
        measured["accuracy_converged"][runs] = (least_squares == data.tasks).mean(axis=-1)
    return measured


def hazard_cells(parameters: Values, streams: Sequence[SeedSequence], fixed: Mapping[str, Any]) -> dict[str, Array]:
    """A gradient tracker and the Bayesian observer on the same sequences in every run.

    parameters, fixed: fields of ``HazardCell``, (n,) and for all runs. Returns (n,) each: error and mistakes, mean
    square over the variance of the task and share of wrong decisions, of tracker_ and observer_, and of the regret_,
    what the tracker has more. A seed's noise is the same in every cell.
    """
    who, what = ("tracker", "observer", "regret"), ("error", "mistakes")
    measured = {f"{one}_{each}": np.empty(len(streams)) for one in who for each in what}
    last: Any = None
    for cell, runs in settings(HazardCell, parameters, fixed):
        # Cells that differ by the tracker alone share their data.
        key = (replace(cell, gain=1.0, momentum=0.0), *(streams[run].spawn_key for run in runs))
        if key != last:
            last, data = key, cell.sequences([np.random.default_rng(streams[run]) for run in runs])
            beliefs = Observer(cell.hazard).infer(data.y, data.model()).beliefs
        vectors = {"observer": beliefs, "tracker": cell.tracker().follow(data.y, data.model())}
        for one, z in vectors.items():
            squares = np.square(z - np.eye(cell.n_tasks)[data.tasks]).sum(axis=-1)[:, cell.burn:]
            measured[f"{one}_error"][runs] = squares.mean(axis=1) / (1 - 1 / cell.n_tasks)
            measured[f"{one}_mistakes"][runs] = (z.argmax(axis=-1) != data.tasks)[:, cell.burn:].mean(axis=1)
    for each in what:
        measured[f"regret_{each}"][:] = measured[f"tracker_{each}"] - measured[f"observer_{each}"]
    return measured
