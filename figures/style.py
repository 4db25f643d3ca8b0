"""One style for all figures, and figures as bytes."""

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib import style as mpl_style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure, FigureBase

from gateflow import __version__
from gateflow.sim.compare.rows import half_widths
from gateflow.theory.checks import Array

# What curves are told apart by (Okabe and Ito), and small grey words.
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
COLOURS, GREY = (BLUE, ORANGE, GREEN, PINK, YELLOW, SKY), "0.45"
# Of cuts through a plane: none that lines within it have.
CUT_COLOURS = (BLUE, GREEN, PINK, SKY)
# Shades behind a curve, by task.
_TASK_SHADES = ("none", "0.93", "0.86", "0.79")


@contextmanager
def style() -> Iterator[None]:
    """Draw everything inside in the style of the project."""
    with mpl_style.context(Path(__file__).with_name("gateflow.mplstyle")):
        yield


def shade_tasks(axes: Axes, bounds: Array, tasks: tuple[int, ...]) -> None:
    """Shade blocks by their task; bounds (blocks + 1,): where blocks begin, and the end."""
    spans: dict[str, list[Any]] = {}
    for start, end, task in zip(bounds[:-1], bounds[1:], tasks, strict=True):
        corners = [(start, 0), (start, 1), (end, 1), (end, 0)]
        spans.setdefault(_TASK_SHADES[task % len(_TASK_SHADES)], []).append(corners)
    # One part of the picture a shade: one a block would take as long as all curves.
    for shade, corners in spans.items():
        axes.add_collection(PolyCollection(corners, facecolors=shade, linewidths=0, zorder=0,
                                           transform=axes.get_xaxis_transform()), autolim=False)
    if spans:
        axes.update_datalim([(bound, 0) for bound in (bounds[0], bounds[-1])], updatey=False)
        axes.autoscale_view(scaley=False)


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


def wrapped(text: str, width: float, size: float = 7.5) -> str:
    """The text in lines that fit a width in inches at a size of letters in points; its own line breaks stay."""
    most = int(width * 72 / (0.56 * size))
    return "\n".join(textwrap.fill(line, most) for line in text.splitlines())


def caption(figure: FigureBase, text: str, width: float | None = None) -> None:
    """Say in small letters below a figure, or a part of one, what is seen; width: in inches, of a part."""
    if text:
        wide = figure.get_figure(root=True).get_figwidth() if width is None else width
        figure.supxlabel(wrapped(text, wide), fontsize=7.5, color=GREY, x=0.01, ha="left")


@dataclass(frozen=True)
class FigureFiles:
    """How figures are written. kinds: of png, pdf, svg; dpi: of a png; width: in inches, the height follows.

    captions: whether the text below stays.
    """

    kinds: tuple[str, ...] = ("png", "pdf")
    dpi: float | None = None
    width: float | None = None
    captions: bool = True

    def of(self, figure: Figure, stem: str) -> dict[str, bytes]:
        """The files of a figure, by name."""
        if not self.captions:
            for part in (figure, *figure.subfigs):
                part.supxlabel("")
        if self.width is not None:
            wide, high = figure.get_size_inches()
            figure.set_size_inches(self.width, self.width * high / wide)
        with _laid_out(figure, self.dpi):
            return {f"{stem}.{kind}": _printed(figure, kind) for kind in self.kinds}


def figure_bytes(figure: Figure, kind: str, dpi: float | None = None) -> bytes:
    """The figure as a "png", "pdf" or "svg" file; equal figures give equal bytes."""
    with _laid_out(figure, dpi):
        return _printed(figure, kind)


def offsets_aside(figure: Figure) -> None:
    """Let what multiplies the numbers of a y axis stand right of the title, which the style has just above the axes."""
    for axes in figure.axes:
        if axes.get_title("left") or axes.get_title():
            axes.yaxis.set_offset_position("right")


@contextmanager
def _laid_out(figure: Figure, dpi: float | None) -> Iterator[None]:
    """Lay the figure out, once for all formats: it takes as long as drawing it.

    At the resolution of a PNG, on a canvas that draws it too: each word is measured once for both.
    """
    engine, canvas, before = figure.get_layout_engine(), figure.canvas, figure.dpi
    with style():
        asked = rcParams["savefig.dpi"] if dpi is None else dpi
        figure.dpi = before if asked == "figure" else asked
        FigureCanvasAgg(figure)
        offsets_aside(figure)
        if engine is not None:
            engine.execute(figure)
            # The last bits of a layout depend on where in memory its parts lie.
            for axes in figure.axes:
                inside = axes.get_in_layout()
                axes.set_position(np.round(axes.get_position(original=True).bounds, 7), which="original")
                axes.set_in_layout(inside)
            for part in figure.subfigs:
                place = part.bbox_relative
                # No −0.
                place.p0, place.p1 = np.round(place.p0, 7) + 0.0, np.round(place.p1, 7) + 0.0
        figure.set_layout_engine("none")
        try:
            yield
        finally:
            figure.set_layout_engine(engine)
            figure.set_canvas(canvas)
            figure.dpi = before


# How each kind of file is written. A PNG compressed harder takes longer and is no smaller.
_SELF = f"gateflow {__version__}"
_KINDS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "png": (FigureCanvasAgg, {"metadata": {"Software": _SELF}, "pil_kwargs": {"compress_level": 3}}),
    "pdf": (FigureCanvasPdf, {"metadata": {"Creator": _SELF, "Producer": None, "CreationDate": None}}),
    "svg": (FigureCanvasSVG, {"metadata": {"Creator": _SELF, "Date": None}})}


def _printed(figure: Figure, kind: str) -> bytes:
    """What a figure that is laid out looks like in a file; ``savefig`` would draw it twice."""
    make, settings = _KINDS[kind]
    stream, laid_out, resolution = io.BytesIO(), figure.canvas, figure.dpi
    canvas: Any = laid_out if isinstance(laid_out, make) else make(figure)
    # Identifiers inside an SVG file come from this salt instead of from chance.
    with rc_context({"svg.hashsalt": "gateflow"}):
        try:
            getattr(canvas, f"print_{kind}")(stream, **settings)
        finally:
            figure.set_canvas(laid_out)
            # A PDF counts in points.
            figure.dpi = resolution
    return stream.getvalue()
