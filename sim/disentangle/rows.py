"""What a study of agents claims, and how far simulation is from it."""

from collections.abc import Iterator

import numpy as np

from gateflow.sim.compare.rows import FEWEST, JUDGED, Row, against_row, bound_row, half_width, lowest, make_row
from gateflow.sim.disentangle.measures import (
    ANGLE_TASKS,
    BOUND,
    CURVED_TASKS,
    FACTORS,
    NOISE_TASKS,
    SIDES,
    STEP,
    bare_r2,
    best_noise,
    reading_sets,
    robust_tasks,
)
from gateflow.sim.disentangle.runs import FilterRuns, StudyRuns, TrainedRuns
from gateflow.sim.disentangle.study import Study
from gateflow.theory.checks import Array
from gateflow.theory.disentangle import (
    VARIANCE,
    GaussianPrior,
    angle_cdf,
    angle_spread,
    continuous_bound,
    direction_r2,
    evenly_spaced_tasks,
    exact_r2,
    expected_error,
    fit_sigmoid,
    left_out_r2,
    likelihood_r2,
    mean_decision_time,
    noiseless_r2,
    right_probability,
    shrunk_r2,
)

# Scores are read back to about this, outputs that are nearly saturated included.
_ROUNDING = 1e-7
# By how much the error from imprecise readings may be off: with bare answers theory is within a third (noise-optimum).
_THIRD = 1 / 3
# The best noise is flat: this far off it, as a factor, the error changes little.
_FLAT = 1.5
# Trained agents: distance of r² from the optimum, at least, and as a share of what the evidence leaves unexplained;
# excess of the loss over that of the filter.
_TRAINED, _SHARE, _EXCESS = 0.006, 0.25, 0.015
# What bends of boundaries add to r² or take, and walks in steps to the laws of continuous time: shares of right
# answers, and, as they are seen at the end of a step, half a step.
_BENT, _RIGHT, _END = 0.004, 0.005, 0.5
# What the law of the angle leaves out: relative to N^{-2}, and in its shape.
_SHAPE = 0.008


def _near(quantity: str, best: Array, seen: Array, tolerance: float) -> Row:
    """Mean over members (S,) of what learning comes to, against the optimum on the same trials (S,)."""
    return make_row(quantity, "approximation", theory=float(best.mean()), simulation=float(seen.mean()),
                    half=half_width(seen), error=abs(float((seen - best).mean())),
                    tolerance=tolerance if len(seen) >= FEWEST else float("nan"))


def _time_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    for i, sigma in enumerate(study.sigmas):
        for j, t in enumerate(study.durations):
            noise, about = sigma**2 / t, f"time: r² at σ = {sigma:g}, t = {t}"
            if j in (0, len(study.durations) - 1):
                yield against_row(f"{about}, maximum likelihood", float(likelihood_r2(noise)), runs.likelihood[:, i, j])
            yield against_row(f"{about}, posterior mean", float(exact_r2(noise)), runs.exact[:, i, j])
            # A decoder that is fitted on few trials loses a little: parameters over trials of what it leaves.
            lost = 12 / study.trials * (1 - float(shrunk_r2(noise)))
            yield against_row(f"{about}, linear decoder", float(shrunk_r2(noise)), runs.inside[:, i, j], "exact", lost)
            yield against_row(f"{about}, linear decoder, left-out quadrant", float(left_out_r2(noise, 2).mean()),
                              runs.outside[:, i, j], "exact", 4 * lost)


def _robust_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    for k, (name, task) in enumerate(robust_tasks(study)):
        V, S = task.latents.covariance, task.noise.evidence.mean_covariance(study.duration)
        explained = float(np.trace(GaussianPrior(V).gain(S) @ V)) / (2 * VARIANCE)
        yield against_row(f"{name}: r², linear decoder", explained, runs.robust[:, k], "exact",
                          12 / study.trials * (1 - explained))


def _other_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    """Curved boundaries, whose bends cancel among five or more; an encoder, which changes nothing; free times."""
    noise, about = 4 * study.sigma_t**2, f"curved tasks, N = {CURVED_TASKS}: r², linear decoder"
    lost = 12 / study.trials * (1 - float(shrunk_r2(noise)))
    yield against_row(about, float(shrunk_r2(noise)), runs.curved[:, 0], "approximation", lost + _BENT)
    yield make_row(f"{about}, left-out quadrant", "observation", theory=float(left_out_r2(noise, 2).mean()),
                   simulation=float(runs.curved[:, 1].mean()), half=half_width(runs.curved[:, 1]),
                   error=abs(float(runs.curved[:, 1].mean() - left_out_r2(noise, 2).mean())))
    yield bound_row("random encoder: largest distance of the filter's states from those without it",
                    float(runs.encoded.max()), _ROUNDING)
    wider = float(continuous_bound(BOUND * STEP, STEP))
    nodes, weights = np.polynomial.legendre.leggauss(32)
    drift = (nodes + 1) / 4
    right, time = (float(weights @ law(drift, wider, STEP)) / 2 for law in (right_probability, mean_decision_time))
    yield against_row("free response times: share of right answers", right, runs.passage[:, 0], "approximation", _RIGHT)
    yield against_row("free response times: mean, in steps", time, runs.passage[:, 1], "approximation", _END)


def _reading_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    about = f"readings of precision {study.precision:g}"
    for k, tasks in enumerate(reading_sets(study)):
        bare = bare_r2(tasks, study.stream(101, k))
        error = float(expected_error(tasks, study.sigma_t, study.precision, bare_r2=bare))
        yield against_row(f"{about}: r² at N = {tasks.n_tasks}, D = {tasks.dimension}", 1 - error / VARIANCE,
                          1 - runs.tasks[:, k] / VARIANCE, "approximation", _THIRD * error / VARIANCE)
    here = FACTORS.index(1.0)
    for i, n_tasks in enumerate(NOISE_TASKS):
        best, error = best_noise(study, n_tasks)
        seen = runs.noise[:, i]
        yield against_row(f"{about}: r² at the best noise, N = {n_tasks}", 1 - error / VARIANCE,
                          1 - seen[:, here] / VARIANCE, "approximation", _THIRD * error / VARIANCE)
        yield _place_row(f"{about}: best σ/√t, N = {n_tasks}", best, seen)
        for k in (0, len(FACTORS) - 1):
            gain = seen[:, k] - seen[:, here]
            predicted = float(expected_error(evenly_spaced_tasks(n_tasks), FACTORS[k] * best, study.precision,
                                             bare_r2=noiseless_r2(evenly_spaced_tasks(n_tasks)))) - error
            yield against_row(f"{about}: error added at {FACTORS[k]:g} times the best noise, N = {n_tasks}", predicted,
                              gain, "approximation", _THIRD * (predicted + error))


def _place_row(quantity: str, best: float, seen: Array) -> Row:
    """Noise of least error, from errors (S, FACTORS); its interval by leaving out one member after another."""
    x, n = np.log(np.array(FACTORS) * best), len(seen)
    place = float(np.exp(lowest(x, np.log(seen.mean(axis=0)))))
    if n < 2:
        return make_row(quantity, "observation", theory=best, simulation=place, error=abs(place - best))
    # Values whose mean has the jackknife's standard error.
    others = (seen.sum(axis=0) - seen) / (n - 1)
    left_out = (n - 1) * np.array([np.exp(lowest(x, np.log(row))) for row in others])
    tolerance = (_FLAT - 1) * best + half_width(left_out, JUDGED)
    return make_row(quantity, "approximation", theory=best, simulation=place, half=half_width(left_out),
                    error=abs(place - best), tolerance=tolerance if n >= FEWEST else float("nan"))


def _angle_rows(runs: FilterRuns) -> Iterator[Row]:
    for k, (n_tasks, dimension) in enumerate(ANGLE_TASKS):
        angles, about = runs.angles[:, k], f"angle of two latent directions, N = {n_tasks}, D = {dimension}"
        yield against_row(f"{about}: mean, degrees", 90.0, np.degrees(angles.mean(axis=1)))
        spread = float(angle_spread(n_tasks, dimension))
        squared = np.mean((angles - np.pi / 2) ** 2, axis=1)
        seen, left = float(np.sqrt(squared.mean())), 2 * (dimension / n_tasks) ** 2
        halves = [half_width(squared, level) / (2 * seen) for level in (0.95, JUDGED)]
        yield make_row(f"{about}: standard deviation, degrees", "approximation", theory=np.degrees(spread),
                       simulation=np.degrees(seen), half=np.degrees(halves[0]), error=np.degrees(abs(seen - spread)),
                       tolerance=np.degrees(halves[1] + left * spread) if len(angles) >= FEWEST else float("nan"))
        ordered = np.sort(angles.ravel())
        share = (np.arange(len(ordered)) + 0.5) / len(ordered)
        apart = float(np.abs(angle_cdf(ordered, n_tasks, dimension) - share).max())
        yield bound_row(f"{about}: distance from its law", apart, 1.95 / np.sqrt(len(ordered)) + _SHAPE,
                        "approximation")


def _extraction_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    wide, narrow, few, sigmoid = runs.extraction.max(axis=0)
    about = "extraction: largest distance of μ from what logits say"
    yield bound_row(f"{about}, σ = {study.sigma:g}", wide, _ROUNDING)
    yield bound_row(f"{about}, σ = {study.sigma / 10:g}, saturated outputs", narrow, _ROUNDING)
    yield bound_row(f"{about}, projected, N = 2, D = 4", few, _ROUNDING)
    yield bound_row("extraction: largest distance of a sigmoid from the output, |z| < 5", sigmoid,
                    fit_sigmoid(5.0).error + 1e-6, "approximation")


def _answer_rows(study: Study, runs: FilterRuns) -> Iterator[Row]:
    for k, n_tasks in enumerate(SIDES):
        lost = 4 * n_tasks / (10 * study.trials)
        yield against_row(f"no noise: r² of the best guess, N = {n_tasks}", noiseless_r2(evenly_spaced_tasks(n_tasks)),
                          runs.answers[:, k], "exact", lost)
    yield against_row(f"no noise: r² of the best guess, N = {SIDES[-1]} for very many", direction_r2(2),
                      runs.answers[:, -1], "approximation", 2 / SIDES[-1] ** 2)


def _trained_rows(study: Study, name: str, runs: TrainedRuns) -> Iterator[Row]:
    noise, about = study.sigma_t**2, f"trained, {name}"
    if name.startswith("N = "):
        tasks = evenly_spaced_tasks(int(name.removeprefix("N = ")))
        inside = tasks.rank / 2 * float(shrunk_r2(noise))
        outside = float(left_out_r2(noise, 2, tasks.basis).mean())
        # Optimal r² is the filter's on the same trials, whose law the next rows give.
        for where, seen, best, expected in (("decoder", runs.inside, runs.filter_inside, inside),
                                            ("left-out quadrant", runs.outside, runs.filter_outside, outside)):
            yield _near(f"{about}: r² of logits, {where}, trained against optimal", best, seen,
                        max(_TRAINED, _SHARE * (1 - float(shrunk_r2(noise)))))
            yield against_row(f"{about}: r² of the filter's scores, {where}", expected, best, "exact",
                              50 / study.trials * (1 - inside))
        yield _near(f"{about}: loss, trained against optimal", runs.filter_loss, runs.loss, _EXCESS)
    elif name == "random":
        yield against_row(f"{about} tasks: angle of two latent directions, degrees, logits against C",
                          np.degrees(runs.task_angles), np.degrees(runs.angles), "approximation", 1.0)
    if not name.startswith("N = ") or name in ("N = 1", "N = 6"):
        for where, seen, best in (("decoder", runs.states_inside, shrunk_r2(noise)),
                                  ("left-out quadrant", runs.states_outside, left_out_r2(noise, 2).mean())):
            yield make_row(f"{about}: r² of states, {where}", "observation", theory=float(best),
                           simulation=float(seen.mean()), half=half_width(seen), error=abs(float(seen.mean() - best)))


def study_rows(study: Study, runs: StudyRuns) -> list[Row]:
    """All rows: time, other noise, latents and tasks, readings, angles, extraction, bare answers, networks."""
    found = runs.filter
    rows = [*_time_rows(study, found), *_robust_rows(study, found), *_other_rows(study, found),
            *_reading_rows(study, found), *_angle_rows(found), *_extraction_rows(study, found),
            *_answer_rows(study, found)]
    for name, trained in runs.trained.items():
        rows += _trained_rows(study, name, trained)
    return rows
