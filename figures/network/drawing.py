"""What panels of networks share: simulated members as bands, theory as lines, layers as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.style import BLUE, GREEN, ORANGE, PINK, YELLOW, shade_tasks
from gateflow.sim.compare.rows import half_widths
from gateflow.theory.checks import Array

OF_KIND = {"flexible": BLUE, "forgetful": ORANGE}
OF_TEACHER = (GREEN, PINK, YELLOW)
# Theory lies over simulation of its own colour.
THEORY: dict[str, Any] = {"linestyle": "--", "linewidth": 1.0}


def members(axes: Axes, t: Array, values: Array, colour: str, label: str | None = None) -> None:
    """Mean over members of values (S, T), and the 95 % interval of it."""
    mean = values.mean(axis=0)
    if len(values) > 1:
        half = np.ma.filled(half_widths(values), np.nan)
        axes.fill_between(t, mean - half, mean + half, color=colour, alpha=0.25, linewidth=0)
    axes.plot(t, mean, color=colour, linewidth=0.9, label=label)


def blocks(axes: Axes, bounds: Array, tasks: Sequence[int], first: int = 0) -> None:
    """Shade blocks by their task, and begin at one of them."""
    shade_tasks(axes, bounds, tuple(tasks))
    axes.set_xlim(bounds[first], bounds[-1])


def legend_above(axes: Axes, columns: int) -> None:
    """A legend in a line above the axes, where it covers no curve."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.97), ncols=columns, borderpad=0, handlelength=1.5,
                columnspacing=1)


def layer(axes: Axes, entries: Array, title: str, largest: float) -> Any:
    """A layer (i, h) as a picture, from 0 to the largest."""
    drawn = axes.imshow(entries, cmap="Oranges", vmin=0, vmax=largest, aspect="auto", interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=8, fontweight="normal")
    return drawn


