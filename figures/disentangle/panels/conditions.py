"""r² of trained networks over noise, time, dimension or ties, beside what evidence allows."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, COLOURS, GREY, ORANGE, member_marks
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.scores import Scores, optimum
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.time import likelihood_r2

_LABELS = {"sigma": "noise of an observation, σ", "duration": "observations, $t$", "factors": "factors, $D$",
           "correlation": "correlation behind the factors"}
_POINTS = 16


def _draw(axes: Axes, experiment: Conditions, scores: Scores) -> None:
    places = np.array(experiment.places)
    fine = np.linspace(places.min(), places.max(), _POINTS)
    if experiment.over in ("duration", "factors"):
        fine = np.unique(fine.round())
    best = [optimum(experiment.placed(float(value), experiment.asked[0])) for value in fine]
    axes.plot(fine, [each.inside for each in best], color=BLUE, linewidth=1)
    axes.plot(fine, [each.outside for each in best], "--", color=ORANGE, linewidth=1)
    for j, n in enumerate(experiment.asked):
        about = "" if len(experiment.asked) == 1 else f", N = {n}"
        for values, colour, label in ((scores.inside, BLUE, "in distribution"),
                                      (scores.outside, ORANGE, "out of distribution")):
            member_marks(axes, places, values[:, j].T, colour if not j else COLOURS[j + 2], label=label + about)
    if experiment.over == "duration":
        noise = experiment.sigma**2 / (fine + 1)
        axes.plot(fine, likelihood_r2(noise), ":", color=GREY,
                  label=f"printed, 1 − {experiment.sigma**2 / VARIANCE:.3g}/($t$ + 1)")
    axes.set(xlabel=_LABELS[experiment.over], ylabel="$r^2$")
    axes.set_ylim(top=min(axes.get_ylim()[1], 1.02))
    axes.set_xticks(places, labels=[f"{each:g}" for each in places])
    # Beside the axes, for no corner is free of marks.
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))


PANEL = on_axes(_draw, columns=3, height=3.2, caption=(
    "Points: means over networks, 95 % intervals. Lines: theory, the posterior mean; dashed: the optimal agent's "
    "state, decoded where the decoder was not fitted."))
