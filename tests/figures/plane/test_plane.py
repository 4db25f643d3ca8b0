import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gateflow.figures import cli
from gateflow.figures.plane.phase.plane import Plane
from gateflow.figures.portrait import math_name
from gateflow.figures.style import figure_bytes
from gateflow.figures.window import Window
from gateflow.theory.checks import InputError
from gateflow.theory.plane.system import PlanarSystem

OSCILLATOR = "x' = y, y' = mu*(1 - x**2)*y - x"


def test_the_command_prints_what_rests_and_what_cycles(tmp_path, capsys):
    words = ["phase", "plane", OSCILLATOR, "--set", "mu=1", "--box", "-3", "3", "-4", "4", "--start", "1", "1",
             "--json", "--quiet", "--format", "png", "--out", str(tmp_path)]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(point["x"], point["y"], point["kind"]) for point in told["fixed_points"]] == [(0, 0, "unstable focus")]
    (cycle,) = told["cycles"]
    assert (cycle["period"], cycle["stable"]) == (pytest.approx(6.66328686, abs=1e-8), True)
    assert cycle["multiplier"] == pytest.approx(8.596951e-4, rel=1e-6)
    names = {path.rpartition("/")[2] for path in told["files"]}
    assert {"plane.png", "plane.npz", "plane.json"} <= names
    with np.load(tmp_path / "plane.npz") as data:
        assert np.abs(data["cycle-0"][:, 0]).max() == pytest.approx(2.00862, abs=1e-4)
        np.testing.assert_allclose(data["trajectory-0"][0], (1, 1))


def test_a_diagram_with_curves_and_basins_says_what_changes():
    plot = Plane(equations="x' = p + q*x - x**3, y' = -y", set=("p=0", "q=1"), box=(-2, 2, -1, 1), start=(1.0, 0.5),
                 diagram=("p", "-1", "1"), curves=("p", "q", "-1", "2"), basins=True, points=20).plot()
    assert [point["kind"] for point in plot.results["diagram"]["special_points"]] == ["fold", "fold"]
    assert plot.results["diagram"]["special_points"][0]["p"] == pytest.approx(-2 / np.sqrt(27), abs=1e-10)
    assert plot.results["curves"][0]["special_points"][0]["kind"] == "cusp"
    assert plot.results["basins"]["shares"] == [0.5, 0.5]
    assert "cusp at p" in plot.summary()
    labels = [axes.get_xlabel() for part in plot.figure.subfigs for axes in part.axes]
    assert labels.count("$p$") == 2
    assert json.loads(json.dumps(plot.to_dict(), allow_nan=False))["fixed_points"]
    p, q = (plot.data[f"fold_curve_0_{name}"] for name in ("p", "second"))
    np.testing.assert_allclose(27 * p**2, 4 * q**3, atol=1e-9)


def test_a_map_has_cycles_and_a_diagram_of_doublings():
    plot = Plane(equations="x -> r*x*(1 - x)", set=("r=3.2",), box=(0, 1), diagram=("r", "2.9", "3.5"),
                 doublings=2).plot()
    assert [point["kind"] for point in plot.results["fixed_points"]] == ["unstable fixed point"] * 2
    (pair,) = plot.results["cycles"]
    assert (pair["stable"], pair["period"]) == (True, 2)
    assert pair["multiplier"] == pytest.approx(4 + 2 * 3.2 - 3.2**2, rel=1e-9)
    flips = [point["p"] for point in plot.results["diagram"]["special_points"]]
    assert flips == pytest.approx([3, 1 + np.sqrt(6)], abs=1e-10)
    assert "period doubling at r = 3, x = 0.666667" in plot.summary()
    two = Plane(equations="x -> 1 - a*x**2 + y, y -> b*x", set=("a=1.4", "b=0.3"), box=(-1.5, 1.5, -0.5, 0.5)).plot()
    assert len(two.results["fixed_points"]) == 2
    assert figure_bytes(two.figure, "png")


def test_a_click_starts_a_trajectory_and_sliders_change_parameters():
    explorer = Plane(equations=OSCILLATOR, set=("mu=0.5",), box=(-3, 3, -4, 4), start=(1.0, 1.0)).explorer()
    figure = Figure(layout="constrained")
    canvas = FigureCanvasAgg(figure)
    opened = Window(explorer, figure)
    canvas.draw()
    axes = opened.picture.subfigs[0].axes[0]
    before = len(axes.lines)
    x, y = axes.transData.transform((0.5, -1.0))
    canvas.callbacks.process("button_press_event", _pressed(canvas, x, y))
    # Forward and backward in time, each with a dot where it begins.
    assert len(axes.lines) == before + 4
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), [[0.5, -1.0]], atol=1e-9)
    opened.sliders["mu"].set_val(-0.5)
    assert opened.values == {"mu": pytest.approx(-0.5)}
    words = explorer.words(opened.values)
    assert words == [f'"{OSCILLATOR}"', "--set", "mu=-0.5", "--box", "-3", "3", "-4", "4"]


def _pressed(canvas, x, y):
    from matplotlib.backend_bases import MouseEvent

    return MouseEvent("button_press_event", canvas, x, y, button=1)


@pytest.mark.parametrize(("name", "text"), [
    ("x", "x"), ("mu", r"\mu"), ("x_1", "x_{1}"), ("tau_c", r"\tau_{c}"), ("a_b_c", "a_{b_{c}}"),
    ("speed", r"\mathrm{speed}"), ("50%", r"\mathrm{50\%}"), ("a#1", r"\mathrm{a\#1}"), ("$", r"\mathrm{\$}"),
    ("_x", r"\mathrm{\_x}"), ("x__y", r"\mathrm{x\_\_y}"), ("Lambda", r"\Lambda"), ("Eta", r"\mathrm{Eta}")])
def test_names_are_shown_as_they_are(name, text):
    assert math_name(name) == text
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, f"${text}$")
    assert figure_bytes(figure, "png")


def test_names_with_subscripts_label_axes_and_legend():
    plot = Plane(equations="x_1' = v_a_b, v_a_b' = -x_1", box=(-1, 1, -1, 1), start=(0.5, 0.0)).plot()
    axes = plot.figure.subfigs[0].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$x_{1}$", "$v_{a_{b}}$")
    assert plot.results["fixed_points"][0]["kind"] == "centre"
    assert figure_bytes(plot.figure, "png")


@pytest.mark.parametrize(("settings", "message"), [
    ({"equations": "x' = y"}, "equations must be two, or one or two of a map, got 1"),
    ({"equations": OSCILLATOR}, "parameters must all have a value, got none for mu"),
    ({"equations": OSCILLATOR, "set": ("mu",)}, "set must be NAME=X, got 'mu'"),
    ({"equations": OSCILLATOR, "set": ("mu=1", "nu=2")}, "parameters must be of mu, got nu"),
    ({"box": (0.0, 1.0)}, "box must be LOW HIGH of each of 2 coordinates, got 2 numbers"),
    ({"box": (1.0, 0.0, 0.0, 1.0)}, "x of the box must be two increasing numbers, got (1.0, 0.0)"),
    ({"start": (1.0,)}, "start must be 2 numbers for each trajectory, got 1"),
    ({"start": (9.0, 0.0)}, "start must lie in the box and within the walls, got (9, 0)"),
    ({"curves": ("a", "b", "0", "1")}, "curves must go with a diagram"),
    ({"diagram": ("mu", "0")}, "diagram must be NAME LOW HIGH, got 'mu 0'"),
    ({"diagram": ("mu", "0", "1")}, "diagram must name parameters of (none), got mu")])
def test_what_does_not_fit_is_refused_in_one_line(settings, message):
    with pytest.raises(InputError) as refused:
        Plane(**settings).plot()
    assert str(refused.value).startswith(message)


def test_a_system_of_callables_is_drawn_by_the_same_functions():
    from gateflow.plane import Box, draw_portrait, portrait

    shown = portrait(PlanarSystem(lambda x, y: (y, (1 - x**2) * y - x)), Box((-3, 3), (-4, 4)), cycles=True)
    figure = Figure()
    axes = figure.subplots()
    draw_portrait(axes, shown)
    assert any(np.array_equal(line.get_xydata(), shown.cycles[0].points) for line in axes.lines)


def test_a_forced_flow_is_shown_once_a_period():
    plot = Plane(equations="x' = y, y' = -x - y/2 + f*cos(w*t)", set={"f": 1, "w": 2}, box=(-2, 2, -2, 2),
                 period="2*pi/w", start=(1.0, 1.0)).plot()
    (rest,) = plot.results["fixed_points"]
    assert (rest["x"], rest["y"], rest["kind"]) == (pytest.approx(-0.3), pytest.approx(0.2), "stable fixed point")
    # Its curve: x = Re(f e^{iwt}/(1 − w² + iw/2)), period by period.
    curve = next(line for line in plot.figure.subfigs[0].axes[0].lines if len(line.get_xdata()) == 400)
    np.testing.assert_allclose(curve.get_xdata(), (np.exp(2j * np.linspace(0, np.pi, 400)) / (-3 + 1j)).real, atol=1e-7)
    assert rest["multiplier"] == pytest.approx(np.exp(-np.pi / 4)) == abs(complex(*rest["multipliers"][0]))
    with pytest.raises(InputError, match=r"^period must be given of equations in t"):
        Plane(equations="x' = y, y' = -x + cos(t)")
    with pytest.raises(InputError, match=r"^diagram must name parameters of f, w, got t"):
        Plane(equations="x' = y, y' = -x + f*cos(w*t)", set={"f": 1, "w": 2}, period="2*pi/w", diagram=("t", 0, 1))


def test_a_map_has_sliders_and_a_click_starts_an_orbit():
    explorer = Plane(equations="x -> r*x*(1 - x)", set={"r": 3.2}, box=(0, 1)).explorer()
    figure = Figure(layout="constrained")
    canvas = FigureCanvasAgg(figure)
    opened = Window(explorer, figure)
    canvas.draw()
    axes = opened.picture.subfigs[0].axes[0]
    before = len(axes.lines)
    canvas.callbacks.process("button_press_event", _pressed(canvas, *axes.transData.transform((0.2, 0.5))))
    assert len(axes.lines) == before + 1
    np.testing.assert_allclose(axes.lines[-1].get_xydata()[:2], [[0.2, 0.2], [0.2, 0.512]], atol=1e-9)
    opened.sliders["r"].set_val(2.5)
    assert opened.values == {"r": pytest.approx(2.5)}
