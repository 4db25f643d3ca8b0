"""How fast the loss falls by gates and by weights, over the plane of weights: theory and steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from gateflow.figures.field import shaded
from gateflow.sim.gated.experiments.kernel_speeds import HIGH, LOW, MeasuredSpeeds, plane_speeds
from gateflow.theory.checks import Array


def weight_plane(axes: Axes, title: str) -> None:
    """Name the plane of the weights of a path, its mirror image the other one; star: specialised."""
    axes.plot([LOW, HIGH], [1 - LOW, 1 - HIGH], color="white", linestyle=":", linewidth=1)
    axes.plot(1, 0, "*", color="white", markeredgecolor="black", markersize=10, zorder=5)
    axes.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), aspect="equal", xlabel="along its own teacher",
             ylabel="along the other teacher")
    axes.set_title(title)


def draw_speeds(figure: Any, panels: Sequence[Axes], times: Mapping[str, float], c_bar: float, points: int,
                measured: MeasuredSpeeds | None = None) -> tuple[Array, tuple[Array, Array]]:
    """Draw both speeds into two pairs of axes; returns the coordinates (points,) and both fields (points, points)."""
    side = np.linspace(LOW, HIGH, points)
    fields = plane_speeds(*np.meshgrid(side, side), c_bar, tau_w=times["tau_w"], tau_c=times["tau_c"])
    largest = max(float(field.max()) for field in fields)
    norm, least = LogNorm(1e-3 * largest, largest), 1e-9 * largest
    for part, (field, name) in enumerate(zip(fields, ("gates", "weights"), strict=True)):
        here = panels[part]
        shown = shaded(here, side, side, np.maximum(field, least), norm=norm, cmap="viridis")
        weight_plane(here, f"speed by {name}")
        figure.colorbar(shown, ax=here, pad=0.02, extend="min", label="$-dL/dt$")
        if measured is not None:
            first, second = measured.where.T
            here.scatter(first, second, c=np.maximum(measured.fall[1, part], least), norm=norm, cmap="viridis",
                         s=17, edgecolors="black", linewidths=0.6, zorder=2)
    return side, fields
