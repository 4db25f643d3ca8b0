"""The way of the symmetric coordinates through blocks, under hard gate bounds |c̄| ≤ 1, from any start.

Free gates follow the clock (gateflow.theory.gated.two_tasks.clock_state), whose time is the solution of ds/dt = e(s).
Where c̄ meets a bound σ = ±1 that the error pushes it against, σ w̄ e > 0, it is held for the rest of the block, for σ
w̄ then grows with the sign of e: e decays as exp(−t/τ_w), and σw̄ and d gain (e/2)(1 − exp(−t/τ_w)) each. Where w̄² >
ρ²c̄² the block map goes the same way from block to block (gateflow.theory.gated.block_map). Derivations: clock,
bounded-gates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes, unchecked
from gateflow.theory.checks import POSITIVE, Array, InputError, Range, array, choice
from gateflow.theory.gated.block_map import held_gain
from gateflow.theory.gated.two_tasks import clock_state, symmetric_error

# Samples of a block.
_SAMPLES = Range(2, 1_000_000, whole=True)
# Errors in which nothing moves that could be seen, above what the solver's tolerance leaves near a rest; and times in
# units of 1/ω.
_AT_REST, _NO_TIME = 2e-12, 1e-30
_TOLERANCES = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-13}


@dataclass(frozen=True)
class BlockPath:
    """A way through blocks. t (T,): times since the start; task (T,): +1 or −1; c, w, d (T,): the coordinates.

    The time at which a block ends is there twice: last of its own, first of the next.
    """

    t: Array
    task: Array
    c: Array
    w: Array
    d: Array

    def loss(self) -> Array:
        """Task loss (T,) for teachers of norm 1: e²/4, both entries of the error being e/2."""
        return np.asarray(symmetric_error(self.c, self.w, self.d, task=self.task) ** 2 / 4)


@takes(tau_w=POSITIVE, tau_c=POSITIVE)
def block_path(t: Any, start: Sequence[float], *, task: int, tau_w: float, tau_c: float) -> Array:
    """Coordinates (3, T) of c̄, w̄ and d at times t (T,) since the start of a block, increasing and at least 0.

    start: (c̄, w̄, d) there, |c̄| ≤ 1; task: +1 or −1; tau_w, tau_c: time constants, in the unit of t.
    Raises InputError, RuntimeError where the solver fails.
    """
    times, (c, w, d) = array("t", t, ("T",)), (float(x) for x in array("start", np.asarray(start), (3,)))
    choice("task", task, (1, -1))
    if abs(c) > 1:
        raise InputError(f"start must have |c| at most 1, got {c:g}")
    if times[0] < 0 or (np.diff(times) < 0).any():
        raise InputError("t must be increasing and at least 0")
    # The solver's tolerances are absolute ones: in units of 1/ω they mean the same for every τ_c and τ_w.
    unit = np.sqrt(2 * tau_c) * np.sqrt(tau_w)
    times, tau_w, tau_c = times / unit, tau_w / unit, tau_c / unit
    if abs(c) == 1 and c * w * symmetric_error(c, w, d, task=task) > 0:
        return _held(times, c, w, d, task, tau_w)
    return _free(times, (c, w, d), task, {"tau_w": tau_w, "tau_c": tau_c})


def _free(times: Array, start: tuple[float, float, float], task: int, taus: dict[str, float]) -> Array:
    """The way from free gates on, until the end or until they are held."""

    clock = unchecked(clock_state)

    def beyond(_: float, s: Array) -> float:
        return float(np.abs(clock(s[0], *start, **taus)[0]) - 1)

    def speed(_: float, s: Any) -> Array:
        return np.asarray(symmetric_error(*clock(s, *start, **taus), task=task))

    def moving(_: float, s: Array) -> float:
        return float(np.abs(speed(_, s[0])) - _AT_REST)

    beyond.terminal, beyond.direction = True, 1  # type: ignore[attr-defined]
    moving.terminal, moving.direction = True, -1  # type: ignore[attr-defined]
    if times[-1] < _NO_TIME or abs(float(speed(0.0, 0.0))) < _AT_REST:
        return np.array([np.full(len(times), x) for x in start])
    solved = scipy.integrate.solve_ivp(speed, (0, times[-1]), np.zeros(1), events=(beyond, moving), dense_output=True,
                                       **_TOLERANCES)
    if not solved.success:
        raise RuntimeError(f"the clock could not be followed: {solved.message}")
    if len(solved.t_events[1]):
        times = np.minimum(times, solved.t[-1])
    free = times <= solved.t[-1] if solved.status == 1 else np.ones(len(times), bool)
    path = np.array(clock(solved.sol(times[free])[0] if free.any() else np.empty(0), *start, **taus))
    if free.all():
        return path
    c, w, d = clock(solved.y[0, -1], *start, **taus)
    held = _held(times[~free] - solved.t[-1], float(np.sign(c)), w, d, task, taus["tau_w"])
    return np.concatenate([path, held], axis=1)


def _held(times: Array, side: float, w: float, d: float, task: int, tau_w: float) -> Array:
    """The way of gates held at c̄ = side."""
    gain = held_gain(symmetric_error(side, w, d, task=task), held=times, tau_w=tau_w)
    return np.array([np.full(len(times), side), w + side * gain, d + gain])


@takes(tau_w=POSITIVE, tau_c=POSITIVE, tau_block=POSITIVE, samples=_SAMPLES)
def path_through_blocks(tasks: Sequence[int], start: Sequence[float], *, tau_w: float, tau_c: float, tau_block: float,
                        samples: int = 200) -> BlockPath:
    """The way through blocks of equal length: tasks, +1 or −1 each, from start, (c̄, w̄, d).

    tau_w, tau_c, tau_block: time constants and the length of a block, in one unit; samples a block, both ends too.
    Raises InputError, RuntimeError.
    """
    if not len(tasks):
        raise InputError("tasks must be of at least one block, got none")
    here, parts = array("start", np.asarray(start), (3,)), []
    # Finest where gates are fast: just after the switch.
    inside = tau_block * np.linspace(0, 1, samples) ** 2
    for task in tasks:
        parts.append(block_path(inside, [float(x) for x in here], task=task, tau_w=tau_w, tau_c=tau_c))
        here = parts[-1][:, -1]
        here[0] = np.clip(here[0], -1, 1)
    t = np.concatenate([number * tau_block + inside for number in range(len(parts))])
    return BlockPath(t, np.repeat(np.asarray(tasks, float), samples), *np.concatenate(parts, axis=1))
