import pytest
import sympy as sp

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.printers import linear, width
from gateflow.figures.derivations.tidy import Root, rows, tidy

x, y, z = sp.symbols("x y z", real=True)
a, b = sp.symbols("a b", positive=True)
PLAIN = Notation()
POINT = {x: sp.Rational(3, 7), y: -sp.Rational(5, 3), z: sp.Rational(11, 13), a: sp.Rational(2, 9),
         b: sp.Rational(17, 5)}
NAMES = {str(symbol): symbol for symbol in POINT}
EXPRESSIONS = [
    1 / sp.sqrt(2 * a * b), sp.sqrt(a / (2 * b)), x * sp.sqrt(2) / 4, 3 * sp.sqrt(a) * sp.sqrt(b) * y / sp.sqrt(6),
    sp.exp(-sp.sqrt(a) / sp.sqrt(b)) * x, sp.sinh(x / (sp.sqrt(a) * sp.sqrt(b))), sp.sqrt(x**2 + 1) * sp.sqrt(a),
    sp.Add(x, sp.Add(y, z, evaluate=False), evaluate=False), -sp.sqrt(a) * x, a ** sp.Rational(3, 2), (x + y) ** -2,
    sp.Mul(2, x + y, evaluate=False), sp.Piecewise((x, x > 0), (sp.sqrt(a) * sp.sqrt(b), True)),
    sp.sqrt(a) + sp.sqrt(b), x * (a / b) ** sp.Rational(1, 4), (a / b) ** sp.Rational(1, 4) * sp.sqrt(a)]


def plain(value):
    return value.replace(lambda part: isinstance(part, Root), lambda root: root.doit())


@pytest.mark.parametrize("value", EXPRESSIONS, ids=str)
def test_tidying_keeps_the_value(value):
    assert abs(sp.N((plain(tidy(value)) - value).subs(POINT), 30)) < 1e-25


def test_roots_are_in_one_piece():
    assert linear(tidy(1 / sp.sqrt(2 * a * b)), PLAIN) == "1/√(2*a*b)"
    assert tidy(sp.sqrt(a / (2 * b))) == Root(a / (2 * b))
    assert tidy(sp.sqrt(x**2 + 1)) == sp.sqrt(x**2 + 1)


@pytest.mark.parametrize("value", [
    sp.expand((x + y + z) ** 5), sp.expand((x - y) ** 4) * (sp.expand((z - 1) ** 3) + x) / (2 * a),
    -(sp.expand((x + y) ** 6)) / b, x - sp.expand((y - z) ** 5) * (x + 2), -sp.Add(x, y, z) * (x - y) * sp.exp(z),
    sp.sqrt(sp.expand((x + y) ** 6) + 40),
    3 * sp.Pow(sp.expand((x + y) ** 5) - z, 2, evaluate=False)])
@pytest.mark.parametrize("limit", [20, 40, 80])
def test_lines_of_a_long_expression_add_up_to_it(value, limit):
    signs = {"−": "-", "·": "*", "+": "+", "": ""}
    text = ""
    for row in rows(value, lambda part: width(part, PLAIN), limit):
        part = "" if row.part is None else str(row.part)
        # A leading factor multiplies the parenthesis that it opens.
        times = "*" if row.after.startswith("(") and part else ""
        after = row.after.replace("^½", "**(1/2)").replace("²", "**2")
        text += signs[row.operator] + (f"({part})" if row.fenced else part) + times + after
    assert abs(sp.N((sp.sympify(text, locals=NAMES) - value).subs(POINT), 30)) < 1e-20


def test_what_fits_stays_on_one_line():
    assert len(rows(x + y, lambda part: width(part, PLAIN), 10)) == 1
