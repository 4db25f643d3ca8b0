import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.nullclines import nullclines, zero_curves
from gateflow.theory.plane.system import PlanarSystem

BOX = Box((-2, 3), (-1, 4))
X, Y = sp.symbols("x y")


def length(lines):
    return sum(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in lines)


def test_vertices_lie_on_the_curve_to_rounding():
    (circle,) = zero_curves(lambda x, y: x**2 + (y - 1.5) ** 2 - 2, BOX)
    assert np.abs(circle[:, 0] ** 2 + (circle[:, 1] - 1.5) ** 2 - 2).max() < 1e-14
    assert length([circle]) == pytest.approx(2 * np.pi * np.sqrt(2), rel=1e-4)
    assert (circle[0] == circle[-1]).all()


def test_a_curve_ends_exactly_on_the_edge_of_the_box():
    (line,) = zero_curves(lambda x, y: x - 2 * y + 0.3, BOX)
    ends = line[np.argsort(line[[0, -1], 0])] if len(line) == 2 else line[[0, -1]][np.argsort(line[[0, -1], 0])]
    np.testing.assert_allclose(ends, [[-2, -0.85], [3, 1.65]], atol=1e-14)


@pytest.mark.parametrize("edge", [lambda x, y: x + 2, lambda x, y: y + 1, lambda x, y: 3 - x, lambda x, y: y - 4])
def test_a_branch_along_an_edge_is_seen(edge):
    (line,) = zero_curves(edge, BOX)
    assert length([line]) == pytest.approx(5, abs=1e-12)


@pytest.mark.parametrize("function", [
    lambda x, y: 1 / (x - y), lambda x, y: np.sign(x - 0.5 * y + 0.1) + 0.5, lambda x, y: 1 / (x - 0.123) ** 3,
    lambda x, y: np.where(x < y, np.nan, 1.0), lambda x, y: 1 / np.sin(x) - 0.1])
def test_a_sign_that_changes_without_a_zero_is_no_branch(function):
    assert zero_curves(function, BOX) == ()


def test_a_branch_is_not_joined_across_its_pole():
    lines = zero_curves(lambda x, y: y - 1 / (x - 0.4567), BOX)
    assert len(lines) == 2
    assert sorted(line[:, 0].max() < 0.4567 for line in lines) == [False, True]
    # Seen as a graph, the velocity itself has the pole: what is left of tan x = y are its branches.
    tangents = zero_curves(lambda x, y: np.tan(x) - y, Box((-4, 4), (-3, 3)))
    assert len(tangents) == 3
    assert all(np.ptp(line[:, 0]) < np.pi for line in tangents)


def test_a_closed_curve_with_one_gap_is_one_piece():
    def holed(x, y):
        return np.where((x > 0) & (np.abs(y - 1.5) < 0.3), np.nan, x**2 + (y - 1.5) ** 2 - 1)

    (piece,) = zero_curves(holed, BOX)
    assert not (piece[0] == piece[-1]).all()


def test_a_closed_curve_that_just_leaves_the_box_is_one_piece():
    # By less than the grid reaches beyond the edge.
    (piece,) = zero_curves(lambda x, y: (x - 2.004) ** 2 + (y - 1.5) ** 2 - 1, BOX)
    assert piece[:, 0].max() == 3
    np.testing.assert_allclose(np.abs(piece[[0, -1], 1] - 1.5), np.sqrt(1 - 0.996**2), atol=1e-12)


def test_refining_the_grid_only_adds_vertices():
    def ellipse(x, y):
        return x**2 / 4 + (y - 1.5) ** 2 - 1

    lengths = [length(zero_curves(ellipse, BOX, resolution=n)) for n in (51, 101, 201)]
    assert (lengths[2] - lengths[1]) / (lengths[1] - lengths[0]) == pytest.approx(1 / 4, rel=0.3)


def test_symbolic_factors_show_crossings_and_double_zeros():
    system = PlanarSystem.from_sympy(((X - Y) ** 2 * X, Y * (X - 1)), (X, Y))
    lines = nullclines(system, BOX)
    assert length(lines.x) == pytest.approx(5 + 4 * np.sqrt(2), abs=1e-9)
    assert length(lines.y) == pytest.approx(5 + 5, abs=1e-9)
    assert (len(lines.x), len(lines.y)) == (2, 2)


def test_a_factor_counts_only_where_the_velocity_is_defined():
    lines = nullclines(PlanarSystem.from_sympy((X * sp.log(X) * (Y - 1), Y), (X, Y)), BOX)
    assert all((line[:, 0] > 0).all() for line in lines.x)
    assert length(lines.x) == pytest.approx(5 + 3, abs=0.05)


def test_too_coarse_a_grid_is_refused():
    with pytest.raises(InputError, match="resolution must be an integer of at least 8, got 3"):
        zero_curves(lambda x, y: x, BOX, resolution=3)
