import doctest

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import gateflow.plane
from gateflow.theory.checks import InputError
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.newton import newton
from gateflow.theory.plane.stability import linearise
from gateflow.theory.plane.system import PlanarSystem

X, Y, A = sp.symbols("x y a")
NUMBERS = st.floats(-3, 3)


def field(x, y, a):
    return np.sin(x * y) + a * x**2, np.exp(-x) * y - a


def exact(x, y, a):
    return np.array([[y * np.cos(x * y) + 2 * a * x, x * np.cos(x * y)], [-np.exp(-x) * y, np.exp(-x)]])


def test_the_example_of_the_namespace_runs():
    assert doctest.testmod(gateflow.plane).failed == 0


@given(x=NUMBERS, y=NUMBERS)
def test_every_way_to_differentiate_gives_the_same_jacobian(x, y):
    symbolic = PlanarSystem.from_sympy((sp.sin(X * Y) + A * X**2, sp.exp(-X) * Y - A), (X, Y), {A: 0.7})
    np.testing.assert_allclose(symbolic.jacobian(x, y), exact(x, y, 0.7), rtol=1e-13, atol=1e-13)
    for analytic, error in ((True, 1e-13), (False, 3e-9)):
        system = PlanarSystem(field, {"a": 0.7}, analytic=analytic)
        np.testing.assert_allclose(system.jacobian(x, y), exact(x, y, 0.7), rtol=error, atol=error * 60)
        np.testing.assert_allclose(system.velocity(x, y), field(x, y, 0.7), rtol=1e-14, atol=1e-14)


def test_differences_are_as_good_as_they_say():
    x = np.linspace(0.5, 3, 50)
    error = np.abs(numeric_jacobian(np.sin, x[None])[:, 0, 0] - np.cos(x))
    h = np.finfo(float).eps ** 0.2
    assert (error <= 1.1 * h**4 / 30 * np.abs(np.cos(x)) + 1e-12).all()
    several = numeric_jacobian(lambda z: np.stack([z[0] * z[1], z[2] ** 2]), np.ones((3, 4, 5)))
    np.testing.assert_allclose(several, np.broadcast_to([[1, 1, 0], [0, 0, 2]], (4, 5, 2, 3)), atol=1e-11)


def test_small_coordinates_need_their_scale():
    fast = PlanarSystem(lambda x, y: (np.sin(1e3 * x), y), scale=(1e-3, 1.0))
    assert fast.jacobian(1e-4, 0)[0, 0] == pytest.approx(1e3 * np.cos(0.1), rel=1e-9)
    assert abs(PlanarSystem(lambda x, y: (np.sin(1e3 * x), y)).jacobian(1e-4, 0)[0, 0] / 995 - 1) > 1e-3


def test_parameters_may_be_arrays_for_one_call():
    system = PlanarSystem(field, {"a": 0.0}, analytic=True)
    a = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(system.velocity(1.0, 2.0, a=a)[1], 2 * np.exp(-1) - a)
    np.testing.assert_allclose(system.jacobian(1.0, 2.0, a=a)[:, 0, 0], 2 * np.cos(2) + 2 * a)
    assert system.replace(a=0.5).velocity(0.0, 0.0).tolist() == [0.0, -0.5]


def test_factors_are_those_of_the_numerator():
    system = PlanarSystem.from_sympy(((X - Y) ** 2 * (X + 1) / (1 + Y**2), A - Y), (X, Y), {"a": 2})
    values = sorted(float(factor(np.array(3.0), np.array(1.0))) for factor in system.vanishing(0))
    assert values == [2.0, 4.0]
    assert [abs(float(factor(np.array(3.0), np.array(1.0)))) for factor in system.vanishing(1)] == [1.0]


def test_text_makes_the_same_system_as_symbols():
    of_text = PlanarSystem.from_sympy(("x*y - a", "x**2 - y"), ("x", "y"), {"a": 1})
    assert of_text.velocity(3.0, 2.0).tolist() == [5.0, 7.0]
    assert of_text.jacobian(3.0, 2.0).tolist() == [[2.0, 3.0], [6.0, -1.0]]


def test_an_absolute_value_is_differentiated_away_from_its_kink():
    kinked = PlanarSystem.from_sympy((sp.Abs(X) * sp.sign(Y) - 1, -Y), (X, Y))
    assert np.abs(kinked.jacobian(-2.0, 3.0) - [[-1, 0], [0, -1]]).max() < 1e-9


@pytest.mark.parametrize(("make", "message"), [
    (lambda: PlanarSystem(field), "the function must take 2 coordinates and the parameters (none)"),
    (lambda: PlanarSystem(field, {"a": 1, "b": 2}), "the function must take 2 coordinates and the parameters a, b"),
    (lambda: PlanarSystem(field, {"a": np.nan}), "parameters['a'] must be a number and finite, got nan"),
    (lambda: PlanarSystem(lambda x, y: (x, y, x)), "the function must return 2 components"),
    (lambda: PlanarSystem(lambda x, y: x), "the function must return 2 components"),
    (lambda: PlanarSystem(lambda x, y: ("a", "b")), "the function must return 2 components"),
    (lambda: PlanarSystem(lambda x, y: (x + 1j, y)), "the function must return real numbers"),
    (lambda: PlanarSystem.from_sympy((sp.I * X, Y), (X, Y)), "the function must return real numbers"),
    (lambda: PlanarSystem.from_sympy(("x*", "y"), (X, Y)), "expression 1' must be an expression, got 'x*'"),
    (lambda: PlanarSystem.from_sympy((X, Y), (X, X)), "variables must be different symbols, got x, x"),
    (lambda: PlanarSystem.from_sympy((X, Y), (X, 2)), "variables must be different symbols, got x, 2"),
    (lambda: PlanarSystem(lambda x, y: (x, y), scale=(0, 1)), "scale must be positive and finite, got 0"),
    (lambda: PlanarSystem(field, {"a": 1}).replace(b=1), "parameter must be one of a, got b"),
    (lambda: PlanarSystem.from_sympy((X * A, Y), (X, Y)), "parameters must give every symbol a value, got none for a"),
    (lambda: PlanarSystem.from_sympy((X,), (X, Y)), "two expressions in two variables are needed, got 1 in 2"),
    (lambda: Box((1, 1), (0, 1)), "x of the box must be two increasing numbers, got (1, 1)"),
    (lambda: Box((0, 1), (0, np.inf)), "y of the box must be between -1e+75 and 1e+75, got inf"),
    (lambda: Box(3, (0, 1)), "x of the box must be two numbers, got 3"),
    (lambda: Walls(x=(2, 1)), "walls in x must be two increasing numbers, got (2, 1)"),
    (lambda: Walls(x=(5, 6)).inside(Box((0, 1), (0, 1))), "walls must leave a part of the box free"),
])
def test_what_does_not_fit_is_refused_in_one_line(make, message):
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_walls_hold_only_what_points_outward():
    walls = Walls(x=(-1, 1))
    points = np.array([[1.0, 5.0], [1.0, 5.0], [-1.0, 0.0], [0.0, 0.0]])
    velocity = np.array([[2.0, 3.0], [-2.0, 3.0], [-2.0, 3.0], [2.0, -3.0]])
    assert walls.hold(points, velocity).tolist() == [[0, 3], [-2, 3], [0, 3], [2, -3]]


@pytest.mark.parametrize(("jacobian", "kind", "stability"), [
    ([[-1, 0], [0, -2]], "node", "stable"), ([[1, 5], [0, 2]], "node", "unstable"),
    ([[-3, 0], [0, -3]], "star", "stable"), ([[2, 1], [0, 2]], "degenerate node", "unstable"),
    ([[-1, 2], [-2, -1]], "focus", "stable"), ([[0.1, 2], [-2, 0.1]], "focus", "unstable"),
    ([[0, 1], [-4, 0]], "centre", "undecided"), ([[1, 0], [0, -1]], "saddle", "unstable"),
    ([[-5, 0], [0, 1e-3]], "saddle", "unstable"), ([[-1, 0], [0, 0]], "non-hyperbolic", "undecided"),
    ([[1, 1], [1, 1]], "non-hyperbolic", "unstable"), ([[0, 0], [0, 0]], "non-hyperbolic", "undecided"),
])
@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_the_jacobian_tells_the_kind_in_any_unit(jacobian, kind, stability, unit):
    other = np.array(jacobian) * np.array([[1, unit], [1 / unit, 1]]) * 3
    found = linearise(jacobian if unit == 1 else other)
    # Whether two equal eigenvalues share all directions depends on nothing but what stands off the diagonal.
    assert (found.kind, found.stability) == (kind, stability)
    np.testing.assert_allclose(found.jacobian @ found.eigenvectors, found.eigenvectors * found.eigenvalues,
                               atol=1e-9 * np.abs(found.jacobian).max())
    assert (np.diff(found.eigenvalues.real) >= 0).all()


def test_newton_goes_straight_to_a_line_of_roots_and_doubles_its_digits_at_a_simple_one():
    def both(z, _):
        return np.stack([z[0] - z[1], 2 * z[0] - 2 * z[1]])

    def slope(z, _):
        return np.broadcast_to([[1.0, -1.0], [2.0, -2.0]], (z.shape[1], 2, 2))

    roots = newton(both, slope, np.array([[0.05, 0.1], [0.0, 0.0]]), np.ones(2))
    np.testing.assert_allclose(roots.points, [[0.025, 0.05], [0.025, 0.05]], atol=1e-15)

    def cubic(z, _):
        return z**3 - 2

    errors = [abs(newton(cubic, lambda z, _: (3 * z**2)[0][:, None, None], np.array([[1.3]]), np.ones(1),
                         most=k).points[0, 0] - 2 ** (1 / 3)) for k in (1, 2, 3)]
    assert np.log(errors[2] / errors[1]) / np.log(errors[1] / errors[0]) == pytest.approx(2, abs=0.1)
