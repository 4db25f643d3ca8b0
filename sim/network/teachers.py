"""Teachers of networks: arrays (M, *output)."""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, SIZE, Array, InputError, Range, array, check_memory, choice

KINDS = ("orthogonal", "random", "shared", "overlapping")
COSINE = Range(-1, 1)


def orthogonal_matrix(size: int, rng: Generator) -> Array:
    """Orthogonal matrix drawn uniformly (Haar). Raises InputError for one that fits no memory."""
    check_memory(24.0 * size**2, f"an orthogonal matrix of {size} rows")
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return np.asarray(q * np.sign(np.diagonal(r)))


@takes()
def with_cosines(orthogonal: Array, overlap: ArrayLike) -> Array:
    """Mix teachers (M, ...) that are orthogonal row by row, of equal norms, so that their cosines are as prescribed.

    overlap: (M, M), symmetric, positive semidefinite, 1 on its diagonal; or one number, the cosine of every two. Each
    row of teacher m has the cosine overlap[m, n] with the same row of teacher n. Returns (M, ...). Raises InputError.
    """
    if np.ndim(orthogonal) == 0:
        raise InputError(f"orthogonal must be teachers (M, ...), got {orthogonal}")
    if np.ndim(overlap) == 0:
        cosine = COSINE.check("overlap", np.asarray(overlap).item())
        overlap = np.where(np.eye(len(orthogonal)) > 0, 1.0, cosine)
    wanted = array("overlap", overlap, ("M", "M"))
    if wanted.shape[0] != wanted.shape[1] or not np.allclose(wanted, wanted.T, rtol=0, atol=1e-12):
        raise InputError("overlap must be square and symmetric")
    if not np.allclose(np.diagonal(wanted), 1, rtol=0, atol=1e-12):
        raise InputError(f"overlap must be 1 on its diagonal, got {np.diagonal(wanted)}")
    values, vectors = np.linalg.eigh(wanted)
    if values[0] < -1e-10:
        raise InputError(f"overlap must be positive semidefinite, got an eigenvalue of {values[0]:.3g}")
    return np.tensordot(vectors * np.sqrt(np.maximum(values, 0)), orthogonal, axes=1)


@takes(overlap=COSINE)
def make_teachers(kind: str, n_tasks: int, shape: tuple[int, ...], rng: Generator, *, rank: int | None = None,
                  overlap: float = 0.5) -> Array:
    """Teachers of a map of a shape, the input index last; of norm² about (rows / inputs) each.

    kind: "orthogonal", rows of one random orthogonal matrix where it has enough of them, else orthogonal as a whole;
    "random", independent Gaussian entries; "shared", matrices with the same singular vectors and random strengths;
    "overlapping", orthogonal ones mixed until every two have the cosine ``overlap``.
    rank: of random and shared ones, by default full. Returns (n_tasks, *shape). Raises InputError.
    """
    choice("teachers", kind, KINDS)
    for length in (SIZE.check("n_tasks", n_tasks), *shape):
        SIZE.check("each of shape", length)
    check_memory(16.0 * n_tasks * math.prod(shape), f"{n_tasks} teachers of shape {shape}")
    n = shape[-1] if shape else 1
    rows = int(np.prod(shape, dtype=int)) // n
    if kind == "overlapping":
        return with_cosines(make_teachers("orthogonal", n_tasks, shape, rng), overlap)
    if kind == "orthogonal":
        flat = n_tasks * rows <= n
        size = n if flat else rows * n
        if n_tasks > size:
            raise InputError(f"n_tasks must be at most {size} for orthogonal teachers, got {n_tasks}")
        basis = orthogonal_matrix(size, rng)[:n_tasks * rows if flat else n_tasks]
        return basis.reshape(n_tasks, *shape) * (1 if flat else np.sqrt(rows)) / np.sqrt(n)
    most = min(rows, n)
    rank = most if rank is None else COUNT.check("rank", rank)
    if rank > most:
        raise InputError(f"rank must be at most {most}, got {rank}")
    if kind == "random":
        left, right = rng.standard_normal((n_tasks, rows, rank)), rng.standard_normal((n_tasks, rank, n))
        full = rng.standard_normal((n_tasks, rows, n)) if rank == most else left @ right / np.sqrt(rank)
        return full.reshape(n_tasks, *shape) / n
    left, right = orthogonal_matrix(rows, rng)[:, :rank], orthogonal_matrix(n, rng)[:, :rank]
    strengths = rng.uniform(0.5, 1.5, (n_tasks, rank)) * np.sqrt(rows / (n * rank))
    return ((left * strengths[:, None]) @ right.T).reshape(n_tasks, *shape)


@takes()
def initial_factors(shapes: tuple[tuple[int, ...], ...], streams: list[Generator], scale: float) -> tuple[Array, ...]:
    """Factors with entries N(0, scale²/last length), (S, *shape) each; member k's come from its own stream."""
    draws = [[stream.standard_normal(shape) * scale / np.sqrt(shape[-1] if shape else 1) for shape in shapes]
             for stream in streams]
    return tuple(np.stack(parts) for parts in zip(*draws, strict=True))
