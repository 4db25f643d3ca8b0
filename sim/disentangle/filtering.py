"""The exact filter, read with a finite precision: errors of its estimates and angles of its directions.

``filter_cells`` is a function for ``gateflow.sim.sweep``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.geometry import latent_directions
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.sim.sweep.grid import settings
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, MANY, SCALE, SIZE, STRENGTH, Array, InputError
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import FlatPrior, GaussianPrior, Prior, posterior_mean
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks
from gateflow.theory.parameters import Parameters, parameter


@takes(trials=SIZE, duration=SIZE)
def filter_errors(tasks: Tasks, rng: Generator, *, sigma: float, duration: int, precision: float, trials: int,
                  prior: str = "uniform", tolerance: float = 0.03) -> Array:
    """Squared errors (trials,), a factor, of the best estimate from the filter's outputs at the decision.

    sigma: noise of an observation
    duration: observations of a trial
    precision: δ, standard deviation of the error with which outputs are read
    prior: of the estimate where outputs are read exactly: "uniform", "flat" or "gaussian" (of the box's variance)
    tolerance: of ``read_latent``

    Without an error of reading, μ is known as far as tasks determine it; the part that they do not determine is guessed
    as 0. Raises InputError.
    """
    return ensemble_errors(tasks, [rng], sigma=sigma, duration=duration, precision=precision, trials=trials,
                           prior=prior, tolerance=tolerance)[0]


def ensemble_errors(tasks: Tasks, streams: Sequence[Generator], *, sigma: float, duration: int, precision: float,
                    trials: int, prior: str = "uniform", tolerance: float = 0.03) -> Array:
    """Errors (S, trials) as of ``filter_errors``, for each of S streams; all are read together, which costs less."""
    evidence = Evidence.isotropic(sigma, tasks.dimension)
    task = EvidenceTask.simple(tasks, sigma, duration)
    agent, seen = BayesFilter(tasks, evidence, task.schedule), []
    for rng in streams:
        drawn = task.draw(trials, rng)
        decision = agent.decision(drawn.inputs)
        seen.append((drawn.x, decision.outputs + precision * rng.standard_normal(decision.outputs.shape) if precision
                     else decision.states))
    x, last = (np.concatenate(each) for each in zip(*seen, strict=True))
    if precision:
        # Here: what is compiled takes a quarter of a second to load.
        from gateflow.sim.disentangle.reading import read_latent

        guess = read_latent(tasks, last, sigma_t=sigma / np.sqrt(duration), precision=precision,
                            tolerance=tolerance).mean
    else:
        guess = posterior_mean(last @ tasks.projector, evidence.mean_covariance(duration),
                               _prior(prior, tasks.dimension)) @ tasks.projector
    return np.mean((guess - x) ** 2, axis=1).reshape(-1, trials)


def _prior(name: str, dimension: int) -> Prior:
    if name == "uniform":
        return BoxPrior()
    return FlatPrior() if name == "flat" else GaussianPrior(VARIANCE * np.eye(dimension))


@dataclass(frozen=True)
class FilterSetting(Parameters):
    """One setting of the filter, by default that of DIS."""

    sigma: float = parameter(0.2, "noise of an observation", SCALE)
    duration: int = parameter(20, "observations of a trial", MANY)
    n_tasks: int = parameter(24, "number of tasks", SIZE)
    dimension: int = parameter(2, "number of factors", SIZE)
    precision: float = parameter(0.01, "standard deviation δ of the error with which outputs are read", STRENGTH)
    trials: int = parameter(200, "trials", MANY)
    tolerance: float = parameter(0.03, "of a reading", SCALE)
    prior: str = parameter("uniform", "of the estimate where outputs are read exactly", ("uniform", "flat", "gaussian"))
    tasks: str = parameter("auto", "even in the plane and random beyond, a new set for each seed, or one of these",
                           ("auto", "even", "random"))

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        if self.tasks == "even" and self.dimension != 2:
            raise InputError(f"dimension must be 2 for evenly spaced tasks, got {self.dimension}")

    def errors(self, seeds: Sequence[SeedSequence]) -> Array:
        """Mean squared errors (S,) of the latent, a factor; a seed's states are the same in every setting."""
        asked, shown = ([np.random.default_rng(SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, key)))
                         for seed in seeds] for key in (0, 1))
        if self.tasks == "even" or (self.tasks == "auto" and self.dimension == 2):
            return self._errors(evenly_spaced_tasks(self.n_tasks), shown)
        return np.concatenate([self._errors(random_tasks(self.n_tasks, self.dimension, one), [other])
                               for one, other in zip(asked, shown, strict=True)])

    def _errors(self, tasks: Tasks, shown: Sequence[Generator]) -> Array:
        return ensemble_errors(tasks, shown, sigma=self.sigma, duration=self.duration, precision=self.precision,
                               trials=self.trials, prior=self.prior, tolerance=self.tolerance).mean(axis=1)


@takes()
def filter_cells(parameters: Mapping[str, NDArray[Any]], streams: Sequence[SeedSequence],
                 fixed: Mapping[str, Any]) -> dict[str, Any]:
    """r2 = 1 − 12 error and error, the mean squared error of the latent, a factor, of every run (n,).

    parameters, fixed: fields of ``FilterSetting``. Raises InputError.
    """
    error = np.empty(len(streams))
    for setting, runs in settings(FilterSetting, parameters, fixed):
        error[runs] = setting.errors([streams[run] for run in runs])
    return {"r2": 1 - error / VARIANCE, "error": error}


@takes(sets=SIZE)
def filter_angles(n_tasks: int, dimension: int, sets: int, trials: int, rng: Generator, sigma: float = 1.0) -> Array:
    """Angles (sets, pairs) in rad between the directions in which the filter's logits move with each factor.

    n_tasks: N, random unit normals
    dimension: D
    sets: of tasks, one after another
    trials: to measure directions in
    sigma: noise of the one observation that the filter sees

    Directions come from fitting its logits by its states, whose law is nearly that of noise alone, alike in all
    directions, if sigma is large. Raises InputError.
    """
    tasks = random_tasks(sets * COUNT.check("n_tasks", n_tasks), dimension, rng)
    task = EvidenceTask.simple(tasks, sigma, 1)
    drawn = task.draw(trials, rng)
    decision = BayesFilter(tasks, task.noise.evidence, task.schedule).decision(drawn.inputs)
    directions = latent_directions(decision.logits, decision.states).reshape(dimension, sets, n_tasks)
    return np.array([direction_angles(directions[:, k]) for k in range(sets)])
