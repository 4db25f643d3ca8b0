import pytest
import sympy as sp

from gateflow.theory.proofs.calculus import Linearise
from gateflow.theory.proofs.values import DIGITS, DerivationError, number_at

x, y = sp.symbols("x y", positive=True)


@pytest.mark.parametrize("expression", [
    sp.sqrt(x) + sp.log(1 + sp.sinh(x * y)), sp.Integral(sp.exp(-(x**2)), (x, 0, y)), sp.besselj(1, x),
    sp.Rational(1, 3), sp.Max(x, y) + sp.coth(x), sp.sqrt(-x)])
def test_values_have_all_their_digits(expression):
    point = {x: sp.Rational(7, 3), y: sp.Rational(1, 5)}
    here = {symbol: point[symbol] for symbol in expression.free_symbols}
    assert abs(number_at(expression, here) - sp.N(expression.subs(here), DIGITS + 10)) < sp.Float(10) ** (3 - DIGITS)


def test_cancelling_digits_are_made_up_for():
    expression = sp.cosh(x) ** 2 - sp.sinh(x) ** 2 - 1
    assert abs(number_at(expression, {x: sp.Integer(20)})) < sp.Float("1e-35")


@pytest.mark.parametrize("expression", [1 / (x - 1), sp.log(x - 1)])
def test_an_expression_without_a_value_is_refused(expression):
    with pytest.raises(DerivationError, match="has no value at x = 1"):
        number_at(expression, {x: sp.Integer(1)})


def test_a_discrete_linearisation_shows_what_becomes_of_a_perturbation():
    step = Linearise("", x**2, 2 * x * y, "", (x,), (x,), (y,), discrete=True)
    assert step.claim()[0] == sp.Matrix([sp.Symbol("y'")])
