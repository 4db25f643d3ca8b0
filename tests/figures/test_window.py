import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gateflow.figures import window
from gateflow.figures.phase import plot_class
from gateflow.figures.window import Explorer, Knob, Window
from gateflow.theory.checks import InputError


def explorer(seen):
    knobs = (Knob("tau_c", "$\\tau_c$", 0.01, 1, 0.1), Knob("d", "$d$", -1, 1, 0.5, logarithmic=False))
    return Explorer("test", (3, 2), knobs, lambda figure, values: seen.append((len(figure.axes), dict(values))))


def canvas():
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def test_a_slider_draws_the_picture_again_in_an_empty_figure():
    seen = []
    opened = Window(explorer(seen), canvas())
    opened.picture.subplots()
    opened.sliders["tau_c"].set_val(-1.5)
    opened.sliders["d"].set_val(-0.25)
    assert [count for count, _ in seen] == [0, 0, 0]
    assert seen[0][1] == pytest.approx({"tau_c": 0.1, "d": 0.5})
    assert seen[-1][1] == opened.values == pytest.approx({"tau_c": 10**-1.5, "d": -0.25})
    assert opened.sliders["tau_c"].valtext.get_text() == "0.0316"


def test_what_multiplies_an_axis_stands_aside_in_parts_of_parts_too():
    def draw(figure, values):
        axes = figure.subfigures().subplots()
        axes.set_title("above")
        axes.plot([0, values["x"]], [0, 1e-9])

    figure = canvas()
    Window(Explorer("", (3, 2), (Knob("x", "x", 1, 10, 2.0),), draw), figure)
    figure.canvas.draw()
    titled, = (axes for axes in figure.axes if axes.get_title("left"))
    offset = titled.yaxis.get_offset_text()
    assert offset.get_text()
    assert offset.get_position()[0] == 1


def test_a_start_beyond_the_slider_begins_at_its_end():
    opened = Window(Explorer("", (3, 2), (Knob("x", "x", 1, 10, 100.0),), lambda *_: None), canvas())
    assert opened.values == pytest.approx({"x": 10})


def count_axes(opened):
    return len(opened.picture.axes) + sum(len(part.axes) for part in opened.picture.subfigs)


@pytest.mark.parametrize(("name", "parameters"), [("portrait", {}), ("kernel", {"points": 8, "blocks": 4})])
def test_sliders_of_a_plot_draw_its_picture(name, parameters):
    opened = Window(plot_class(name)(**parameters).explorer(), canvas())
    axes = count_axes(opened)
    slider = opened.sliders["tau_c"]
    slider.set_val(slider.valmin + 0.45 * (slider.valmax - slider.valmin))
    assert count_axes(opened) == axes > 0


@pytest.mark.parametrize(("name", "parameters", "slider"), [
    ("portrait", {"tasks": "1"}, "tau_c"), ("portrait", {"plane": "paths", "tasks": "1"}, "tau_c"),
    ("portrait", {"tasks": "overlaid"}, "tau_w"), ("cycle", {"points": 4, "blocks": 14}, "tau_c"),
    ("regimes", {}, "tau_w")])
def test_while_a_slider_is_dragged_panels_keep_their_places_and_follow_until_it_rests(name, parameters, slider):
    figure = canvas()
    figure.canvas.blit = lambda _: None
    opened = Window(plot_class(name)(**parameters).explorer(), figure)
    figure.canvas.draw()

    def drag(event, share):
        moved = opened.sliders[slider]
        place = moved.ax.transData.transform((moved.valmin + share * (moved.valmax - moved.valmin), 0.5))
        figure.canvas.callbacks.process(event, MouseEvent(event, figure.canvas, *place, button=1))

    before, panels = count_axes(opened), [axes for axes in figure.axes if axes.get_xlabel()]
    places = [axes.get_position().bounds for axes in panels]
    drag("button_press_event", 0.4)
    pictures = []
    for share in (0.5, 0.6):
        drag("motion_notify_event", share)
        pictures.append(np.asarray(figure.canvas.buffer_rgba()).copy())
    assert [axes.get_position().bounds for axes in panels] == places
    above = pictures[0].shape[0] * 2 // 3
    assert (pictures[0][:above] != pictures[1][:above]).any()
    drag("button_release_event", 0.6)
    assert not set(panels) & set(figure.axes)
    assert count_axes(opened) == before > 0


def test_dragging_draws_only_what_changes():
    drawn = []

    def draw(figure, values):
        _, moving = figure.subplots(1, 2)
        drawn.append("all")

        def follow(now):
            drawn.append(now["x"])
            moving.set_title(f"{now['x']:.2f}")
            return [moving]

        return follow

    figure = canvas()
    figure.canvas.blit = lambda _: None
    opened = Window(Explorer("", (3, 2), (Knob("x", "x", 0, 1, 0.5, logarithmic=False),), draw), figure)
    figure.canvas.draw()
    for event, x in (("button_press_event", 0.2), ("motion_notify_event", 0.3), ("button_release_event", 0.3)):
        place = opened.sliders["x"].ax.transData.transform((x, 0.5))
        figure.canvas.callbacks.process(event, MouseEvent(event, figure.canvas, *place, button=1))
    assert drawn == ["all", pytest.approx(0.2), pytest.approx(0.3), "all"]


@pytest.fixture
def agg():
    before = mpl.get_backend()
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")
    pyplot.switch_backend(before)


@pytest.mark.usefixtures("agg")
def test_without_a_display_a_window_is_refused(refused, tmp_path):
    said = refused("portrait", "--interactive", "--out", str(tmp_path / "none"))
    assert said.startswith("gateflow: interactive must be left out where matplotlib finds no display")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("agg")
def test_a_toolkit_that_cannot_start_is_refused(monkeypatch):
    def fail(_):
        raise ImportError("Cannot load backend 'TkAgg'")

    monkeypatch.setattr(pyplot, "switch_backend", fail)
    with pytest.raises(InputError, match=r"interactive must be left out here, .*TkAgg"):
        window.check_window()


@pytest.mark.usefixtures("agg")
def test_a_closed_window_says_where_its_sliders_stood(monkeypatch, capsys):
    from gateflow.figures import cli

    def close_after_moving(block):
        opened = pyplot.gcf()
        assert block
        assert opened.get_label() == "gateflow phase portrait"

    monkeypatch.setattr(window, "check_window", lambda: None)
    monkeypatch.setattr(pyplot, "show", close_after_moving)
    assert cli.main(["phase", "portrait", "--interactive", "--tau-c=0.2", "--quiet"]) == 0
    assert capsys.readouterr().out == "gateflow phase portrait --tau-c=0.2 --tau-w=1 --d=0\n"
