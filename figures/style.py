"""One style for all figures, and figures as bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib import style as mpl_style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow import __version__
from gateflow.sim.comparison import half_widths
from gateflow.theory.checks import Array

# Shades behind a curve, by task.
_TASK_SHADES = ("none", "0.93", "0.86", "0.79")


@contextmanager
def style() -> Iterator[None]:
    """Draw everything inside in the style of the project."""
    with mpl_style.context(Path(__file__).with_name("gateflow.mplstyle")):
        yield


def shade_tasks(axes: Axes, bounds: Array, tasks: tuple[int, ...]) -> None:
    """Shade blocks by their task; bounds (blocks + 1,): where blocks begin, and the end."""
    for start, end, task in zip(bounds[:-1], bounds[1:], tasks, strict=True):
        axes.axvspan(start, end, color=_TASK_SHADES[task % len(_TASK_SHADES)], linewidth=0, zorder=0)


def marks(axes: Axes, x: Array, value: Array, half: Array, colour: str, *, filled: bool = True, outlined: bool = False,
          label: str | None = None) -> None:
    """Simulated means (n,) with half their interval; outlined in black where they lie on a line of their colour."""
    axes.errorbar(x, value, half, fmt="o", color=colour, markersize=4, linewidth=0.9, capsize=2,
                  markerfacecolor=colour if filled else "white", markeredgecolor="black" if outlined else colour,
                  markeredgewidth=0.6 if outlined else 1.0, label=label, zorder=3)


def member_marks(axes: Axes, x: Array, values: Array, colour: str, *, filled: bool = True,
                 label: str | None = None) -> None:
    """Means over members of values (S, n), with their 95 % intervals where there are several members."""
    half = np.zeros(values.shape[1]) if len(values) < 2 else np.ma.filled(half_widths(values), 0.0)
    marks(axes, x, values.mean(axis=0), half, colour, filled=filled, label=label)


def figure_bytes(figure: Figure, kind: str) -> bytes:
    """The figure as a "png", "pdf" or "svg" file; equal figures give equal bytes."""
    metadata = {"png": {"Software": f"gateflow {__version__}"},
                "pdf": {"Creator": f"gateflow {__version__}", "Producer": None, "CreationDate": None},
                "svg": {"Creator": f"gateflow {__version__}", "Date": None}}[kind]
    stream = io.BytesIO()
    # Identifiers inside an SVG file come from this salt instead of from chance.
    with rc_context({"svg.hashsalt": "gateflow"}):
        figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()
