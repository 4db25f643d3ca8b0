"""Drawing fields: values over two parameters, and simulated cells laid over them."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from gateflow.sim.compare.field import FieldRuns
from gateflow.theory.checks import Array

# Ratio of the ends of an axis from which on numbers stand at its decades only.
_WIDE = 3e3


def lay(axes: Axes, runs: FieldRuns, image: Any, values: Array | None = None) -> None:
    """Lay the means of simulated cells, or other values (Y, X) of them, over a field in its colours, as circles."""
    x, y = np.meshgrid(runs.x, runs.y)
    shown = np.clip(runs.mean if values is None else values, *image.get_clim())
    axes.scatter(x, y, c=shown, norm=image.norm, cmap=image.cmap, s=34, edgecolors="black", linewidths=0.8,
                 clip_on=False, zorder=4)


def hatch(axes: Axes, x: Array, y: Array, mask: NDArray[np.bool_], pattern: str, colour: str = "0.75") -> None:
    """Hatch where a mask (Y, X) is true."""
    if mask.any() and min(mask.shape) > 1:
        with mpl.rc_context({"hatch.linewidth": 0.5, "hatch.color": colour}):
            axes.contourf(x, y, mask.astype(float), levels=[0.5, 1.5], colors="none", hatches=[pattern])


def shaded(axes: Axes, x: Array, y: Array, values: Array, **shown: Any) -> Any:
    """Show a field (Y, X) over evenly spaced x and y, linear in between; returns the image."""
    (left, right), (low, high) = ((side[0], side[-1]) for side in (x, y))
    # A pixel is centred on each value.
    across, up = (right - left) / (len(x) - 1) / 2, (high - low) / (len(y) - 1) / 2
    image = axes.imshow(values, origin="lower", aspect="auto", interpolation="bilinear",
                        extent=(left - across, right + across, low - up, high + up), **shown)
    axes.set(xlim=(left, right), ylim=(low, high))
    return image


def level_lines(axes: Axes, x: Array, y: Array, values: Array, levels: Sequence[float], colour: str,
                width: float = 0.8) -> list[Any]:
    """Draw lines of a field (Y, X) at those of the levels that it reaches, each with its number; returns the labels."""
    finite = values[np.isfinite(values)]
    reached = [level for level in levels if finite.size and finite.min() < level < finite.max()]
    if not reached or min(values.shape) < 2:
        return []
    lines = axes.contour(x, y, values, levels=reached, colors=colour, linewidths=width)
    return list(axes.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=6.5))


def plain_numbers(*scales: Axis) -> None:
    """Write numbers of logarithmic axes as they are, without powers."""
    for scale in scales:
        # Side by side, three numbers a decade would not fit over many.
        low, high = scale.get_view_interval()
        wide = isinstance(scale, XAxis) and high > _WIDE * low
        scale.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
        scale.set_major_formatter(StrMethodFormatter("{x:g}"))
        scale.set_minor_formatter(NullFormatter())
