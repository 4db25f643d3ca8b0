import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Linearise
from gateflow.theory.proofs.context import Context
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.matrices import STRUCTURES, draw, evaluate, numeric
from gateflow.theory.proofs.values import DerivationError

P, J = sp.symbols("P J", integer=True, positive=True)
a = sp.Symbol("a", positive=True)
Y, S = sp.MatrixSymbol("Y", P, J), sp.MatrixSymbol("S", J, J)
c, t, e = sp.MatrixSymbol("c", P, 1), sp.MatrixSymbol("t", 1, J), sp.MatrixSymbol("e", 1, J)
VARIABLES = (Variable(P, "rows", 1, 3), Variable(J, "columns", 2, 4), Variable(a, "a number"), Variable(Y, "Y", -1, 1),
             Variable(S, "S", -1, 1, structure="symmetric"), Variable(c, "c"), Variable(t, "t"))
ERROR = t - c.T * Y
LOSS = sp.Trace(ERROR * S * ERROR.T) / 2


def build(*steps, variables=VARIABLES, conditions=()):
    return Derivation("name", "title", "source", "summary", variables, steps, "result", "test", conditions)


RIGHT = [
    Rewrite("", (Y * S * Y.T).T, Y * S * Y.T),
    Rewrite("", sp.Trace(Y * Y.T), sp.Trace(Y.T * Y)),
    Substitute("", ERROR, t - 2 * c.T * Y, replace={c: 2 * c}),
    Substitute("", c.T * Y - t, -t, replace={c: sp.ZeroMatrix(P, 1)}),
    Differentiate("", LOSS, -c * ERROR * S, variable=Y),
    Differentiate("", LOSS, -Y * S * ERROR.T, variable=c),
    Differentiate("", a**2 * Y, 2 * a * Y, variable=a),
    Along("", Y * Y.T, a * (c * t * Y.T + Y * t.T * c.T), flow={Y: a * c * t}),
    Along("", a * sp.Trace(Y * Y.T), sp.Trace(Y * Y.T) + 2 * a * sp.Trace(c * t * Y.T), flow={Y: c * t, a: 1}),
    Linearise("", Y * t.T - sp.Trace(c.T * c) * c, -2 * a * sp.Trace(c.T * c) * c - sp.Trace(c.T * c) * a * c,
              variables=(c,), around=(c,), perturbations=(a * c,)),
    Bound("", sp.Trace(Y * Y.T), sp.Integer(0), sharp={Y: sp.ZeroMatrix(P, J)}),
]
DOUBLED = [type(step)(**{**vars(step), "after": 2 * step.after}) for step in RIGHT[:-1]]


@pytest.mark.parametrize("step", RIGHT)
def test_a_right_step_on_matrices_of_any_size_is_built(step):
    assert str(build(step).checks[0]) in ("random rational matrices of 8 random sizes, exactly",
                                          "8 random points of 40 digits", "48 random points of 40 digits")
    left, _, right = step.claim()
    for side in (left, right):
        assert sp.latex(side)
        assert sp.mathml(side, printer="presentation")


@pytest.mark.parametrize("step", [
    *DOUBLED, Rewrite("", Y * S * Y.T, Y * Y.T), Rewrite("", t * Y.T, (t * Y.T).T), Rewrite("", Y, Y.T),
    Bound("", sp.Trace(Y * Y.T) - 10, sp.Integer(0), sharp={Y: sp.ZeroMatrix(P, J)}),
    Bound("", sp.Trace(Y * Y.T) + 1, 0, sharp={Y: sp.ZeroMatrix(P, J)}),
])
def test_a_wrong_step_on_matrices_is_refused(step):
    with pytest.raises(DerivationError, match=r"name, step 1 .*P = \d"):
        build(step)


def test_without_its_structure_a_matrix_is_any():
    free = [v if v.symbol != S else Variable(S, "S", -1, 1) for v in VARIABLES]
    with pytest.raises(DerivationError, match="not equal"):
        build(RIGHT[4], variables=free)


def test_a_defined_matrix_is_written_out_and_agrees_with_its_function():
    good = Definition("", e, ERROR, agrees=lambda t, c, Y, **_: t - c.T @ Y)
    seen = build(good, Differentiate("", sp.Trace(e * e.T) / 2, -Y * e.T, variable=c))
    assert seen.checks[0].points == 8
    with pytest.raises(DerivationError, match=r"e := .* but its function gives"):
        build(Definition("", e, ERROR, agrees=lambda t, c, Y, **_: t + c.T @ Y), Rewrite("", e, ERROR))
    with pytest.raises(DerivationError, match="not of one shape"):
        build(Definition("", e, ERROR.T), Rewrite("", e, ERROR))


def test_conditions_restrict_sizes():
    context = Context(VARIABLES, (Condition(sp.Gt(P, 2), "more than two rows"),))
    assert {point[P] for point in context.points({Y}, 5)} == {3}
    assert len({point[Y].shape for point in Context(VARIABLES).points({Y}, 20)}) == 9


def test_what_is_drawn_has_its_structure(rng):
    for structure in STRUCTURES:
        for size in (1, 2, 4):
            x = draw(rng, (size, size), sp.Integer(-1), sp.Integer(1), structure)
            assert all(entry.is_Rational for entry in x)
            assert structure == "general" or size == 1 or x != draw(rng, (size, size), -1, 1, structure)
            if structure in ("symmetric", "projector"):
                assert x == x.T
            if structure == "projector":
                assert x * x == x
            if structure == "orthonormal":
                assert x.T * x == sp.eye(size)
    with pytest.raises(InputError, match="structure must be one of general, symmetric, projector, orthonormal"):
        draw(rng, (2, 2), -1, 1, "round")


@pytest.mark.parametrize("expression", [
    LOSS, ERROR, a * Y * S.inverse() * Y.T + sp.Identity(P), sp.Trace(Y * Y.T) * c * sp.OneMatrix(1, J) / sp.sqrt(a),
    sp.sqrt(sp.Trace(c.T * c)), sp.DiagMatrix(c) * Y, (a + 2) * Y * t.T, sp.ZeroMatrix(P, J) + Y])
def test_numbers_follow_the_exact_values_over_leading_axes(expression, rng):
    context = Context(VARIABLES)
    points = [point for point in context.points({*expression.free_symbols, Y, S}, 40)
              if (point[P], point[J]) == (2, 3)][:2]
    values = {symbol: np.stack([np.array(point[symbol], dtype=float) for point in points]) for symbol in points[0]
              if not symbol.is_integer}
    expected = np.stack([np.array(evaluate(expression, point), dtype=float) for point in points])
    np.testing.assert_allclose(numeric(expression, values), expected, atol=1e-12)


def test_the_result_is_a_function_of_arrays(rng):
    function = build(Rewrite("", ERROR, t - c.T * Y)).result.function()
    y, gates, target = rng.standard_normal((5, 2, 3)), rng.standard_normal((5, 2, 1)), rng.standard_normal((1, 3))
    np.testing.assert_allclose(function(y, gates, target), target - np.swapaxes(gates, 1, 2) @ y)
    assert "Y: Y, array (..., P, J), in units of 1" in function.__doc__
    assert "Returns an array (..., 1, J)" in function.__doc__


@pytest.mark.parametrize(("matrix", "value"), [
    (sp.ZeroMatrix(P, J), 0), (sp.OneMatrix(P, J), a * P * J), (2 * sp.OneMatrix(P, J), 4 * a * P * J)])
def test_a_constant_matrix_is_put_into_what_a_symbol_stands_for(matrix, value):
    size = sp.Symbol("L", real=True)
    defined = Definition("", size, a * sp.Trace(Y * Y.T))
    made = build(defined, Substitute("", size, value, replace={Y: matrix}))
    assert made.steps[1].claim()[0].free_symbols
    with pytest.raises(DerivationError, match="not equal"):
        build(defined, Substitute("", size, value + 1, replace={Y: matrix}))
    with pytest.raises(DerivationError, match="not of one shape"):
        build(defined, Substitute("", size, sp.Integer(2), replace={Y: sp.eye(2)}))
