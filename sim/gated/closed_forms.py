"""The closed forms of two tasks and of the onset, confronted with runs: what ``compare gated`` adds to a study.

The symmetric network (``sim.gated.symmetric``) runs at the time constants of the study, in units of the teacher norm; its
closed forms are the limit of a strong cost on the sum of the gates, so that their error must halve as the cost doubles.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.comparison import Row, bound_row, make_row, order_row
from sim.gated.curriculum import Curriculum
from sim.gated.descent import descend
from sim.gated.study import Study
from sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_run
from theory.checks import Array
from theory.gated import GatedModel, gate_time_constant, gram_matrix
from theory.gated.block_map import block_map, cycle_drift, swing_time
from theory.gated.limit_cycle import limit_cycle, multipliers
from theory.gated.threshold import onset_probability
from theory.gated.two_tasks import orbit_constant, separatrix_edges, specialised_switching_time

# Strengths of the cost on the sum of the gates: the second twice the first, so that errors must halve.
_STRENGTHS = (500.0, 1000.0)
# Blocks that are followed by the block map, and how far apart starts are for its derivative.
_BLOCKS, _APART = 8, 0.01
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
    """The orbit constant, and the time of a swing, as the cost on the sum grows."""
    d = np.array([cycle_drift(start, times.tau_c, times.tau_w)])
    w, predicted = np.array([start]), float(swing_time(1.0, start, d, times.tau_c, times.tau_w)[0])
    before = np.linspace(0, 0.9 * predicted, 40)
    moved, late = [], []
    for strength in _STRENGTHS:
        model = symmetric_model(times.tau_c, times.tau_w, times.tau_block, strength)
        run = symmetric_run(model, (0,), (-1.0, w, -d), before)
        # The paths hold a^p_1 − a^p_2 of both teachers, which is all that w̄ depends on.
        weights = (run.a[0, :, 0] - run.a[0, :, 1]) @ np.array([0.5, -0.5])
        k = orbit_constant(run.c[0, :, 0] - run.c[0, :, 1], weights, times.tau_c, times.tau_w)
        moved.append(float(np.abs(k - k[0]).max()))
        late.append(times.tau_block - float(times.blocks(1, w, d, strength)[3][0]) - predicted)
    yield make_row("two tasks: orbit constant, change during a swing", "limit", error=moved[1])
    yield order_row("two tasks: the same, order in 1/λ_norm", *moved)
    yield make_row("two tasks: time of a swing", "limit", theory=predicted, simulation=predicted + late[1],
                   error=abs(late[1]), tolerance=2 * abs(late[0]))
    yield order_row("two tasks: the same, order in 1/λ_norm of its error", *(abs(value) for value in late))


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
    model = symmetric_model(times.tau_c, times.tau_w, _LONG * times.tau_w, _STRENGTHS[-1])
    run = symmetric_run(model, (0,), (-np.ones_like(w), w, np.zeros_like(w)))
    c_bar, w_bar, _ = (value[:, 0] for value in symmetric_coordinates(run.W_block, run.c_block))
    by_gates, by_weights = int(np.sum((c_bar > 0) & (w_bar > 0))), int(np.sum((c_bar < 0) & (w_bar < 0)))
    wrong = abs(by_gates - len(_ABOVE)) + abs(by_weights - len(_BELOW))
    return make_row(f"two tasks: switches by gates among {len(w)} starts beside the separatrix", "exact",
                    theory=len(_ABOVE), simulation=by_gates, error=wrong, tolerance=0)


def _block_rows(times: SymmetricTimes, start: float) -> Iterator[Row]:
    """The block map, block after block, and its derivative beside the limit cycle."""
    cycle = limit_cycle(times.tau_block, times.tau_c, times.tau_w)
    constants = (times.tau_block, times.tau_c, times.tau_w)
    state: tuple[Array, ...] = (np.ones(1), np.array([start]), np.array([cycle_drift(start, *constants[1:])]))
    w, d = state[1:]
    for _ in range(_BLOCKS):
        state = block_map(*state, *constants)
    ends = [times.blocks(_BLOCKS, w, d, strength)[1][0, -1] for strength in _STRENGTHS]
    apart = [abs(float(end - state[1][0])) for end in ends]
    yield make_row(f"two tasks: w̄ after {_BLOCKS} blocks", "limit", theory=float(state[1][0]), simulation=float(ends[1]),
                   error=apart[1], tolerance=2 * apart[0])
    yield order_row("two tasks: the same, order in 1/λ_norm of its error", *apart)
    near = cycle.w - _APART * np.array([2.0, 1.0, 1.0])
    after = times.blocks(1, near, cycle.d + _APART * np.array([0.0, 0.0, -0.2]), _STRENGTHS[-1])
    slope = np.array([(x[:, 0][[1, 2]] - x[:, 0][[0, 1]]) / (_APART * np.array([1.0, -0.2])) for x in after[1:3]])
    seen, predicted = float(np.abs(np.linalg.eigvals(slope)).max()), float(multipliers(*constants)[0])
    yield make_row("two tasks: multiplier of the limit cycle, from runs that end beside it", "approximation",
                   theory=predicted, simulation=seen, error=abs(seen - predicted), tolerance=2 * _APART)


def symmetric_rows(study: Study, model: GatedModel) -> list[Row]:
    """Rows of the symmetric network at the time constants of a model of the study."""
    times = SymmetricTimes.of(study, model)
    cycle = limit_cycle(times.tau_block, times.tau_c, times.tau_w)
    rows = [_switching_row(times), _separatrix_row(times)]
    if np.isfinite(cycle.w):
        start = float(cycle.threshold + cycle.w) / 2
        rows += [*_orbit_rows(times, start), *_block_rows(times, start)]
    else:
        rows.append(bound_row("two tasks: blocks too short, or gates too slow, for anything to accumulate", 0, 0))
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
    return [make_row(f"onset: share of {_MEMBERS} networks with a gate at its bound within {blocks} blocks", "approximation",
                     theory=predicted, simulation=seen, half=1.96 * spread, error=abs(seen - predicted),
                     tolerance=3.3 * spread + 1 / _MEMBERS)]
