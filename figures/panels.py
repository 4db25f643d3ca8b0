"""Panels of experiments, and figures made of them.

A panel is a file ``figures/ROOM/panels/NAME.py``, named like its experiment, with

    PANEL = Panel(draw, caption="Lines: theory. Points: means over seeds.")

where ``draw(figure, experiment, result)`` fills a figure or a part of one. A panel of a single pair of axes is made by
``on_axes(draw)`` from a function ``draw(axes, experiment, result)``, and can be drawn into a caller's own axes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from gateflow.figures.style import caption, style, wrapped
from gateflow.sim.compare.catalogue import files
from gateflow.sim.compare.comparison import Outcome

# Width of a figure in inches, and in columns; height that the title of a panel takes.
_WIDTH, _COLUMNS, _TITLE = 11.0, 6, 0.35
# Height of a line of a table below, in inches.
_LINE = 0.135

Draw = Callable[[Any, Any, Any], None]


@dataclass(frozen=True)
class Panel:
    """The picture of an experiment. draw: fills a figure, given experiment and result; height: in inches.

    columns: how much of a figure's width it takes, in sixths; caption: what is seen, a sentence or two, or a
    function of experiment and result that says it; axes: draws into a pair of axes, where that is all there is.
    """

    draw: Draw
    height: float = 3.0
    columns: int = 2
    caption: str | Callable[[Any, Any], str] = ""
    axes: Draw | None = None

    @property
    def width(self) -> float:
        """In inches."""
        return _WIDTH * self.columns / _COLUMNS

    def words(self, outcome: Outcome) -> str:
        """The caption."""
        said = self.caption
        return said if isinstance(said, str) else said(outcome.experiment, outcome.result)


def _alone(draw: Draw, figure: FigureBase, experiment: Any, result: Any) -> None:
    draw(figure.subplots(), experiment, result)


def on_axes(draw: Draw, **settings: Any) -> Panel:
    """A panel that is a single pair of axes; draw(axes, experiment, result); settings: other fields of Panel."""
    return Panel(partial(_alone, draw), axes=draw, **settings)


def panel(room: str, name: str) -> Panel | None:
    """The panel of an experiment, None where it has none."""
    if name not in files(Path(__file__).resolve().parent, "panels").get(room, {}):
        return None
    drawn: Panel = import_module(f"gateflow.figures.{room}.panels.{name.replace('-', '_')}").PANEL
    return drawn


@dataclass(frozen=True)
class Placed:
    """A panel as it stands in a figure: its title, what it draws, and words below beside the panel's own."""

    panel: Panel
    outcome: Outcome
    title: str
    words: str = ""


def _lines(entries: Sequence[Placed]) -> list[list[Placed]]:
    """Panels in lines, each as full as their order allows."""
    lines: list[list[Placed]] = []
    for each in entries:
        if lines and sum(other.panel.columns for other in lines[-1]) + each.panel.columns <= _COLUMNS:
            lines[-1].append(each)
        else:
            lines.append([each])
    return lines


def draw_outcomes(room: str, outcomes: Sequence[Outcome]) -> Figure | None:
    """A figure of the panels of experiments that were run; None where there is nothing to draw."""
    panels = [(panel(room, outcome.experiment.name()), outcome) for outcome in outcomes if outcome.rows]
    entries = [Placed(each, outcome, f"{outcome.experiment.name()}: {outcome.experiment.title()}")
               for each, outcome in panels if each is not None]
    return draw_panels(entries) if entries else None


def draw_panels(entries: Sequence[Placed], below: str = "") -> Figure:
    """A figure of panels, line by line; below: a table in text that stands under them, as wide as a panel alone."""
    if below and len(entries) == 1:
        entries = [replace(entries[0], panel=replace(entries[0].panel, columns=_COLUMNS))]
    lines = _lines(entries)
    heights = [max(each.panel.height for each in line) + _TITLE for line in lines]
    columns = max(sum(each.panel.columns for each in line) for line in lines)
    if below:
        columns, heights = _COLUMNS, [*heights, _LINE * (len(below.splitlines()) + 1)]
    with style():
        figure = Figure(figsize=(_WIDTH * columns / _COLUMNS, sum(heights)), layout="constrained")
        grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
        for row, line in enumerate(lines):
            at = 0
            for each in line:
                part = figure.add_subfigure(grid[row, at:at + each.panel.columns])
                at += each.panel.columns
                part.suptitle(wrapped(each.title, each.panel.width, 10.5), fontsize=9, fontweight="bold", x=0.01,
                              ha="left")
                each.panel.draw(part, each.outcome.experiment, each.outcome.result)
                caption(part, " ".join(filter(None, (each.panel.words(each.outcome), each.words))), each.panel.width)
        if below:
            figure.add_subfigure(grid[-1, :]).text(0.01, 1, below, family="monospace", fontsize=7, va="top")
    return figure


def draw_outcome(outcome: Outcome, axes: Axes | None = None) -> Figure:
    """The panel of an experiment that was run, in a figure of its own or in the caller's axes.

    Raises ValueError where the experiment has no panel, or axes are given for a panel that is more than one pair.
    """
    room = type(outcome.experiment).__module__.split(".")[2]
    drawn = panel(room, outcome.experiment.name())
    if drawn is None:
        raise ValueError(f"{outcome.experiment.name()} has no panel")
    if axes is not None:
        if drawn.axes is None:
            raise ValueError(f"the panel of {outcome.experiment.name()} needs a figure, not axes")
        with style():
            drawn.axes(axes, outcome.experiment, outcome.result)
        return axes.get_figure(root=True)  # type: ignore[return-value]
    figure = draw_outcomes(room, [outcome])
    assert figure is not None
    return figure
