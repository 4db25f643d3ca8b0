"""Pictures of the derivations of task inference, drawn with the functions that the derivations end in."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gateflow.figures.picture import Drawing
from gateflow.figures.style import shade_tasks
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.theory.inference.accuracy import (
    converged_accuracy,
    equidistant_accuracy,
    orthogonal_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.continuum import best_linear_error, constant_gain_error, log_odds_density, observer_error
from gateflow.theory.inference.detection import two_task_area
from gateflow.theory.inference.gates import inferred_gates
from gateflow.theory.inference.learning import (
    aware_loss,
    excess_loss,
    forgotten_loss,
    relearning_loss,
    thinned_correlation,
    unaware_loss,
)
from gateflow.theory.inference.linear_filters import best_gain, best_linear, correlation, relative_noise, tracking_error
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import log_odds_prior, observe
from gateflow.theory.inference.one_step import log_likelihood

_BLUE, _RED, _GREEN = "#0072B2", "#D55E00", "#009E73"


def _one_step() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    sigma = np.geomspace(0.1, 4, 80)
    for n_tasks, colour in ((2, _BLUE), (3, _RED), (10, _GREEN)):
        left.plot(sigma, [equidistant_accuracy(np.sqrt(2), float(s), n_tasks) for s in sigma], color=colour,
                  label=f"$K = {n_tasks}$")
        norms = np.linspace(0.5, 1.5, n_tasks)
        for corrected, line in ((True, "-"), (False, "--")):
            right.plot(sigma, [orthogonal_accuracy(norms, float(s), corrected=corrected) for s in sigma], line,
                       color=colour)
    for axes, title in ((left, "norms 1: one step is exact"), (right, "norms ½ to 1½")):
        axes.set(xlabel="noise, $\\sigma$", xscale="log")
        axes.set_title(title)
    left.set(ylabel="accuracy", ylim=(0, 1.02))
    left.legend(loc="lower left")
    right.plot([], [], "-", color="0.4", label="with the correction")
    right.plot([], [], "--", color="0.4", label="without")
    right.legend(loc="lower left")
    return figure


def _gates() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    t = np.linspace(0, 5, 200)
    for overlap, colour in ((0.0, _BLUE), (0.5, _RED), (0.8, _GREEN)):
        active, other = inferred_gates(t, strength=1.0, overlap=overlap, tau_c=1.0, n_tasks=3)
        left.plot(t, active, color=colour, label=f"$\\rho = {overlap:g}$")
        left.plot(t, other, "--", color=colour)
    left.set(xlabel="time / ($\\tau_c/s^2$)", ylabel="gates", ylim=(0, 1.02))
    left.set_title("three tasks, from equal gates")
    left.legend(loc="center right")
    ratio, sigma = np.geomspace(0.1, 10, 200), 0.4
    norms = np.sqrt(2) * np.stack([ratio, np.ones_like(ratio)]) / np.hypot(ratio, 1)
    right.semilogx(ratio, two_task_accuracy(np.hypot(*norms), sigma), color=_BLUE, label="one step, or gates of sum 1")
    right.semilogx(ratio, converged_accuracy(norms[0], norms[1], overlap=0.0, sigma=sigma), color=_RED,
                   label="free gates, converged")
    right.set(xlabel="norm of task 1 / norm of task 2", ylabel="accuracy", ylim=(0.5, 1.02))
    right.set_title("two orthogonal tasks, $\\sigma = 0.4$")
    right.legend(loc="lower center")
    return figure


def _tasks(hazard: float, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.cumsum(rng.random(length) < hazard) % 2


def _stream(axes: Axes, hazard: float, sigma: float) -> None:
    rng = np.random.default_rng(5)
    tasks = _tasks(hazard, 120, rng)
    model = TaskModel(np.eye(2), IsotropicNoise(sigma))
    x = model.means[tasks] + sigma * rng.standard_normal((len(tasks), 2))
    gain = best_gain(correlation(hazard), relative_noise(np.sqrt(2), sigma))
    steps = np.flatnonzero(np.diff(tasks)) + 1
    bounds = np.array([0, *steps, len(tasks)])
    shade_tasks(axes, bounds, tuple(int(tasks[start]) for start in bounds[:-1]))
    axes.plot(observe(log_likelihood(x, model), hazard).filtered[:, 1], color=_BLUE, label="observer")
    axes.plot(GradientTracker(float(gain) * sigma**2).follow(x, model)[:, 1], color=_RED, label="gradient, best rate")
    axes.set(xlabel="observation", ylabel="belief in the shaded task", xlim=(0, len(tasks)), ylim=(-0.6, 1.4))
    axes.set_title(f"hazard {hazard:g}, $\\sigma = {sigma:g}$")
    axes.legend(loc="lower left", ncols=2)


def _hazard() -> Figure:
    figure = Figure(figsize=(7, 5.2), layout="constrained")
    grid = figure.add_gridspec(2, 2)
    first, second = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    L = np.linspace(-6, 6, 300)
    for hazard, colour in ((0.01, _BLUE), (0.05, _RED), (0.2, _GREEN)):
        first.plot(L, log_odds_prior(L, hazard), color=colour, label=f"$h = {hazard:g}$")
        first.plot(L, correlation(hazard) * L, ":", color=colour)
        gain = np.linspace(0.005, 1, 300)
        second.plot(gain, tracking_error(gain, correlation(hazard), 2.0), color=colour)
        best = best_gain(correlation(hazard), 2.0)
        second.plot(best, tracking_error(best, correlation(hazard), 2.0), "o", color=colour)
        second.axhline(best_linear(correlation(hazard), 2.0)[2], color=colour, linestyle=":")
    first.set(xlabel="log odds after an observation", ylabel="before the next one", ylim=(-6, 6))
    first.set_title("what is carried over")
    first.legend(loc="upper left")
    second.set(xlabel="gain of the tracker", ylabel="mean squared error", ylim=(0, 2))
    second.set_title("noise $R = 2$")
    _stream(figure.add_subplot(grid[1, :]), 0.03, 1.0)
    return figure


def _continuum() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    L = np.linspace(-10, 10, 400)
    for product, colour in ((0.01, _BLUE), (0.1, _RED), (1.0, _GREEN)):
        left.plot(L, log_odds_density(L, product), color=colour, label=f"$hR = {product:g}$")
    left.set(xlabel="log odds of the observer", ylabel="density", ylim=(0, None))
    left.legend(loc="upper right")
    x = np.geomspace(1e-3, 10, 300)
    right.loglog(x, observer_error(x), color=_BLUE, label="observer")
    right.loglog(x, best_linear_error(x), color=_GREEN, label="gradient, best rate and decay")
    right.loglog(x, np.where(x < 1, constant_gain_error(np.minimum(x, 1)), 1.0), color=_RED,
                 label="gradient, best rate")
    right.set(xlabel="hazard times noise, $hR$", ylabel="mean squared error")
    right.legend(loc="lower right")
    return figure


def _learning() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    hazard, variance, noise, rate = np.geomspace(0.005, 0.5, 200), 9.0, 1.0, 0.05
    lam, told = correlation(hazard), noise + excess_loss(rate, noise)
    curves = {"shuffled": unaware_loss(rate, thinned_correlation(lam, 0.5), variance=variance, noise=noise),
              "none": unaware_loss(rate, lam, variance=variance, noise=noise),
              "inferred": aware_loss(rate, lam, variance=variance, noise=noise)}
    for (name, loss), colour in zip(curves.items(), (_GREEN, _RED, _BLUE), strict=True):
        left.loglog(hazard, loss, color=colour, label=name)
    left.axhline(told, color="0.4", linestyle=":", label="told beforehand")
    left.set(xlabel="hazard", ylabel="loss / noise", ylim=(0.8, 60))
    left.set_title("task vector")
    left.legend(loc="upper left")
    n = np.arange(81)
    right.plot(n, relearning_loss(rate, n, distance_squared=4 * variance, noise=noise), color=_BLUE,
               label="on the context that is learned")
    right.plot(n, forgotten_loss(rate, n, distance_squared=4 * variance, noise=noise), color=_RED,
               label="on the other one")
    right.set(xlabel="observations since the switch", ylabel="loss / noise", ylim=(0, 48))
    right.set_title("no task vector")
    right.legend(loc="upper right")
    return figure


def _detection() -> Figure:
    figure = Figure(figsize=(4.6, 3.4), layout="constrained")
    axes = figure.subplots()
    place = np.linspace(0, 3, 300)
    for apart, colour in ((1.0, _BLUE), (2.0, _RED), (4.0, _GREEN)):
        axes.plot(place, two_task_area(apart / 2, place * apart / 2), color=colour,
                  label=f"tasks {apart:g} $\\sigma$ apart")
    axes.axhline(0.5, color="0.6", linewidth=0.7)
    axes.axvline(1, color="0.6", linewidth=0.7)
    axes.set(xlabel="place of outside data: 0 in the middle, 1 at a task", ylabel="area under the ROC curve",
             ylim=(0, 1.02))
    axes.legend(loc="upper right")
    return figure


# By the name of the derivation.
PICTURES = {
    "one-step-exactness": Drawing(
        "How often the inferred task is right, orthogonal tasks. Left: equal norms, where one step is the posterior. "
        "Right: unequal norms, where without the correction it favours strong tasks, except for two.", _one_step),
    "gates-are-inference": Drawing(
        "Left: gates on their way from 1/3 to the active task (dashed: to the others); overlap slows them down. Right: "
        "free gates that have converged tell unequal tasks, √2 apart, less well than the first step does.", _gates),
    "hazard-filter": Drawing(
        "Above: the observer's log odds between two observations (dotted: the leaky integrator of the same slope), and "
        "the error of a tracker by its gain (point: the best; dotted: with the best decay). Below: both on one stream "
        "of data.", _hazard),
    "belief-in-continuum": Drawing(
        "Left: the law of the observer's log odds. Right: mean squared errors; the space between the lines is regret.",
        _continuum),
    "learning-unannounced": Drawing(
        "Two contexts six standard deviations of the noise apart, rate of learning 0.05. Left: loss by what the task "
        "vector says. Right: without one, what is learned of one context is forgotten of the other.", _learning),
    "detection": Drawing(
        "The largest inferred entry of two tasks as a score of data of neither: it tells those that lie between the "
        "tasks. What lies beyond them is believed in more than the tasks' own data: areas below one half.", _detection),
}
