"""Gradient descent on weights and gates of an ensemble of gated networks."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.sim.gated.compression import gated_factors
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.trajectory import Recording, Setup, Trajectory
from gateflow.sim.network.descent import INPUTS, Streams, descent_pieces
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.gated.model import GatedModel, teacher_strength
from gateflow.theory.network.network import Network


def _streams(rng: Streams, n_members: int) -> tuple[list[Generator], Any]:
    """One stream a member, and what to write down so that they can be had again."""
    if rng is None:
        rng = np.random.default_rng()
    if isinstance(rng, Generator):
        seed = rng.bit_generator.seed_seq
        written = {"entropy": getattr(seed, "entropy", None), "spawn_key": list(getattr(seed, "spawn_key", ())),
                   "children_spawned": getattr(seed, "n_children_spawned", None)}
        return rng.spawn(n_members), written
    streams = list(rng)
    if len(streams) != n_members or not all(isinstance(stream, Generator) for stream in streams):
        raise InputError(f"rng must be a Generator or {n_members} of them, one a member, got {len(streams)}")
    return streams, [_streams(stream, 0)[1] for stream in streams]


def _check_step(setup: Setup, dt: float, kind: str, batch_size: int, covariance: Array | None) -> None:
    variance = 1.0 if covariance is None else float(np.linalg.eigvalsh(covariance)[-1])
    # Largest eigenvalue of a batch's second moment, at the edge of its spectrum.
    largest = variance if kind == "population" else variance * (1 + np.sqrt(setup.model.d_in / batch_size)) ** 2
    limit = 2 / setup.model.fastest_rate(teacher_strength(setup.W_star, covariance), largest)
    if dt >= limit:
        raise InputError(f"dt must be below {limit:.3g}, 2 / the fastest rate of weights and gates, got {dt:g}")


@takes()
def descend(model: GatedModel, W_star: ArrayLike, curriculum: Curriculum, *, W0: ArrayLike, c0: ArrayLike,
            dt: float = 1e-3, inputs: str = "population", batch_size: int = 200, record_every: int = 20,
            rng: Streams = None, covariance: ArrayLike | None = None) -> Trajectory:
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

    A hard bound (infinite nonneg_strength) projects the gates on c ≥ 0 after each step.

    Returns a Trajectory. Raises InputError for bad input, FloatingPointError if descent diverges all the same.
    Equation: NTA, section 2; the law of a batch: module gateflow.sim.network.inputs.
    """
    setup = Setup.checked(model, W_star, curriculum, W0, c0)
    dt = POSITIVE.check("dt", dt)
    choice("inputs", inputs, INPUTS)
    COUNT.check("batch_size", batch_size)
    COUNT.check("record_every", record_every)
    sigma = checked_covariance(covariance, model.d_in)
    _check_step(setup, dt, inputs, batch_size, sigma)
    n_steps = setup.curriculum.steps(dt)
    settings: dict[str, Any] = {"method": "descend", "dt": dt, "inputs": inputs, "record_every": record_every,
                                "covariance": None if sigma is None else sigma.tolist()}
    streams: list[Generator] = []
    if inputs != "population":
        streams, written = _streams(rng, len(setup.W0))
        settings |= {"batch_size": batch_size, "rng": written}
    recording = Recording(setup, np.arange(0, n_steps.sum(), record_every) * dt, sigma)
    _run(setup, recording, sigma, record_every=record_every, dt=dt, inputs=inputs, batch_size=batch_size, rng=streams)
    return recording.finish(settings)


def _run(setup: Setup, recording: Recording, covariance: Array | None, **how: Any) -> None:
    """Take all steps of the network p,pij->ij, filling the recording; how: options of ``descent_pieces``."""
    model = setup.model
    factors = gated_factors(model.regulariser, tau_w=model.tau_w, tau_c=model.tau_c)
    network = Network("p,pij->ij", factors, {"p": model.n_paths, "i": model.d_out, "j": model.d_in})
    tasks = squared_tasks(network, setup.W_star, covariance=covariance)
    schedule = Schedule(setup.curriculum.tasks, setup.curriculum.durations or ())
    for piece in descent_pieces(network, tasks, schedule, (setup.c0, setup.W0), **how):
        c, W = piece.states
        recording.store(slice(None), piece.records, W, c, piece.held[0] * how["dt"])
        recording.c_block[:, piece.blocks], recording.W_block[:, piece.blocks] = piece.at_ends
