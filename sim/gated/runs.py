"""Runs that experiments share: descents and flows from the same initial weights, as jobs of a few members each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.sim.gated.descent import check_step, descend, stable_step
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.setting import Setting
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel, GateRegulariser

# A restarted block needs to be followed only to far below the error of a step.
_RESTART_RTOL = 1e-7


def descent(setting: Setting, kind: str, first: int, last: int) -> Trajectory:
    """Descent of members first … last − 1; kind: "population", "half" (the same at dt/2) or "gaussian"."""
    dt, every = setting.dt, setting.record_every
    if kind == "half":
        # Of the step that was asked for, before it is halved.
        check_step(dt, stable_step(setting.model, setting.teachers(), "population", 1, setting.covariance()))
        dt, every = dt / 2, 2 * every
    return descend(setting.model, setting.teachers(), setting.curriculum(), **setting.initial(first, last), dt=dt,
                   record_every=every, inputs="gaussian" if kind == "gaussian" else "population",
                   batch_size=setting.batch_size, rng=setting.inputs(first, last), covariance=setting.covariance())


def flow(setting: Setting, kind: str, first: int, last: int) -> Trajectory:
    """The reduced flow of members first … last − 1, at the times that descent records."""
    steps = setting.curriculum().resolve(setting.model).steps(setting.dt).sum()
    t = np.arange(0, steps, setting.record_every) * setting.dt
    return integrate(setting.model, setting.teachers(), setting.curriculum(), **setting.initial(first, last), t_eval=t,
                     covariance=setting.covariance())


@dataclass(frozen=True)
class Distances:
    """How far descent strays, in each block, from the flow that starts where descent starts the block.

    gates, loss: largest distance over time and gates (S, blocks); mean_gates: mean over time and gates (S, blocks).
    """

    gates: Array
    loss: Array
    mean_gates: Array


def restarts(setting: Setting, kind: str, first: int, last: int) -> Distances:
    """Distances of a descent (see ``descent``) from the flow, restarted every block."""
    run, state = descent(setting, kind, first, last), setting.initial(first, last)
    bounds, tasks = run.curriculum.bounds(), run.curriculum.tasks
    gates, loss, mean_gates = (np.empty((last - first, len(tasks))) for _ in range(3))
    block_of = block_index(run.t, bounds)
    for block, (start, end) in enumerate(pairwise(bounds)):
        inside = block_of == block
        followed = integrate(run.model, run.W_star, Curriculum(tasks[block:block + 1], (end - start,)), **state,
                             t_eval=np.maximum(run.t[inside] - start, 0), rtol=_RESTART_RTOL,
                             covariance=setting.covariance())
        distance = np.abs(run.c[:, inside] - followed.c)
        gates[:, block], mean_gates[:, block] = distance.max(axis=(1, 2)), distance.mean(axis=(1, 2))
        loss[:, block] = np.abs(run.loss[:, inside] - followed.loss).max(axis=1)
        state = {"W0": run.W_block[:, block], "c0": run.c_block[:, block]}
    return Distances(gates, loss, mean_gates)


# Function, members of one job (descent is vectorised over them, the flow takes them one by one), and cost of a member.
_KINDS: dict[str, tuple[Any, int, float]] = {
    "flow": (flow, 5, 1.0), "population": (descent, 10, 0.3), "half": (descent, 10, 0.6),
    "gaussian": (descent, 10, 1.0), "restarts": (restarts, 5, 2.0),
    "restarts_half": (restarts, 5, 2.3)}


def ensemble_jobs(setting: Setting, kind: str) -> list[Job]:
    """Jobs that run all members of a setting; kind: one of those of ``descent``, "flow", "restarts(_half)"."""
    function, size, cost = _KINDS[kind]
    name = {"restarts": "population", "restarts_half": "half"}.get(kind, kind)
    return [Job(function, (setting, name, first, min(first + size, setting.seeds)), cost * size * setting.blocks)
            for first in range(0, setting.seeds, size)]


def free(setting: Setting) -> Setting:
    """The same networks without a cost on their gates."""
    return replace(setting, model=replace(setting.model, regulariser=GateRegulariser()))


def joined(parts: Sequence[Distances]) -> Distances:
    """Put distances of members together, member after member."""
    return Distances(*(np.concatenate([getattr(part, entry.name) for part in parts]) for entry in fields(Distances)))


def step_allowance(model: GatedModel, dt: float) -> float:
    """How far one step moves gates and weights that move at rate 1/τ: what descent cannot follow the flow within."""
    bound = 0.0 if model.regulariser.hard else model.regulariser.nonneg_strength
    return dt * (1 + bound) / model.tau_c + dt / model.tau_w
