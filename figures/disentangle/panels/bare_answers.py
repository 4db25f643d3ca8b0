"""r² from bare answers over the number of lines."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, member_marks
from gateflow.sim.disentangle.experiments.bare_answers import N_LINES, AnswerRuns, BareAnswers
from gateflow.sim.disentangle.read_outputs import bare_r2_of_lines
from gateflow.theory.disentangle.noiseless import direction_r2


def _draw(axes: Axes, answers: BareAnswers, runs: AnswerRuns) -> None:
    del answers
    numbers = sorted({*range(1, 13), 16, *N_LINES})
    exact = [bare_r2_of_lines(n) for n in numbers]
    axes.semilogx(numbers, exact, color=BLUE, label="centroids of regions")
    member_marks(axes, np.array(N_LINES), runs.r2, BLUE)
    axes.axhline(direction_r2(2), color="0.4", linestyle=":", linewidth=0.9, label="8/9: the direction")
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(0.2, 1.02))
    axes.legend(loc="lower right")


PANEL = on_axes(_draw, caption="No noise. Line: theory. Points: best guesses from answers, means over seeds, 95 % "
                               "intervals.")
