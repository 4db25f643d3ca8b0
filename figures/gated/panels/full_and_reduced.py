"""Loss and gates of one network, whole and reduced."""

from typing import Any

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREY, ORANGE, shade_tasks
from gateflow.sim.gated.experiments.full_and_reduced import FullAndReduced, Reduced


def _draw(figure: Any, experiment: Reduced, result: FullAndReduced) -> None:
    axes, seen = figure.subplots(1, 2), result.batches
    axes[0].plot(seen.t, seen.loss[0, seen.records], color=BLUE, alpha=0.35, linewidth=2.5, label="whole, on batches")
    axes[1].plot(seen.t, seen.c[0, seen.records, 0], color=BLUE, alpha=0.35, linewidth=2.5)
    axes[1].plot(seen.t, seen.c[0, seen.records, 1], color=ORANGE, alpha=0.35, linewidth=2.5)
    for run, line, label in ((result.scaled, "-", "theory: reduced, costs over $\\Sigma s^2$"),
                             (result.unscaled, ":", "reduced, costs as they are")):
        axes[0].plot(run.t, result.loss(run)[0], line, color="black" if line == "-" else GREY, linewidth=1, label=label)
        for path, colour in enumerate((BLUE, ORANGE)):
            axes[1].plot(run.t, run.c[0, :, path], line, color=colour, linewidth=1)
    for each, name in zip(axes, ("loss", "gates"), strict=True):
        bounds = result.flow.curriculum.bounds()
        shade_tasks(each, bounds, result.flow.curriculum.tasks)
        low, high = each.get_ylim()
        each.set(xlabel="time", ylabel=name, xlim=(0, bounds[-1]), ylim=(low, high + 0.35 * (high - low)))
    axes[0].legend(loc="upper center", ncols=1, fontsize=7.5)


PANEL = Panel(_draw, height=3.2, columns=6, caption="One seed. Thick and light: the whole network on batches. Thin: a "
              "network of two orthogonal teachers of norm 1 from the same coordinates, gates at τ_c/Σs².")
