"""Two tasks in turn under hard gate bounds |c̄| ≤ 1: what a block makes of the symmetric coordinates, exactly.

By mirror symmetry every block is told as one of task m = +1: a state (c̄, w̄, d) at the end of a block,
in its own frame,
begins the next one as (−c̄, w̄, −d). The gates swing along their orbit (gateflow.theory.gated.swing). If c̄ reaches 1
before the block ends, it is held there and only the open path learns, τ_w u' = 1 − u for u = w̄ + d, while w̄ − d
rests. Only then does anything accumulate. Derivations: bounded-gates, limit-cycle. All functions are vectorised over
arrays that broadcast; only the ratios of tau_block, tau_c and tau_w matter. Where they have no value they give NaN.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, takes, unchecked
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL, Array, Range
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import rapidity, separatrix

# Blocks that can be followed one by one.
MANY_BLOCKS = Range(1, 100_000, whole=True)
# A growth of w̄ in two blocks that counts as none.
_NO_GROWTH = 1e-12


def swing_clock(w: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """Clock time s* of a swing of c̄ from −1 to 1 that begins and ends at w̄ = w > ρ; d gains s*/2τ_w meanwhile.

    4 τ_w ρ artanh(ρ/w), ρ = √(τ_c/2τ_w); for numbers and SymPy symbols (xp = sympy) (derivation bounded-gates).
    """
    rho = unchecked(separatrix)(tau_w=tau_w, tau_c=tau_c, xp=xp)
    return 4 * tau_w * rho * rapidity(1, w, tau_w=tau_w, tau_c=tau_c, xp=xp)


@takes(w=POSITIVE, tau_w=POSITIVE, tau_c=POSITIVE)
def cycle_drift(w: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """The d at which two paths that take turns are equal: s*/4τ_w (derivation limit-cycle)."""
    return swing_clock(w, tau_w=tau_w, tau_c=tau_c, xp=xp) / (4 * tau_w)


def held_gain(error: Any, *, held: Any, tau_w: Any, xp: Any = np) -> Any:
    """What w̄ and d each gain while gates are held for a time, from an error 1 − u on (derivation bounded-gates)."""
    return error * (1 - xp.exp(-held / tau_w)) / 2


@takes(w=Range(high=1, open_high=True), target=Range(high=1, open_high=True), held=POSITIVE, tau_w=POSITIVE)
def leading_blocks(w: Any, target: Any, *, held: Any, tau_w: Any, xp: Any = np) -> Any:
    """Number of blocks from w̄ = w to w̄ = target: (2τ_w/L) ln((1−w)/(1−target)), L the time held at the bound in each.

    To leading order (derivation limit-cycle); blocks_to_specialise counts them exactly.
    """
    return 2 * tau_w / held * xp.log((1 - w) / (1 - target))


@takes(MAY_BE_NAN, c=REAL, w=REAL, d=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def swing_time(c: Any, w: Any, d: Any, *, tau_w: Any, tau_c: Any) -> Array:
    """Time from the start of a block until c̄ = 1, in units of tau_w; infinite where the error vanishes before.

    c, w, d: state at the end of the block before, in its own frame. NaN unless |c| ≤ 1, w² > ρ²c² and 1 + d + cw > 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_w=tau_w, tau_c=tau_c)
        return _arrival(swing, _allowed(c, w, d)) * np.sqrt(2 * tau_c * tau_w)


@takes(MAY_BE_NAN, c=REAL, w=REAL, d=REAL, end=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def crossing_time(c: Any, w: Any, d: Any, *, end: Any, tau_w: Any, tau_c: Any) -> Array:
    """Time from the start of a block until c̄ = end; the arguments, the unit and what is infinite or NaN as swing_time.

    NaN also for an end that is no more than the start, −c. switching_time is its value with d held at 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_w=tau_w, tau_c=tau_c).until(end)
        return _arrival(swing, _allowed(c, w, d) & (swing.start < swing.bound)) * np.sqrt(2 * tau_c * tau_w)


def _allowed(c: Any, w: Any, d: Any) -> Any:
    return (np.abs(c) <= 1) & (1 + d + c * w > 0)


def _arrival(swing: Swing, allowed: Any = True) -> Any:
    time = np.where(swing.rest > swing.bound, swing.time(swing.left()), np.where(np.isnan(swing.bound), np.nan, np.inf))
    return np.where(allowed, time, np.nan)


def arrive(swing: Swing, d: Any, *, held: Any, tau_w: Any) -> tuple[Any, Any]:
    """(w̄, d) after a swing that begins at d and a time held at the bound; all may be complex, for derivatives."""
    delta = swing.left()
    gain = held_gain(delta * swing.slope(delta), held=held, tau_w=tau_w)
    _, w, d = swing.state(swing.bound, d)
    return w + gain, d + gain


@takes(MAY_BE_NAN, c=REAL, w=REAL, d=REAL, tau_w=POSITIVE, tau_c=POSITIVE, tau_block=AT_LEAST_0)
def block_map(c: Any, w: Any, d: Any, *, tau_w: Any, tau_c: Any, tau_block: Any) -> tuple[Array, Array, Array]:
    """State (c̄, w̄, d) at the end of a block, in its own frame, from that at the end of the block before.

    c, w, d: coordinates, arrays that broadcast with
    tau_w, tau_c, tau_block: time constants and the length of the block, all in one unit of time.
    c̄ = 1 where the gates met their bound; else c̄ < 1, and nothing has accumulated: k is what it was and J has changed
    its sign (derivation bounded-gates). NaN unless |c| ≤ 1, w² > ρ²c² and 1 + d + cw > 0.
    """
    given = (np.asarray(x, float) for x in (c, w, d, tau_w, tau_c, tau_block))
    c, w, d, tau_w, tau_c, tau_block = np.broadcast_arrays(*given)
    unit = np.sqrt(2 * tau_c * tau_w)
    with np.errstate(invalid="ignore", divide="ignore"):
        swing = Swing.after(c, w, d, tau_w=tau_w, tau_c=tau_c)
        held = tau_block - _arrival(swing, _allowed(c, w, d)) * unit
        w_held, d_held = arrive(swing, -d, held=np.maximum(held, 0), tau_w=tau_w)
    after = [np.where(np.isnan(held), np.nan, x) for x in (np.ones_like(w), w_held, d_held)]
    free = held < 0
    if free.any():
        part = Swing(*(x[free] for x in np.broadcast_arrays(swing.start, swing.bound, swing.rest, swing.K, swing.rho)))
        end = part.rest - part.left_after((tau_block / unit)[free])
        for coordinate, value in zip(after, part.state(end, -d[free]), strict=True):
            coordinate[free] = value
    return after[0], after[1], after[2]


@takes(w=REAL, target=REAL, tau_w=POSITIVE, tau_c=POSITIVE, tau_block=AT_LEAST_0)
def blocks_to_specialise(w: Any, *, target: Any, tau_w: Any, tau_c: Any, tau_block: Any, most: int = 10000) -> Array:
    """Number of blocks until w̄ ≥ target, from w̄ = w and d = cycle_drift(w) with a gate at its bound.

    All but most broadcast. Infinite where growth stops before, or where it takes more than most blocks. Raises
    InputError.
    """
    MANY_BLOCKS.check("most", most)
    cells = np.broadcast_arrays(*(np.asarray(x, float) for x in (w, target, tau_w, tau_c, tau_block)))
    w, target, *flat = (x.ravel() for x in cells)
    times = dict(zip(("tau_w", "tau_c", "tau_block"), flat, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        state = [np.ones_like(w), w, unchecked(cycle_drift)(w, tau_w=times["tau_w"], tau_c=times["tau_c"])]
    blocks, going, earlier = np.where(w >= target, 0.0, np.inf), np.flatnonzero(w < target), np.full_like(w, -np.inf)
    for number in range(1, most + 1):
        if not going.size:
            break
        before = state[1][going]
        after = unchecked(block_map)(*(x[going] for x in state), **{name: x[going] for name, x in times.items()})
        for x, new in zip(state, after, strict=True):
            x[going] = new
        blocks[going[after[1] >= target[going]]] = number
        grows = (after[1] < target[going]) & (after[1] > earlier[going] + _NO_GROWTH)
        earlier[going] = before
        going = going[grows]
    return blocks.reshape(cells[0].shape)
