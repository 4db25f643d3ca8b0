"""Distance of population descent from the flow restarted every block, at dt and dt/2."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.gated.drawing import OF_SETTING
from gateflow.figures.panels import on_axes
from gateflow.sim.gated.experiments.reduction import Followed, ReductionExperiment


def _draw(axes: Axes, experiment: ReductionExperiment, result: dict[str, Followed]) -> None:
    lowest, highest = np.inf, 0.0
    for name, runs in result.items():
        for distances, line, step in ((runs.restarts, "-", f"dt = {experiment.dt:g}"),
                                      (runs.restarts_half, "--", "dt/2")):
            worst = distances.gates.max(axis=0)
            axes.plot(np.arange(len(worst)) + 1, worst, line, color=OF_SETTING[name], label=f"{name}, {step}")
            lowest, highest = min(lowest, worst.min()), max(highest, worst.max(), runs.allowance)
        axes.axhline(runs.allowance, color=OF_SETTING[name], linestyle=":", linewidth=0.8,
                     label=f"{name}: what one step moves")
    # Room for the legend below the lowest line.
    axes.set(xlabel="block", ylabel="distance of the gates", yscale="log",
             ylim=(lowest * (lowest / highest) ** 0.6, highest * 1.6))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower center", ncols=2, fontsize=7.5)


PANEL = on_axes(_draw, height=3.0, columns=3, caption="Largest distance within a block over time, gates and seeds; the "
                "flow starts each block where descent does.")
