"""Runs that experiments share: descents and flows from the same initial weights, as jobs of a few members each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.sim.gated.descent import check_step, descend, descend_alike, stable_step
from gateflow.sim.gated.integration import follow_span, integrate
from gateflow.sim.gated.setting import Setting
from gateflow.sim.gated.trajectory import Setup, Trajectory
from gateflow.theory.checks import Array
from gateflow.theory.gated.flow import residual
from gateflow.theory.gated.model import GatedModel, GateRegulariser

# A restarted block needs to be followed only to far below the error of a step.
RESTART_RTOL = 1e-7


def descent(setting: Setting, kind: str, first: int, last: int) -> Trajectory:
    """Descent of members first … last − 1 on the expected gradient; kind: "population", or "half" at dt/2."""
    dt, every = setting.dt, setting.record_every
    if kind == "half":
        # Of the step that was asked for, before it is halved.
        check_step(dt, stable_step(setting.model, setting.teachers(), "population", 1, setting.covariance()))
        dt, every = dt / 2, 2 * every
    return descend(setting.model, setting.teachers(), setting.curriculum(), **setting.initial(first, last), dt=dt,
                   record_every=every, covariance=setting.covariance())


def on_batches(settings: tuple[Setting, ...], first: int, last: int) -> list[Trajectory]:
    """Descent of members first … last − 1 on Gaussian batches, those of all settings of an experiment together."""
    one = settings[0]
    return descend_alike([setting.model for setting in settings], one.teachers(), one.curriculum(),
                         **one.initial(first, last), dt=one.dt, record_every=one.record_every, inputs="gaussian",
                         batch_size=one.batch_size, rng=one.inputs(first, last), covariance=one.covariance())


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


def restarts(setting: Setting, run: Trajectory) -> Distances:
    """Distances of a descent of all members of a setting from the flow, restarted every block."""
    start, bounds, dt = setting.initial(0, setting.seeds), run.curriculum.bounds(), run.settings["dt"]
    W, c = (np.concatenate([start[name][:, None], ends[:, :-1]], axis=1)
            for name, ends in (("W0", run.W_block), ("c0", run.c_block)))
    gates, loss, mean_gates = (np.empty(c.shape[:2]) for _ in range(3))
    block_of, steps = block_index(run.t, bounds), np.round(run.t / dt).astype(int)
    begun = np.round(bounds / dt).astype(int)
    alike: dict[Any, list[int]] = {}
    for block, task in enumerate(run.curriculum.tasks):
        since = (steps[block_of == block] - begun[block]).tolist()
        alike.setdefault((task, begun[block + 1] - begun[block], *since), []).append(block)
    # Blocks of one task, with records at the same steps, are members of one ensemble.
    for (task, length, *since), blocks in alike.items():
        inside = np.stack([np.flatnonzero(block_of == block) for block in blocks])
        begun_there = Setup(run.model, Curriculum((task,), (length * dt,)), run.W_star,
                            W[:, blocks].reshape(-1, *W.shape[2:]), c[:, blocks].reshape(-1, c.shape[-1]))
        span, followed = follow_span(begun_there, np.array(since) * dt, RESTART_RTOL, setting.covariance())
        c_flow, y = followed.states
        error = residual(y, c_flow, span.targets[:, None, task])
        shape = len(run.c), len(blocks), len(since)
        distance = np.abs(run.c[:, inside] - c_flow.reshape(*shape, -1))
        gates[:, blocks], mean_gates[:, blocks] = distance.max(axis=(2, 3)), distance.mean(axis=(2, 3))
        missed = run.loss[:, inside] - (error**2 @ span.variance / 2).reshape(shape)
        loss[:, blocks] = np.abs(missed).max(axis=2)
    return Distances(gates, loss, mean_gates)


# Function, and microseconds of a member for a step, in the default sizes; of batches, for each setting.
_KINDS: dict[str, tuple[Any, float]] = {"flow": (flow, 1.0), "population": (descent, 2.0), "half": (descent, 4.0)}
_BATCHES = 5.0
# Members of one job: all are taken side by side.
_TOGETHER = 10


def ensemble_jobs(setting: Setting, kind: str) -> list[Job]:
    """Jobs that run all members of a setting; kind: one of those of ``descent``, or "flow"."""
    function, cost = _KINDS[kind]
    return _jobs(function, (setting, kind), setting, cost)


def batch_jobs(settings: Sequence[Setting]) -> list[Job]:
    """Jobs that run all members of all settings of an experiment on batches."""
    return _jobs(on_batches, (tuple(settings),), settings[0], _BATCHES * len(settings))


def _jobs(function: Any, about: tuple[Any, ...], setting: Setting, cost: float) -> list[Job]:
    model = setting.model
    steps = setting.curriculum().resolve(model).steps(setting.dt).sum()
    seconds = 1e-6 * cost * float(steps) * model.n_paths * model.d_out * model.d_in / 400
    return [Job(function, (*about, first, min(first + _TOGETHER, setting.seeds)), seconds * _TOGETHER,
                seconds * _TOGETHER) for first in range(0, setting.seeds, _TOGETHER)]


def free(setting: Setting) -> Setting:
    """The same networks without a cost on their gates."""
    return replace(setting, model=replace(setting.model, regulariser=GateRegulariser()))


def step_allowance(model: GatedModel, dt: float) -> float:
    """How far one step moves gates and weights that move at rate 1/τ: what descent cannot follow the flow within."""
    bound = 0.0 if model.regulariser.hard else model.regulariser.nonneg_strength
    return dt * (1 + bound) / model.tau_c + dt / model.tau_w
