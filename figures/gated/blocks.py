"""Blocks of two tasks followed by the block map, and by the network itself: what the plot of the cycle shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.figures.gated.symmetric_plane import (
    HEAVIEST,
    ROUNDING,
    STRENGTHS,
    finite_or_none,
    halving_row,
    simulated,
)
from gateflow.figures.plot import Machine
from gateflow.sim.compare.rows import Row, make_row
from gateflow.theory.checks import Array, InputError
from gateflow.theory.gated.block_cycles import BlockCycles, block_cycles
from gateflow.theory.gated.block_map import block_map, cycle_drift
from gateflow.theory.gated.block_path import BlockPath, path_through_blocks
from gateflow.theory.gated.limit_cycle import LimitCycle, limit_cycle, multipliers
from gateflow.theory.gated.two_tasks import orbit_constant, separatrix

# Strengths w̄ at which cycles are looked for, and the heaviest that is shown at least.
_FAMILY, _HEAVIEST = 80, 1.4
# Where the start lies between the threshold of growth and the limit cycle, unless the caller says; without a cycle.
_START, _WITHOUT = 0.05, 0.6


@dataclass(frozen=True)
class Blocks:
    """The block map and the way between its points, followed for some blocks from w̄ = start, equal paths."""

    times: dict[str, float]
    cycle: LimitCycle
    rates: Array
    states: Array
    path: BlockPath
    cycles: BlockCycles

    @classmethod
    def of(cls, times: dict[str, float], start: float | None, blocks: int) -> "Blocks":
        """Follow blocks at tau_w, tau_c and tau_block. Raises InputError."""
        inside: dict[str, Any] = {"tau_w": times["tau_w"], "tau_c": times["tau_c"]}
        cycle, rho = limit_cycle(**times), float(separatrix(**inside))
        chosen = _WITHOUT if np.isnan(cycle.w) else float(cycle.threshold + _START * (cycle.w - cycle.threshold))
        w = max(chosen, 1.05 * rho) if start is None else HEAVIEST.check("start", start)
        if w <= rho:
            raise InputError(f"start must be above the separatrix √(tau_c/2 tau_w) = {rho:.4g}, got {w:g}")
        # Paths that take turns on a cycle are equal at this d; without a cycle no d is better than another.
        states = [np.array([1.0, w, 0.0 if np.isnan(cycle.w) else float(cycle_drift(w, **inside))])]
        for number in range(blocks):
            c, w_n, d = states[-1]
            states.append(np.array(block_map(c, w_n, d, **times)))
            if np.isnan(states[-1]).any():
                raise InputError(f"blocks must be at most {number} where gates are so slow, as the block map does not "
                                 f"take what became of start {w:g} by then, got {blocks}")
        c, w, d = states[0]
        path = path_through_blocks(_tasks(blocks), (-c, w, -d), **inside, tau_block=times["tau_block"])
        heaviest = max(_HEAVIEST, 1.1 * max(state[1] for state in states))
        known = [end for end in (float(cycle.threshold), float(cycle.w)) if np.isfinite(end)]
        strengths = np.sort(np.append(rho + (heaviest - rho) * np.linspace(0, 1, _FAMILY + 1)[1:] ** 2, known))
        return cls(times, cycle, multipliers(**times), np.array(states), path, block_cycles(strengths, **times))

    @property
    def constants(self) -> dict[str, float]:
        """Time constants without the length of a block."""
        return {"tau_w": self.times["tau_w"], "tau_c": self.times["tau_c"]}

    @property
    def exists(self) -> bool:
        """Whether there is a limit cycle."""
        return bool(np.isfinite(self.cycle.w))

    @property
    def arrivals(self) -> Array:
        """w̄ where a block met the bound, and c̄ at the end of the next one, (N, 2)."""
        met = self.states[:-1, 0] >= 1
        return np.column_stack([self.states[:-1][met, 1], self.states[1:][met, 0]])

    @property
    def last(self) -> BlockCycles | None:
        """The cycle at the w̄ of the last arrival, where growth ends if it has had the time; None without one."""
        return block_cycles(self.arrivals[-1:, 0], **self.times) if len(self.arrivals) else None

    def gaps(self) -> tuple[Array, Array]:
        """Numbers of the blocks (N,) that met the bound; how far c̄ after the next is from that of the cycle (N,)."""
        w, c = self.arrivals.T
        return np.flatnonzero(self.states[:-1, 0] >= 1).astype(float), np.abs(c - block_cycles(w, **self.times).c[1])

    @property
    def left(self) -> float:
        """Error e* that a block on the cycle ends with. Nearer to the cycle than that its multipliers rule."""
        return float(1 - self.cycle.w - self.cycle.d)

    def contrast(self, c: Any, w: Any) -> Any:
        """Contrast of the two paths, τ_w‖W¹ − W²‖² − τ_c c̄² = 2τ_w k."""
        return 2 * self.times["tau_w"] * orbit_constant(c, w, **self.constants)

    def results(self) -> dict[str, Any]:
        """Numbers of the cycle and of the approach."""
        cycle = self.cycle
        gap = np.abs(self.states[:, 1] - float(cycle.w)) if self.exists else np.full(len(self.states), np.nan)
        last = self.last
        return {"limit_cycle_exists": self.exists} | finite_or_none({
            "w_on_the_cycle": cycle.w, "d_on_the_cycle": cycle.d, "threshold_of_growth": cycle.threshold,
            "error_left_on_the_cycle": self.left,
            "shortest_block_that_learns": cycle.shortest_block, "larger_multiplier": self.rates[0],
            "smaller_multiplier": self.rates[1], "separatrix": separatrix(**self.constants),
            "contrast_on_the_cycle": self.contrast(1.0, cycle.w) if self.exists else np.nan,
            "w_at_the_start": self.states[0, 1],
            "w_after_the_last_block": self.states[-1, 1], "distance_from_the_cycle_at_the_end": gap[-1],
            "gate_after_the_last_block_but_one": self.states[-2, 0], "gate_after_the_last_block": self.states[-1, 0],
            "gate_after_the_other_block_on_the_cycle": last.c[1, 0] if last else np.nan,
            "approach_of_the_cycle": last.approach[0] if last else np.nan})


def _tasks(blocks: int) -> tuple[int, ...]:
    return tuple(1 if number % 2 == 0 else -1 for number in range(blocks))


@dataclass(frozen=True)
class SimulatedBlocks:
    """The network at two strengths of its cost: c̄, w̄ and d at the ends of blocks, (2, 3, blocks), own frame."""

    ends: Array
    distances: Array

    @classmethod
    def of(cls, followed: Blocks, machine: Machine) -> "SimulatedBlocks":
        """Run the network from the same start."""
        tasks = _tasks(len(followed.states) - 1)
        c, w, d = followed.states[0]
        frame = np.array(tasks, float)[:, None] * [1.0, 0.0, 1.0] + [0.0, 1.0, 0.0]
        runs = machine.jobs([(simulated, (followed.times, tasks, [(-c, w, -d)], np.zeros(1), strength))
                             for strength in STRENGTHS])
        ends = np.array([at_ends[:, 0] * frame.T for _, at_ends in runs])
        return cls(ends, np.abs(ends - followed.states[1:].T).max(axis=(1, 2)))

    def rows(self, followed: Blocks) -> list[Row]:
        """The ends of all blocks, against the map."""
        blocks = len(followed.states) - 1
        rows = [make_row(f"two tasks: w̄ after {blocks} blocks", "limit", theory=float(followed.states[-1, 1]),
                         simulation=float(self.ends[1, 1, -1]), error=float(self.distances[1]),
                         tolerance=float(max(self.distances[0], ROUNDING)))]
        return rows + halving_row("two tasks: ends of blocks, order of their error in 1/λ_norm", self.distances)
