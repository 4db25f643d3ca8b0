"""A window with sliders: a picture that follows while one of them is dragged, and is drawn again when it rests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.registry import BackendFilter, backend_registry
from matplotlib.figure import Figure, SubFigure
from matplotlib.widgets import Slider

from gateflow.figures.style import offsets_aside, style
from gateflow.theory.checks import InputError

_HEIGHT = 0.4
Follow = Callable[[Mapping[str, float]], Sequence[Axes]]


@dataclass(frozen=True)
class Knob:
    """A number that a slider changes, between low and high; logarithmic: equal ways are equal factors."""

    name: str
    label: str
    low: float
    high: float
    start: float
    logarithmic: bool = True

    def place(self, value: float) -> float:
        """Where on the slider a value lies."""
        return float(np.log10(value)) if self.logarithmic else value

    def value(self, place: float) -> float:
        """The value at a place of the slider."""
        return float(10**place) if self.logarithmic else place


@dataclass(frozen=True)
class Explorer:
    """What a window shows. draw: draws the picture for values, by name of the knob, into an empty figure.

    It may return what moves the picture to other values, coarsely, and returns the axes that changed: while a slider is
    dragged, only that is called, and only these are drawn.
    click: draws what a click at (x, y) in a pair of axes adds to the picture. words: of the command that draws it with
    the values, after the name of the plot; an option for each knob if there is no such function.
    """

    title: str
    size: tuple[float, float]
    knobs: tuple[Knob, ...]
    draw: Callable[[SubFigure, Mapping[str, float]], Follow | None]
    click: Callable[[Axes, float, float, Mapping[str, float]], None] | None = None
    words: Callable[[Mapping[str, float]], list[str]] | None = None


class Window:
    """A figure with the picture of an explorer above its sliders."""

    def __init__(self, explorer: Explorer, figure: Figure) -> None:
        """Draw the picture at the start of all knobs, and the sliders, into an empty figure."""
        width, height = explorer.size
        # Without knobs there is still room for the readout of the mouse.
        below = _HEIGHT * max(len(explorer.knobs), 1)
        figure.set_size_inches(width, height + below)
        self._explorer, self._figure = explorer, figure
        # While a slider is dragged: the picture without what follows it.
        self._behind: Any = None
        grid = figure.add_gridspec(2, 1, height_ratios=(height, below))
        self.picture, lower = (figure.add_subfigure(grid[row]) for row in range(2))
        self.sliders = {knob.name: self._slider(knob, lower, row) for row, knob in enumerate(explorer.knobs)}
        # After those of the sliders, which know then that they rest.
        figure.canvas.mpl_connect("button_release_event", self._released)
        if explorer.click:
            figure.canvas.mpl_connect("button_press_event", self._clicked)
        self._redraw()

    @property
    def values(self) -> dict[str, float]:
        """What the knobs stand at."""
        return {knob.name: knob.value(self.sliders[knob.name].val) for knob in self._explorer.knobs}

    def _slider(self, knob: Knob, lower: SubFigure, row: int) -> Slider:
        share = 1 / len(self._explorer.knobs)
        axes = lower.add_axes((0.18, 1 - (row + 0.75) * share, 0.62, 0.5 * share))
        slider = Slider(axes, knob.label, knob.place(knob.low), knob.place(knob.high),
                        valinit=min(max(knob.place(knob.start), knob.place(knob.low)), knob.place(knob.high)))
        slider.drawon = False
        slider.on_changed(lambda _: self._moved(slider))
        return slider

    def _clicked(self, event: Any) -> None:
        click = self._explorer.click
        # While the toolbar pans or zooms, a click is its own.
        busy = str(getattr(getattr(event.canvas, "toolbar", None), "mode", ""))
        elsewhere = [None, *(slider.ax for slider in self.sliders.values())]
        if click and event.inaxes not in elsewhere and not busy:
            with style():
                click(event.inaxes, event.xdata, event.ydata, self.values)
            event.canvas.draw_idle()

    def _moved(self, slider: Slider) -> None:
        if not (slider.drag_active and self._follow and getattr(self._figure.canvas, "supports_blit", False)):
            self._redraw()
            return
        self._say()
        with style():
            changed = [*self._follow(self.values), slider.ax]
        canvas: Any = self._figure.canvas
        if self._behind is None:
            # Panels stay where they are.
            self._figure.set_layout_engine("none")
            for axes in changed:
                axes.set_visible(False)
            canvas.draw()
            self._behind = canvas.copy_from_bbox(self._figure.bbox)
            for axes in changed:
                axes.set_visible(True)
        canvas.restore_region(self._behind)
        for axes in changed:
            self._figure.draw_artist(axes)
        canvas.blit(self._figure.bbox)

    def _released(self, _: Any) -> None:
        if self._behind is not None:
            self._redraw()

    def _redraw(self) -> None:
        self._say()
        self._figure.set_layout_engine("constrained")
        with style():
            self.picture.clear()
            self._follow = self._explorer.draw(self.picture, self.values)
            # Of the whole figure: a part knows no axes of its own parts.
            offsets_aside(self._figure)
        self._behind = None
        self._figure.canvas.draw_idle()

    def _say(self) -> None:
        for name, value in self.values.items():
            self.sliders[name].valtext.set_text(f"{value:.3g}")


def check_window() -> None:
    """Raise InputError unless matplotlib can open a window here."""
    from matplotlib import pyplot

    try:
        pyplot.switch_backend(pyplot.get_backend())
    except ImportError as failure:
        raise InputError(f"interactive must be left out here, a window cannot be opened: {failure}") from failure
    known: Any = backend_registry
    if pyplot.get_backend().lower() not in known.list_builtin(BackendFilter.INTERACTIVE):
        raise InputError("interactive must be left out where matplotlib finds no display, or no toolkit such as "
                         f"tkinter to open a window with; its backend is {pyplot.get_backend()}")


def show(explorer: Explorer) -> dict[str, float]:
    """Open a window and wait until it is closed; returns what its knobs stood at. Raises InputError without display."""
    check_window()
    from matplotlib import pyplot

    with style():
        window = Window(explorer, pyplot.figure(num=explorer.title, layout="constrained"))
    pyplot.show(block=True)
    return window.values


def drawn(axes: Axes) -> list[Artist]:
    """What was drawn on axes: all but their labels, ticks and legend."""
    return [*axes.lines, *axes.collections, *axes.patches, *axes.texts]


def empty(axes: Axes, kept: Sequence[Artist] = ()) -> None:
    """Remove what was drawn on axes, but for what is kept, much faster than their clear()."""
    for artist in set(drawn(axes)) - set(kept):
        artist.remove()
    axes.relim()
