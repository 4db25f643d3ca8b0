import numpy as np
import pytest
import sympy as sp
from scipy import special

from gateflow.theory.checks import InputError
from gateflow.theory.plane.expressions import Equations, flow, smooth_map

X, Y = sp.symbols("x y")
NAMES = ("beta", "gamma", "E", "I", "S", "N", "lambda", "zeta", "pi", "Q", "C", "O")


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_is_the_users_whatever_sympy_calls_so(name):
    system = Equations.of(f"x' = {name}*x + gamma(x), y' = -y*{name}").flow({name: 0.25})
    x = np.array([0.3, 1.7])
    np.testing.assert_allclose(system.velocity(x, 2.0), [0.25 * x + special.gamma(x), [-0.5, -0.5]], rtol=1e-14)
    np.testing.assert_allclose(system.jacobian(1.7, 2.0), [[0.25 + special.gamma(1.7) * special.digamma(1.7), 0],
                                                           [0, -0.25]], rtol=1e-12)
    of_text = flow((f"{name}*x", "-y"), ("x", "y"), {name: 0.25})
    assert of_text.velocity(2.0, 1.0).tolist() == [0.5, -1.0]


@pytest.mark.parametrize(("text", "function"), [
    ("erf(x)", special.erf), ("gamma(x)", special.gamma), ("besselj(1, x)", lambda x: special.jv(1, x)),
    ("LambertW(x)", lambda x: special.lambertw(x).real), ("polygamma(1, x)", lambda x: special.polygamma(1, x)),
    ("zeta(x + 2)", lambda x: special.zeta(x + 2)), ("floor(3*x)", lambda x: np.floor(3 * x)),
    ("Mod(5*x, 2)", lambda x: (5 * x) % 2), ("5*x % 2", lambda x: (5 * x) % 2),
    ("atan2(x, -1)", lambda x: np.arctan2(x, -1)),
    ("polylog(2, x)", lambda x: special.spence(1 - x)), ("Max(0.5, x)", lambda x: np.maximum(0.5, x)),
    ("abs(x - 0.5)^1.5", lambda x: np.abs(x - 0.5) ** 1.5), ("elliptic_k(x)", special.ellipk),
    ("airyai(x)", lambda x: special.airy(x)[0]), ("Si(x)", lambda x: special.sici(x)[0]),
    ("where(And(x > 0.4, a > y), x, y)", lambda x: np.where(x > 0.4, x, 0.2)),
    ("Piecewise((x, Or(x > 0.4, a < y)), (y, True))", lambda x: np.where(x > 0.4, x, 0.2)),
    ("heaviside(x - 0.4)", lambda x: np.heaviside(x - 0.4, 0.5))])
def test_what_scipy_or_mpmath_know_works_on_numbers_and_arrays(text, function):
    system = Equations.of(f"x' = {text}, y' = -a*y").flow({"a": 1.0})
    x = np.array([[0.11, 0.37], [0.63, 0.91]])
    np.testing.assert_allclose(system.velocity(x, 0.2)[0], function(x), rtol=1e-12, atol=1e-15)
    assert float(system.function(0.63, 0.2, a=1.0)[0]) == pytest.approx(float(function(0.63)), rel=1e-12)
    step = 1e-6
    slope = (system.velocity(x + step, 0.2) - system.velocity(x - step, 0.2))[0] / (2 * step)
    np.testing.assert_allclose(system.jacobian(x, 0.2)[..., 0, 0], slope, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("text", ["x' = y, y' = -x", "dx/dt = y; dy/dt = -x", "x' = y\ny' = −x", "x ' =y,y'=-(x)"])
def test_equations_are_read_as_they_are_written(text):
    assert Equations.of(text).flow({}).velocity(2.0, 3.0).tolist() == [3.0, -2.0]


def test_maps_are_read_too_and_numbers_are_exact():
    henon = Equations.of("x -> 1 - a*x**2 + y, y -> b*x").map({"a": 1.4, "b": 0.3})
    assert henon.image([0.5, 0.1]).tolist() == [1 - 1.4 * 0.25 + 0.1, 0.15]
    np.testing.assert_allclose(henon.jacobian([0.5, 0.1]), [[-1.4, 1], [0.3, 0]])
    assert henon.names == ("x", "y")
    assert smooth_map(("r*x*(1 - x)",), ("x",), {"r": 2}).image([0.25]).tolist() == [0.375]
    assert Equations.of("x' = 0.1*x, y' = 2e-3*y").expressions[0] == X / 10


@pytest.mark.parametrize(("text", "values", "message"), [
    ("x = y", {}, "an equation must read x' = …, dx/dt = … or x -> …, got 'x = y'"),
    ("x' = y, x' = x", {}, "equations must be one for each variable, got them for x, x"),
    ("x' = a*x, y' = b", {"a": 1}, "parameters must all have a value, got none for b"),
    ("x' = x, y' = y", {"a": 1}, "parameters must be of (none), got a"),
    ("x' = foo(x), y' = y", {}, "x' must call functions that SymPy knows, got 'foo'"),
    ("x' = x.real, y' = y", {}, "x' must have only numbers, names, functions and operators, got '.'"),
    ("x' = __import__('os'), y' = y", {}, "x' must call functions that SymPy knows, got '__import__'"),
    ("x' = x*, y' = y", {}, "x' must be an expression, got 'x*'"),
    ("x' = x and y, y' = y", {}, "x' must say And(…), Or(…) and Not(…), got 'and'"),
    ("x' = x > y, y' = y", {}, "x' must be an expression, got 'x > y'"),
    ("x' = 2j*x, y' = y", {}, "x' must have only numbers"),
    ("x' = x", {}, "two expressions in two variables are needed, got 1 in 1")])
def test_what_cannot_be_read_is_refused_in_one_line(text, values, message):
    with pytest.raises(InputError) as refused:
        Equations.of(text).flow(values)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_what_divides_by_a_parameter_of_0_is_infinite_not_an_error():
    system = Equations.of("x' = x/(a - 1), y' = -y").flow({"a": 1.0})
    with np.errstate(divide="ignore"):
        assert np.isinf(system.function(1.0, 1.0, a=system.parameters["a"])[0])


@pytest.mark.parametrize(("text", "message"), [
    ("9**9**9**9", "x' must have powers that double precision has, got one of size exp(8.51e+08)"),
    ("9**-9**9**9", "x' must have powers that double precision has"),
    ("1e999999999", "x' must have numbers that double precision has, got 1e999999999"),
    ("1e-999999999", "x' must have numbers that double precision has"),
    ("factorial(10**9)", "x' must call factorial with numbers of at most 170, got 1000000000"),
    ("legendre(10**6, x)", "x' must call legendre with numbers of at most 170"),
    ("floor(exp(10**10))", "x' must call exp with numbers of at most 700"),
    ("(" * 3000 + "x" + ")" * 3000, "x' must be an expression, got '(((("),
    ("+".join(["x"] * 600), "x' must have at most 200 levels of brackets and operators"),
    ("x/0", "x' must have a value, got 'x/0'"),
    ("0 < x < 1", "x' must be an expression, got '0 < x < 1': comparisons")])
def test_what_no_number_has_room_for_is_refused_at_once(text, message):
    with pytest.raises(InputError) as refused:
        Equations.of(f"x' = {text}, y' = x")
    assert str(refused.value).startswith(message)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(("text", "value"), [
    ("(x + 1)**100000", np.inf), ("(x + y)**3000*(x - y)**2", 0.0), ("x**9**9", 0.0), ("2**1000", 2.0**1000),
    ("(x + 2)**(1/3)", 2.3 ** (1 / 3)), ("Piecewise((x, x > 0), (0, True))", 0.3), ("log(1e300)", np.log(1e300))])
def test_large_powers_that_have_numbers_are_no_burden(text, value):
    velocity = Equations.of(f"x' = {text}, y' = x").flow({}).velocity(0.3, 0.2)
    np.testing.assert_allclose(velocity, [value, 0.3], rtol=1e-12)
