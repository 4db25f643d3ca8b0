"""The closed forms of two tasks and of the onset, confronted with runs: what ``compare gated`` adds to a study.

The symmetric network (``gateflow.sim.gated.symmetric``) runs at the time constants of the study, in units of the
teacher norm; its closed forms are the limit of a strong cost on the sum of the gates, so that their error must halve
as the cost doubles.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gateflow.sim.compare.rows import Row, bound_row, make_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.study import Study
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_run
from gateflow.theory.checks import Array
from gateflow.theory.gated import GatedModel, gate_time_constant, gram_matrix
from gateflow.theory.gated.block_map import block_map, cycle_drift, swing_time
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers
from gateflow.theory.gated.threshold import onset_probability
from gateflow.theory.gated.two_tasks import orbit_constant, separatrix_edges, specialised_switching_time

# Strengths of the cost on the sum of the gates: the second twice the first, so that errors must halve.
_STRENGTHS = (500.0, 1000.0)
# Blocks that are followed by the block map.
_BLOCKS = 8
# Blocks beside the limit cycle: their length in units of the shortest that learns, and how far apart they start, in
# units of what is left of the error there.
_LONGER, _APART = 1.2, 0.02
# Starts beside the separatrix, as multiples of its edges, and how many τ_w their block lasts.
_BELOW, _ABOVE, _LONG = (0.5, 0.8, 0.95), (1.05, 1.2, 2.0), 20.0
# Networks and most blocks of the onset.
_MEMBERS, _MOST_BLOCKS = 100, 4


@dataclass(frozen=True)
class SymmetricTimes:
    """Time constants of the symmetric network; tau_c is the effective one, of gates that see a teacher of norm 1."""

    tau_c: float
    tau_w: float
    tau_block: float

    @classmethod
    def of(cls, study: Study, model: GatedModel) -> "SymmetricTimes":
        """Those that a model of the study has for its first teacher."""
        return cls(float(gate_time_constant(model, study.teachers())[0]), model.tau_w, model.tau_block)

    def blocks(self, number: int, w: Array, d: Array, strength: float) -> tuple[Array, Array, Array, Array]:
        """(c̄, w̄, d) in their own frame at the end of each block (S, number), and the time at the bound in the last.

        w, d (S,): the state at the end of the block before, c̄ = 1, in its own frame.
        """
        model = symmetric_model(self.tau_c, self.tau_w, self.tau_block, strength)
        end = number * self.tau_block
        run = symmetric_run(model, (0, 1) * (number // 2) + (0,) * (number % 2), (-np.ones_like(w), w, -d),
                            [end - self.tau_block, end])
        frame = np.where(np.arange(number) % 2, -1, 1)
        c_bar, w_bar, drift = symmetric_coordinates(run.W_block, run.c_block)
        return c_bar * frame, w_bar, drift * frame, np.diff(run.time_at_bound, axis=1).sum(axis=(1, 2))


def _orbit_rows(times: SymmetricTimes, start: float) -> Iterator[Row]:
    """The orbit constant, at any cost on the sum, and the time of a swing, as that cost grows."""
    d = np.array([cycle_drift(start, times.tau_c, times.tau_w)])
    w, predicted = np.array([start]), float(swing_time(1.0, start, d, times.tau_c, times.tau_w)[0])
    model = symmetric_model(times.tau_c, times.tau_w, times.tau_block, _STRENGTHS[0])
    run = symmetric_run(model, (0,), (-1.0, w, -d), np.linspace(0, 0.9 * predicted, 40))
    # The paths hold a^p_1 and a^p_2 of the teachers; w̄ is half the difference of their differences.
    preference = run.a[0, :, :, 0] - run.a[0, :, :, 1]
    k = orbit_constant(run.c[0, :, 0] - run.c[0, :, 1], (preference[:, 0] - preference[:, 1]) / 2, times.tau_c,
                       times.tau_w)
    yield bound_row("two tasks: orbit constant, change during a swing", float(np.abs(k - k[0]).max()), 1e-6)
    late = [times.tau_block - float(times.blocks(1, w, d, strength)[3][0]) - predicted for strength in _STRENGTHS]
    yield make_row("two tasks: time of a swing", "limit", theory=predicted, simulation=predicted + late[1],
                   error=abs(late[1]), tolerance=abs(late[0]))
    yield order_row("two tasks: time of a swing, order of its error in 1/λ_norm", *(abs(value) for value in late))


def _switching_row(times: SymmetricTimes) -> Row:
    """NTA's orbit leaves out d, which grows to τ_c/τ_w at most in a switch: that is how far its time may be off."""
    predicted = float(specialised_switching_time(0.5, times.tau_c, times.tau_w))
    model = symmetric_model(times.tau_c, times.tau_w, 4 * predicted, _STRENGTHS[-1])
    t = np.linspace(0, 4 * predicted, 2001)
    run = symmetric_run(model, (0,), (-1.0, 1.0, 0.0), t)
    seen = float(np.interp(0.5, run.c[0, :, 0] - run.c[0, :, 1], t))
    return make_row("two tasks: switching time to c̄ = ½ at d = 0", "approximation", theory=predicted, simulation=seen,
                    error=abs(seen - predicted), tolerance=2 * predicted * times.tau_c / times.tau_w)


def _separatrix_row(times: SymmetricTimes) -> Row:
    """Who crosses zero, gates or weights, from either side of the separatrix."""
    low, high = separatrix_edges(0.0, times.tau_c, times.tau_w)
    w = np.array([*(share * low for share in _BELOW), *(share * high for share in _ABOVE)])
    model = symmetric_model(times.tau_c, times.tau_w, _LONG * times.tau_w, _STRENGTHS[0])
    run = symmetric_run(model, (0,), (-np.ones_like(w), w, np.zeros_like(w)), [0.0])
    c_bar, w_bar, _ = (value[:, 0] for value in symmetric_coordinates(run.W_block, run.c_block))
    by_gates, by_weights = int(np.sum((c_bar > 0) & (w_bar > 0))), int(np.sum((c_bar < 0) & (w_bar < 0)))
    wrong = abs(by_gates - len(_ABOVE)) + abs(by_weights - len(_BELOW))
    return make_row(f"two tasks: switches by gates among {len(w)} starts beside the separatrix", "exact",
                    theory=len(_ABOVE), simulation=by_gates, error=wrong, tolerance=0)


def _block_rows(times: SymmetricTimes, start: float) -> Iterator[Row]:
    """The block map, block after block."""
    constants = (times.tau_block, times.tau_c, times.tau_w)
    w, d = np.array([start]), np.array([cycle_drift(start, times.tau_c, times.tau_w)])
    here = (np.ones(1), w, d)
    for _ in range(_BLOCKS):
        here = block_map(here[0], here[1], here[2], *constants)
    ends = [float(times.blocks(_BLOCKS, w, d, strength)[1][0, -1]) for strength in _STRENGTHS]
    apart = [abs(end - float(here[1][0])) for end in ends]
    about = f"two tasks: w̄ after {_BLOCKS} blocks"
    yield make_row(about, "limit", theory=float(here[1][0]), simulation=ends[1], error=apart[1], tolerance=apart[0])
    yield order_row(f"{about}, order of its error in 1/λ_norm", *apart)


def _cycle_rows(times: SymmetricTimes) -> Iterator[Row]:
    """The limit cycle of blocks a little longer than the shortest that learn, and its larger multiplier.

    For much longer blocks the multiplier holds only where w̄ + d differs from 1 by less than rounding.
    """
    cycle = limit_cycle(times.tau_block, times.tau_c, times.tau_w)
    left = 1 - float(cycle.w + cycle.d)
    w = cycle.w - _APART * left * np.array([0.0, 2.0, 1.0, 2.0])
    d = cycle.d + _APART * left * np.array([0.0, 0.0, 0.0, 1.0])
    _, w_end, d_end, _ = (x[..., 0] if x.ndim > 1 else x for x in times.blocks(1, w, d, _STRENGTHS[-1]))
    yield make_row("two tasks: w̄ on the limit cycle, a block later", "approximation", theory=float(cycle.w),
                   simulation=float(w_end[0]), error=abs(float(w_end[0] - cycle.w)), tolerance=1 / _STRENGTHS[-1])
    slopes = np.array([[x[2] - x[1], x[3] - x[1]] for x in (w_end, d_end)]) / (_APART * left)
    seen = float(np.abs(np.linalg.eigvals(slopes)).max())
    predicted = float(multipliers(times.tau_block, times.tau_c, times.tau_w)[0])
    yield make_row("two tasks: multiplier of the limit cycle, from blocks that begin beside it", "approximation",
                   theory=predicted, simulation=seen, error=abs(seen - predicted), tolerance=_APART)


def symmetric_rows(study: Study, model: GatedModel) -> list[Row]:
    """Rows of the symmetric network at the time constants of a model of the study."""
    times = SymmetricTimes.of(study, model)
    cycle = limit_cycle(times.tau_block, times.tau_c, times.tau_w)
    rows = [_switching_row(times), _separatrix_row(times)]
    if np.isfinite(cycle.w):
        start = float(cycle.threshold + cycle.w) / 2
        rows += [*_orbit_rows(times, start), *_block_rows(times, start)]
    if np.isfinite(cycle.shortest_block):
        rows += _cycle_rows(replace(times, tau_block=_LONGER * float(cycle.shortest_block)))
    return rows


def onset_rows(study: Study, model: GatedModel) -> list[Row]:
    """Share of networks whose gates have met their bound, by the number of blocks at which half are expected to."""
    if model.n_paths != 2 or model.regulariser.norm == 2 or not model.regulariser.kinked:
        return []
    gram, init_std = gram_matrix(study.teachers()), study.init_scale / np.sqrt(model.d_in)
    tasks = study.curriculum().tasks
    shares = [onset_probability(model, gram, init_std, tasks[:blocks + 1])
              for blocks in range(min(_MOST_BLOCKS, len(tasks)))]
    blocks = int(np.argmin(np.abs(np.array(shares) - 0.5))) + 1
    W0, c0, _ = study.members(0, _MEMBERS)
    run = descend(model, study.teachers(), Curriculum(tasks[:blocks]), W0=W0, c0=c0, dt=study.dt,
                  record_every=study.record_every)
    seen, predicted = float((run.time_at_bound[:, -1].max(axis=-1) > 0).mean()), shares[blocks - 1]
    spread = float(np.sqrt(predicted * (1 - predicted) / _MEMBERS))
    about = f"onset: share of {_MEMBERS} networks with a gate at its bound within {blocks} blocks"
    return [make_row(about, "approximation", theory=predicted, simulation=seen, half=1.96 * spread,
                     error=abs(seen - predicted), tolerance=3.3 * spread + 1 / _MEMBERS)]
