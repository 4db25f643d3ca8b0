"""Loss while teachers are learned."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.inference.learners import COLOUR, NAME
from gateflow.figures.panels import on_axes
from gateflow.figures.style import member_marks
from gateflow.sim.inference.experiments.teachers import D_IN, D_OUT, LearningTeachers, TeacherRuns
from gateflow.sim.inference.parameters import BIN

# Observations that are drawn at most.
_SHOWN = 1500


def _draw(axes: Axes, experiment: LearningTeachers, result: TeacherRuns) -> None:
    for name, curves in result.curves.items():
        x = BIN * (np.arange(curves.shape[1], dtype=float) + 0.5)
        member_marks(axes, x[::2], curves[:, ::2], COLOUR[name], label=NAME[name])
    axes.semilogy(x, experiment.told(x), color=COLOUR["true"])
    axes.axhline(experiment.inferred(), color=COLOUR["inferred"], linewidth=1.6)
    axes.set(xlabel="observations", ylabel="squared error of prediction", xlim=(0, min(x[-1], _SHOWN)))
    axes.set_ylim(top=1.5 * axes.get_ylim()[1])
    axes.legend(loc="upper right", ncols=3)


PANEL = on_axes(_draw, columns=3, caption=(
    f"Two orthogonal teachers, {D_IN} → {D_OUT}. Lines: theory (horizontal: where it settles). "
    "Points: means over seeds."))
