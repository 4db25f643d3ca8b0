"""ROC curves of data from outside, first member."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS
from gateflow.sim.inference.calibration import roc_curve
from gateflow.sim.inference.experiments.detection import SCORES, Detection, DetectionRuns
from gateflow.theory.inference.detection import detection_curve


def _draw(axes: Axes, experiment: Detection, result: DetectionRuns) -> None:
    first = next(iter(result.areas.values()))
    for (score, name), colour in zip(SCORES.items(), COLOURS, strict=False):
        inside, outside = result.inside[score], result.outside[score]
        axes.plot(*roc_curve(outside, inside), color=colour, linewidth=4, alpha=0.3)
        levels = np.quantile(np.abs(np.concatenate([inside, outside])), np.linspace(0.001, 0.999, 60))
        axes.plot(*detection_curve(score, result.model, result.origin, levels), color=colour,
                  label=f"{name}, {first[score].predicted[0]:.2f}")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.7)
    axes.set(xlabel="false alarms", ylabel="hits", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right", title="score, area by theory", title_fontsize="small")


PANEL = on_axes(_draw, caption="Lines: theory. Broad: simulation, one seed.")
