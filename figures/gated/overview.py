"""The figure of ``gateflow compare gated``: theory as lines over simulation as bands."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gateflow.figures.style import shade_tasks, style
from gateflow.sim.compare.rows import half_width
from gateflow.sim.gated import Trajectory, matching
from gateflow.sim.gated.rows import step_allowance
from gateflow.sim.gated.runs import SettingRuns, StudyRuns
from gateflow.theory.checks import Array
from gateflow.theory.gated import full_contrast

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Members whose contrast is drawn one by one, so that its plateaus and steps show.
_SINGLE = 5
_OF_SETTING = {"flexible": "#0072B2", "forgetful": "#D55E00"}


def _ordered_gates(run: Trajectory) -> Array:
    """Gates (S, T, P) with the path of teacher 0 first, that of teacher 1 second, …, the rest after them."""
    matched = matching(run.similarity[:, -1])
    teacher = np.where(matched.any(axis=1), matched.argmax(axis=1), matched.shape[1])
    order = np.argsort(teacher, axis=-1, kind="stable")
    return np.take_along_axis(run.c, order[:, None, :], axis=-1)


def _mean_contrast(run: Trajectory) -> Array:
    first, second = np.triu_indices(run.model.n_paths, 1)
    return run.contrast()[..., first, second].mean(axis=-1)


def _band(axes: Axes, x: Array, theory: Array, simulation: Array, colour: str, label: str | None = None) -> float:
    """Draw the range of simulated members (S, T), the interval of their mean, and the theory's mean.

    Returns the largest distance of the means.
    """
    mean = simulation.mean(axis=0)
    axes.fill_between(x, simulation.min(axis=0), simulation.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    if len(simulation) > 1:
        half = np.array([half_width(values) for values in simulation.T])
        axes.fill_between(x, mean - half, mean + half, color=colour, alpha=0.4, linewidth=0)
    axes.plot(x, theory.mean(axis=0), color=colour, label=label)
    return float(np.abs(mean - theory.mean(axis=0)).max())


def _note(axes: Axes, distance: float) -> None:
    axes.text(0.995, 1.02, f"means apart by at most {distance:.2g}", transform=axes.transAxes, ha="right", va="bottom",
              fontsize=7.5, color="0.35")


def _loss(axes: Axes, runs: SettingRuns) -> float:
    distance = _band(axes, runs.flow.t, runs.flow.loss, runs.gaussian.loss, "0.15")
    axes.set_ylabel("task loss")
    axes.set_ylim(0, None)
    return distance


def _gates(axes: Axes, runs: SettingRuns) -> float:
    flow, gaussian = _ordered_gates(runs.flow), _ordered_gates(runs.gaussian)
    n_tasks = runs.flow.model.n_tasks
    apart = [_band(axes, runs.flow.t, flow[..., p], gaussian[..., p], _COLOURS[p % len(_COLOURS)],
                   f"path of teacher {p + 1}" if p < n_tasks else f"path {p + 1}") for p in range(flow.shape[-1])]
    axes.set_ylabel("gates")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=6, borderpad=0, handlelength=1, columnspacing=1)
    return max(apart)


def _alignment(axes: Axes, runs: SettingRuns) -> float:
    distance = _band(axes, runs.flow.t, runs.flow.total_alignment, runs.gaussian.total_alignment, "0.15")
    axes.axhline(1 / np.sqrt(runs.flow.model.n_tasks), color="0.5", linestyle=":", linewidth=0.8)
    axes.set_ylabel("total alignment")
    axes.set_ylim(min(0, axes.get_ylim()[0]), 1.03)
    return distance


def _contrast(axes: Axes, runs: SettingRuns) -> float:
    flow = _mean_contrast(runs.flow)
    axes.plot(runs.flow.t, flow[:_SINGLE].T, color=_COLOURS[0], linewidth=0.5)
    distance = _band(axes, runs.flow.t, flow, _mean_contrast(runs.gaussian), "0.15")
    full = full_contrast(runs.flow.model, runs.flow.W_star)
    pairs = np.triu_indices(len(full), 1)
    if len(pairs[0]):
        axes.axhline(full[pairs].mean(), color="0.5", linestyle=":", linewidth=0.8)
        axes.text(0, full[pairs].mean(), " full specialisation", va="bottom", fontsize=7.5, color="0.35")
    axes.set_ylabel("contrast $I$")
    return distance


_PANELS: dict[str, Callable[[Axes, SettingRuns], float]] = {
    "loss": _loss, "gates": _gates, "alignment": _alignment, "contrast": _contrast}


def _adaptation(axes: Axes, runs: StudyRuns) -> None:
    """Time to loss 0.1 by block: theory as a line, the mean of simulated seeds with its interval as points."""
    for name, setting in runs.settings.items():
        predicted, seen = (_finite_means(run.adaptation_time()) for run in (setting.flow, setting.gaussian))
        axes.plot(*predicted[:2], color=_OF_SETTING[name], label=f"{name}: theory")
        axes.errorbar(*seen, color=_OF_SETTING[name], marker="o", markersize=3, linestyle="none", linewidth=0.9,
                      capsize=2, label=f"{name}: simulation")
    axes.set(xlabel="block", ylabel="time to loss 0.1", ylim=(0, None))
    axes.set_title("adaptation")
    axes.legend(loc="upper right", fontsize=7.5)


def _finite_means(times: Array) -> tuple[Array, Array, Array]:
    """Blocks that some member adapts in, the mean time of those that do, and half its interval (0 for one member)."""
    some = np.flatnonzero(np.isfinite(times).any(axis=0))
    columns = [times[np.isfinite(times[:, block]), block] for block in some]
    half = np.array([half_width(column) for column in columns])
    return np.asarray(some + 1.0), np.array([column.mean() for column in columns]), np.nan_to_num(half)


def _distance(axes: Axes, runs: StudyRuns) -> None:
    """Distance of population descent from the flow restarted every block, at dt and dt/2."""
    for name, setting in runs.settings.items():
        dt = setting.population.settings["dt"]
        for apart, line, step in ((setting.distances, "-", f"dt = {dt:g}"), (setting.distances_half, "--", "dt/2")):
            blocks = np.arange(apart.gates.shape[1]) + 1
            axes.plot(blocks, apart.gates.max(axis=0), line, color=_OF_SETTING[name], label=f"{name}, {step}")
        axes.axhline(step_allowance(setting.flow.model, dt), color=_OF_SETTING[name], linestyle=":", linewidth=0.8,
                     label=f"{name}: what one step moves")
    axes.set(xlabel="block", ylabel="distance of the gates", yscale="log")
    axes.set_title("descent from flow, within a block, worst seed")
    axes.legend(loc="center", bbox_to_anchor=(0.5, 0.42), ncols=2, fontsize=7.5)


def overview(runs: StudyRuns) -> Figure:
    """Loss, gates, alignment and contrast over time, a column a setting; adaptation and distances by block below."""
    with style():
        columns = len(runs.settings)
        figure = Figure(figsize=(11, 11), layout="constrained")
        grid = figure.add_gridspec(5, 2, height_ratios=[1, 1, 1, 1, 1.25])
        for column, (name, setting) in enumerate(runs.settings.items()):
            bounds = setting.flow.curriculum.bounds()
            for row, (panel, draw) in enumerate(_PANELS.items()):
                if panel == "contrast" and setting.flow.model.n_paths < 2:
                    continue
                axes = figure.add_subplot(grid[row, column] if columns == 2 else grid[row, :])
                _note(axes, draw(axes, setting))
                shade_tasks(axes, bounds, setting.flow.curriculum.tasks)
                axes.set_xlim(0, bounds[-1])
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
                if row == 0:
                    axes.set_title(name)
                if row == len(_PANELS) - 1:
                    axes.set_xlabel("time")
                else:
                    axes.tick_params(labelbottom=False)
        for axes, fill in ((figure.add_subplot(grid[4, 0]), _adaptation), (figure.add_subplot(grid[4, 1]), _distance)):
            fill(axes, runs)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        seeds = len(next(iter(runs.settings.values())).flow.loss)
        figure.supxlabel(
            f"Lines: reduced flow, mean of {seeds} seeds (contrast: also each of the first {_SINGLE}). Light bands: "
            f"range of the seeds by gradient descent\non Gaussian batches; dark bands: 95 % interval of their mean. "
            f"Shading: active task. Dotted: unspecialised alignment, full contrast.",
            fontsize=8, color="0.35", x=0.01, ha="left")
    return figure
