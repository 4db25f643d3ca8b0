"""Teachers W*_m: ways to make them. All return (M, d_out, d_in)."""

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.sim.network.teachers import orthogonal_matrix, with_cosines
from gateflow.theory.arguments import takes
from gateflow.theory.checks import (
    AT_LEAST_0,
    MEMBERS,
    POSITIVE,
    REAL,
    SIZE,
    Array,
    InputError,
    Range,
    array,
    check_memory,
)


def _sizes(n_tasks: int, d_out: int, d_in: int) -> None:
    for name, value in (("n_tasks", n_tasks), ("d_out", d_out), ("d_in", d_in)):
        SIZE.check(name, value)
    check_memory(8.0 * n_tasks * d_out * d_in, f"{n_tasks} matrices of {d_out} x {d_in}")


@takes()
def orthogonal_teachers(n_tasks: int, d_out: int, d_in: int, rng: Generator) -> Array:
    """Teachers orthogonal row by row, as in the default setting (NTA, appendix on simulations).

    The rows of random orthogonal matrices, d_out to each teacher, scaled by 1/√d_in, so that ‖W*_m‖² = d_out/d_in.
    One orthogonal matrix serves all teachers if it has rows enough (n_tasks · d_out ≤ d_in); otherwise row i
    of all teachers comes from one matrix, and only equal rows are orthogonal across teachers (n_tasks ≤ d_in).
    Raises InputError if neither fits.
    """
    _sizes(n_tasks, d_out, d_in)
    if n_tasks * d_out <= d_in:
        return orthogonal_matrix(d_in, rng)[: n_tasks * d_out].reshape(n_tasks, d_out, d_in) / np.sqrt(d_in)
    if n_tasks > d_in:
        raise InputError(f"n_tasks must be at most d_in = {d_in} for orthogonal teachers, got {n_tasks}")
    rows = [orthogonal_matrix(d_in, rng)[:n_tasks] for _ in range(d_out)]
    return np.stack(rows, axis=1) / np.sqrt(d_in)


@takes()
def random_teachers(n_tasks: int, d_out: int, d_in: int, rng: Generator) -> Array:
    """Teachers with independent N(0, 1/d_in²) entries, so that E‖W*_m‖² = d_out/d_in as in the default setting."""
    _sizes(n_tasks, d_out, d_in)
    return rng.standard_normal((n_tasks, d_out, d_in)) / d_in


@takes()
def overlapping_teachers(overlap: ArrayLike, d_out: int, d_in: int, rng: Generator) -> Array:
    """Teachers of norm √(d_out/d_in) whose cosines are prescribed, row by row (NTA, figure A13).

    overlap: (M, M), symmetric, positive semidefinite, 1 on its diagonal; or one number, the cosine of two teachers.
    Row i of teacher m has the cosine overlap[m, n] with row i of teacher n. Raises InputError.
    """
    n_tasks = 2 if np.ndim(overlap) == 0 else len(np.asarray(overlap))
    return with_cosines(orthogonal_teachers(n_tasks, d_out, d_in, rng), overlap)


@takes()
def modal_teachers(strengths: ArrayLike, d_out: int, d_in: int, rng: Generator) -> Array:
    """Teachers that share random singular vectors, W*_m = U diag(s_m) Vᵀ (NTA, figures A1 and A2).

    strengths: s (M, R), R ≤ min(d_out, d_in); negative entries flip a mode. Raises InputError.
    """
    s = array("strengths", strengths, ("M", "R"))
    _sizes(len(s), d_out, d_in)
    if s.shape[1] > min(d_out, d_in):
        raise InputError(f"strengths must have at most min(d_out, d_in) = {min(d_out, d_in)} columns, got {s.shape[1]}")
    left, right = orthogonal_matrix(d_out, rng)[:, : s.shape[1]], orthogonal_matrix(d_in, rng)[:, : s.shape[1]]
    return np.asarray((left * s[:, None, :]) @ right.T)


@takes()
def ranked_teachers(rank: int, n_tasks: int, d_out: int, d_in: int, rng: Generator, strength: float = 1.0) -> Array:
    """Orthogonal teachers of a rank, with all singular values of one strength and no singular vector shared.

    Teacher m takes ``rank`` left and right singular vectors of its own, n_tasks · rank ≤ min(d_out, d_in) (NTA, figure
    A2). Raises InputError.
    """
    _sizes(n_tasks, d_out, d_in)
    POSITIVE.check("strength", strength)
    if n_tasks > min(d_out, d_in):
        raise InputError(f"n_tasks must be at most min(d_out, d_in) = {min(d_out, d_in)}, got {n_tasks}")
    Range(1, min(d_out, d_in) // n_tasks, whole=True).check("rank", rank)
    left, right = (orthogonal_matrix(d, rng)[: n_tasks * rank].reshape(n_tasks, rank, d) for d in (d_out, d_in))
    return np.asarray(strength * np.einsum("mri,mrj->mij", left, right))


@takes()
def with_mixtures(W_star: ArrayLike, weights: ArrayLike) -> Array:
    """Append mixtures Σ_m weights[k, m] W*_m to the teachers, as further tasks (NTA, figure 3).

    W_star (M, d_out, d_in), weights (K, M). Returns (M + K, d_out, d_in). Raises InputError.
    """
    teachers = array("W_star", W_star, ("M", "d_out", "d_in"))
    mixing = array("weights", weights, ("K", len(teachers)))
    return np.concatenate([teachers, np.tensordot(mixing, teachers, axes=1)])


@takes()
def initial_weights(n_members: int, n_paths: int, d_out: int, d_in: int, rng: Generator | list[Generator],
                    scale: float = 0.01) -> Array:
    """Initial weights with entries N(0, (scale/√d_in)²). Returns (n_members, n_paths, d_out, d_in).

    rng: a Generator, from which one is spawned for every member, or one Generator a member: member k gets the same
    weights whatever stands beside it. scale = 0 gives zeros. Raises InputError.
    """
    MEMBERS.check("n_members", n_members)
    _sizes(n_paths, d_out, d_in)
    check_memory(16.0 * n_members * n_paths * d_out * d_in, f"{n_members} networks of {n_paths} x {d_out} x {d_in}")
    AT_LEAST_0.check("scale", scale)
    streams = rng.spawn(n_members) if isinstance(rng, Generator) else rng
    if len(streams) != n_members:
        raise InputError(f"rng must be a Generator or {n_members} of them, one a member, got {len(streams)}")
    draws = [stream.standard_normal((n_paths, d_out, d_in)) for stream in streams]
    return np.stack(draws) * (scale / np.sqrt(d_in))


@takes()
def initial_gates(n_members: int, n_paths: int, value: float = 0.5) -> Array:
    """Initial gates, all at ``value`` (½ in the default setting). Returns (n_members, n_paths)."""
    return np.full((MEMBERS.check("n_members", n_members), SIZE.check("n_paths", n_paths)), REAL.check("value", value))
