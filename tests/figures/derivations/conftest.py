"""Derivations to be shown: those of the project, each built once, and one of everything that can occur."""

from functools import cache

import pytest
import sympy as sp

from gateflow.figures.derivations.laboratory import set_up
from gateflow.figures.derivations.sheet import sheet
from gateflow.figures.laboratories import LABORATORIES
from gateflow.figures.picture import Drawing
from gateflow.figures.pictures import PICTURES
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Evolve, Integrate, Limit, Linearise, Series
from gateflow.theory.proofs.catalogue import NAMES
from gateflow.theory.proofs.derivation import Derivation


@pytest.fixture(scope="session")
def sheet_of(once, derivation_of):
    """The sheet of a derivation, made once for all tests; one that was written and read again says the same."""
    return cache(lambda name: once(
        f"{name}.sheet", lambda: sheet(medley() if name == "medley" else derivation_of(name)),
        lambda made: str(vars(made))))


class Drawn(Drawing):
    """A picture whose SVG is drawn once."""

    svg = cache(Drawing.svg)


@cache
def medley():
    """A derivation with every kind of step, unlike symbols, a matrix and characters that LaTeX does not know."""
    x, y, c, k, t, delta = sp.symbols("x y c k t deltax", real=True)
    tau, strength, star, end = sp.symbols("tau_c lambda_norm W_star_1 x_0", positive=True)
    long = sp.expand((x + y + c + k) ** 4)
    return Derivation(
        name="medley", title="One of everything: 50 % & more_or_less", source="ours, for tests",
        summary="Shows c̄, τ_c, ‖W^p − W^q‖_F ≥ ½ and Poincaré's {braces} ⇒ all # of $ it.",
        variables=(Variable(x, "a place"), Variable(y, "another"), Variable(c, "gates", -1, 2, shown="c̄"),
                   Variable(tau, "time constant, τ_c", unit="time"), Variable(strength, "strength"),
                   Variable(star, "W*_1"), Variable(end, "start"), Variable(t, "time"), Variable(delta, "small, δx")),
        conditions=(Condition(x * y > sp.Rational(1, 10), "x and y are not both small"),),
        steps=(
            Definition("Let k be short for c̄ + 1.", k, c + 1, "a < b"),
            Rewrite("A square, written out.", (k + 1) ** 2, k**2 + 2 * k + 1, "Binomial."),
            Rewrite("A matrix.", sp.Matrix([[x, y], [sp.sqrt(tau / (2 * strength)), 1]]),
                    sp.Matrix([[x, y], [sp.sqrt(2) * sp.sqrt(tau) / (2 * sp.sqrt(strength)), 1]]),
                      origin="a book"),
            Substitute("Put in.", x**2 + y, 4 * star**2 + 1, "Simply so.", {x: 2 * star, y: 1},
                      origin="a book"),
            Differentiate("Differentiate.", sp.exp(-x / tau) * y, -sp.exp(-x / tau) * y / tau, "Chain rule.", x,
                      origin="a book"),
            Integrate("Integrate.", sp.cos(t) + 1, sp.sin(end) + end, "Known.", t, 0, end,
                      origin="a book"),
            Solve("Solve.", strength * x - y, y / strength, "Divide.", x,
                      origin="a book"),
            Evolve("Relax.", -x / tau, end * sp.exp(-t / tau), "Exponential.", (x,), t, (end,),
                      origin="a book"),
            Limit("Look close.", sp.sin(x) / x + 1, sp.Integer(2), "The sine is its argument.", x, 0,
                      origin="a book"),
            Series("Expand.", sp.exp(x), 1 + x, "Taylor.", x, 0, 2,
                      origin="a book"),
            Linearise("Linearise.", x - x**3, -2 * delta, "Slope.", (x,), (sp.Integer(1),), (delta,),
                      origin="a book"),
            Along("Conserved.", x**2 + y**2, sp.Integer(0), "A circle.", {x: y, y: -x},
                      origin="a book"),
            Bound("At least 0.", sp.log(1 + tau), sp.Integer(0), "1 + τ_c > 1.", {tau: 0}, origin="a book",
                  remark="None of it matters."),
            Rewrite("Long.", long / tau, (x + y + c + k) ** 4 / tau,
                      origin="a book")),
        result_name="a long thing", test="tests/figures/derivations")


# From the last: the tests of the catalogue begin with the first, and each derivation is checked by who comes first.
@pytest.fixture(params=["medley", *reversed(NAMES)])
def shown(request, sheet_of):
    """Each sheet in turn."""
    return sheet_of(request.param)


@pytest.fixture(scope="session")
def picture_of():
    """The picture of a derivation, None without one; its SVG is drawn once."""
    return cache(lambda name: Drawn(PICTURES[name].caption, PICTURES[name].draw) if name in PICTURES else None)


@pytest.fixture
def sheets(sheet_of):
    """The first two sheets of a book."""
    return [sheet_of(NAMES[0]), sheet_of("medley")]


@pytest.fixture(scope="session")
def bench_of(sheet_of):
    """The laboratory of a derivation, with its simulations, made once."""
    return cache(lambda name: set_up(sheet_of(name), LABORATORIES[name]))
