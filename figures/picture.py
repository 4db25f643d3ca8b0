"""Pictures that go with a text: a caption, and a figure drawn for the page that it stands on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from gateflow.figures.style import figure_bytes, style

# A colour that nothing else has, put in for black and then for the page's own colour of text.
_INK = "#010203"
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "xtick.labelcolor", "ytick.color",
          "ytick.labelcolor", "legend.labelcolor")


@dataclass(frozen=True)
class Drawing:
    """A picture. caption: what it shows, in a sentence or two; draw: a function that returns the figure."""

    caption: str
    draw: Callable[[], Figure]

    def figure(self) -> Figure:
        """The figure, in the style of the project."""
        with style():
            return self.draw()

    def png(self) -> bytes:
        """The figure as a PNG file."""
        return figure_bytes(self.figure(), "png")

    def pdf(self) -> bytes:
        """The figure as a PDF file."""
        return figure_bytes(self.figure(), "pdf")

    def svg(self) -> str:
        """The figure as inline SVG: transparent, its text and axes in the page's own colour."""
        ink: dict[Any, Any] = dict.fromkeys(_INKED, _INK)
        with style(), mpl.rc_context({**ink, "figure.facecolor": "none", "axes.facecolor": "none"}):
            text = figure_bytes(self.draw(), "svg").decode()
        inline = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg"):], flags=re.DOTALL)
        inline = inline.replace(_INK, "currentColor")
        return inline.replace("<svg ", f'<svg role="img" aria-label="{escape(self.caption)}" ', 1)
