"""The figure of ``gateflow compare inference``: theory as lines, simulation as means with their 95 % intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.style import member_marks, style
from gateflow.sim.inference.calibration import roc_curve
from gateflow.sim.inference.following import GAINS, settings
from gateflow.sim.inference.gating import TAU_C, overlaps
from gateflow.sim.inference.inferring import AGENTS, SCORES
from gateflow.sim.inference.learning import BIN, BLOCK, D_IN, D_OUT, LEARNERS, RELEARNERS, TEACHER_LEARNERS
from gateflow.sim.inference.rows import losses, new_losses, relearning, teacher_losses
from gateflow.sim.inference.runs import StudyRuns
from gateflow.sim.inference.study import Study
from gateflow.theory.inference.detection import detection_curve
from gateflow.theory.inference.linear_filters import tracking_error

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_NAMES = {"true": "true task", "inferred": "inferred", "memory": "memory", "none": "none", "shuffled": "shuffled"}
_OF = dict(zip(LEARNERS, _COLOURS, strict=True))
# Points of a curve from simulation that are drawn.
_DRAWN = 25
# Observations of teachers that are drawn at most.
_TEACHER_SHOWN = 1500


def _accuracy(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Accuracy of one step with and without its correction, by the number of tasks."""
    plain, best = (list(AGENTS).index(name) for name in ("plain", "posterior"))
    order = np.argsort(study.n_tasks)
    x = np.array(study.n_tasks, dtype=float)[order]
    for part, (about, colour) in enumerate((("random", _COLOURS[0]), ("unequal norms", _COLOURS[1]),
                                            (f"overlap {study.overlap:g}", _COLOURS[2]))):
        rows = part * len(x) + order
        known = runs.steps.predicted[:, rows].mean(axis=0)
        for side, which, line, filled in ((1, best, "-", True), (0, plain, "--", False)):
            axes.plot(x, known[:, side], line, color=colour, linewidth=1.1)
            member_marks(axes, x, runs.steps.accuracy[:, rows, which], colour, filled=filled,
                         label=about if filled else None)
    axes.set(xscale="log", xlabel="number of tasks, $K$", ylabel="accuracy", ylim=(0, 1.02))
    axes.set_xticks(x, [f"{k:g}" for k in x])
    axes.minorticks_off()
    axes.set_title("one step; open, dashed: not corrected")
    axes.legend(loc="lower left")


def _gates(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Gates of descent on the path of inference."""
    found = runs.gates
    every = max(1, len(found.t) // _DRAWN)
    for k, (overlap, colour) in enumerate(zip(overlaps(study), _COLOURS, strict=False)):
        axes.plot(found.t / TAU_C, found.path[k, :, -1], color=colour, label=f"overlap {overlap:g}")
        axes.plot(found.t / TAU_C, found.path[k, :, 0], "--", color=colour)
        for gate in (0, -1):
            member_marks(axes, found.t[::every] / TAU_C, found.gates[:, k, ::every, gate], colour)
    axes.set(xlabel="time / $\\tau_c$", ylabel="gates", ylim=(-0.02, 1.02))
    axes.set_title("gates infer; dashed: of other tasks")
    axes.legend(loc="center right")


def _tracking(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Error of constant gains, and of the observer."""
    chosen = [(k, s) for k, s in enumerate(settings(study)) if s.n_tasks == 2]
    gain = np.geomspace(0.02, max(0.98, *(1.05 * max(GAINS) * s.gain for _, s in chosen)), 120)
    for (k, setting), colour in zip(chosen, _COLOURS, strict=False):
        axes.semilogx(gain, tracking_error(gain, setting.correlation, setting.noise), color=colour,
                      label=f"R = {setting.noise:g}, h = {setting.hazard:g}")
        member_marks(axes, np.array(GAINS) * setting.gain, runs.tracking.errors[:, k], colour)
        axes.axhline(float(runs.tracking.observer[:, k].mean()), color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="gain of the tracker", ylabel="mean squared error", ylim=(0, 1.6))
    axes.set_title("tracking; dotted: the observer")
    axes.legend(loc="upper left")


def _detection(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """ROC curves of data from outside, first member."""
    del study
    found, names = runs.detection, ("norm of the gradient", "distance from the mean", "largest entry")
    for i, (score, colour) in enumerate(zip(SCORES, _COLOURS, strict=False)):
        inside, away = found.scores[i]
        alarms, hits = roc_curve(away, inside)
        axes.plot(alarms, hits, color=colour, linewidth=4, alpha=0.3)
        levels = np.quantile(np.abs(np.concatenate([inside, away])), np.linspace(0.001, 0.999, 60))
        axes.plot(*detection_curve(score, found.model, found.source, levels), color=colour,
                  label=f"{names[i]}, {found.predicted[0, i, 0]:.2f}")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.7)
    axes.set(xlabel="false alarms", ylabel="hits", xlim=(0, 1), ylim=(0, 1))
    axes.set_title("data from outside, and area")
    axes.legend(loc="lower right")


def _learning(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Loss while learning, with what it settles at."""
    known, curves = losses(study), runs.learning.curves
    x = BIN * (np.arange(curves.shape[2], dtype=float) + 0.5)
    for k, name in enumerate(LEARNERS):
        axes.semilogy(x, curves[:, k].mean(axis=0), color=_OF[name], linewidth=1, alpha=0.7, label=_NAMES[name])
        axes.axhline(known[name], color=_OF[name], linewidth=1.6)
    axes.axhline(float(runs.learning.observer.mean()), color="black", linestyle=":", linewidth=1.2)
    axes.set(xlabel="observations", ylabel="squared error of prediction", xlim=(0, x[-1]))
    axes.set_title("two contexts; dotted: observer")
    axes.legend(loc="upper right", ncols=2)


def _teachers(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Loss while teachers are learned."""
    curves = runs.learning.teachers
    x = BIN * (np.arange(curves.shape[2], dtype=float) + 0.5)
    told, settled = teacher_losses(study, x)
    for k, name in enumerate(TEACHER_LEARNERS):
        member_marks(axes, x[::2], curves[:, k, ::2], _OF[name], label=_NAMES[name])
    axes.semilogy(x, told, color=_OF["true"])
    axes.axhline(settled, color=_OF["inferred"], linewidth=1.6)
    axes.set(xlabel="observations", ylabel="squared error of prediction", xlim=(0, min(x[-1], _TEACHER_SHOWN)))
    axes.set_title(f"two teachers, {D_IN} → {D_OUT}")
    axes.legend(loc="upper right")


def _switching(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Loss after a switch."""
    x = np.arange(BLOCK, dtype=float)
    for k, name in enumerate(RELEARNERS):
        axes.semilogy(x, relearning(study, name, x), color=_OF[name], label=_NAMES[name])
        member_marks(axes, x[::4], runs.learning.relearned[:, k, ::4], _OF[name])
    axes.set(xlabel="observations since the switch", ylabel="squared error of prediction")
    axes.set_title("after a switch")
    axes.legend(loc="upper right")


def _new(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Loss in contexts that were never learned."""
    found = runs.learning
    for known, seen, name in zip(new_losses(study, found), (found.vector, found.remembered), ("inferred", "memory"),
                                 strict=True):
        axes.plot(found.new, known.mean(axis=0), color=_OF[name], label=_NAMES[name])
        member_marks(axes, found.new, seen, _OF[name])
    for mean in study.means:
        axes.axvline(mean, color="0.6", linestyle=":", linewidth=0.9)
    axes.set(xlabel="mean of a new context", ylabel="squared error of prediction", ylim=(0, None))
    axes.set_title("new contexts; dotted: those learned")
    axes.legend(loc="upper center")


def _confidence(axes: Axes, study: Study, runs: StudyRuns) -> None:
    """Confidence less accuracy of one step, by the number of tasks."""
    plain, corrected = (list(AGENTS).index(name) for name in ("plain", "corrected"))
    order = np.argsort(study.n_tasks)
    x = np.array(study.n_tasks, dtype=float)[order]
    for which, colour, name in ((plain, _COLOURS[1], "not corrected"), (corrected, _COLOURS[0], "corrected")):
        member_marks(axes, x, runs.steps.overconfidence[:, order, which], colour, label=name)
    axes.axhline(0, color="0.5", linewidth=0.8)
    axes.set(xscale="log", xlabel="number of random tasks, $K$", ylabel="confidence less accuracy")
    axes.set_xticks(x, [f"{k:g}" for k in x])
    axes.minorticks_off()
    axes.set_title("calibration of one step")
    axes.legend(loc="upper left")


_PANELS = (_accuracy, _confidence, _gates, _detection, _tracking, _learning, _teachers, _switching, _new)


def overview(study: Study, runs: StudyRuns) -> Figure:
    """Nine panels: accuracy, calibration, gates; detection, tracking, learning; teachers, switches, new contexts."""
    with style():
        figure = Figure(figsize=(11, 9.6), layout="constrained")
        for axes, draw in zip(figure.subplots(3, 3).ravel(), _PANELS, strict=True):
            draw(axes, study, runs)
        figure.supxlabel(
            f"Lines: theory (learning: horizontal). Points and learning curves: means of {study.seeds} seeds with "
            f"their 95 % intervals; broad ROC curves: one seed. One step: σ = {study.sigma:g}.\n"
            f"Tracking: two tasks, R: noise over the variance of the task, h: hazard. Learning, after a switch and new "
            f"contexts: contexts {study.means[0]:g} and {study.means[1]:g},\nnoise {study.spread:g}, hazard "
            f"{study.hazard:g}. The task vector is the true one, inferred from each observation, missing (none; "
            f"memory: the last {study.memory} observations\nare seen), or shuffled in time.",
            fontsize=8, color="0.35", x=0.01, ha="left")
    return figure
