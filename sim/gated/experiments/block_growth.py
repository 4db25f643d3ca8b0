"""Do longer blocks make specialisation grow faster?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.symmetric import TEACHERS, symmetric_path, symmetric_start
from gateflow.theory.checks import SCALE, Array, Range
from gateflow.theory.gated.block_path import BlockPath, path_through_blocks
from gateflow.theory.gated.limit_cycle import limit_cycle
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.parameters import parameter

# Recorded states a block; how far soft costs may leave c¹ + c² from 1 and gates below 0, mean over time, for the
# closed form to be judged, and then how far from it w̄ may be.
_SAMPLES, _SOFT = 125, 0.1


@dataclass(frozen=True, eq=False)
class BlockGrowth:
    """Blocks of one length. t (T,); descent, flow (3, T): c̄, w̄, d with the costs as they are; closed: the same under
    c¹ + c² = 1 and hard bounds, exactly. cycle: w̄ of its limit cycle, NaN where it has none; strayed: how far the
    costs leave gates of the flow from what the closed form assumes of them, mean over time."""

    length: float
    t: Array
    descent: Array
    flow: Array
    closed: BlockPath
    cycle: float
    strayed: float

    def closed_w(self) -> Array:
        """w̄ (T,) of the closed form at the recorded times."""
        return np.interp(self.t, self.closed.t, self.closed.w)

    def at(self, time: float, which: Array) -> float:
        """w̄ (T,) at a time."""
        return float(np.interp(time, self.t, which))


def _grow(model: GatedModel, blocks: int, start: float, dt: float) -> BlockGrowth:
    W0, c0 = symmetric_start(0.0, start, 0.0)
    curriculum = Curriculum.cyclic(2, blocks)
    steps = round(model.tau_block / dt)
    run = descend(model, TEACHERS, curriculum, W0=W0, c0=c0, dt=dt, record_every=max(1, steps // _SAMPLES))
    flow = integrate(model, TEACHERS, curriculum, W0=W0, c0=c0, t_eval=run.t)
    constants: dict[str, Any] = {"tau_w": model.tau_w, "tau_c": model.tau_c, "tau_block": model.tau_block}
    closed = path_through_blocks([1 if task == 0 else -1 for task in curriculum.tasks], (0.0, start, 0.0), **constants)
    return BlockGrowth(model.tau_block, run.t, symmetric_path(run)[:, 0], symmetric_path(flow)[:, 0], closed,
                       float(limit_cycle(**constants).w),
                       float(max(np.abs(flow.c.sum(axis=-1) - 1).mean(), np.maximum(-flow.c, 0).mean())))


@dataclass(frozen=True)
class Growing(GatedExperiment[tuple[BlockGrowth, ...]]):
    """Specialisation of two paths over time, for blocks of a few lengths, from equal gates.

    While errors last a whole block, one gains w̄ τ_B²/4τ_cτ_w (derivation block-length): at equal time, twice as long
    blocks gain twice as much. Once gates meet their bound they grow towards a limit cycle.
    """

    source = "NTA, figures 4 and A9; derivations block-length, bounded-gates and limit-cycle"
    position = 26.0
    cost = "3 s"
    example = "--lengths 0.5 1 --duration 20"
    routine = False

    lengths: tuple[float, ...] = parameter((0.5, 1.0), "lengths of blocks", SCALE, unit="time")
    duration: float = parameter(10.0, "time of training", SCALE, unit="time")
    start_w: float = parameter(0.5, "specialisation w̄ at the start", Range(0, 1, open_low=True))

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """A job a length."""
        model = replace(self.first().model, d_in=2, d_out=1)
        return {length: [Job(_grow, (replace(model, tau_block=length), max(1, int(self.duration / length + 1e-9)),
                                     self.start_w, self.dt))] for length in self.lengths}

    def gather(self, results: Sequence[Any]) -> tuple[BlockGrowth, ...]:
        """All lengths."""
        return tuple(results)

    def rows(self, result: tuple[BlockGrowth, ...]) -> Iterator[Row]:
        """Descent against the flow, the closed form, the first block, and the limit cycle."""
        for growth in result:
            about, seen, flow = f"τ_B = {growth.length:g}", growth.descent[1], growth.flow[1]
            yield make_row(f"{about}: w̄ of descent from the flow, largest", "limit",
                           error=float(np.abs(seen - flow).max()), tolerance=5 * self.dt / self.first().model.tau_c)
            early = self.duration / 5
            for when, predicted, found in (
                    ("the end", float(growth.closed.w[-1]), float(seen[-1])),
                    (f"t = {early:g}", growth.at(early, growth.closed_w()), growth.at(early, seen))):
                yield make_row(f"{about}: w̄ at {when}, closed form of hard bounds", "approximation", theory=predicted,
                               simulation=found, error=abs(predicted - found),
                               tolerance=_SOFT if growth.strayed <= _SOFT else float("nan"))
            if np.isfinite(growth.cycle):
                yield make_row(f"{about}: w̄ at the end, limit cycle", "observation", theory=growth.cycle,
                               simulation=float(seen[-1]), error=abs(growth.cycle - float(seen[-1])))

    def data(self, result: tuple[BlockGrowth, ...]) -> Mapping[str, Any]:
        """Ways of every length."""
        return {f"{name}_{number}": values for number, growth in enumerate(result) for name, values in
                (("t", growth.t), ("descent", growth.descent), ("flow", growth.flow),
                 ("closed", np.stack([growth.closed.t, growth.closed.c, growth.closed.w, growth.closed.d])),
                 ("cycle", growth.cycle))}


EXPERIMENT = Growing
