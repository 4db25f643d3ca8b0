"""Marks that panels of named quantities share."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.style import BLUE, member_marks
from gateflow.theory.checks import Array


def named_marks(axes: Axes, names: Sequence[str], values: Array, theory: Array, label: str) -> None:
    """Means over members of values (S, n) with their names below, and theory (n,) as bars."""
    x = np.arange(len(names), dtype=float)
    for k, value in enumerate(theory):
        axes.plot([k - 0.3, k + 0.3], [value, value], color="black", linewidth=1.2, label=None if k else "theory")
    member_marks(axes, x, values, BLUE, label="simulation")
    axes.set(ylabel=label, xlim=(-0.6, len(names) - 0.4))
    axes.set_xticks(x, names, rotation=15 if len(names) > 2 else 0)
    axes.margins(y=0.3)
    axes.legend()


def distances(axes: Axes, values: Mapping[str, Array], rounding: float) -> None:
    """Distances (S,) of every member by name, on a logarithmic axis, and what rounding explains."""
    for k, each in enumerate(values.values()):
        # What is 0 to all digits is shown at the last.
        shown = np.maximum(each, 1e-17)
        axes.semilogy(k + np.linspace(-0.15, 0.15, len(shown)), shown, "o", color=BLUE, markersize=3, alpha=0.7)
    axes.axhline(rounding, color="0.4", linestyle="--", linewidth=0.9)
    axes.set(ylabel="largest distance", xlim=(-0.6, len(values) - 0.4))
    axes.set_xticks(np.arange(len(values)), list(values), rotation=15 if len(values) > 2 else 0)
