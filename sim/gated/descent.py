"""Gradient descent on weights and gates of an ensemble of gated networks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.trajectory import Recording, Setup, Trajectory
from gateflow.sim.network.descent import INPUTS, Streams, descent_pieces, member_streams
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.tables import VARIED
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.gated.model import GatedModel, teacher_strength
from gateflow.theory.network.network import Network


def stable_step(model: GatedModel, W_star: Array, kind: str, batch_size: int, covariance: Array | None) -> float:
    """2 / the fastest rate of weights and gates: with a longer step descent goes astray near the end of learning."""
    variance = 1.0 if covariance is None else float(np.linalg.eigvalsh(covariance)[-1])
    # Largest eigenvalue of a batch's second moment, at the edge of its spectrum.
    largest = variance if kind == "population" else variance * (1 + np.sqrt(model.d_in / batch_size)) ** 2
    return float(2 / model.fastest_rate(teacher_strength(W_star, covariance), largest))


def check_step(dt: float, limit: float) -> None:
    """Raise InputError for a step that is not below the limit of stability."""
    if dt >= limit:
        raise InputError(f"dt must be below {limit:.3g}, 2 / the fastest rate of weights and gates, got {dt:g}")


@takes()
def descend(model: GatedModel, W_star: ArrayLike, curriculum: Curriculum, *, W0: ArrayLike, c0: ArrayLike,
            dt: float = 1e-3, inputs: str = "population", batch_size: int = 200, record_every: int = 20,
            rng: Streams = None, covariance: ArrayLike | None = None, allow_unstable: bool = False) -> Trajectory:
    """Train S networks by gradient descent, θ ← θ − (dt/τ_θ) ∂(L̂ + R)/∂θ, weights and gates together.

    W_star (M, d_out, d_in): teachers.
    W0 (S, P, d_out, d_in), c0 (S, P): initial weights and gates.
    dt: step, in the unit of time of the model; every block must be a whole number of steps long.
    inputs: "population" (the expected gradient), "gaussian" (the law of a fresh batch of batch_size Gaussian inputs,
    drawn through its second moment) or "batch" (the batch itself is drawn).
    record_every: every how many steps a state is recorded, before its step.
    rng: a Generator, from which one is spawned for each member, or one Generator a member; a member's result does not
    depend on the members beside it. By default fresh entropy, which is written down in the settings of the result.
    covariance: Σ (d_in, d_in) of the inputs, by default the identity.
    allow_unstable: take also steps that are too long to be stable, as published few-shot runs do: the settings of the
    result then have the step below which descent is stable, "stable_below".

    A hard bound (infinite nonneg_strength) projects the gates on c ≥ 0 after each step.

    Returns a Trajectory. Raises InputError for bad input, FloatingPointError if descent diverges all the same.
    Equation: NTA, section 2; the law of a batch: module gateflow.sim.network.inputs.
    """
    return descend_alike((model,), W_star, curriculum, W0=W0, c0=c0, dt=dt, inputs=inputs, batch_size=batch_size,
                         record_every=record_every, rng=rng, covariance=covariance, allow_unstable=allow_unstable)[0]


def descend_alike(models: Sequence[GatedModel], W_star: ArrayLike, curriculum: Curriculum, *, W0: ArrayLike,
                  c0: ArrayLike, dt: float = 1e-3, inputs: str = "population", batch_size: int = 200,
                  record_every: int = 20, rng: Streams = None, covariance: ArrayLike | None = None,
                  allow_unstable: bool = False) -> list[Trajectory]:
    """``descend`` from one start and on the same inputs, which are drawn once, by each of several models.

    Where inputs are drawn, results differ from those of each alone by the rounding of a larger product.
    Models differ at most in time constants of weights and gates and in costs, of one norm where there is one.
    """
    setups = [Setup.checked(model, W_star, curriculum, W0, c0) for model in models]
    model, setup, dt = models[0], setups[0], POSITIVE.check("dt", dt)
    choice("inputs", inputs, INPUTS)
    COUNT.check("batch_size", batch_size)
    COUNT.check("record_every", record_every)
    sigma = checked_covariance(covariance, model.d_in)
    limits = [stable_step(each, setup.W_star, inputs, batch_size, sigma) for each in models]
    if not allow_unstable:
        check_step(dt, min(limits))
    n_steps = setup.curriculum.steps(dt)
    settings: dict[str, Any] = {"method": "descend", "dt": dt, "inputs": inputs, "record_every": record_every,
                                "covariance": None if sigma is None else sigma.tolist()}
    streams: list[Generator] = []
    if inputs != "population":
        streams, written = member_streams(rng, len(setup.W0))
        settings |= {"batch_size": batch_size, "rng": written}
    recordings = [Recording(each, np.arange(0, n_steps.sum(), record_every) * dt, sigma) for each in setups]
    _run(setups, recordings, sigma, record_every=record_every, dt=dt, inputs=inputs, batch_size=batch_size, rng=streams)
    return [recording.finish(settings | ({"stable_below": limit} if dt >= limit else {}))
            for recording, limit in zip(recordings, limits, strict=True)]


def _run(setups: Sequence[Setup], recordings: Sequence[Recording], covariance: Array | None, **how: Any) -> None:
    """Take all steps of the network p,pij->ij, filling the recordings; how: options of ``descent_pieces``."""
    model, start, members = setups[0].model, setups[0], len(setups[0].W0)
    gates, weights = model.factors
    if len(setups) > 1:
        every = zip(*(setup.model.factors for setup in setups), strict=True)
        how |= {"varied": {same[0].name: {field: np.repeat([getattr(factor, field) for factor in same], members)
                                          for field in VARIED} for same in every},
                "sees": np.tile(np.arange(members), len(setups))}
        norms = {setup.model.regulariser.norm for setup in setups} - {None}
        gates = replace(gates, norm=norms.pop() if norms else None, norm_strength=0.0)
    network = Network("p,pij->ij", (gates, weights), {"p": model.n_paths, "i": model.d_out, "j": model.d_in})
    tasks = squared_tasks(network, start.W_star, covariance=covariance)
    schedule = Schedule(start.curriculum.tasks, start.curriculum.durations or ())
    initial = [np.concatenate([theta] * len(setups)) for theta in (start.c0, start.W0)]
    for piece in descent_pieces(network, tasks, schedule, initial, **how):
        for k, (setup, recording) in enumerate(zip(setups, recordings, strict=True)):
            mine = slice(k * members, (k + 1) * members)
            c, W = (theta[mine] for theta in piece.states)
            held = piece.held[0][mine] if setup.model.regulariser.kinked else 0.0
            recording.store(slice(None), piece.records, W, c, np.multiply(held, how["dt"]))
            recording.c_block[:, piece.blocks[0]], recording.W_block[:, piece.blocks[0]] = (
                theta[mine] for theta in piece.at_ends)
