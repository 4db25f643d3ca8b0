from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from gateflow.figures.field import plain_numbers
from gateflow.figures.style import _laid_out, shade_tasks, style


def test_all_parts_of_a_layout_lie_on_a_grid_that_every_process_finds():
    figure = Figure(figsize=(5, 4), layout="constrained")
    for k, part in enumerate(figure.subfigures(3, 1, height_ratios=[1, 1.3, 0.7])):
        part.suptitle(f"part {k}")
        part.subplots(1, 2)[0].plot([0, 1], [1, 1 / 3])
    with _laid_out(figure, None):
        places = [part.bbox_relative.get_points() for part in figure.subfigs]
        places += [axes.get_position(original=True).get_points() for axes in figure.axes]
        np.testing.assert_array_equal(places[:3], np.round(places[:3], 7))
        np.testing.assert_allclose(places, np.round(places, 7), rtol=0, atol=1e-15)
        assert len(places) == 9
        assert not any(np.signbit(place).any() for place in places[:3])


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_a_title_and_what_multiplies_an_axis_do_not_meet(size):
    with style():
        figure = Figure(figsize=(3, 2), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, size])
        title = axes.set_title("a title above")
    with _laid_out(figure, None):
        figure.canvas.draw()
        offset = axes.yaxis.get_offset_text()
        assert bool(offset.get_text()) == (size != 1)
        assert not offset.get_text() or not title.get_window_extent().overlaps(offset.get_window_extent())
        assert title.get_window_extent().y0 > axes.bbox.y1


@pytest.mark.parametrize(("bounds", "tasks", "shown"), [
    ([0.0, 1.0, 3.0, 4.0], (0, 1, 0), (0, 4)), ([], (), (0.2, 0.4))])
def test_blocks_are_shaded_and_all_of_them_are_seen(bounds, tasks, shown):
    axes = Figure().subplots()
    axes.margins(0)
    axes.plot([0.2, 0.4], [5, 6])
    shade_tasks(axes, np.array(bounds), tasks)
    assert axes.get_xlim() == pytest.approx(shown)
    assert axes.get_ylim() == pytest.approx((5, 6))
    grey = [path.get_extents().intervalx.tolist() for shade in axes.collections if len(shade.get_facecolor())
            for path in shade.get_paths()]
    assert grey == [[1, 3]] * bool(tasks)


@pytest.mark.parametrize("high", [2.0, 200.0, 1e4, 1e9])
def test_numbers_side_by_side_stay_apart_over_any_number_of_decades(high):
    with style():
        figure = Figure(figsize=(3.6, 2.5))
        axes = figure.subplots()
        axes.set(xscale="log", xlim=(0.1, high))
        plain_numbers(axes.xaxis)
        figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if 0.1 <= label.get_position()[0] <= high]
    assert len(boxes) > 2
    assert all(right.x0 > left.x1 for left, right in pairwise(boxes))
