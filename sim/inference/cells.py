"""Inference of tasks over a plane of parameters, the members of a cell together: functions for
``gateflow.sim.sweep``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import ArrayLike, NDArray

from gateflow.sim.inference.agents import Agent, ExactPosterior, Observer, OneStep
from gateflow.sim.inference.calibration import reliability
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import Sequences, draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.sim.sweep import groups
from gateflow.theory.checks import POSITIVE, SEED, Array, Range, array, choice
from gateflow.theory.inference.inputs import HAZARD, OVERLAP, TASKS, at_least_two
from gateflow.theory.inference.noise import IsotropicNoise

# What can be an axis, and its default. overlap: cosine of each two tasks; sigma: noise.
OVERLAP_AXES: Mapping[str, float] = {"overlap": 0.0, "sigma": 0.5}
# hazard: of a change; gain: a of the tracker; sigma: noise; distance: of each two tasks.
HAZARD_AXES: Mapping[str, float] = {"hazard": 0.05, "gain": 0.2, "sigma": 1.0, "distance": 1.0}
_RANGES = {"overlap": OVERLAP, "sigma": POSITIVE, "hazard": HAZARD, "gain": POSITIVE, "distance": POSITIVE}
# What all rows share. norms: of the tasks, one each; observations: of a member.
OVERLAP_FIXED: Mapping[str, Any] = {"norms": (1.0, 1.0, 1.0), "observations": 2000}
# momentum: of the tracker; length: of a sequence, of which the first burn observations are not judged.
HAZARD_FIXED: Mapping[str, Any] = {"n_tasks": 2, "momentum": 0.0, "length": 2000, "burn": 500}

_AGENTS: Mapping[str, Agent] = {"plain": OneStep(corrected=False), "corrected": OneStep(),
                                "posterior": ExactPosterior()}

Rows = Mapping[str, NDArray[Any]]
Streams = Sequence[SeedSequence]


def check_parameters(values: Mapping[str, Any]) -> None:
    """Check values of parameters, numbers or arrays. Raises InputError."""
    for name, value in values.items():
        _RANGES[choice("name", name, tuple(_RANGES))].check_all(name, value)


def _settings(parameters: Rows, fixed: Mapping[str, Any], axes: Mapping[str, float],
              shared: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Every parameter of every row (n,), and what all rows share. Raises InputError for unknown names."""
    n = len(next(iter(parameters.values())))
    for name in parameters:
        choice("name", name, tuple(axes))
    for name in fixed:
        choice("name", name, (*axes, *shared))
    columns = {name: np.broadcast_to(np.asarray(parameters.get(name, fixed.get(name, default)), dtype=float), n)
               for name, default in axes.items()}
    check_parameters({name: np.unique(values) for name, values in columns.items()})
    return columns, {name: fixed.get(name, default) for name, default in shared.items()}


def overlapping_tasks(norms: ArrayLike, overlap: float) -> Array:
    """K tasks (K, K) of the given norms (K,), of one cosine with each other, a task a row. Raises InputError."""
    s = POSITIVE.check_all("norms", array("norms", norms, ("K",)))
    at_least_two("norms", len(s))
    cosines = (1 - overlap) * np.eye(len(s)) + overlap
    return np.asarray(s[:, None] * np.linalg.cholesky(cosines))


def overlap_cells(parameters: Rows, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Inference from single observations in every row, each of a task drawn anew.

    parameters: any of OVERLAP_AXES (n,); fixed: others of them, and OVERLAP_FIXED. Returns shares (n,) of right
    decisions, accuracy_: plain (one step), corrected (one step and what it misses), posterior, converged (a free task
    vector iterated to its end, its sum not kept: least squares); and calibration_ of the first three: their error.
    """
    columns, shared = _settings(parameters, fixed, OVERLAP_AXES, OVERLAP_FIXED)
    Range(10, whole=True).check("observations", shared["observations"])
    found: dict[str, Array] = {f"accuracy_{name}": np.empty(len(streams)) for name in (*_AGENTS, "converged")}
    found |= {f"calibration_{name}": np.empty(len(streams)) for name in _AGENTS}
    for cell, rows in groups(columns):
        W = overlapping_tasks(shared["norms"], cell["overlap"])
        # Of K tasks a change with probability 1 − 1/K draws each anew.
        stream = draw_sequences(Contexts(W, IsotropicNoise(cell["sigma"])), RandomSwitches(1 - 1 / len(W)),
                             shared["observations"], [np.random.default_rng(streams[row]) for row in rows])
        for name, agent in _AGENTS.items():
            beliefs = agent.infer(stream.y, stream.model()).beliefs
            found[f"accuracy_{name}"][rows] = _right(beliefs, stream)
            found[f"calibration_{name}"][rows] = [reliability(q, tasks).expected_error
                                                  for q, tasks in zip(beliefs, stream.tasks, strict=True)]
        found["accuracy_converged"][rows] = _right(stream.y @ np.linalg.inv(W), stream)
    return found


def hazard_cells(parameters: Rows, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """A gradient tracker and the Bayesian observer on the same sequences in every row.

    parameters: any of HAZARD_AXES (n,); fixed: others of them, and HAZARD_FIXED. Returns (n,) each: error and mistakes,
    mean square over the variance of the task and share of wrong decisions, of tracker_ and observer_, and of the
    regret_, what the tracker has more. A seed's noise is the same in every cell.
    """
    columns, shared = _settings(parameters, fixed, HAZARD_AXES, HAZARD_FIXED)
    n_tasks, burn = TASKS.check("n_tasks", shared["n_tasks"]), SEED.check("burn", shared["burn"])
    length = Range(burn + 1, whole=True).check("length", shared["length"])
    found = {f"{who}_{what}": np.empty(len(streams)) for who in ("tracker", "observer", "regret")
             for what in ("error", "mistakes")}
    for world, rows in groups({name: columns[name] for name in ("hazard", "sigma", "distance")}):
        means = world["distance"] / np.sqrt(2) * np.eye(n_tasks)
        stream = draw_sequences(Contexts(means, IsotropicNoise(world["sigma"])), RandomSwitches(world["hazard"]),
                                length,
                             [np.random.default_rng(streams[row]) for row in rows])
        model = stream.model()
        _judge(found, "observer", rows, Observer(world["hazard"]).infer(stream.y, model).beliefs, stream, burn)
        for cell, members in groups({"gain": columns["gain"][rows]}):
            rate = 2 * cell["gain"] * world["sigma"] ** 2 / world["distance"] ** 2
            z = GradientTracker(rate, momentum=shared["momentum"]).follow(stream.y[members], model)
            chosen = Sequences(stream.world, stream.tasks[members], stream.u[members], stream.y[members])
            _judge(found, "tracker", rows[members], z, chosen, burn)
    for what in ("error", "mistakes"):
        found[f"regret_{what}"][:] = found[f"tracker_{what}"] - found[f"observer_{what}"]
    return found


def _right(scores: Array, stream: Sequences) -> Array:
    """Share of right decisions (S,) by scores (S, T, K)."""
    return np.asarray((scores.argmax(axis=-1) == stream.tasks).mean(axis=-1))


def _judge(found: Mapping[str, Array], who: str, rows: NDArray[np.int64], z: Array, stream: Sequences,
           burn: int) -> None:
    """Write down error and mistakes of vectors z (S, T, K)."""
    late, n_tasks = slice(burn, None), z.shape[-1]
    off = np.square(z - np.eye(n_tasks)[stream.tasks]).sum(axis=-1)[:, late]
    found[f"{who}_error"][rows] = off.mean(axis=1) / (1 - 1 / n_tasks)
    found[f"{who}_mistakes"][rows] = (z.argmax(axis=-1) != stream.tasks)[:, late].mean(axis=1)
