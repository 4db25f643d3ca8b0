"""Pictures of the scores of trained networks by number of tasks or dimension, theory beside them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel, on_axes
from gateflow.figures.style import BLUE, COLOURS, GREY, ORANGE, member_marks
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.read_outputs import lines_error
from gateflow.sim.disentangle.scores import Scores, optimum
from gateflow.theory.disentangle.angles import angle_spread
from gateflow.theory.disentangle.tasks import VARIANCE

# Error with which outputs are taken to be read, and Sobol points of that theory.
PRECISION, _POINTS = 0.01, 256


def over_counts(axes: Axes, counts: Sequence[int], label: str) -> None:
    """Numbers of tasks along the axis."""
    axes.set(xscale="log", xlabel="tasks, $N$", ylabel=label)
    axes.set_xticks(counts, labels=[str(n) for n in counts])
    axes.minorticks_off()


def _inside_and_outside(axes: Axes, experiment: Architectures, scores: Scores) -> None:
    counts, best = experiment.counts, optimum(experiment.setting(experiment.names[0], experiment.counts[0]))
    for values, theory, colour, label, filled in (
            (scores.inside, best.inside, BLUE, "in distribution", True),
            (scores.outside, best.outside, ORANGE, "out of distribution", True),
            (scores.published, None, ORANGE, "the same, published decoder", False)):
        at = np.array(counts) * (1 if filled else 1.06)
        member_marks(axes, at, values[0].T, colour, filled=filled, label=label)
        if theory is not None:
            axes.axhline(theory, color=colour, linewidth=1, label=f"optimum {label}")
    if experiment.factors == 2 and not experiment.correlation:
        numbers = np.unique(np.geomspace(min(counts), max(counts), 20).round().astype(int)).tolist()
        read = [1 - float(lines_error(n, experiment.sigma_t, PRECISION, _POINTS)) / VARIANCE for n in numbers]
        axes.plot(numbers, read, ":", color=GREY, label=f"outputs read to {PRECISION:g}")
    over_counts(axes, counts, "$r^2$")
    axes.set_ylim(max(-0.2, min(0.4, float(scores.published.mean(axis=-1).min()) - 0.1)), 1.03)
    # Beside the axes, for no corner is free of marks.
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))


IN_AND_OUT = on_axes(_inside_and_outside, columns=3, height=2.8, caption=(
    "Points: means over networks, 95 % intervals; filled: decoders by least squares with a small ridge, open: as "
    "published. Lines: the most that evidence allows, whatever the tasks. Dotted: the best estimate from outputs "
    "alone."))


def _angles(axes: Axes, experiment: Architectures, scores: Scores) -> None:
    member_marks(axes, np.array(experiment.counts, float), scores.angle[0].T, BLUE, label="networks")
    axes.axhline(90, color="black", linewidth=1, label="evenly spaced tasks")
    over_counts(axes, experiment.counts, "angle of both factors (degrees)")
    far = max(abs(each - 90) for each in axes.get_ylim())
    axes.set_ylim(90 - far, 90 + far)
    axes.legend(fontsize=7)


ANGLES = on_axes(_angles, columns=3, height=3.0, caption=(
    "Angle between the directions in which both factors move the states. Points: means over networks, 95 % intervals. "
    "Line: evenly spaced tasks weigh all directions alike, so that logits move at right angles."))


def _activity(axes: Axes, experiment: Architectures, scores: Scores) -> None:
    member_marks(axes, np.array(experiment.counts, float), scores.active[0].T, BLUE)
    over_counts(axes, experiment.counts, "share of units above 0")
    axes.set_ylim(0, 1)


ACTIVITY = on_axes(_activity, columns=3, height=2.8, caption="Points: means over networks, 95 % intervals.")


def _geometry(figure: Figure, experiment: Architectures, scores: Scores) -> None:
    best = optimum(experiment.setting(experiment.names[0], experiment.counts[0]))
    for axes, values, theory, label in zip(
            figure.subplots(1, 3), (scores.spread, scores.parallelism, scores.generalisation),
            (0.0, 1.0, best.generalisation),
            ("angle from 90° (degrees)", "parallelism", "generalisation over conditions"),
            strict=True):
        member_marks(axes, np.array(experiment.counts, float), values[0].T, BLUE)
        axes.axhline(theory, color="black", linewidth=1)
        over_counts(axes, experiment.counts, label)
        axes.margins(y=0.15)


GEOMETRY = Panel(_geometry, columns=6, height=2.8, caption=(
    "Left to right: how far both factors' directions are from orthogonal; mean cosine of a factor's direction under "
    "different settings of the other; share of trials in which a linear classifier of a factor's sign is right under a "
    "setting of the other that it was not fitted on. Lines: a state that is affine in the best mean of the evidence."))


def _spreads(axes: Axes, experiment: Conditions, scores: Scores) -> None:
    dimensions = np.array(experiment.places)
    fine = np.linspace(dimensions.min(), dimensions.max(), 60)
    for j, (n, colour) in enumerate(zip(experiment.asked, COLOURS, strict=False)):
        # In the plane tasks are evenly spaced, beyond it random.
        beyond = fine[fine > 2]
        member_marks(axes, dimensions, scores.spread[:, j].T, colour, label=f"networks, N = {n}")
        axes.plot(dimensions, scores.asked_spread[:, j].mean(axis=-1), "x", color="black", markersize=6, zorder=4,
                  label=None if j else "their own tasks, p = 1")
        for power, line in ((1.0, "-"), (0.5, "--")):
            axes.plot(beyond, np.degrees(angle_spread(n, beyond, power)), line, color=colour, linewidth=1,
                      label=None if j else f"random tasks, p = {power:g}")
    axes.set(xlabel="factors, $D$", ylabel="spread of angles about 90° (degrees)")
    axes.set_xticks(dimensions, labels=[f"{each:g}" for each in dimensions])
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=7)


SPREADS = on_axes(_spreads, columns=3, height=3.2, caption=(
    "Root mean square distance from 90° of the angles between all pairs of factors' directions. Points: means over "
    "networks, 95 % intervals. Lines: the law for random tasks, of directions whose Gram matrix is (CᵀC)^p; p = 1: the "
    "logits' own. In the plane tasks are evenly spaced and the law says 0."))
