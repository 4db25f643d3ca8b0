from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.gated.block_map import block_map
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers
from gateflow.theory.plane.maps import SmoothMap, cycles

GRID = np.stack(np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 9))).reshape(2, -1)


def henon(a=1.4, b=0.3, analytic=True):
    return SmoothMap(lambda x, y, a, b: (1 - a * x**2 + y, b * x), {"a": a, "b": b}, analytic=analytic)


def logistic(r):
    return SmoothMap(lambda x, r: (r * x * (1 - x),), {"r": r}, dimension=1, analytic=True)


@pytest.mark.parametrize(("analytic", "error"), [(True, 1e-12), (False, 1e-9)])
def test_henon_has_the_fixed_points_of_its_quadratic(analytic, error):
    a, b = 1.4, 0.3
    found = cycles(henon(analytic=analytic), GRID)
    x = np.array([(b - 1 - np.sqrt((1 - b) ** 2 + 4 * a)) / (2 * a), (b - 1 + np.sqrt((1 - b) ** 2 + 4 * a)) / (2 * a)])
    assert [cycle.points[0, 0] for cycle in found] == pytest.approx(x, rel=1e-13)
    for cycle, x_fixed in zip(found, x, strict=True):
        root = np.sqrt(a**2 * x_fixed**2 + b)
        expected = sorted([-a * x_fixed - root, -a * x_fixed + root], key=abs, reverse=True)
        np.testing.assert_allclose(cycle.multipliers, expected, rtol=error)
        assert not cycle.stable


def test_a_fixed_point_with_multipliers_on_both_sides_of_one_is_a_saddle():
    assert [one.kind for one in cycles(henon(), GRID)] == ["saddle", "saddle"]
    assert [one.kind for one in cycles(henon(0.2), GRID)] == ["saddle", "stable fixed point"]
    assert {one.kind for one in cycles(logistic(3.2), np.linspace(-0.2, 1.1, 9)[None])} == {"unstable fixed point"}


def test_henon_doubles_its_period_where_it_should():
    b = 0.3
    threshold = 0.75 * (1 - b) ** 2
    for a, stable, pairs in ((threshold - 0.01, True, 0), (threshold + 0.01, False, 1)):
        assert cycles(henon(a), GRID)[-1].stable == stable
        assert len(cycles(henon(a), GRID, 2)) == pairs
    assert cycles(henon(threshold), GRID)[-1].multipliers[0] == pytest.approx(-1, abs=1e-12)
    # The two points of the pair are the roots of a²x² − a(1 − b)x + (1 − b)² − a.
    (pair,) = cycles(henon(1.0), GRID, 2)
    np.testing.assert_allclose(np.sort(pair.points[:, 0]), np.sort(np.roots([1.0, -0.7, 0.49 - 1])), rtol=1e-13)
    assert np.prod(pair.multipliers) == pytest.approx(b**2, rel=1e-10)


def test_henon_has_as_many_cycles_as_are_known():
    fine = np.stack(np.meshgrid(np.linspace(-1.5, 1.5, 25), np.linspace(-0.5, 0.5, 25))).reshape(2, -1)
    assert [len(cycles(henon(), fine, period)) for period in (1, 2, 3, 4, 5, 6)] == [2, 1, 0, 1, 0, 2]


def test_logistic_cycles_have_their_closed_forms():
    starts = np.linspace(0.02, 0.98, 40)[None]
    for r in (2.8, 3.2, 3.5):
        rest = cycles(logistic(r), starts)[-1]
        assert rest.points[0, 0] == pytest.approx(1 - 1 / r, rel=1e-14)
        assert rest.multipliers[0] == pytest.approx(2 - r, rel=1e-12)
        pairs = cycles(logistic(r), starts, 2)
        assert len(pairs) == (r > 3)
        if pairs:
            root = np.sqrt((r - 3) * (r + 1))
            np.testing.assert_allclose(pairs[0].points[:, 0], [(r + 1 - root) / (2 * r), (r + 1 + root) / (2 * r)])
            assert pairs[0].multipliers[0] == pytest.approx(4 + 2 * r - r**2, rel=1e-10)
            assert pairs[0].stable == (r < 1 + np.sqrt(6))
    assert len(cycles(logistic(3.84), starts, 3)) == 2
    assert len(cycles(logistic(3.82), starts, 3)) == 0


def test_a_tangent_cycle_is_one_and_does_not_attract():
    (tangent,) = cycles(SmoothMap(lambda x: (x + x**2,), dimension=1), np.linspace(-0.5, 0.5, 11)[None])
    assert tangent.points[0, 0] == pytest.approx(0, abs=1e-7)
    assert not tangent.stable


def test_values_of_parameters_may_be_arrays():
    r = np.linspace(1.5, 3.9, 25)
    rest = (1 - 1 / r)[None]
    np.testing.assert_allclose(logistic(2.0).image(rest, r=r), rest, rtol=1e-13)
    np.testing.assert_allclose(logistic(2.0).jacobian(rest, r=r)[:, 0, 0], 2 - r, rtol=1e-9, atol=1e-9)
    table = logistic(2.0).iterates(np.linspace(0.3, 0.9, 4)[None, None, :], 2, r=r[:, None])
    assert table.shape == (3, 1, 25, 4)
    np.testing.assert_array_equal(table[:, :, 7], logistic(r[7]).iterates(np.linspace(0.3, 0.9, 4)[None], 2))


def test_what_neither_attracts_nor_repels_is_not_stable():
    for angle in np.linspace(0.1, 3, 30):
        turn = SmoothMap(lambda x, y, a: (x * np.cos(a) - y * np.sin(a), x * np.sin(a) + y * np.cos(a)), {"a": angle})
        assert [cycle.stable for cycle in cycles(turn, [[0.3], [0.2]])] == [False]


def test_complex_multipliers_are_a_rotation():
    turn = SmoothMap(lambda x, y, s, a: (s * (x * np.cos(a) - y * np.sin(a)), s * (x * np.sin(a) + y * np.cos(a))),
                     {"s": 0.9, "a": 0.5})
    (rest,) = cycles(turn, [[0.3], [0.2]])
    np.testing.assert_allclose(rest.multipliers, 0.9 * np.exp([0.5j, -0.5j]), rtol=1e-10)
    assert rest.stable


def test_three_dimensions_and_an_exact_jacobian():
    x, y, z = sp.symbols("x y z")
    image = [y, z, sp.Rational(1, 10) * x + y * z / 5 + 1]
    numeric = sp.lambdify((x, y, z), image, "numpy")
    slopes = sp.lambdify((x, y, z), list(sp.Matrix(image).jacobian([x, y, z])), "numpy")
    exact = SmoothMap(numeric, dimension=3, jacobian_of=slopes)
    plain = SmoothMap(numeric, dimension=3)
    (cycle,), (same,) = (cycles(one, np.full((3, 1), 1.3)) for one in (exact, plain))
    root = (0.9 - np.sqrt(0.81 - 0.8)) / 0.4
    np.testing.assert_allclose(cycle.points, [[root] * 3], rtol=1e-12)
    np.testing.assert_allclose(same.multipliers, cycle.multipliers, rtol=1e-7)
    np.testing.assert_allclose(np.prod(cycle.multipliers), 0.1, rtol=1e-12)


def test_iterates_are_the_map_again_and_again():
    orbit = henon().iterates(np.zeros((2, 3)), 5)
    assert orbit.shape == (6, 2, 3)
    for before, after in pairwise(orbit):
        np.testing.assert_array_equal(henon().image(before), after)


def test_the_block_map_of_the_gated_network_has_the_multipliers_of_its_derivation():
    tau_c = 0.1
    cycle = limit_cycle(tau_w=1.3, tau_c=tau_c, tau_block=1.0)
    blocks = SmoothMap(lambda w, d, tau_c: block_map(1.0, w, d, tau_w=1.3, tau_c=tau_c, tau_block=1.0)[1:],
                       {"tau_c": tau_c}, scale=1e-4)
    here = np.stack([cycle.w, cycle.d])
    np.testing.assert_allclose(blocks.image(here), here, rtol=1e-10)
    # The map has a kink at its cycle. Beside it, where the bound is reached, the derivative is nearly the same.
    beside = np.stack([cycle.w - 1e-6, cycle.d])
    np.testing.assert_allclose(blocks.multipliers(beside[None]).real,
                               multipliers(tau_w=1.3, tau_c=tau_c, tau_block=1.0), rtol=5e-4)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SmoothMap(lambda x, y: (x, y), dimension=0), "dimension must be an integer between 1 and 20, got 0"),
    (lambda: SmoothMap(lambda x, y: (x, y), dimension=3), "the function must take 3 coordinates"),
    (lambda: SmoothMap(lambda x, y, a: (x, y), {"a": np.nan}), "a must be a number and finite, got nan"),
    (lambda: henon().image(np.zeros(3)), "a point must have 2 coordinates along its first axis"),
    (lambda: henon().image(np.zeros((2, 4)), a=np.ones(3)), "a point of shape (2, 4) does not go with the parameters"),
    (lambda: SmoothMap(lambda x, y: x).image([1.0, 2.0]), "the function must return 2 components"),
    (lambda: cycles(henon(), np.zeros(2)), "starts must have shape (2, S), got (2,)"),
    (lambda: cycles(henon(), GRID, 0), "period must be an integer between 1 and 1000, got 0"),
    (lambda: henon().iterates([0, 0], -1), "steps must be an integer of at least 0, got -1"),
])
def test_what_does_not_fit_is_refused_in_one_line(make, message):
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)
