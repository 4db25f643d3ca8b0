"""How specialised a network is, and how fast it adapts."""

import math
from itertools import pairwise, permutations

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.sim.gated.curriculum import block_index
from gateflow.theory.arguments import MAY_BE_NAN, Axes, takes
from gateflow.theory.checks import POSITIVE, Array, InputError, shown

# Of teachers and paths; NaN where there is none.
_SIMILARITY = Axes("M", "P")

# Up to so many matchings are all tried at once.
_FEW = 24


@takes(MAY_BE_NAN, W=Axes("P", "d_out", "d_in"), W_star=Axes("M", "d_out", "d_in"))
def similarity(W: Array, W_star: Array) -> Array:
    """Alignment of every teacher with every path, W (..., P, d_out, d_in), W_star (M, d_out, d_in).

    The mean over rows of their cosine. Returns (..., M, P), between −1 and 1; NaN where a row is 0, which has none.
    """
    inner = np.vecdot(W_star[:, None], W[..., None, :, :, :])
    norms = np.sqrt(np.vecdot(W_star, W_star)[:, None] * np.vecdot(W, W)[..., None, :, :])
    # Rounding may leave a little more than 1.
    return np.clip(np.mean(inner / np.where(norms > 0, norms, np.nan), axis=-1), -1, 1)


@takes(MAY_BE_NAN, similarity=_SIMILARITY)
def matching(similarity: Array) -> NDArray[np.bool_]:
    """Best one-to-one matching of teachers and paths: True where matched; shaped like similarity (..., M, P).

    A similarity that does not exist, NaN, counts as 0.
    """
    values = np.nan_to_num(similarity)
    n_tasks, n_paths = values.shape[-2:]
    matched = np.zeros(values.shape, dtype=bool)
    if math.perm(max(n_tasks, n_paths), min(n_tasks, n_paths)) <= _FEW:
        swapped = n_tasks > n_paths
        table = np.swapaxes(values, -1, -2) if swapped else values
        ways = np.array(list(permutations(range(table.shape[-1]), table.shape[-2])))
        totals = table[..., np.arange(table.shape[-2]), ways].sum(axis=-1)
        best = ways[totals.argmax(axis=-1)][..., None]
        np.put_along_axis(np.swapaxes(matched, -1, -2) if swapped else matched, best, True, axis=-1)
        return matched
    for chosen, one in zip(matched.reshape(-1, n_tasks, n_paths), values.reshape(-1, n_tasks, n_paths), strict=True):
        chosen[scipy.optimize.linear_sum_assignment(one, maximize=True)] = True
    return matched


@takes(MAY_BE_NAN, similarity=Axes("T", "M", "P"))
def match_once(similarity: Array) -> NDArray[np.bool_]:
    """The matching of teachers and paths at the last of T times, for all of them: similarity (..., T, M, P)."""
    return np.broadcast_to(matching(similarity[..., -1:, :, :]), similarity.shape)


@takes(MAY_BE_NAN, similarity=_SIMILARITY)
def total_alignment(similarity: Array, matched: NDArray[np.bool_] | None = None) -> Array:
    """Alignment of all teachers, stacked, with their best-matching paths, stacked (NTA, figures 2 and 5).

    similarity (..., M, P). No path serves two teachers; a teacher left without a path counts 0. Returns (...,);
    equal paths that hold the mean of M orthogonal teachers give 1/√M. matched: another matching than the best one at
    each time, as that of ``match_once``. NaN where a similarity is.
    """
    chosen = matching(similarity) if matched is None else np.asarray(matched)
    if chosen.dtype != bool or chosen.shape != similarity.shape:
        raise InputError(f"matched must be booleans of shape {similarity.shape}, got {chosen.dtype} {chosen.shape}")
    return np.asarray(np.sum(similarity, axis=(-2, -1), where=chosen) / similarity.shape[-2])


@takes(MAY_BE_NAN, similarity=_SIMILARITY)
def best_alignment(similarity: Array) -> Array:
    """Mean over teachers of the alignment of the path that fits each best, also if it serves several.

    similarity (..., M, P). Returns (...,).
    """
    return np.asarray(similarity.max(axis=-1).mean(axis=-1))


@takes(MAY_BE_NAN, similarity=_SIMILARITY)
def specialisation(similarity: Array) -> Array:
    """Mean alignment of matched minus mean alignment of unmatched pairs, similarity (..., M, P). Returns (...,).

    0 for equal paths, 1 for paths that hold one orthogonal teacher each; NaN for one path and one teacher.
    """
    matched = matching(similarity)
    n_matched = min(similarity.shape[-2:])
    n_other = similarity.shape[-2] * similarity.shape[-1] - n_matched
    inside = np.sum(similarity, axis=(-2, -1), where=matched) / n_matched
    outside = np.sum(similarity, axis=(-2, -1), where=~matched)
    return np.asarray(inside - outside / n_other if n_other else np.full_like(inside, np.nan))


@takes(MAY_BE_NAN, t=Axes("T", alone=True), loss=Axes("S", "T", alone=True), bounds=Axes("blocks + 1", alone=True),
       loss_block=Axes("S", "blocks", alone=True))
def adaptation_time(t: Array, loss: Array, bounds: Array, loss_block: Array, threshold: float = 0.1) -> Array:
    """Time from the start of each block until the loss first falls below the threshold (NTA, figure 2).

    t (T,): increasing times; loss (S, T): the loss at them.
    bounds (blocks + 1,): where blocks begin, and the end; loss_block (S, blocks): the loss as each block ends.
    Returns (S, blocks), in units of t, NaN for a block in which the loss never does; linear between samples.
    """
    if loss_block.shape[1] != len(bounds) - 1:
        raise InputError(f"bounds must be {loss_block.shape[1] + 1} for as many blocks, got {len(bounds)}")
    times = np.full((len(loss), len(bounds) - 1), np.nan)
    block_of = block_index(t, bounds)
    for block, (start, end) in enumerate(pairwise(bounds)):
        inside = block_of == block
        grid = np.append(t[inside], end)
        values = np.concatenate([loss[:, inside], loss_block[:, block, None]], axis=1)
        below = values < threshold
        first = np.argmax(below, axis=1)
        before = np.maximum(first - 1, 0)
        members = np.arange(len(values))
        high, low = values[members, before], values[members, first]
        share = np.where(first > 0, (high - threshold) / np.where(first > 0, high - low, 1.0), 0.0)
        crossing = grid[before] + share * (grid[first] - grid[before]) - start
        times[:, block] = np.where(below.any(axis=1), np.maximum(crossing, 0.0), np.nan)
    return times


@takes(MAY_BE_NAN, loss=Axes("S", "n", alone=True), starts=Axes("blocks + 1", alone=True), dt=POSITIVE)
def first_below(loss: Array, starts: NDArray[np.int64], dt: float, threshold: float = 0.1) -> Array:
    """Time from the start of each block to the first recorded loss below the threshold; nothing is interpolated.

    loss (S, n): losses of batches, recorded every dt; starts (blocks + 1,): where blocks begin among them, and the end.
    Returns (S, blocks), NaN for a block in which none is. Earlier than ``adaptation_time`` of the expected loss, as
    losses of batches scatter (gateflow.theory.gated.batch_noise).
    """
    if (np.diff(starts) <= 0).any() or starts[0] < 0 or starts[-1] > loss.shape[1]:
        raise InputError(f"starts must rise from at least 0 to at most {loss.shape[1]} losses, got {shown(starts)}")
    times = np.full((len(loss), len(starts) - 1), np.nan)
    for block, (start, end) in enumerate(pairwise(np.asarray(starts, dtype=np.int64))):
        below = loss[:, start:end] < threshold
        times[:, block] = np.where(below.any(axis=1), dt * np.argmax(below, axis=1), np.nan)
    return times
