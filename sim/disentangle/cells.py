"""The exact filter, read with a finite precision, over a plane of parameters: functions for ``gateflow.sim.sweep``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from gateflow.sim.disentangle.agents import BayesFilter, Imprecise
from gateflow.sim.disentangle.geometry import latent_directions
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.reading import read_latent
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.sim.sweep import groups
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, choice, number
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import FlatPrior, GaussianPrior, Prior, posterior_mean
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks

# What can be an axis, and its default: the setting of DIS.
PARAMETERS: Mapping[str, float] = {"sigma": 0.2, "duration": 20, "n_tasks": 24, "dimension": 2, "delta": 0.01}
# What all rows share. trials, tolerance: of a reading; prior: of the estimate, where outputs are read exactly; tasks:
# "even" (D = 2 only), "random", or "auto", even for D = 2 and random beyond, a new set for each seed.
FIXED: Mapping[str, Any] = {"trials": 200, "tolerance": 0.03, "prior": "uniform", "tasks": "auto"}
PRIORS = ("uniform", "flat", "gaussian")

Rows = Mapping[str, NDArray[Any]]
Streams = Sequence[SeedSequence]


def check_parameters(values: Mapping[str, Any]) -> None:
    """Check values of parameters, numbers or arrays. Raises InputError."""
    for name, value in values.items():
        choice("name", name, tuple(PARAMETERS))
        for each in np.ravel(value):
            if name in ("sigma", "delta"):
                number(name, float(each), minimum=0, open_below=name == "sigma")
            else:
                COUNT.check(name, int(each) if float(each).is_integer() else each.item())


def _settings(parameters: Rows, fixed: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Every parameter of every row (n,), and what all rows share. Raises InputError for unknown names."""
    n = len(next(iter(parameters.values())))
    for name in fixed:
        choice("name", name, (*PARAMETERS, *FIXED))
    columns = {name: np.broadcast_to(np.asarray(parameters.get(name, fixed.get(name, default)), dtype=float), n)
               for name, default in PARAMETERS.items()}
    check_parameters({name: np.unique(values) for name, values in columns.items()})
    shared = {name: fixed.get(name, default) for name, default in FIXED.items()}
    COUNT.check("trials", shared["trials"])
    POSITIVE.check("tolerance", shared["tolerance"])
    choice("prior", shared["prior"], PRIORS)
    choice("tasks", shared["tasks"], ("auto", "even", "random"))
    return columns, shared


def _stream(seed: SeedSequence, key: int) -> Generator:
    return np.random.default_rng(SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, key)))


def _tasks(kind: str, n_tasks: int, dimension: int, rng: Generator) -> Tasks:
    if kind == "even" or (kind == "auto" and dimension == 2):
        if dimension != 2:
            raise InputError(f"dimension must be 2 for evenly spaced tasks, got {dimension}")
        return evenly_spaced_tasks(n_tasks)
    return random_tasks(n_tasks, dimension, rng)


def _prior(name: str, dimension: int) -> Prior:
    if name == "uniform":
        return BoxPrior()
    return FlatPrior() if name == "flat" else GaussianPrior(VARIANCE * np.eye(dimension))


def filter_errors(tasks: Tasks, sigma: float, duration: int, delta: float, trials: int, rng: Generator,
                  prior: str = "uniform", tolerance: float = 0.03) -> Array:
    """Squared errors (trials,), a factor, of the best estimate from the filter's outputs at the decision.

    Outputs are read with an error of standard deviation delta. Without one, μ is known as far as tasks determine it,
    and the estimate is the posterior mean under a prior, "uniform", "flat" or "gaussian" (of the box's variance); the
    part that tasks do not determine is guessed as 0. tolerance: of ``read_latent``. Raises InputError.
    """
    evidence = Evidence.isotropic(sigma, tasks.dimension)
    task = EvidenceTask.simple(tasks, sigma, duration)
    drawn = task.draw(trials, rng)
    agent = BayesFilter(tasks, evidence, task.schedule)
    if delta:
        read = Imprecise(agent, delta).respond(drawn.inputs, rng).outputs[:, -1]
        guess = read_latent(tasks, read, sigma / np.sqrt(duration), delta, tolerance).mean
    else:
        known = agent.respond(drawn.inputs).at(-1).states @ tasks.projector
        guess = posterior_mean(known, evidence.mean_covariance(duration), _prior(prior, tasks.dimension))
        guess = guess @ tasks.projector
    return np.asarray(np.mean((guess - drawn.x) ** 2, axis=1))


def filter_cells(parameters: Rows, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """The exact filter of every row: r2 = 1 − 12 error and error, the mean squared error of the latent, a factor.

    parameters: any of PARAMETERS (n,); fixed: others of them, and FIXED. A seed's states are the same in every cell.
    """
    columns, shared = _settings(parameters, fixed)
    error = np.empty(len(streams))
    for cell, rows in groups(columns):
        for row in rows:
            n_tasks, dimension = int(cell["n_tasks"]), int(cell["dimension"])
            tasks = _tasks(shared["tasks"], n_tasks, dimension, _stream(streams[row], 0))
            error[row] = filter_errors(tasks, cell["sigma"], int(cell["duration"]), cell["delta"], shared["trials"],
                                       _stream(streams[row], 1), shared["prior"], shared["tolerance"]).mean()
    return {"r2": 1 - error / VARIANCE, "error": error}


def filter_angles(n_tasks: int, dimension: int, sets: int, trials: int, rng: Generator, sigma: float = 1.0) -> Array:
    """Angles (sets, pairs) in rad between the directions in which the filter's logits move with each factor.

    Tasks are random unit normals, one set after another; the filter sees one observation of noise sigma; directions
    come from fitting its logits by its states, whose law is nearly that of noise alone, alike in all directions, if
    sigma is large. Raises InputError.
    """
    tasks = random_tasks(COUNT.check("sets", sets) * COUNT.check("n_tasks", n_tasks), dimension, rng)
    task = EvidenceTask.simple(tasks, sigma, 1)
    drawn = task.draw(trials, rng)
    response = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(drawn.inputs)
    logits = response.at(-1).logits
    directions = latent_directions(logits, response.states[:, -1]).reshape(dimension, sets, n_tasks)
    return np.array([direction_angles(directions[:, k]) for k in range(sets)])
