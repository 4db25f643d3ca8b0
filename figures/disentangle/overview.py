"""The figure of ``gateflow compare disentangle``: theory as lines, simulation as means with their 95 % intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.style import member_marks, style
from gateflow.sim.disentangle.measures import (
    ANGLE_TASKS,
    FACTORS,
    NOISE_TASKS,
    SIDES,
    bare_r2,
    best_noise,
    reading_sets,
)
from gateflow.sim.disentangle.runs import StudyRuns
from gateflow.sim.disentangle.study import Study
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.angles import angle_cdf, angle_spread
from gateflow.theory.disentangle.imprecise_reading import expected_error
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.noiseless import direction_r2, noiseless_r2
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2, shrunk_r2

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_POINTS = 256


def _error(n_tasks: int, sigma_t: Array, precision: float) -> Array:
    tasks = evenly_spaced_tasks(n_tasks)
    return expected_error(tasks, sigma_t, precision=precision, points=_POINTS, bare_r2=noiseless_r2(tasks))


def _time(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """r² of the posterior mean against time, and of a linear decoder on the quadrant that it was not fitted on."""
    t, fine = np.array(study.durations), np.arange(1, study.duration + 1)
    low = float(runs.filter.outside.mean(axis=0).min())
    for i, (sigma, colour) in enumerate(zip(study.sigmas, _COLOURS, strict=False)):
        noise = sigma**2 / fine
        axes.plot(fine, exact_r2(noise), color=colour, label=f"σ = {sigma:g}")
        outside = [float(left_out_r2(float(x), 2).mean()) for x in noise]
        low = min(low, *outside)
        axes.plot(fine, outside, "--", color=colour, linewidth=1)
        member_marks(axes, t, runs.filter.exact[:, i], colour)
        member_marks(axes, t, runs.filter.outside[:, i], colour, filled=False)
    axes.axhline(0, color="0.6", linewidth=0.7, zorder=0)
    axes.set(xlabel="observations, $t$", ylabel="$r^2$", ylim=(min(0.0, low - 0.05), 1.02),
             xlim=(0, study.duration * 1.03))
    axes.set_title("time; dashed: left-out quadrant")
    axes.legend(loc="lower right", ncols=2)


def _tasks(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """r² of the state from outputs that are read imprecisely against the number of tasks."""
    sets = reading_sets(study)
    dimensions = np.array([tasks.dimension for tasks in sets])
    sizes, seen = np.array([tasks.n_tasks for tasks in sets]), 1 - runs.filter.tasks / VARIANCE
    numbers = np.unique(np.geomspace(1, max(24, sizes.max()), 30).round().astype(int)).tolist()
    line = [1 - float(_error(n, np.array(study.sigma_t), study.precision)) / VARIANCE for n in numbers]
    axes.semilogx(numbers, line, color=_COLOURS[0], label="D = 2, evenly spaced")
    plane = dimensions == 2
    if plane.any():
        member_marks(axes, sizes[plane], seen[:, plane], _COLOURS[0])
    for dimension, colour in zip(np.unique(dimensions[~plane]), _COLOURS[1:], strict=False):
        here = dimensions == dimension
        member_marks(axes, sizes[here], seen[:, here], colour, label=f"D = {dimension}, random")
        predicted = [1 - float(expected_error(sets[k], study.sigma_t, precision=study.precision, points=_POINTS,
                                              bare_r2=bare_r2(sets[k], study.stream(101, k)))) / VARIANCE
                     for k in np.flatnonzero(here).tolist()]
        axes.plot(sizes[here], predicted, "x", color="black", markersize=6, zorder=4)
    axes.axhline(float(exact_r2(study.sigma_t**2)), color="0.4", linestyle="--", linewidth=0.9)
    low = min(*line, float(seen.mean(axis=0).min()))
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(min(0.2, low - 0.05), 1.02))
    axes.set_title(f"tasks, δ = {study.precision:g}; dashed: evidence")
    axes.legend(loc="lower right")


def _noise(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Error against the noise of the mean, with its optimum."""
    for i, (n_tasks, colour) in enumerate(zip(NOISE_TASKS, _COLOURS, strict=False)):
        best, error = best_noise(study, n_tasks)
        sigma_t = best * np.geomspace(FACTORS[0] / 1.5, FACTORS[-1] * 1.5, 60)
        axes.loglog(sigma_t, _error(n_tasks, sigma_t, study.precision), color=colour, label=f"N = {n_tasks}")
        axes.plot(best, error, "D", color="white", markeredgecolor=colour, markersize=7)
        member_marks(axes, best * np.array(FACTORS), runs.filter.noise[:, i], colour)
    axes.set(xlabel="noise of the mean, $\\sigma/\\sqrt{t}$", ylabel="mean squared error of a factor")
    axes.set_title("noise; diamond: the best")
    axes.legend(loc="upper left")


def _angles(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Densities of the angle between two latent directions, over histograms of those of the filter's logits."""
    del study
    widest = max(float(np.degrees(angle_spread(n, dimension))) for n, dimension in ANGLE_TASKS)
    degrees = np.linspace(90 - 4 * widest, 90 + 4 * widest, 401)
    for k, ((n_tasks, dimension), colour) in enumerate(zip(ANGLE_TASKS, _COLOURS, strict=False)):
        share = angle_cdf(np.radians(degrees), n_tasks, dimension)
        axes.plot(degrees, np.gradient(share, degrees), color=colour, label=f"N = {n_tasks}, D = {dimension}")
        axes.hist(np.degrees(runs.filter.angles[:, k].ravel()), bins=degrees[::16].tolist(), density=True, color=colour,
                  alpha=0.25)
    axes.set(xlabel="angle / degrees", ylabel="density", xlim=(degrees[0], degrees[-1]))
    axes.set_title("angle of two latent directions")
    axes.legend(loc="upper left", fontsize=7)


def _answers(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """r² from bare answers, without noise."""
    del study
    numbers = sorted({*range(1, 13), 16, *SIDES})
    axes.semilogx(numbers, [noiseless_r2(evenly_spaced_tasks(n)) for n in numbers], color=_COLOURS[0])
    member_marks(axes, np.array(SIDES), runs.filter.answers, _COLOURS[0])
    axes.axhline(direction_r2(2), color="0.4", linestyle=":", linewidth=0.9)
    axes.text(1, direction_r2(2), "8/9: the direction", fontsize=7.5, color="0.35", va="bottom")
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(0.2, 1.02))
    axes.set_title("no noise: bare answers")


def _trained(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """r² of linear decoders of trained networks' logits, by the number of tasks."""
    numbers = [n for n in study.n_tasks if f"N = {n}" in runs.trained]
    tasks, noise = [evenly_spaced_tasks(n) for n in numbers], study.sigma_t**2
    inside = [each.rank / 2 * float(shrunk_r2(noise)) for each in tasks]
    outside = [float(left_out_r2(noise, 2, reading=each.C).mean()) for each in tasks]
    order = np.argsort(numbers)
    x = np.array(numbers, dtype=float)[order]
    for line, name, colour, label in ((inside, "inside", _COLOURS[0], "all quadrants"),
                                      (outside, "outside", _COLOURS[1], "left-out quadrant")):
        axes.semilogx(x, np.array(line)[order], color=colour, label=label)
        values = np.stack([getattr(runs.trained[f"N = {n}"], name) for n in numbers], axis=1)
        member_marks(axes, x, values[:, order], colour)
    low = min(min(outside), min(float(runs.trained[f"N = {n}"].outside.mean()) for n in numbers))
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(min(0.0, low) - 0.05, 1.04))
    axes.set_title("trained networks; lines: optimal")
    axes.legend(loc="lower right")


_PANELS = (_time, _tasks, _noise, _angles, _answers, _trained)


def overview(study: Study, runs: StudyRuns) -> Figure:
    """Six panels: time, tasks, noise, angles, bare answers, trained networks."""
    with style():
        figure = Figure(figsize=(11, 6.6), layout="constrained")
        for axes, draw in zip(figure.subplots(2, 3).ravel(), _PANELS, strict=True):
            draw(axes, study, runs)
        figure.supxlabel(
            f"Lines, crosses: theory. Points: means of {study.seeds} seeds with their 95 % intervals; histograms: all "
            f"seeds. Time, angles, answers: the exact filter. Tasks and noise: the best estimate\nfrom its outputs, "
            f"read with an error of {study.precision:g}. Trained: linear decoders of the logits of recurrent networks.",
            fontsize=8, color="0.35", x=0.01, ha="left")
    return figure
