"""What a study of gated networks claims, and how far simulation is from it."""

from collections.abc import Iterator, Sequence

import numpy as np

from gateflow.sim.compare.rows import Row, bound_row, law_row, make_row, mean_row, order_row
from gateflow.sim.gated.runs import SettingRuns, StudyRuns
from gateflow.sim.gated.study import Study
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array
from gateflow.theory.gated import GatedModel, conserved_matrix

# How far the integrated flow may stray from what it conserves, relative to the largest such quantity.
_ROUNDING = 1e-6


def step_allowance(model: GatedModel, dt: float) -> float:
    """How far one step moves gates and weights that move at rate 1/τ: what descent cannot follow the flow within."""
    bound = 0.0 if model.regulariser.hard else model.regulariser.nonneg_strength
    return dt * (1 + bound) / model.tau_c + dt / model.tau_w


def conserved_drift_seen(run: Trajectory) -> float:
    """Largest change of any entry of Q since the start, over members and time."""
    Q = conserved_matrix(run.model, run.gram, run.c)
    return float(np.abs(Q - Q[:, :1]).max())


def contrast_steps(run: Trajectory) -> tuple[Array, Array]:
    """Changes of the contrast of every two paths between records, (S, T − 1, pairs).

    First those between which neither gate was at its bound (elsewhere 0), then those between which no gate
    was negative at a record (elsewhere 0).
    """
    first, second = np.triu_indices(run.model.n_paths, 1)
    change = np.diff(run.contrast()[..., first, second], axis=1)
    bound = np.diff(run.time_at_bound, axis=1)
    away = (bound[..., first] == 0) & (bound[..., second] == 0)
    lower = np.minimum(run.c[..., first], run.c[..., second])
    return np.where(away, change, 0.0), np.where(np.minimum(lower[:, 1:], lower[:, :-1]) >= 0, change, 0.0)


def _flow_rows(name: str, runs: SettingRuns, dt: float) -> Iterator[Row]:
    """The reduced flow against population descent: an error that falls in proportion to dt."""
    allowance = step_allowance(runs.flow.model, dt)
    scale = allowance * float(np.square(runs.flow.W_star).sum(axis=(1, 2)).max())
    coarse, fine = runs.distances, runs.distances_half
    apart = [np.abs(run.c - runs.flow.c) for run in (runs.population, runs.half)]
    typical = [float(np.median(distance.mean(axis=(1, 2)))) for distance in apart]
    about = f"{name}: gates, flow vs descent, restarted every block"
    yield bound_row(f"{about}, median, dt", float(np.median(coarse.gates)), allowance, "limit")
    yield bound_row(f"{about}, median, dt/2", float(np.median(fine.gates)), allowance / 2, "limit")
    yield order_row(f"{about}, order in dt", float(np.median(coarse.mean_gates)), float(np.median(fine.mean_gates)))
    yield make_row(f"{about}, worst, dt", "observation", error=float(coarse.gates.max()))
    about = f"{name}: gates, flow vs descent, whole run"
    yield bound_row(f"{about}, median seed, mean over time, dt", typical[0], allowance, "limit")
    yield order_row(f"{about}, order in dt", *typical)
    # A gate that only just leaves its bound multiplies the error of a step: seen in one seed of ten.
    yield make_row(f"{about}, median seed, dt", "observation", error=float(np.median(apart[0].max(axis=(1, 2)))))
    yield make_row(f"{about}, worst seed, dt", "observation", error=float(apart[0].max()))
    about = f"{name}: loss, flow vs descent, restarted every block"
    yield bound_row(f"{about}, median, dt", float(np.median(coarse.loss)), scale, "limit")
    yield order_row(f"{about}, order in dt", float(np.median(coarse.loss)), float(np.median(fine.loss)))
    yield make_row(f"{name}: loss, flow vs descent, whole run, worst seed, dt", "observation",
                   error=float(np.abs(runs.population.loss - runs.flow.loss).max()))


def _conservation_rows(name: str, runs: SettingRuns) -> Iterator[Row]:
    """Q without a cost on the gates."""
    flow = runs.free_flow
    scale = float(np.abs(conserved_matrix(flow.model, flow.gram, flow.c)).max())
    coarse, fine = conserved_drift_seen(runs.free), conserved_drift_seen(runs.free_half)
    about = f"{name} without regulariser: drift of Q"
    yield bound_row(f"{about}, flow", conserved_drift_seen(flow), _ROUNDING * scale)
    yield make_row(f"{about}, descent", "limit", error=coarse)
    yield order_row(f"{about}, descent, order in dt", coarse, fine)


def _contrast_rows(name: str, runs: SettingRuns) -> Iterator[Row]:
    """The ratchet theorem; it needs two paths and an L1 cost or none."""
    model = runs.flow.model
    if model.n_paths < 2 or model.regulariser.norm == 2:
        return
    rounding = _ROUNDING * float(np.abs(conserved_matrix(model, runs.flow.gram, runs.flow.c)).max())
    still, rising = contrast_steps(runs.flow)
    yield bound_row(f"{name}: contrast, change while gates are positive, flow",
                    float(np.abs(still).sum(axis=1).max()), rounding)
    yield bound_row(f"{name}: contrast, largest fall while no gate is negative, flow", float(-rising.min()), rounding)
    moved = [float(np.abs(contrast_steps(run)[0]).sum(axis=1).mean()) for run in (runs.population, runs.half)]
    about = f"{name}: contrast, change while gates are positive, descent"
    yield make_row(about, "limit", error=moved[0])
    if moved[1] > rounding:
        yield order_row(f"{about}, order in dt", *moved)


def _quantities(run: Trajectory) -> dict[str, Array]:
    """What is compared seed by seed: name to values (S,)."""
    adaptation = run.adaptation_time()
    blocks = adaptation.shape[1]
    found = {"loss, mean over time": run.loss.mean(axis=1), "loss, end of last block": run.loss_block[:, -1],
             "total alignment, final": run.total_alignment[:, -1]}
    if run.model.n_paths > 1:
        pairs = np.triu_indices(run.model.n_paths, 1)
        found["largest − smallest gate, mean over time"] = np.ptp(run.c, axis=-1).mean(axis=1)
        found["contrast, final"] = run.contrast()[:, -1][:, *pairs].mean(axis=-1)
    return found | {f"adaptation time, block {block + 1}": adaptation[:, block]
                    for block in sorted({blocks // 4, blocks // 2, blocks - 1})}


def _allowed(population: Array, half: Array, noise: float) -> float:
    """What a finite step may add to a mean over seeds, from population descent at dt and dt/2 alone.

    Their difference is half of what dt adds to first order; twice that is allowed. noise: relative size of what the
    noise of the batches adds, of first order in the step.
    """
    both = np.isfinite(half) & np.isfinite(population)
    if not both.any():
        return 0.0
    seen = float(population[both].mean())
    return 4 * abs(seen - float(half[both].mean())) + noise * abs(seen)


def _mean_rows(name: str, flow: dict[str, Array], descents: Sequence[dict[str, Array]], noise: float) -> Iterator[Row]:
    """Descent on Gaussian batches: means over seeds against the flow. descents: population, half and gaussian."""
    population, half, gaussian = descents
    for quantity, predicted in flow.items():
        yield mean_row(f"{name}: {quantity}", predicted, gaussian[quantity],
                       _allowed(population[quantity], half[quantity], noise))


def _missing_row(name: str, runs: SettingRuns) -> Row:
    flow, gaussian = runs.flow.adaptation_time(), runs.gaussian.adaptation_time()
    missing = [int(np.isnan(times).sum()) for times in (flow, gaussian)]
    return make_row(f"{name}: blocks that never adapt, of {flow.size}", "observation", theory=missing[0],
                    simulation=missing[1], error=abs(missing[0] - missing[1]))


def _contrasted(one: Trajectory, other: Trajectory) -> dict[str, Array]:
    """Flexible against forgetful, seed by seed: name to values (S,)."""
    return {"total alignment, final, difference": one.total_alignment[:, -1] - other.total_alignment[:, -1],
            "adaptation time, last block, ratio": one.adaptation_time()[:, -1] / other.adaptation_time()[:, -1]}


def study_rows(study: Study, runs: StudyRuns) -> list[Row]:
    """All rows of a study: flow, conserved quantities, contrast, means over seeds, closed forms, sampling laws."""
    rows: list[Row] = []
    noise = 0.0
    for name, setting in runs.settings.items():
        model = setting.flow.model
        # E[S²] = 1 + (d_in + 1)/B for the second moment S of a batch of white Gaussian inputs.
        noise = (model.d_in + 1) / study.batch_size * step_allowance(model, study.dt)
        rows += _flow_rows(name, setting, study.dt)
        rows += _conservation_rows(name, setting)
        rows += _contrast_rows(name, setting)
        descents = (setting.population, setting.half, setting.gaussian)
        rows += _mean_rows(name, _quantities(setting.flow), [_quantities(run) for run in descents], noise)
        rows.append(_missing_row(name, setting))
    if len(runs.settings) == 2:
        flexible, forgetful = runs.settings["flexible"], runs.settings["forgetful"]
        pairs = ((flexible.population, forgetful.population), (flexible.half, forgetful.half),
                 (flexible.gaussian, forgetful.gaussian))
        rows += _mean_rows("flexible vs forgetful", _contrasted(flexible.flow, forgetful.flow),
                           [_contrasted(*pair) for pair in pairs], noise)
    rows += runs.closed_forms
    law = runs.law
    about = f"after {law.steps} steps, batches vs Wishart factors"
    rows.append(law_row(f"loss {about}", law.batch_loss, law.gaussian_loss))
    rows.append(law_row(f"first gate {about}", law.batch_gate, law.gaussian_gate))
    return rows
