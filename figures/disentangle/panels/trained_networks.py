"""r² of linear decoders of trained networks' logits, by the number of tasks."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, ORANGE, member_marks
from gateflow.sim.disentangle.experiments.trained_networks import TrainedNetworks, TrainedRuns
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks


def _draw(axes: Axes, networks: TrainedNetworks, runs: TrainedRuns) -> None:
    even = sorted(((kind, each) for kind, each in runs.kinds.items() if kind.even), key=lambda pair: pair[0].n_tasks)
    numbers = np.array([kind.n_tasks for kind, _ in even], dtype=float)
    optimal = np.array([networks.optimal(evenly_spaced_tasks(kind.n_tasks)) for kind, _ in even])
    trained = {"all quadrants": [each.inside for _, each in even],
               "left-out quadrant": [each.outside for _, each in even]}
    for (label, r2), best, colour in zip(trained.items(), optimal.T, (BLUE, ORANGE), strict=True):
        axes.semilogx(numbers, best, color=colour, label=label)
        member_marks(axes, numbers, np.stack(r2, axis=1), colour)
    low = min(float(optimal.min()), *(float(each.outside.mean()) for _, each in even))
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(min(0.0, low) - 0.05, 1.04))
    axes.legend(loc="lower right")


PANEL = on_axes(_draw, caption="Linear decoders of the logits of recurrent networks. Lines: the exact filter. "
                               "Points: means over seeds, 95 % intervals.")
