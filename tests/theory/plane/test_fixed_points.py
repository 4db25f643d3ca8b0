import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from gateflow.theory.gated.two_tasks import symmetric_flow
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.fixed_points import fixed_points
from gateflow.theory.plane.system import PlanarSystem

X, Y = sp.symbols("x y")


def found(system, box):
    return [(point.x, point.y, point.kind, point.stability) for point in fixed_points(system, box).points]


def gated(d, task, tau_c=0.3):
    return PlanarSystem(lambda c, w: symmetric_flow(c, w, d, task=task, tau_w=1.0, tau_c=tau_c)[:2], analytic=True)


@pytest.mark.parametrize("mu", [0.5, 3.0, -1.0])
def test_van_der_pol_has_one(mu):
    (point,) = fixed_points(PlanarSystem(lambda x, y, mu: (y, mu * (1 - x**2) * y - x), {"mu": mu}),
                            Box((-3, 3), (-4, 4))).points
    assert (point.x, point.y) == pytest.approx((0, 0), abs=1e-15)
    assert point.kind == ("focus" if abs(mu) < 2 else "node")
    assert point.stability == ("unstable" if mu > 0 else "stable")
    root = np.sqrt(complex(mu**2 / 4 - 1))
    np.testing.assert_allclose(np.sort_complex(point.eigenvalues), np.sort_complex([mu / 2 - root, mu / 2 + root]),
                               atol=1e-10)


def test_a_pendulum_has_centres_and_saddles_in_turn():
    points = found(PlanarSystem(lambda x, y: (y, -np.sin(x)), analytic=True), Box((-7, 7), (-3, 3)))
    assert [point[0] for point in points] == pytest.approx(np.pi * np.arange(-2, 3), abs=1e-14)
    assert [point[2] for point in points] == ["centre", "saddle", "centre", "saddle", "centre"]
    damped = found(PlanarSystem(lambda x, y: (y, -np.sin(x) - 0.1 * y), analytic=True), Box((-7, 7), (-3, 3)))
    assert [point[2:] for point in damped[:2]] == [("focus", "stable"), ("saddle", "unstable")]


@pytest.mark.parametrize("delta", [0.3, 4.0])
def test_duffing_has_two_wells(delta):
    points = found(PlanarSystem(lambda x, y: (y, x - x**3 - delta * y)), Box((-2, 2), (-2, 2)))
    assert [point[0] for point in points] == pytest.approx([-1, 0, 1], abs=1e-12)
    well = "focus" if delta**2 < 8 else "node"
    assert [point[2:] for point in points] == [(well, "stable"), ("saddle", "unstable"), (well, "stable")]


@pytest.mark.parametrize("symbolic", [True, False])
def test_lotka_volterra_has_a_saddle_in_the_corner_of_the_box_and_a_centre(symbolic):
    def flow(x, y):
        return x * (2 - y), y * (x - 1.5)

    system = PlanarSystem.from_sympy(flow(X, Y), (X, Y)) if symbolic else PlanarSystem(flow)
    saddle, centre = fixed_points(system, Box((0, 4), (0, 4))).points
    assert (saddle.x, saddle.y, saddle.kind) == (pytest.approx(0, abs=1e-14), pytest.approx(0, abs=1e-14), "saddle")
    assert (centre.x, centre.y, centre.kind) == (pytest.approx(1.5), pytest.approx(2), "centre")
    assert centre.eigenvalues[1] == pytest.approx(1j * np.sqrt(3), abs=1e-9)


def test_the_gated_network_rests_on_a_curve_and_at_one_saddle():
    for d, task in ((0.0, 1), (0.3, -1), (-0.2, 1)):
        result = fixed_points(gated(d, task), Box((-1.2, 1.2), (0, 1.5)))
        (saddle,), (curve,) = result.points, result.curves
        assert (saddle.x, saddle.y, saddle.kind) == (pytest.approx(0, abs=1e-14), pytest.approx(0, abs=1e-14), "saddle")
        c, w = curve.points.T
        np.testing.assert_allclose(c * w, task - d, atol=1e-14)
        np.testing.assert_allclose(curve.rate, -(w**2 / 0.3 + c**2 / 2), rtol=1e-12)
        ends = sorted(np.abs(curve.points[[0, -1]]).tolist())
        np.testing.assert_allclose(ends, sorted([[abs(task - d) / 1.5, 1.5], [1.2, abs(task - d) / 1.2]]), atol=1e-14)


def test_where_the_error_vanishes_with_the_task_both_axes_rest():
    result = fixed_points(gated(1.0, 1), Box((-1.2, 1.2), (-1.5, 1.5)))
    assert result.points == ()
    points = np.concatenate([curve.points for curve in result.curves])
    assert np.abs(points).min(axis=1).max() < 1e-14
    total = sum(np.linalg.norm(np.diff(curve.points, axis=0), axis=1).sum() for curve in result.curves)
    assert total == pytest.approx(2.4 + 3.0, abs=0.06)


def test_a_circle_that_rests_is_a_curve_around_its_star():
    def flow(x, y):
        return x * (1 - x**2 - y**2), y * (1 - x**2 - y**2)

    for system in (PlanarSystem(flow), PlanarSystem.from_sympy(flow(X, Y), (X, Y))):
        result = fixed_points(system, Box((-2, 2), (-1.7, 1.8)))
        assert [point.kind for point in result.points] == ["star"]
        for curve in result.curves:
            np.testing.assert_allclose(np.hypot(*curve.points.T), 1, atol=1e-14)
            np.testing.assert_allclose(curve.rate, -2, atol=1e-9)
        total = sum(np.linalg.norm(np.diff(curve.points, axis=0), axis=1).sum() for curve in result.curves)
        assert total == pytest.approx(2 * np.pi, abs=0.08)


def test_two_points_merge_and_vanish_at_a_fold():
    def at(p):
        return found(PlanarSystem(lambda x, y, p: (p - x**2, -y), {"p": p}), Box((-1, 1), (-1, 1)))

    assert [point[2] for point in at(0.01)] == ["saddle", "node"]
    assert [point[0] for point in at(0.01)] == pytest.approx([-0.1, 0.1], abs=1e-14)
    # Closer to each other than a cell of the grid.
    assert [point[0] for point in at(1e-6)] == pytest.approx([-1e-3, 1e-3], abs=1e-12)
    assert [point[2:] for point in at(0.0)] == [("non-hyperbolic", "undecided")]
    assert at(0.0)[0][0] == pytest.approx(0, abs=1e-7)
    assert at(-1e-6) == []


def test_a_zero_of_even_order_in_both_components_is_seen():
    (point,) = found(PlanarSystem(lambda x, y: ((x - 0.3) ** 2, (y - 0.11) ** 2)), Box((-1, 1), (-1, 1)))
    assert point[:2] == pytest.approx((0.3, 0.11), abs=1e-7)
    assert point[2:] == ("non-hyperbolic", "undecided")


def test_a_curve_of_double_zeros_does_not_flood():
    result = fixed_points(PlanarSystem(lambda x, y: ((x - y / 2) ** 2, 2 * (x - y / 2) ** 2)), Box((-1, 1), (-1, 1)))
    assert len(result.points) + len(result.curves) < 6
    for points in [*(curve.points for curve in result.curves)]:
        assert np.abs(points[:, 0] - points[:, 1] / 2).max() < 1e-7
    factored = PlanarSystem.from_sympy(((X - Y / 2) ** 2, 2 * (X - Y / 2) ** 2), (X, Y))
    result = fixed_points(factored, Box((-1, 1), (-1, 1)))
    assert (len(result.points), len(result.curves)) == (0, 1)
    np.testing.assert_allclose(np.abs(result.curves[0].points[[0, -1]]), [[0.5, 1], [0.5, 1]], atol=1e-12)


def test_nullclines_that_nearly_coincide_are_not_one_curve():
    result = fixed_points(PlanarSystem(lambda x, y: (y - x**2, y - x**2 - 1e-6 * (x - 0.3))), Box((-1, 1), (-1, 1)))
    (point,) = result.points
    assert (result.curves, point.kind) == ((), "node")
    assert (point.x, point.y) == pytest.approx((0.3, 0.09), abs=1e-6)


@pytest.mark.parametrize("steepness", [1e2, 1e4, 1e6])
def test_a_step_that_is_steep_is_still_found(steepness):
    system = PlanarSystem(lambda x, y: (np.tanh(steepness * (y - x**3)), np.tanh(steepness * (0.2345 - x))),
                          scale=(1 / steepness, 1 / steepness))
    (point,) = fixed_points(system, Box((-1, 1), (-1, 1))).points
    assert (point.x, point.y) == pytest.approx((0.2345, 0.2345**3), abs=1e-12)


def test_slow_places_beside_a_curve_are_no_points():
    nodes = np.linspace(-1, 1, 50)

    def flow(x, y):
        speed = (x - 0.3) * ((x - nodes[30]) ** 2 + (y - nodes[25]) ** 2 + 1e-5)
        return speed, speed

    result = fixed_points(PlanarSystem(flow), Box((-1, 1), (-1, 1)))
    assert (result.points, len(result.curves)) == ((), 1)


def test_a_near_tangency_is_no_fixed_point_even_where_the_jacobian_is_singular():
    ghost = PlanarSystem(lambda x, y: (x**2 + 1e-3, -y))
    for resolution in (200, 201):
        assert fixed_points(ghost, Box((-1, 1), (-1, 1)), resolution=resolution).points == ()


def test_poles_and_flat_components_give_no_points():
    assert found(PlanarSystem(lambda x, y: (1 / (x - 0.3), 1 / (y - 0.2))), Box((-1, 1), (-1, 1))) == []
    still = fixed_points(PlanarSystem(lambda x, y: (0 * x, -y)), Box((-1, 1), (-1, 1)))
    assert (still.points, len(still.curves)) == ((), 1)


@settings(max_examples=25)
@given(roots=st.lists(st.integers(-9, 9), min_size=1, max_size=5, unique=True), shift=st.floats(0.01, 0.09),
       slope=st.floats(-2, 2), mirrored=st.booleans())
def test_all_roots_are_found_whatever_they_are(roots, shift, slope, mirrored):
    at = np.sort(np.array(roots) / 10 + shift)

    def flow(x, y):
        x, y = (y, x) if mirrored else (x, y)
        first, second = np.prod([x - r for r in at], axis=0), y - slope * (x**3 - x) / 2
        return (second, first) if mirrored else (first, second)

    points = fixed_points(PlanarSystem(flow), Box((-1, 1), (-1, 1))).points
    expected = [(r, slope * (r**3 - r) / 2) for r in at]
    assert len(points) == len(expected)
    here = sorted((point.y, point.x) if mirrored else (point.x, point.y) for point in points)
    np.testing.assert_allclose(here, expected, atol=1e-9)


def test_the_answer_does_not_depend_on_the_units():
    plain = fixed_points(gated(0.0, 1), Box((-1.2, 1.2), (0, 1.5)))
    scaled = PlanarSystem(lambda x, y: tuple(s * v for s, v in zip((1e4, 1e-4), symmetric_flow(x / 1e4, y * 1e4, 0.0,
                                                                                               task=1, tau_w=1.0,
                                                                                               tau_c=0.3)[:2],
                                                                                               strict=True)),
                                                                                               analytic=True)
    other = fixed_points(scaled, Box((-1.2e4, 1.2e4), (0, 1.5e-4)))
    assert [point.kind for point in other.points] == [point.kind for point in plain.points]
    np.testing.assert_allclose(other.points[0].eigenvalues, plain.points[0].eigenvalues, rtol=1e-9)
    assert len(other.curves) == len(plain.curves)


def test_the_same_question_has_the_same_answer_to_the_last_bit():
    first, second = (fixed_points(gated(0.1, 1), Box((-1.2, 1.2), (0, 1.5))) for _ in range(2))
    assert first.curves[0].points.tobytes() == second.curves[0].points.tobytes()
    assert (first.points[0].x, first.points[0].y) == (second.points[0].x, second.points[0].y)


@pytest.mark.parametrize("symbolic", [True, False])
def test_a_kink_is_said_to_be_one_and_each_side_has_its_own_eigenvalues(symbolic):
    system = PlanarSystem.from_sympy((sp.Max(0, X) - Y, X - 2 * Y), (X, Y)) if symbolic else PlanarSystem(
        lambda x, y: (np.maximum(0, x) - y, x - 2 * y))
    (point,) = fixed_points(system, Box((-1, 1), (-1, 1))).points
    assert (point.kind, point.name, point.stability) == ("kink", "kink", "undecided")
    sides = sorted(tuple(side.eigenvalues.real) for side in point.sides)
    np.testing.assert_allclose(sides[0], (-(np.sqrt(5) + 1) / 2, (np.sqrt(5) - 1) / 2), atol=1e-9)
    # Its Jacobian is a Jordan block: rounding of 1e-13 moves the double eigenvalue by the root of that.
    np.testing.assert_allclose(sides[1], (-1, -1), atol=1e-5)


def test_four_sides_of_a_kink_and_what_is_only_steep_or_curved():
    def corner(x, y):
        return np.abs(x) - 0.3 * y - np.abs(y) / 2, -y + 0.2 * x

    (point,) = fixed_points(PlanarSystem(corner), Box((-1, 1), (-1, 1))).points
    assert len(point.sides) == 4
    for flow in (lambda x, y: (np.tanh(1e3 * x), -y), lambda x, y: (x + x * np.abs(x), -y)):
        (point,) = fixed_points(PlanarSystem(flow, scale=(1e-3, 1.0)), Box((-1, 1), (-1, 1))).points
        assert point.kind == "saddle"


@pytest.mark.parametrize("slow", [1e-8, 1e-12, 1e8])
@pytest.mark.parametrize("symbolic", [True, False])
def test_what_is_only_slow_is_hyperbolic(slow, symbolic):
    def flow(x, y):
        return x - x**3, -slow * y

    system = PlanarSystem.from_sympy(flow(X, Y), (X, Y)) if symbolic else PlanarSystem(flow)
    assert [point.name for point in fixed_points(system, Box((-2, 2), (-1, 1))).points] == ["stable node", "saddle",
                                                                                           "stable node"]


def test_a_focus_that_is_weak_is_none_the_less_a_focus():
    for growth, name in ((1e-8, "unstable focus"), (-1e-8, "stable focus"), (0.0, "centre")):
        (point,) = fixed_points(PlanarSystem.from_sympy((growth * X - Y, X + growth * Y), (X, Y)),
                                Box((-1, 1), (-1, 1))).points
        assert point.name == name
