"""Do closed forms hold in the network?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, make_row, order_row
from gateflow.sim.gated.setting import GatedExperiment, Setting
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_path, symmetric_run
from gateflow.theory.checks import Array
from gateflow.theory.gated.block_map import block_map, cycle_drift, swing_time
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers
from gateflow.theory.gated.reduction import gate_time_constant
from gateflow.theory.gated.two_tasks import orbit_constant, separatrix_edges, specialised_switching_time

# Strengths of the cost on the sum of the gates: the second twice the first, so that errors must halve.
STRENGTHS = (500.0, 1000.0)
# Blocks that are followed by the block map.
_BLOCKS = 8
# Blocks beside the limit cycle: their length in units of the shortest that learns, and how far apart they start, in
# units of what is left of the error there.
_LONGER, _BESIDE = 1.2, 0.02
# Starts beside the separatrix, as multiples of its edges, and how many τ_w their block lasts.
_BELOW, _ABOVE, _LONG = (0.5, 0.8, 0.95), (1.05, 1.2, 2.0), 20.0


@dataclass(frozen=True)
class SymmetricTimes:
    """Time constants of the symmetric network; tau_c is the effective one, of gates that see a teacher of norm 1."""

    tau_w: float
    tau_c: float
    tau_block: float

    @classmethod
    def of(cls, setting: Setting) -> "SymmetricTimes":
        """Those that a setting has for its first teacher."""
        model = setting.model
        return cls(model.tau_w, float(gate_time_constant(model, setting.teachers())[0]), model.tau_block)

    @property
    def constants(self) -> dict[str, float]:
        """Time constants without the length of a block."""
        return {"tau_w": self.tau_w, "tau_c": self.tau_c}

    def run(self, strength: float, start: tuple[Any, Any, Any], t: Any, *, tau_block: float | None = None) -> Any:
        """One block of the first task from symmetric coordinates (c̄, w̄, d), looked at at times t."""
        model = symmetric_model(**self.constants, tau_block=tau_block or self.tau_block, norm_strength=strength)
        return symmetric_run(model, (0,), start, t)

    def blocks(self, number: int, w: Array, d: Array, strength: float) -> tuple[Array, Array, Array]:
        """w̄ and d in their own frame at the end of each block (S, number), and the time at the bound in the last.

        w, d (S,): the state at the end of the block before, c̄ = 1, in its own frame.
        """
        model, end = symmetric_model(**asdict(self), norm_strength=strength), number * self.tau_block
        run = symmetric_run(model, (0, 1) * (number // 2) + (0,) * (number % 2), (-np.ones_like(w), w, -d),
                            [end - self.tau_block, end])
        _, w_bar, drift = symmetric_coordinates(run.W_block, run.c_block)
        held = np.diff(run.time_at_bound, axis=1).sum(axis=(1, 2))
        return w_bar, drift * np.where(np.arange(number) % 2, -1, 1), held


@dataclass(frozen=True)
class Growth:
    """What blocks make of a start between the threshold of growth and the limit cycle.

    start: w̄; swing: predicted time of the first swing; swings (2,): simulated ones, by strength of the cost;
    orbit (T,): orbit constant during the swing; predicted (_BLOCKS,): w̄ after each block; w (2, _BLOCKS): simulated.
    """

    start: float
    swing: float
    swings: Array
    orbit: Array
    predicted: Array
    w: Array


@dataclass(frozen=True)
class Cycle:
    """A block later, from the limit cycle and from beside it: w̄ on it; slopes (2, 2) of (w̄, d); both multipliers."""

    w: float
    later: float
    multiplier: float
    slopes: Array


@dataclass(frozen=True)
class TwoTaskRuns:
    """Runs of the symmetric network, and what the closed forms say of them; None where there is no limit cycle.

    switching, switched: time of a switch to c̄ = ½, predicted at d = 0 and simulated, NaN where gates are slow; w (n,):
    starts beside the separatrix; c_end, w_end (n,): where they come to.
    """

    times: SymmetricTimes
    switching: float
    switched: float
    w: Array
    c_end: Array
    w_end: Array
    growth: Growth | None
    cycle: Cycle | None


def _growth(times: SymmetricTimes, start: float) -> Growth:
    w, d = np.array([start]), np.array([cycle_drift(start, **times.constants)])
    predicted = float(swing_time(1.0, start, d, **times.constants)[0])
    run = times.run(STRENGTHS[0], (-1.0, w, -d), np.linspace(0, 0.9 * predicted, 40))
    k = orbit_constant(*symmetric_path(run)[:2, 0], **times.constants)
    swings = [times.tau_block - float(times.blocks(1, w, d, strength)[2][0]) for strength in STRENGTHS]
    here, path = (np.ones(1), w, d), []
    for _ in range(_BLOCKS):
        here = block_map(*here, **asdict(times))
        path.append(float(here[1][0]))
    simulated = [times.blocks(_BLOCKS, w, d, strength)[0][0] for strength in STRENGTHS]
    return Growth(start, predicted, np.array(swings), k, np.array(path), np.array(simulated))


def _cycle(times: SymmetricTimes) -> Cycle:
    """For much longer blocks the multiplier holds only where w̄ + d differs from 1 by less than rounding."""
    cycle = limit_cycle(**asdict(times))
    step = _BESIDE * (1 - float(cycle.w + cycle.d))
    w = cycle.w - step * np.array([0.0, 2.0, 1.0, 2.0])
    d = cycle.d + step * np.array([0.0, 0.0, 0.0, 1.0])
    later = [values[:, 0] for values in times.blocks(1, w, d, STRENGTHS[-1])[:2]]
    slopes = np.array([[x[2] - x[1], x[3] - x[1]] for x in later]) / step
    return Cycle(float(cycle.w), float(later[0][0]), float(multipliers(**asdict(times))[0]), slopes)


def _switched(times: SymmetricTimes, until: float) -> float:
    """Time of a switch to c̄ = ½, looked for until some time."""
    t = np.linspace(0, until, 2001)
    run = times.run(STRENGTHS[-1], (-1.0, 1.0, 0.0), t, tau_block=until)
    return float(np.interp(0.5, run.c[0, :, 0] - run.c[0, :, 1], t))


def _simulated(setting: Setting) -> TwoTaskRuns:
    times = SymmetricTimes.of(setting)
    switching = switched = np.nan
    # NTA's orbit leaves out d, which grows to τ_c/τ_w at most in a switch: by twice that its time may be off.
    if 2 * times.tau_c < times.tau_w:
        switching = float(specialised_switching_time(0.5, **times.constants))
        switched = _switched(times, 4 * switching)
    low, high = separatrix_edges(0.0, **times.constants)
    w = np.array([*(share * low for share in _BELOW), *(share * high for share in _ABOVE)])
    run = times.run(STRENGTHS[0], (-np.ones_like(w), w, np.zeros_like(w)), [0.0], tau_block=_LONG * times.tau_w)
    c_end, w_end, _ = (value[:, 0] for value in symmetric_coordinates(run.W_block, run.c_block))
    cycle = limit_cycle(**asdict(times))
    longer = replace(times, tau_block=_LONGER * float(cycle.shortest_block))
    return TwoTaskRuns(
        times, switching, switched, w, c_end, w_end,
        _growth(times, float(cycle.threshold + cycle.w) / 2) if np.isfinite(cycle.w) else None,
        _cycle(longer) if np.isfinite(cycle.shortest_block) else None)


def _growth_rows(growth: Growth) -> Iterator[Row]:
    yield bound_row("two tasks: orbit constant, change during a swing",
                    float(np.abs(growth.orbit - growth.orbit[0]).max()), 1e-6)
    late = np.abs(growth.swings - growth.swing)
    yield make_row("two tasks: time of a swing", "limit", theory=growth.swing, simulation=growth.swings[1],
                   error=late[1], tolerance=late[0])
    yield order_row("two tasks: time of a swing, order of its error in 1/λ_norm", *late)
    about, distance = f"two tasks: w̄ after {_BLOCKS} blocks", np.abs(growth.w[:, -1] - growth.predicted[-1])
    yield make_row(about, "limit", theory=growth.predicted[-1], simulation=growth.w[1, -1], error=distance[1],
                   tolerance=distance[0])
    yield order_row(f"{about}, order of its error in 1/λ_norm", *distance)


@dataclass(frozen=True)
class TwoTasks(GatedExperiment[TwoTaskRuns | None]):
    """The symmetric network at the time constants of the setting, in units of the teacher norm.

    Its closed forms are the limit of a strong cost on the sum of the gates: their error must halve as it doubles.
    """

    source = "NTA, section 4; derivations symmetric-orbit, switching-time, separatrix, bounded-gates, limit-cycle"
    position = 5.0
    cost = "5 s"
    example = "--tau-c 0.1"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """One job where the gates have a bound."""
        setting = self.first()
        return {"runs": [Job(_simulated, (setting,), 1.0, seconds=1.0)]} if setting.model.regulariser.kinked else {}

    def gather(self, results: Sequence[Any]) -> TwoTaskRuns | None:
        """The runs, None where the gates have no bound."""
        return results[0] if results else None

    def rows(self, result: TwoTaskRuns | None) -> Iterator[Row]:
        """Switching time, separatrix, swing, block map, limit cycle."""
        if result is None:
            return
        if np.isfinite(result.switching):
            yield make_row("two tasks: switching time to c̄ = ½ at d = 0", "approximation", theory=result.switching,
                           simulation=result.switched, error=abs(result.switched - result.switching),
                           tolerance=2 * result.switching * result.times.tau_c / result.times.tau_w)
        by_gates = int(np.sum((result.c_end > 0) & (result.w_end > 0)))
        by_weights = int(np.sum((result.c_end < 0) & (result.w_end < 0)))
        yield make_row(f"two tasks: switches by gates among {len(result.w)} starts beside the separatrix", "exact",
                       theory=len(_ABOVE), simulation=by_gates,
                       error=abs(by_gates - len(_ABOVE)) + abs(by_weights - len(_BELOW)), tolerance=0)
        if result.growth:
            yield from _growth_rows(result.growth)
        if result.cycle:
            cycle = result.cycle
            yield make_row("two tasks: w̄ on the limit cycle, a block later", "approximation", theory=cycle.w,
                           simulation=cycle.later, error=abs(cycle.later - cycle.w), tolerance=1 / STRENGTHS[-1])
            multiplier = float(np.abs(np.linalg.eigvals(cycle.slopes)).max())
            yield make_row("two tasks: multiplier of the limit cycle, from blocks that begin beside it",
                           "approximation", theory=cycle.multiplier, simulation=multiplier,
                           error=abs(multiplier - cycle.multiplier), tolerance=_BESIDE)


EXPERIMENT = TwoTasks
