"""Pictures of the derivations about many tasks, drawn with the functions that the derivations end in."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.picture import Drawing
from gateflow.figures.style import BLUE, GREEN, ORANGE
from gateflow.theory.disentangle.angles import angle_cdf, angle_spread
from gateflow.theory.disentangle.drift_diffusion import confidence, decision_time_density
from gateflow.theory.disentangle.evidence import best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.imprecise_reading import expected_error, many_task_error, optimal_noise
from gateflow.theory.disentangle.noiseless import centroid, direction_r2, noiseless_r2, regions, sector_r2
from gateflow.theory.disentangle.normal import logit_of_score
from gateflow.theory.disentangle.sigmoid import probit_slope
from gateflow.theory.disentangle.task_count import even_gain, gaussian_gain, unit_gain
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2, held_out_r2, likelihood_r2, shrunk_r2

_COLOURS = (BLUE, ORANGE, GREEN)


def _sigmoid() -> Figure:
    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    axes, z = figure.subplots(), np.linspace(-4, 4, 401)
    axes.plot(z, logit_of_score(z), color=BLUE, label="logit of Φ(z)")
    axes.plot(z, probit_slope() * z, "--", color=ORANGE, label="its slope at 0")
    axes.axvspan(-1, 1, color="0.5", alpha=0.12, linewidth=0)
    axes.set(xlabel="score, $z$", ylabel="logit")
    axes.legend(loc="upper left")
    return figure


def _time() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    t, sigma = np.arange(1, 41), 0.4
    noise = sigma**2 / t
    for value, colour, label in ((exact_r2(noise), BLUE, "exact, uniform prior"), (shrunk_r2(noise), GREEN, "shrunk"),
                                 (likelihood_r2(noise), ORANGE, "maximum likelihood")):
        left.plot(t, value, color=colour, label=label)
        left.plot(t, held_out_r2(value), ":", color=colour)
    left.set(xlabel="observations, $t$", ylabel="$r^2$", ylim=(0, 1))
    left.set_title("σ = 0.4; dotted: one quadrant")
    left.legend(loc="lower right")
    for rho, colour in zip((0.0, 0.5, 0.9), _COLOURS, strict=True):
        right.loglog(t, best_mean_variance(t, sigma=1.0, correlation=rho), color=colour, label=f"ρ = {rho:g}")
        right.loglog(t, plain_mean_variance(t, sigma=1.0, correlation=rho), "--", color=colour)
    right.set(xlabel="observations, $t$", ylabel="variance / σ²")
    right.set_title("best mean; dashed: plain mean")
    right.legend(loc="lower left")
    return figure


def _decisions() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    t = np.linspace(0.02, 8, 400)
    for drift, colour in zip((0.0, 0.5, 1.5), _COLOURS, strict=True):
        left.plot(t, decision_time_density(t, drift=drift, bound=1.0, sigma=1.0), color=colour,
                  label=f"drift {drift:g}")
    left.set(xlabel="decision time", ylabel="density")
    left.legend()
    for variance, colour in zip((0.1, 0.5, np.inf), _COLOURS, strict=True):
        name = "∞" if np.isinf(variance) else f"{variance:g}"
        right.plot(t, confidence(t, bound=1.0, sigma=1.0, variance=variance), color=colour, label=f"V = {name}")
    right.set(xlabel="decision time", ylabel="confidence", ylim=(0.5, 1))
    right.legend()
    return figure


def _noise_optimum() -> Figure:
    figure = Figure(figsize=(5, 3.4), layout="constrained")
    axes, sigma = figure.subplots(), np.geomspace(3e-3, 0.6, 120)
    for n_tasks, colour in zip((6, 24, 96), _COLOURS, strict=True):
        tasks = evenly_spaced_tasks(n_tasks)
        bare = noiseless_r2(tasks)
        axes.loglog(sigma, expected_error(tasks, sigma, precision=0.01, points=256, bare_r2=bare), color=colour,
                    label=f"N = {n_tasks}")
        axes.loglog(sigma, expected_error(tasks, sigma, precision=0.01, points=256), "--", color=colour, linewidth=1)
        axes.loglog(sigma, many_task_error(n_tasks, 2, sigma_t=sigma, precision=0.01), ":", color=colour)
        best = optimal_noise(tasks, precision=0.01, points=256, bare_r2=bare)
        axes.plot(best.sigma_t, best.error, "o", color=colour, markersize=5)
    axes.axhline(VARIANCE, color="0.6", linewidth=0.7)
    axes.text(sigma[0], VARIANCE, "prior", va="bottom", fontsize=8)
    axes.set(xlabel="noise of the mean, $\\sigma/\\sqrt{t}$", ylabel="mean squared error of a factor", ylim=(2e-5, 0.2))
    axes.legend(loc="lower right")
    return figure


def _task_count() -> Figure:
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    for dimension, colour in zip((2, 5, 10), _COLOURS, strict=True):
        n_tasks = np.arange(2 * dimension, 101)
        axes.loglog(n_tasks, unit_gain(n_tasks, dimension), color=colour, label=f"D = {dimension}")
        axes.loglog(n_tasks, gaussian_gain(n_tasks, dimension), "--", color=colour)
        axes.loglog(n_tasks, even_gain(n_tasks, dimension), ":", color=colour)
    axes.set(xlabel="number of tasks, $N$", ylabel="error of a factor / ε²")
    axes.legend()
    return figure


def _angles() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    degrees = np.linspace(45, 135, 400)
    for power, colour in zip((1.0, 0.5), _COLOURS[:2], strict=True):
        share = angle_cdf(np.radians(degrees), 24, 2, power)
        left.plot(degrees, np.gradient(share, degrees), color=colour, label=f"p = {power:g}")
        n_tasks = np.arange(6, 101)
        for dimension, line in ((2, "-"), (5, "--")):
            right.loglog(n_tasks, np.degrees(angle_spread(n_tasks, dimension, power)), line, color=colour,
                         label=f"D = {dimension}, p = {power:g}")
    left.set(xlabel="angle / degrees", ylabel="density")
    left.set_title("24 tasks, two factors")
    left.legend()
    right.set(xlabel="number of tasks, $N$", ylabel="standard deviation / degrees")
    right.legend()
    return figure


def _noiseless() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    around = sorted(regions(evenly_spaced_tasks(6)), key=lambda region: float(np.arctan2(*region.mean(axis=0))))
    for number, region in enumerate(around):
        left.fill(*region.T, color=_COLOURS[number % 2], alpha=0.15, linewidth=0)
        left.plot(*centroid(region), "o", color="0.3", markersize=4)
    left.set(xlabel="first factor", ylabel="second factor", aspect="equal", xlim=(-0.5, 0.5), ylim=(-0.5, 0.5))
    left.set_title("6 lines: regions, best guesses")
    n_tasks = np.arange(1, 33)
    exact = [noiseless_r2(evenly_spaced_tasks(n)) for n in n_tasks.tolist()]
    right.plot(n_tasks, exact, "o", color=BLUE, markersize=3, label="square, exact")
    right.plot(n_tasks, sector_r2(np.pi / (2 * n_tasks)), color=ORANGE, label="disc")
    right.axhline(direction_r2(2), color="0.6", linestyle=":", label="8/9")
    right.set(xlabel="number of lines, $N$", ylabel="$r^2$ without noise")
    right.legend(loc="lower right")
    return figure


# By the name of the derivation.
PICTURES = {
    "sigmoid-probit": Drawing(
        "The logit of the optimal report against the score: straight for small scores (shaded), steeper beyond.",
        _sigmoid),
    "time": Drawing(
        "Left: r² of three estimates against the number of observations. Right: variance of the mean under noise of "
        "correlation ρ.", _time),
    "decisions": Drawing(
        "Bound and noise of a step 1. Left: decision times. Right: confidence of the answer by its time, for priors of "
        "the drift of variance V.", _decisions),
    "noise-optimum": Drawing(
        "Error of the state read from reports of precision 0.01 against the noise of the evidence: evenly spaced "
        "lines, best noise as a point. Dashed: without what saturated reports still tell. Dotted: lines in all "
        "directions.", _noise_optimum),
    "task-count": Drawing(
        "Error of reading against the number of tasks: random unit normals, Gaussian rows (dashed), evenly spread "
        "normals (dotted).", _task_count),
    "angles": Drawing(
        "Angles between the directions of two latent factors under random tasks: their law for 24 tasks, and their "
        "spread against the number of tasks.", _angles),
    "noiseless-limit": Drawing(
        "Left: what six lines tell without noise, a cell; points are best guesses. Right: how much of the variance "
        "they explain.", _noiseless),
}
