"""Where in the plane of block length and time constant, or strength, does a plain network gate itself?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.network.two_layers import KINDS, TwoLayers
from gateflow.theory.checks import SCALE, STRENGTH, Array
from gateflow.theory.parameters import parameter

# NTA, figure A7: lengths of blocks, time constants of the second layer, strengths of its costs; the whole time.
_BLOCKS, _FAST = (0.8, 0.6, 0.4, 0.2, 0.1), (0.0075, 0.01, 0.0125, 0.015, 0.02)
_STRENGTHS = tuple(round(10 / 11 * strength, 6) for strength in (0.0, 0.2, 0.25, 0.3, 0.35))
_TIME = 20.0


@dataclass(frozen=True, eq=False)
class SelfGatingPlanes:
    """Total alignment at the end of descent over block length and time constant (B, F, S), over block length and
    strength (B, L, S); flow of one member, for the longest blocks alone, (F,) and (L,); unexplained (cells,): what the
    account of contrasts lacks."""

    by_tau: Array
    by_strength: Array
    flow_by_tau: Array
    flow_by_strength: Array
    unexplained: Array


@dataclass(frozen=True)
class SelfGatingPlane(TwoLayers[SelfGatingPlanes]):
    """Descent at every point of both planes, and the flow along their first lines."""

    source = "NTA, figure A7; derivation step-law"
    position = 51
    cost = "2 minutes"
    routine = False

    plane_blocks: tuple[float, ...] = parameter(_BLOCKS, "lengths of blocks", SCALE, unit="time")
    plane_fast: tuple[float, ...] = parameter(_FAST, "time constants of the second layer", SCALE, unit="time")
    plane_strengths: tuple[float, ...] = parameter(_STRENGTHS, "strengths of the costs", STRENGTH)

    def _cells(self) -> tuple[list["SelfGatingPlane"], list["SelfGatingPlane"]]:
        """Settings over the time constant, and over the strength, line by line."""
        lines = [replace(self, gating_block=length, self_gating_blocks=round(_TIME / length))
                 for length in self.plane_blocks]
        return ([replace(line, tau_fast=tau) for line in lines for tau in self.plane_fast],
                [replace(line, layer_strength=strength) for line in lines for strength in self.plane_strengths])

    def jobs(self) -> Sequence[Job]:
        """Descent of every cell, flow of those of the first lines."""
        kind, (one, other) = type(self), self._cells()
        first = one[:len(self.plane_fast)] + other[:len(self.plane_strengths)]
        return ([Job(kind.final, (cell,)) for cell in one + other]
                + [Job(kind.flow_final, (cell,), 5.0) for cell in first])

    def gather(self, results: Sequence[Any]) -> SelfGatingPlanes:
        """As planes."""
        B, F, L = len(self.plane_blocks), len(self.plane_fast), len(self.plane_strengths)
        cells = results[:B * (F + L)]
        aligned = np.stack([cell[0] for cell in cells])
        flow = np.array(results[len(cells):])
        return SelfGatingPlanes(aligned[:B * F].reshape(B, F, -1), aligned[B * F:].reshape(B, L, -1), flow[:F],
                                flow[F:], np.array([cell[1] for cell in cells]))

    @property
    def _kind(self) -> str:
        return KINDS[0] if self.layer_strength > 0 else KINDS[1]

    def final(self) -> tuple[Array, float]:
        """Total alignment at the end (S,), and what the account of contrasts lacks."""
        run = self.descended(self._kind)
        return run.alignment[:, -1], float(run.unexplained.max())

    def flow_final(self) -> float:
        """Total alignment at the end of the flow of one member."""
        return float(self.followed(0, self._kind).alignment[0, -1])

    def rows(self, result: SelfGatingPlanes) -> Iterator[Row]:
        """The account of contrasts in every cell, and the flow beside descent along the first lines."""
        yield bound_row("change of all contrasts that costs and steps leave unexplained, as a share, all cells",
                        float(result.unexplained.max()), 1e-9)
        length = self.plane_blocks[0]
        for symbol, values, flow, seen in (("τ₂", self.plane_fast, result.flow_by_tau, result.by_tau[0]),
                                           ("strength", self.plane_strengths, result.flow_by_strength,
                                            result.by_strength[0])):
            for value, predicted, aligned in zip(values, flow, seen, strict=True):
                mean = float(aligned.mean())
                yield make_row(f"τ_B = {length:g}, {symbol} = {value:g}: total alignment, descent beside flow",
                               "observation", theory=float(predicted), simulation=mean,
                               error=abs(mean - float(predicted)))


EXPERIMENT = SelfGatingPlane
