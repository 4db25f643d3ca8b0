import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure

from gateflow.figures.portrait import NULLCLINES, TRAJECTORY, add_legend, draw_field, draw_portrait, legend_handles
from gateflow.figures.style import FigureFiles, figure_bytes, style
from gateflow.theory.arguments import unchecked
from gateflow.theory.gated.two_tasks import orbit_constant, symmetric_flow
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.portrait import portrait
from gateflow.theory.plane.system import PlanarSystem

DUFFING = PlanarSystem(lambda x, y: (y, x - x**3 - y / 4), analytic=True)
WELLS = Box((-2, 2), (-1.5, 1.5))
FLOW = unchecked(symmetric_flow)
GATED = PlanarSystem(lambda c, w, tau_c: FLOW(c, w, 0.0, task=1, tau_w=1.0, tau_c=tau_c)[:2], {"tau_c": 0.3})


@pytest.fixture(scope="module")
def gates():
    return portrait(GATED, Box((-1.2, 1.2), (0, 1.5)), walls=Walls(x=(-1, 1)), starts=[(-1, 1)])


@pytest.fixture(scope="module")
def duffing():
    return portrait(DUFFING, WELLS)


def drawn(shown, **options):
    with style():
        figure = Figure(figsize=(5, 4), layout="constrained")
        axes = figure.subplots()
        arrows = draw_portrait(axes, shown, **options)
        add_legend(figure, legend_handles(shown, orbits="orbits" if "orbits" in options else None))
    FigureCanvasAgg(figure).draw()
    return figure, axes, arrows


def test_arrows_point_along_the_flow_and_are_coloured_by_speed(duffing):
    _, axes, arrows = drawn(duffing)
    assert isinstance(arrows.norm, LogNorm)
    x, y = arrows.get_offsets().T
    velocity = DUFFING.velocity(x, y)
    np.testing.assert_allclose(np.stack([arrows.U, arrows.V]) * np.hypot(*velocity), velocity, atol=1e-12)
    speed = np.hypot(velocity[0] / 4, velocity[1] / 3)
    within = speed > arrows.norm.vmin
    np.testing.assert_allclose(arrows.get_array()[within], speed[within], rtol=1e-12)
    assert (axes.get_xlim(), axes.get_ylim()) == ((-2, 2), (-1.5, 1.5))


def test_slow_and_fast_differ_in_print_and_the_palest_is_seen(duffing):
    _, _, arrows = drawn(duffing)
    grey = arrows.cmap(np.linspace(0, 1, 64))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(grey) < 0).all()
    assert grey[0] < 0.85
    assert grey[-1] < 0.1


def test_marks_are_filled_where_they_attract_and_half_filled_at_a_saddle(duffing):
    _, axes, _ = drawn(duffing)
    marks = {round(line.get_xdata()[0]): line for line in axes.lines if line.get_linestyle() == "None"
             and line.get_marker() in "Ds"}
    assert sorted(marks) == [-1, 0, 1]
    assert [marks[x].get_marker() for x in (-1, 0, 1)] == ["D", "s", "D"]
    assert [marks[x].get_fillstyle() for x in (-1, 0, 1)] == ["full", "left", "full"]
    assert to_rgb(marks[1].get_markerfacecolor()) == (0, 0, 0)
    repelling = portrait(PlanarSystem(lambda x, y: (x - y, x + y)), WELLS)
    _, axes, _ = drawn(repelling)
    (mark,) = (line for line in axes.lines if line.get_marker() == "D")
    assert to_rgb(mark.get_markerfacecolor()) == (1, 1, 1)


def test_every_line_of_the_portrait_is_drawn(gates):
    _, axes, _ = drawn(gates, orbits=lambda c, w: orbit_constant(c, w, tau_w=1.0, tau_c=0.3))
    drawn_lines = [line.get_xydata() for line in axes.lines]
    for points in (*gates.nullclines.x, *gates.nullclines.y, *(half.points for half in gates.manifolds),
                   *(path.points for path in gates.trajectories), *(curve.points for curve in gates.fixed.curves)):
        assert any(line.shape == points.shape and np.array_equal(line, points) for line in drawn_lines)
    colours = [line.get_color() for line in axes.lines]
    assert colours.count(NULLCLINES[0]["color"]) == len(gates.nullclines.x)
    assert colours.count(TRAJECTORY["color"]) == 2


def test_nothing_flows_beyond_the_walls_and_they_are_hatched(gates):
    _, axes, arrows = drawn(gates)
    assert np.abs(arrows.get_offsets()[:, 0]).max() < 1
    spans = [patch.get_window_extent().transformed(axes.transData.inverted()) for patch in axes.patches
             if patch.get_hatch()]
    np.testing.assert_allclose(sorted((span.x0, span.x1) for span in spans), [(-1.2, -1), (1, 1.2)], atol=1e-9)


def test_heads_point_the_way_of_the_flow(gates):
    _, axes, _ = drawn(gates)
    assert len(axes.texts) >= 3
    for head in axes.texts:
        tip, tail = np.array(head.xy), np.array(head.xyann)
        x, y = (tip + tail) / 2
        velocity = GATED.velocity(x, y)
        if x > 0.99:
            velocity[0] = 0
        assert (tip - tail) @ velocity > 0


def test_orbits_are_level_lines(gates):
    _, axes, _ = drawn(gates, orbits=lambda c, w: orbit_constant(c, w, tau_w=1.0, tau_c=0.3), levels=[0.2, 0.5])
    contours = next(item for item in axes.collections if hasattr(item, "levels"))
    assert contours.levels.tolist() == [0.2, 0.5]
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        np.testing.assert_allclose(orbit_constant(*path.vertices.T, tau_w=1.0, tau_c=0.3), level, atol=1e-4)


def test_the_legend_names_what_is_there_once(gates, duffing):
    labels = [handle.get_label() for handle in legend_handles(gates, gates, names=("c", "w"), orbits="level lines")]
    assert labels == ["$\\dot{c} = 0$", "$\\dot{w} = 0$", "fixed points", "saddle", "separatrix", "unstable manifold",
                      "trajectory", "level lines", "beyond the walls"]
    names = [handle.get_label() for handle in legend_handles(duffing)]
    assert "stable focus" in names
    assert "trajectory" not in names


def test_the_same_portrait_gives_the_same_bytes():
    files = FigureFiles(("png", "pdf", "svg"))
    first, second = (files.of(drawn(portrait(DUFFING, WELLS, starts=[(0.1, 1)]))[0], "portrait") for _ in range(2))
    assert first == second


@pytest.mark.parametrize("flow", [
    lambda x, y: (0 * x, 0 * y), lambda x, y: (np.where(x > 0, 1.0, np.nan), 0 * y),
    lambda x, y: (1e300 * x, -1e-300 * y), lambda x, y: (1 + 0 * x, 0 * y)])
def test_dull_and_wild_flows_can_be_drawn(flow):
    with style():
        figure = Figure()
        axes = figure.subplots()
        arrows = draw_field(axes, PlanarSystem(flow), WELLS)
        figure.colorbar(arrows, ax=axes)
    assert isinstance(arrows, PolyCollection)
    assert figure_bytes(figure, "png")
