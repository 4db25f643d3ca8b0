"""What becomes of networks of two paths and two tasks, over any of their parameters: functions for sweeps.

Each takes runs of a sweep (gateflow.sim.sweep) and says of every run, from descent or from the reduced flow, whether a
gate has met its bound (an onset) and whether the gates exchange roles from task to task; or, from theory, how likely
an onset is, and whether blocks are long enough for specialisation to grow. Together that makes three regimes:

    0  forgetful: no gate ever met its bound; both paths learn every task anew;
    1  taken over: a gate did, and the same path leads in both tasks;
    2  flexible: a gate did, and each task has a path of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from gateflow.sim.gated.descent import check_step, stable_step
from gateflow.sim.gated.measures import best_alignment, similarity, total_alignment
from gateflow.sim.gated.onset_field import OnsetCells, linear_onset_field, onset_field
from gateflow.sim.gated.teachers import initial_gates, initial_weights, overlapping_teachers
from gateflow.sim.network.descent import descent_pieces
from gateflow.sim.network.engine import follow
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.tables import Varied
from gateflow.sim.sweep.grid import groups
from gateflow.theory.checks import SCALE, STRENGTH, Array, InputError, Range, choice
from gateflow.theory.gated.block_cycles import FASTEST, CycleBoundary, cycle_boundary
from gateflow.theory.gated.mean_network import teacher_coordinates
from gateflow.theory.gated.model import NONNEG_STRENGTH, NORM_STRENGTH, GatedModel, GateRegulariser
from gateflow.theory.gated.reduction import reduce_to_teachers
from gateflow.theory.network.network import Network

# What can be an axis, and its default: the flexible setting of NTA, figure 2. strength multiplies both costs, pace both
# time constants.
PARAMETERS: Mapping[str, float] = {
    "overlap": 0.0, "norm_strength": 10 / 11, "strength": 1.0, "tau_c": 0.03, "pace": 1.0, "tau_w": 1.3,
    "tau_block": 1.0, "duration": 20.0, "nonneg_strength": 1 / 11, "init_scale": 0.01}
# What each may be; at an overlap of 1 the tasks are the same.
RANGES = {**dict.fromkeys(PARAMETERS, SCALE), "overlap": Range(-1, 1, open_low=True, open_high=True),
          "norm_strength": NORM_STRENGTH, "strength": STRENGTH, "nonneg_strength": NONNEG_STRENGTH}
# What all runs share; teachers: the seed the teachers come from.
FIXED: Mapping[str, Any] = {"d_in": 20, "d_out": 10, "dt": 1e-3, "batch_size": 200, "inputs": "gaussian", "teachers": 0}
_FACTORS = {"strength": ("norm_strength", "nonneg_strength"), "pace": ("tau_w", "tau_c")}
REGIMES = ("forgetful", "taken over", "flexible")

Runs = Mapping[str, NDArray[Any]]
Streams = Sequence[SeedSequence]
# Blocks, and steps of a descent, that nobody could wait for.
_MOST_BLOCKS, _MOST_STEPS = 1e6, 1e9
# In what runs must be equal to descend together.
SHARED = ("overlap",)
# Records of a descent, which show whether gates have been at their bound.
_RECORDS = 40
# Critical contrasts a*/2ς: what is added before their logarithm, and those at which an onset is out of the question.
_CONTRAST, _MOST_CONTRAST = 0.05, 4.0
# Relative tolerance of the flow: gates at the end are right to 1e-4 in most networks, to a hundredth in nearly all.
_RTOL = 1e-5


def check_parameters(values: Mapping[str, Any]) -> None:
    """Check values of parameters, numbers or arrays. Raises InputError."""
    for name, value in values.items():
        RANGES[choice("name", name, tuple(PARAMETERS))].check_all(name, value)


def _columns(parameters: Runs, fixed: Mapping[str, Any]) -> dict[str, Array]:
    """Every parameter of every run (n,), from the axes of the sweep, from what is fixed, or by default."""
    n = len(next(iter(parameters.values())))
    columns = {name: np.broadcast_to(np.asarray(parameters.get(name, fixed.get(name, default)), dtype=float), n)
               for name, default in PARAMETERS.items()}
    check_parameters({name: np.unique(values) for name, values in columns.items()})
    for factor, names in _FACTORS.items():
        columns |= {name: columns[name] * columns[factor] for name in names}
    return columns


def _durations(columns: Mapping[str, Array]) -> Array:
    """Lengths (n, B) of blocks: as many whole ones as fit, and what is left. Raises InputError for too many."""
    most = (columns["duration"] / columns["tau_block"]).max()
    if not most <= _MOST_BLOCKS:
        raise InputError(f"duration must be at most {_MOST_BLOCKS:g} blocks of length tau_block, got {most:.3g}")
    whole = np.floor(columns["duration"] / columns["tau_block"] + 1e-9)
    rest = columns["duration"] - whole * columns["tau_block"]
    # A rest that is nothing but rounding is no block.
    rest = np.where(rest > 1e-9 * columns["duration"], rest, 0.0)
    block = np.arange(int((whole + (rest > 0)).max()))
    return np.where(block < whole[:, None], columns["tau_block"][:, None],
                    np.where(block == whole[:, None], rest[:, None], 0.0))


def _tasks(blocks: int) -> tuple[int, ...]:
    return tuple(block % 2 for block in range(blocks))


def _stream(seed: SeedSequence, *key: int) -> Generator:
    return np.random.default_rng(SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *key)))


def _teachers(overlap: float, fixed: Mapping[str, Any]) -> Array:
    """Teachers (2, d_out, d_in) that all seeds share."""
    rng = np.random.default_rng(SeedSequence(fixed["teachers"], spawn_key=(0, 0)))
    return overlapping_teachers(overlap, fixed["d_out"], fixed["d_in"], rng)


def _weights(streams: Streams, scales: Array, fixed: Mapping[str, Any]) -> Array:
    """Initial weights (n, 2, d_out, d_in): those of a seed are the same in every cell, but for their scale."""
    keys = {seed.spawn_key: seed for seed in streams}
    place = {key: i for i, key in enumerate(keys)}
    unit = initial_weights(len(keys), 2, fixed["d_out"], fixed["d_in"], [_stream(seed, 0) for seed in keys.values()], 1)
    return unit[[place[seed.spawn_key] for seed in streams]] * scales[:, None, None, None]


def _judged(c_block: Array, W: Array, teachers: Array, met: Any, whole: Array) -> dict[str, Array]:
    """What is said of runs whose gates at the ends of blocks are c_block (n, B, 2) and whose weights end at W.

    met (n,): whether a gate was at its bound; whole (n,): number of whole blocks.
    """
    runs, last = np.arange(len(W)), np.maximum(whole.astype(int) - 1, 0)
    leads = c_block[..., 0] > c_block[..., 1]
    exchanged = leads[runs, last] != leads[runs, np.maximum(last - 1, 0)]
    aligned = similarity(W, teachers)
    return {"total_alignment": total_alignment(aligned), "best_alignment": best_alignment(aligned),
            "onset": met.astype(float),
            "regime": np.where(met, np.where(exchanged, 2.0, 1.0), 0.0)}


def flow_cells(parameters: Runs, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Exact reduced flow of every run: total and best alignment, onset (0 or 1) and regime at the end, (n,) each.

    parameters: any of PARAMETERS (n,); fixed: others of them, and FIXED. Runs that cannot be followed are not finite.
    """
    columns = _columns(parameters, fixed)
    judgements: dict[str, Array] = {}
    for shared, runs in groups({"overlap": columns["overlap"]}):
        mine = {name: values[runs] for name, values in columns.items()}
        teachers, durations = _teachers(shared["overlap"], fixed), _durations(mine)
        W0 = _weights([streams[index] for index in runs], mine["init_scale"], fixed)
        span, tasks = reduce_to_teachers(teachers, W0), _tasks(durations.shape[1])
        network = span.network(GatedModel(regulariser=GateRegulariser(1, norm_strength=1.0, nonneg_strength=1.0)))
        run = follow(network, (initial_gates(len(runs), 2), span.weights), tasks, np.cumsum(durations, axis=1),
                     span.targets, rtol=_RTOL, varied=_varied(mine))
        W = np.nan_to_num(span.lift(run.at_ends[1][:, -1]))
        whole = (durations >= mine["tau_block"][:, None] * (1 - 1e-9)).sum(axis=1)
        judged = _judged(run.at_ends[0], W, teachers, np.isfinite(run.first_bound), whole)
        for name, values in judged.items():
            values[run.failed] = np.nan
            judgements.setdefault(name, np.full(len(streams), np.nan))[runs] = values
    return judgements


def _schedule(columns: Mapping[str, float], dt: float) -> tuple[Schedule, int]:
    """Blocks of whole steps, and how many are whole blocks. Raises InputError for too many steps."""
    steps = columns["duration"] / dt
    if not steps <= _MOST_STEPS:
        raise InputError(f"duration must be at most {_MOST_STEPS:g} steps of length dt, got {steps:.3g}")
    block, total = (max(1, round(columns[name] / dt)) for name in ("tau_block", "duration"))
    lengths = [block] * (total // block) + [total % block] * bool(total % block)
    return Schedule(_tasks(len(lengths)), tuple(length * dt for length in lengths)), total // block


def _varied(columns: Mapping[str, Array]) -> Varied:
    """In what the runs of a call differ, as factors of a network."""
    gates = {"tau": columns["tau_c"], "norm_strength": columns["norm_strength"],
             "bound_strength": columns["nonneg_strength"]}
    return {"c": gates, "W": {"tau": columns["tau_w"]}}


def descent_cells(parameters: Runs, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Gradient descent of every run; results as ``flow_cells``.

    A seed sees the same inputs in every cell; cells that are equal in SHARED draw them together, unless these are drawn
    one by one. Lengths of blocks and of the whole are rounded to whole steps. fixed: also dt, batch_size and inputs.
    """
    columns, judgements = _columns(parameters, fixed), dict[str, Array]()
    for shared, runs in groups(columns, tuple(columns) if fixed["inputs"] == "batch" else SHARED):
        mine = {name: values[runs] for name, values in columns.items()}
        judged = _descended(shared["overlap"], mine, [streams[index] for index in runs], fixed)
        for name, values in judged.items():
            judgements.setdefault(name, np.full(len(streams), np.nan))[runs] = values
    return judgements


def _descended(overlap: float, mine: Mapping[str, Array], seeds: Streams, fixed: Mapping[str, Any]) -> dict[str, Array]:
    """What becomes of runs (n,) with the same tasks."""
    teachers, n = _teachers(overlap, fixed), len(seeds)
    how = {name: fixed[name] for name in ("dt", "inputs", "batch_size")}
    schedules, whole = np.empty(n, dtype=object), np.empty(n)
    for cell, runs in groups(mine):
        schedules[runs], whole[runs] = _schedule(cell, fixed["dt"])
        cost = GateRegulariser(1, norm_strength=cell["norm_strength"], nonneg_strength=cell["nonneg_strength"])
        model = GatedModel(fixed["d_in"], fixed["d_out"], 2, 2, tau_w=cell["tau_w"], tau_c=cell["tau_c"],
                           tau_block=cell["tau_block"], regulariser=cost)
        check_step(how["dt"], stable_step(model, teachers, how["inputs"], how["batch_size"], None))
    network = Network("p,pij->ij", model.factors, {"p": 2, "i": fixed["d_out"], "j": fixed["d_in"]})
    if how["inputs"] == "batch":
        how |= {"rng": [_stream(seed, 1) for seed in seeds], "schedule": schedules[0]}
    else:
        different = {seed.spawn_key: seed for seed in seeds}
        how["rng"], keys = [_stream(seed, 1) for seed in different.values()], list(different)
        how |= {"varied": _varied(mine), "schedule": schedules.tolist(),
                "sees": np.array([keys.index(seed.spawn_key) for seed in seeds])}
    W, met = _weights(seeds, mine["init_scale"], fixed), np.zeros(n, dtype=bool)
    every = max(1, round(mine["duration"].max() / fixed["dt"] / _RECORDS))
    # A place more, for no block.
    c_block = np.empty((n, 1 + max(len(schedule.tasks) for schedule in schedules), 2))
    for piece in descent_pieces(network, squared_tasks(network, teachers), initial=(initial_gates(n, 2), W),
                                record_every=every, **how):
        c_block[np.arange(n)[:, None], piece.blocks] = piece.at_ends[0]
        met |= (piece.held[0] > 0).any(axis=(1, 2))
        W = piece.end[1]
    met &= (mine["norm_strength"] > 0) | (mine["nonneg_strength"] > 0)
    return _judged(c_block[:, :-1], W, teachers, met, whole)


def _share(parameters: Runs, fixed: Mapping[str, Any], onset: Callable[[OnsetCells], Array]) -> Array:
    columns = _columns(parameters, fixed)
    power, n = fixed["d_out"] / fixed["d_in"], len(columns["overlap"])
    targets = np.empty((n, 2, 2))
    for shared, runs in groups({"overlap": columns["overlap"]}):
        targets[runs] = teacher_coordinates(power * np.array([[1.0, shared["overlap"]], [shared["overlap"], 1.0]]))
    durations = _durations(columns)
    cells = OnsetCells(columns["tau_w"], columns["tau_c"], columns["norm_strength"], targets,
                       columns["init_scale"] / np.sqrt(fixed["d_in"]), fixed["d_out"] * fixed["d_in"] - 2,
                       _tasks(durations.shape[1]), durations)
    return onset(cells)


def with_regimes(parameters: Runs, fixed: Mapping[str, Any], share: Array) -> dict[str, Any]:
    """What theory says of runs with a share (n,) of networks with an onset: as ``linear_cells``."""
    grown = growth(parameters, fixed)
    return {"onset": share, "growth": grown, "regime": np.where(share < 0.5, 0.0, np.where(grown > 1, 2.0, 1.0))}


def effective_gates(parameters: Runs, fixed: Mapping[str, Any]) -> Array:
    """tau_c over tau_w (n,), in units of half the distance of the teachers, along which paths specialise."""
    columns = _columns(parameters, fixed)
    return columns["tau_c"] / (fixed["d_out"] / fixed["d_in"] * (1 - columns["overlap"])) / columns["tau_w"]


def growth(parameters: Runs, fixed: Mapping[str, Any], boundary: CycleBoundary | None = None) -> Array:
    """tau_block over the shortest block at which specialisation grows under hard bounds, (n,); 0 where it never does.

    boundary: of the lengths that have a limit cycle, if it is known; it must begin at gates that are fast enough.
    """
    columns, gates = _columns(parameters, fixed), effective_gates(parameters, fixed)
    boundary = boundary or cycle_boundary(min(float(gates.min()), FASTEST))
    return columns["tau_block"] / columns["tau_w"] / boundary.shortest_block(tau_c=gates)


def linear_cells(parameters: Runs, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """From theory, every run: the share of networks with an onset as small contrasts grow, growth, and regime.

    Share: derivation onset. growth: tau_block over the shortest block at which specialisation grows under
    hard bounds and a strong norm cost (derivation limit-cycle); 0 where it never does. The regime is forgetful where
    less than half have an onset, else flexible if growth is above 1, else taken over.
    """
    return with_regimes(parameters, fixed, _share(parameters, fixed, linear_onset_field))


def log_contrast(share: Array) -> Array:
    """Coordinate in which shares of networks with an onset are smooth over parameters: ln(a*/2ς + 0.05)."""
    return np.asarray(np.log(np.minimum(scipy.special.erfcinv(share), _MOST_CONTRAST) + _CONTRAST))


def share_of(log_contrast: Array) -> Array:
    """The share of networks with an onset back from ``log_contrast``."""
    return np.asarray(scipy.special.erfc(np.maximum(np.exp(log_contrast) - _CONTRAST, 0)))


def onset_cells(parameters: Runs, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """As ``linear_cells``, the onset by the exact flow of two paths (gateflow.theory.gated.threshold)."""
    return with_regimes(parameters, fixed, _share(parameters, fixed, onset_field))


def onset_shares(parameters: Runs, streams: Streams, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """As ``onset_cells``, the share alone."""
    return {"onset": _share(parameters, fixed, onset_field)}
