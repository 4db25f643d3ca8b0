"""Two tasks in turn under hard gate bounds |c̄| ≤ 1: what a block makes of the symmetric coordinates, exactly.

By mirror symmetry every block is told as one of task m = +1: a state (c̄, w̄, d) at the end of a block, in its own frame,
begins the next one as (−c̄, w̄, −d). The gates swing along their orbit (gateflow.theory.gated.swing). If c̄ reaches 1
before the block ends, it is held there and only the open path learns, τ_w u' = 1 − u for u = w̄ + d, while w̄ − d
rests. Only then does anything accumulate. Derivations: bounded-gates, limit-cycle. All functions are vectorised over
arrays that broadcast; only the ratios of tau_block, tau_c and tau_w matter. Where they have no value they give NaN.
"""

from typing import Any

import numpy as np

from gateflow.theory.checks import Array, count
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import rapidity, separatrix, switching_time

# A growth of w̄ in two blocks that counts as none.
_NO_GROWTH = 1e-12


def swing_clock(w: Any, tau_c: Any, tau_w: Any, m: Any = np) -> Any:
    """Clock time s* of a swing of c̄ from −1 to 1 that begins and ends at w̄ = w > ρ; d gains s*/2τ_w meanwhile.

    4 τ_w ρ artanh(ρ/w), ρ = √(τ_c/2τ_w); for numbers (m = numpy) and SymPy symbols (derivation bounded-gates).
    """
    return 4 * tau_w * separatrix(tau_c, tau_w, m) * rapidity(1, w, tau_c, tau_w, m)


def cycle_drift(w: Any, tau_c: Any, tau_w: Any, m: Any = np) -> Any:
    """The d at which two paths that take turns are equal: s*/4τ_w (derivation limit-cycle)."""
    return swing_clock(w, tau_c, tau_w, m) / (4 * tau_w)


def held_gain(error: Any, held: Any, tau_w: Any, m: Any = np) -> Any:
    """What w̄ and d each gain while the gates are held for a time, from an error 1 − u on (derivation bounded-gates)."""
    return error * (1 - m.exp(-held / tau_w)) / 2


def leading_block_map(w: Any, tau_block: Any, tau_c: Any, tau_w: Any) -> Array:
    """w̄ after a block by NTA's closure, d = 0: 1 − w̄' = (1 − w̄) exp(−(τ_B − t_sw)₊/2τ_w) (derivation bounded-gates)."""
    held = np.maximum(tau_block - switching_time(-1.0, 1.0, w, tau_c, tau_w), 0)
    # Where the gates never arrive nothing is held.
    return 1 - (1 - w) * np.exp(-np.where(np.isnan(held), 0, held) / (2 * tau_w))


def leading_blocks(w: Any, target: Any, held: Any, tau_w: Any, m: Any = np) -> Any:
    """Number of blocks from w̄ = w to w̄ = target with a constant time held at the bound: (2τ_w/L) ln((1−w)/(1−target)).

    To leading order (derivation limit-cycle); blocks_to_specialise counts them exactly.
    """
    return 2 * tau_w / held * m.log((1 - w) / (1 - target))


def swing_time(c: Any, w: Any, d: Any, tau_c: Any, tau_w: Any) -> Array:
    """Time from the start of a block until c̄ = 1, in units of tau_w; infinite where the error vanishes before.

    c, w, d: state at the end of the block before, in its own frame. NaN unless |c| ≤ 1, w² > ρ²c² and 1 + d + cw > 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_c, tau_w)
        return _arrival(swing, _allowed(c, w, d)) * np.sqrt(2 * tau_c * tau_w)


def crossing_time(end: Any, c: Any, w: Any, d: Any, tau_c: Any, tau_w: Any) -> Array:
    """Time from the start of a block until c̄ = end; the arguments, the unit and what is infinite or NaN as swing_time.

    NaN also for an end that is no more than the start, −c. switching_time is its value with d held at 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_c, tau_w).until(end)
        found = _arrival(swing, _allowed(c, w, d) & (swing.start < swing.bound))
        return found * np.sqrt(2 * tau_c * tau_w)


def _allowed(c: Any, w: Any, d: Any) -> Any:
    return (np.abs(c) <= 1) & (1 + d + c * w > 0)


def _arrival(swing: Swing, allowed: Any = True) -> Any:
    time = np.where(swing.rest > swing.bound, swing.time(swing.left()), np.where(np.isnan(swing.bound), np.nan, np.inf))
    return np.where(allowed, time, np.nan)


def arrive(swing: Swing, d: Any, held: Any, tau_w: Any) -> tuple[Any, Any]:
    """(w̄, d) after a swing that begins at d and a time held at the bound; all may be complex, for derivatives."""
    left = swing.left()
    gain = held_gain(left * swing.slope(left), held, tau_w)
    _, w, d = swing.state(swing.bound, d)
    return w + gain, d + gain


def block_map(c: Any, w: Any, d: Any, tau_block: Any, tau_c: Any, tau_w: Any) -> tuple[Array, Array, Array]:
    """State (c̄, w̄, d) at the end of a block, in its own frame, from that at the end of the block before.

    c, w, d: arrays that broadcast with the time constants and the length of the block, all in one unit of time.
    c̄ = 1 where the gates met their bound; else c̄ < 1, and nothing has accumulated: k is what it was and J has changed
    its sign (derivation bounded-gates). NaN unless |c| ≤ 1, w² > ρ²c² and 1 + d + cw > 0.
    """
    given = (np.asarray(x, float) for x in (c, w, d, tau_block, tau_c, tau_w))
    c, w, d, tau_block, tau_c, tau_w = np.broadcast_arrays(*given)
    unit = np.sqrt(2 * tau_c * tau_w)
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_c, tau_w)
        held = tau_block - _arrival(swing, _allowed(c, w, d)) * unit
        w_held, d_held = arrive(swing, -d, np.maximum(held, 0), tau_w)
    found = [np.where(np.isnan(held), np.nan, x) for x in (np.ones_like(w), w_held, d_held)]
    free = held < 0
    if free.any():
        part = Swing(*(x[free] for x in np.broadcast_arrays(swing.start, swing.bound, swing.rest, swing.K, swing.rho)))
        end = part.rest - part.left_after((tau_block / unit)[free])
        for coordinate, value in zip(found, part.state(end, -d[free]), strict=True):
            coordinate[free] = value
    return found[0], found[1], found[2]


def blocks_to_specialise(w: Any, target: Any, tau_block: Any, tau_c: Any, tau_w: Any, most: int = 10_000) -> Array:
    """Number of blocks until w̄ ≥ target, from w̄ = w and d = cycle_drift(w) with a gate at its bound.

    All but most broadcast. Infinite where growth stops before, or where it takes more than most blocks. Raises
    InputError.
    """
    count("most", most)
    cells = np.broadcast_arrays(*(np.asarray(x, float) for x in (w, target, tau_block, tau_c, tau_w)))
    w, target, *times = (x.ravel() for x in cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        state = [np.ones_like(w), w, cycle_drift(w, *times[1:])]
    blocks, going, earlier = np.where(w >= target, 0.0, np.inf), np.flatnonzero(w < target), np.full_like(w, -np.inf)
    for number in range(1, most + 1):
        if not going.size:
            break
        before = state[1][going]
        after = block_map(*(x[going] for x in state), *(x[going] for x in times))
        for x, new in zip(state, after, strict=True):
            x[going] = new
        blocks[going[after[1] >= target[going]]] = number
        grows = (after[1] < target[going]) & (after[1] > earlier[going] + _NO_GROWTH)
        earlier[going] = before
        going = going[grows]
    return blocks.reshape(cells[0].shape)
