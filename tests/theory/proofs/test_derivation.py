"""The engine: right steps are recorded with how they were checked, wrong ones cannot be built."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Evolve, Integrate, Limit, Linearise, Series
from gateflow.theory.proofs.context import Context
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.values import DerivationError

x, y, a, q = sp.symbols("x y a q", real=True)
t = sp.Symbol("t", positive=True)
k = sp.Symbol("k", positive=True)
VARIABLES = (Variable(x, "x", -2, 2), Variable(y, "y", -2, 2), Variable(a, "a", 0.1, 2, domain="positive"),
             Variable(t, "t", 0, 2))
CONTEXT = Context(VARIABLES)
RIGHT = {
    "rewrite": Rewrite("s.", (x + y) ** 2, x**2 + 2 * x * y + y**2),
    "matrix": Rewrite("s.", sp.Matrix([[x + x, y]]), sp.Matrix([[2 * x, y]])),
    "substitute": Substitute("s.", x + y, 3 * y, replace={x: 2 * y}),
    "differentiate": Differentiate("s.", x**2 * y, 2 * x * y, variable=x),
    "integrate": Integrate("s.", sp.exp(a * x), (sp.exp(a * t) - 1) / a, variable=x, lower=0, upper=t),
    "solve": Solve("s.", x**2 - 2 * x * y + y**2, y, unknown=x),
    "evolve": Evolve("s.", sp.Matrix([y, x]), sp.Matrix([sp.sinh(t), sp.cosh(t)]), unknowns=(x, y), time=t,
                     start=(0, 1)),
    "limit": Limit("s.", sp.sin(a * x) / x, a, variable=x),
    "limit at infinity": Limit("s.", (2 * x + a) / (x + 1), sp.Integer(2), variable=x, point=sp.oo),
    "series": Series("s.", sp.exp(x), 1 + x + x**2 / 2, variable=x, order=3),
    "linearise": Linearise("s.", sp.Matrix([x * y, x**2]), sp.Matrix([a * t, 0]), variables=(x, y), around=(0, a),
                           perturbations=(t, a)),
    "conserved": Along("s.", x**2 + y**2, sp.Integer(0), flow={x: y, y: -x}),
    "rate": Along("s.", x * y, y**2 + x**2, flow={x: y, y: x}),
    "bound": Bound("s.", x**2 + y**2, 2 * x * y),
}
WRONG = {
    "rewrite": Rewrite("s.", (x + y) ** 2, x**2 + y**2),
    "matrix": Rewrite("s.", sp.Matrix([[x, y]]), sp.Matrix([[x, 2 * y]])),
    "substitute": Substitute("s.", x + y, 2 * y, replace={x: 2 * y}),
    "differentiate": Differentiate("s.", x**2 * y, x * y, variable=x),
    "integrate, wrong value": Integrate("s.", sp.exp(a * x), sp.exp(a * t) - 1, variable=x, lower=0, upper=t),
    "integrate, wrong constant": Integrate("s.", sp.exp(a * x), sp.exp(a * t) / a, variable=x, lower=0, upper=t),
    "solve": Solve("s.", x**2 - y, y, unknown=x),
    "evolve, wrong equation": Evolve("s.", sp.Matrix([y, -x]), sp.Matrix([sp.sinh(t), sp.cosh(t)]), unknowns=(x, y),
                                     time=t, start=(0, 1)),
    "evolve, wrong start": Evolve("s.", sp.Matrix([y, x]), sp.Matrix([sp.sinh(t), sp.cosh(t)]), unknowns=(x, y),
                                  time=t, start=(1, 0)),
    "limit": Limit("s.", sp.sin(a * x) / x, 2 * a, variable=x),
    "limit at infinity": Limit("s.", (2 * x + a) / (x + 1), sp.Integer(1), variable=x, point=sp.oo),
    "series": Series("s.", sp.exp(x), 1 + x - x**2 / 2, variable=x, order=3),
    "linearise": Linearise("s.", sp.Matrix([x * y]), sp.Matrix([2 * a * t]), variables=(x, y), around=(0, a),
                           perturbations=(t, a)),
    "conserved": Along("s.", x**2 - y**2, sp.Integer(0), flow={x: y, y: -x}),
    "bound": Bound("s.", x * y, x**2),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_step_passes(kind):
    assert RIGHT[kind].verify(CONTEXT).method in ("algebra", "points")


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_step_is_refused(kind):
    with pytest.raises(DerivationError):
        WRONG[kind].verify(CONTEXT)


def test_the_error_shows_both_sides_and_a_counterexample():
    with pytest.raises(DerivationError, match=r"not equal: 2\*x = -?\d.* but 3\*x = -?\d.* at x = -?\d"):
        CONTEXT.equal(2 * x, 3 * x)


def test_what_algebra_can_show_is_told_from_what_points_show():
    assert CONTEXT.equal(sp.sin(x) ** 2 + sp.cos(x) ** 2, 1).method == "algebra"
    hard = sp.besselj(0, a) * sp.bessely(1, a) - sp.besselj(1, a) * sp.bessely(0, a)
    check = CONTEXT.equal(hard.subs(a, a + 1) * (a + 1), -2 / sp.pi)
    assert check.method == "points"
    assert check.points >= 20


def test_points_keep_the_conditions():
    context = Context(VARIABLES, (Condition(x > 1.5, "x is large"),))
    assert all(point[x] > 1.5 for point in context.points({x}))
    context.at_least(x, sp.Rational(3, 2))
    with pytest.raises(DerivationError, match="is below"):
        CONTEXT.at_least(x, sp.Rational(3, 2))


def test_conditions_that_nothing_satisfies_are_an_error():
    with pytest.raises(DerivationError, match=r"only 0 of 1000 random points satisfy .*: x is huge \(x > 5\)"):
        list(Context(VARIABLES, (Condition(x > 5, "x is huge"),)).points({x}))


def test_an_undeclared_symbol_is_an_error():
    with pytest.raises(DerivationError, match="symbols without a declared range: z"):
        CONTEXT.equal(sp.Symbol("z"), sp.Symbol("z") + 1)


def test_a_nan_is_not_equal_to_anything():
    with pytest.raises(DerivationError, match="has no value"):
        CONTEXT.equal(x / (y - y * x / x), x)


def build(*steps, conditions=()):
    return Derivation(name="probe", title="Probe", source="ours", summary="A probe.", variables=VARIABLES, steps=steps,
                      result_name="what comes out", test="tests/sim/none.py::none", conditions=conditions)


def test_a_derivation_ends_in_a_function():
    made = build(Definition("s.", q, x + y), Rewrite("s.", q**2, x**2 + 2 * x * y + y**2))
    assert [variable.symbol for variable in made.result.arguments] == [x, y]
    function = made.result.function()
    np.testing.assert_allclose(function(np.array([[1.0], [2.0]]), np.array([3.0, 4.0])), [[16, 25], [25, 36]])
    assert "x: x, array of any shape" in function.__doc__


def test_a_wrong_step_names_its_place():
    with pytest.raises(DerivationError, match=r"probe, step 2 \(rewrite: wrong.\): not equal"):
        build(RIGHT["rewrite"], Rewrite("wrong.", x, y))


@pytest.mark.parametrize(("steps", "message"), [
    ((Definition("s.", q, x + y), Rewrite("s.", x, x)), "defines q and never uses it"),
    ((Definition("s.", x, y), Rewrite("s.", x, y)), "x is already in use"),
    ((Definition("s.", k, x**2 + 1), Definition("s.", k, y), Rewrite("s.", k, y)), "k is already in use"),
    ((Definition("s.", k, -a), Rewrite("s.", k**2, a**2)), "k is declared positive but -a = -.* is not at a = "),
    ((Definition("s.", q, x, agrees=lambda x: 2 * x), Rewrite("s.", q, x)), "q := .* but its function gives"),
    ((Solve("s.", x * (1 + y), sp.Integer(0), unknown=x),), "has not been derived or defined before"),
    ((Along("s.", x**2 * y**2, sp.Integer(0), flow={x: x, y: -y}),), "has not been derived or defined before"),
    ((Rewrite("s.", x + x, 2 * x), Bound("s.", x**2, sp.Integer(0))), "has not been derived or defined before"),
])
def test_loose_ends_are_refused(steps, message):
    with pytest.raises(DerivationError, match=message):
        build(*steps)


@pytest.mark.parametrize(("change", "message"), [
    ({"steps": ()}, "probe must have a step at least"), ({"steps": (1,)}, r"steps of probe must be a tuple of Steps"),
    ({"steps": RIGHT["rewrite"]}, r"steps of probe must be a tuple of Steps"),
    ({"conditions": Condition(x > 1, "large")}, "conditions of probe must be a tuple of Conditions"),
    ({"conditions": (Condition(q > 1, "large"),)}, "probe must declare what it assumes something of, got q in 'large'"),
    ({"variables": (*VARIABLES, Variable(x, "again"))}, "probe must declare each symbol once, got x twice"),
])
def test_parts_that_do_not_fit_are_named(change, message):
    with pytest.raises(InputError, match=message):
        replace(build(RIGHT["rewrite"]), **change)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Variable("x", "x"), "symbol must be a symbol of SymPy, got 'x'"),
    (lambda: Variable(x, "x", 2, 1), "high of x must be above low, got 2 to 1"),
    (lambda: Variable(x, "x", 1, np.inf), "high of x must be a number and finite"),
    (lambda: Variable(k, "k", -1, 1), "low of k must fit a symbol that is positive, got -1"),
    (lambda: Condition(x == y, "equal"), "relation must be one of SymPy .* got False for 'equal'"),
    (lambda: Condition(x, "x"), "relation must be one of SymPy .* got x for 'x'"),
    (lambda: Condition(k < 0, "never"), "relation must be one of SymPy .* got False for 'never'"),
    (lambda: Rewrite("s.", "x", x), "before of 's.' must be an expression of SymPy, got 'x'"),
    (lambda: Rewrite("s.", sp.FiniteSet(x), sp.FiniteSet(y)), "before of 's.' must be an expression of SymPy"),
    (lambda: Rewrite("s.", sp.Lambda(x, x), sp.Lambda(x, 2 * x)), "before of 's.' must be an expression of SymPy"),
    (lambda: Rewrite("s.", sp.Matrix(0, 2, []), sp.Matrix(0, 2, [])), "before of 's.' must have entries"),
    (lambda: replace(build(RIGHT["rewrite"]), name="../elsewhere"), "name of a derivation must be of letters"),
    (lambda: build(RIGHT["rewrite"]).result(x="two", y=1), "x must be an array of numbers, got str"),
    (lambda: build(RIGHT["rewrite"]).result(x=[1, 2], y=[1, 2, 3]), r"shapes must fit .* x \(2,\), y \(3,\)"),
    (lambda: Limit("s.", x, x), "variable of 's.' must be given"),
    (lambda: Evolve("s.", x, x, unknowns=(x,), time=t), "start of 's.' must be given"),
])
def test_bad_input_is_named(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(("step", "message"), [
    (Limit("s.", a / x, a, variable=x), r"not equal: a/x = \d.* but a = \d.* at x = \d.*: as x → 0 the .* does not "),
    (Limit("s.", 1 / x, sp.oo, variable=x), "oo is not finite"),
    (Series("s.", sp.exp(x), 1 + x, variable=x, order=3), r"not equal: exp\(x\) = .* with order [12].* instead of 3"),
    (Evolve("s.", sp.Matrix([x]), sp.Matrix([x, y]), unknowns=(x,), time=t, start=(0,)), "1 unknowns, .* 2 solutions"),
    (Evolve("s.", x, x, unknowns=x, time=t, start=(0,)), "unknowns and start must be tuples"),
    (Rewrite("s.", sp.Matrix([x, y]), sp.Matrix([x, 2 * y])), r"not equal: y = -?\d.* but 2\*y = "),
    (Rewrite("s.", sp.Matrix([x, y]), sp.Matrix([x])), "not of one shape"),
])
def test_what_is_wrong_is_said(step, message):
    with pytest.raises(DerivationError, match=message):
        step.verify(CONTEXT)


def test_a_limit_may_lie_at_minus_infinity():
    assert Limit("s.", sp.exp(x) + a, a, variable=x, point=-sp.oo).verify(CONTEXT).points


def test_a_symbol_of_other_assumptions_is_pointed_out():
    with pytest.raises(DerivationError, match="x; the x that is declared is another symbol"):
        CONTEXT.equal(sp.Symbol("x", positive=True), 1)


def test_definitions_may_rest_on_each_other():
    inner, outer = sp.symbols("inner outer")
    made = build(Definition("s.", inner, x + 1), Definition("s.", outer, inner**2),
                 Rewrite("s.", outer, x**2 + 2 * x + 1))
    assert made.result.expression == x**2 + 2 * x + 1


def test_a_step_begins_at_what_a_definition_stands_for():
    written = Rewrite("s.", x**2 * y + y, y * (x**2 + 1))
    assert build(Definition("s.", q, x**2 + 1), Rewrite("s.", q * y, y * q), written).result.expression == written.after
    with pytest.raises(DerivationError, match="stands in no earlier step"):
        build(Definition("s.", q, x**2 + 2), Rewrite("s.", q * y, y * q), written)


def test_the_same_points_every_time():
    assert list(CONTEXT.points({x, y})) == list(CONTEXT.points({y, x}))


def test_a_step_begins_where_an_earlier_one_ended_or_says_from_where_it_comes():
    path = x + (y - x) * sp.exp(-t / a)
    wrong = x + (y + x) * sp.exp(-t / a)
    solved = Evolve("s.", (x - k) / a, path, unknowns=(k,), time=t, start=(y,))
    end = Limit("s.", wrong, x, variable=t, point=sp.oo)
    with pytest.raises(DerivationError, match="stands in no earlier step"):
        build(solved, end)
    assert build(solved, replace(end, origin="elsewhere")).checks[1].method == "points"
    assert build(solved, replace(end, before=path)).checks[1].method == "points"


def test_ranges_follow_from_assumptions_and_one_sign_must_be_said():
    free, positive = Variable(x, "x"), Variable(k, "k")
    assert (free.low, free.high, positive.low) == (-2, 2, 0.1)
    with pytest.raises(DerivationError, match=r"not equal: Abs\(x\)"):
        Context((free,)).equal(sp.Abs(x), x)
    with pytest.raises(InputError, match="domain of x must be given for a range of one sign"):
        Variable(x, "x", 0.1, 2)
    assert Context((Variable(x, "x", 0.1, 2, domain="positive"),)).equal(sp.Abs(x), x)


def test_a_symbol_hidden_in_a_definition_is_replaced_too():
    with pytest.raises(DerivationError, match="not equal"):
        build(Definition("s.", q, x**2), Substitute("s.", q + y, q + y, replace={x: y}))
    made = build(Definition("s.", q, x**2), Substitute("s.", q + y, y**2 + y, replace={x: y}))
    assert made.result.expression == y**2 + y


def test_what_is_defined_cannot_be_varied():
    with pytest.raises(DerivationError, match="q cannot be varied"):
        build(Definition("s.", q, x**2), Differentiate("s.", q * y, y, variable=q))


def test_conditions_broadcast_and_branches_not_taken_are_silent(recwarn):
    value = sp.Piecewise((sp.log(x) + y, sp.And(x > 0, y > 0)), (sp.sqrt(-x), x < 0), (sp.Integer(0), True))
    function = build(Rewrite("s.", value, value)).result.function()
    found = function(np.array([[1.0], [-4.0]]), np.array([2.0, -1.0, 3.0]))
    np.testing.assert_allclose(found, [[2, 0, 3], [2, 2, 2]])
    np.testing.assert_allclose(function(y=2.0, x=1.0), 2)
    assert not recwarn.list
    with pytest.raises(TypeError, match="takes x, y, got"):
        function(1.0)


def test_reprs_are_short_and_jupyter_sees_formulas():
    made = build(Definition("s.", q, x + y), Rewrite("square.", q**2, x**2 + 2 * x * y + y**2))
    assert repr(made) == "<Derivation probe: 2 checked steps, result what comes out>"
    assert repr(made.steps[1]) == "<rewrite: square.>"
    assert "q^{2} = x^{2}" in made.steps[1]._repr_latex_()
    assert made._repr_latex_().startswith("$$\\begin{aligned}q & := x + y")


def with_exercise(exercise):
    return Derivation("squares", "Squares", "ours", "A square.", VARIABLES, (RIGHT["rewrite"],), "square", "",
                      exercises=(exercise,))


def test_exercises_are_checked_as_steps_are():
    built = with_exercise(Substitute("At y = 0?", (x + y) ** 2, x**2, replace={y: sp.Integer(0)}))
    assert [check.method for check in built.exercise_checks] == ["algebra"]
    with pytest.raises(DerivationError, match=r"squares, exercise 1 .*not equal"):
        with_exercise(Substitute("At y = 0?", (x + y) ** 2, 2 * x**2, replace={y: sp.Integer(0)}))
    with pytest.raises(DerivationError, match=r"exercise 1 .*stands in no earlier step"):
        with_exercise(Rewrite("?", sp.sin(a) ** 2, 1 - sp.cos(a) ** 2))
    with pytest.raises(InputError, match="exercises of squares must be a tuple of Steps"):
        with_exercise("Why?")


def test_a_result_is_called_by_name_and_shows_itself():
    result = with_exercise(Substitute("At y = 0?", (x + y) ** 2, x**2, replace={y: sp.Integer(0)})).result
    assert result(x=1, y=[0, 2]).tolist() == [1, 9]
    assert repr(result) == "<Result square(x, y)>"
    assert "x^{2}" in result._repr_latex_()


def test_a_determinant_is_checked_by_its_value_and_kept_as_it_is_written():
    M = sp.ImmutableMatrix([[x, y], [a, x]])
    step = Rewrite("s.", sp.Determinant(M), x**2 - a * y)
    assert step.verify(CONTEXT).method == "algebra"
    with pytest.raises(DerivationError, match="not equal"):
        Rewrite("s.", sp.Determinant(M), x**2 + a * y).verify(CONTEXT)


def test_tails_of_the_normal_law_keep_their_digits():
    built = Derivation("tail", "Tail", "ours", "A tail.", VARIABLES, (
        Rewrite("s.", 1 - sp.erfc(x) / 2, sp.Rational(1, 2) + sp.erf(x) / 2),), "tail", "")
    assert built.result(-8.0) == pytest.approx(5.6122e-30, rel=1e-4)
