"""What every format shows of a derivation, in one place: lines, symbols, conditions, result and an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from gateflow.figures.derivations.example import construction, example, signature
from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.guess import Trial, trial
from gateflow.figures.derivations.printers import width
from gateflow.figures.derivations.tidy import tidy
from gateflow.theory.arguments import takes
from gateflow.theory.proofs.algebra import Definition, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Linearise
from gateflow.theory.proofs.context import Check, Context, entries
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

# Characters, as a terminal would need them, up to which a result is shown with all definitions written out.
_SHORT = 60
_ASSUMED = ("integer", "positive", "nonnegative", "real")
_HOW = {"algebra": "checked by algebra", "points": "checked at {check}", "matrices": "checked with {check}",
        "definition": "checked in the lines that use it"}


# What stands beside every count of checks.
CAVEAT = ("A check at points says that both sides agree to 25 digits wherever it looked within the ranges above; it "
          "would miss a difference outside them, or one confined to a small part of them. "
          "Words are not checked, nor is where a line says it comes from")


@dataclass(frozen=True)
class Line:
    """One step: left and right side around a sign, what is put in for which symbol, why, and how it was checked.

    origin: where the left side comes from, if no earlier step has it; remark: words that nothing checks; trial: points
    at which a line of one's own can be compared with the right side.
    """

    number: int
    kind: str
    statement: str
    left: Any
    sign: str
    right: Any
    where: tuple[tuple[Any, Any], ...]
    why: str
    check: Check
    checked: str
    origin: str = ""
    remark: str = ""
    trial: Trial | None = None


@dataclass(frozen=True)
class Formula:
    """The result as it is evaluated: expression, arguments, relations that are assumed of them, in symbols and words.

    start: values of the arguments, about in the middle of their ranges, at which all relations hold.
    """

    expression: Any
    arguments: tuple[Variable, ...]
    relations: tuple[tuple[Any, str], ...]
    start: Mapping[str, float]


@dataclass(frozen=True)
class Entry:
    """A row of the table of symbols."""

    symbol: Any
    meaning: str
    domain: str
    tried: str
    unit: str


@dataclass(frozen=True, repr=False)
class Sheet:
    """A derivation as it is shown: words, expressions tidied for reading, and their notation.

    result_where: what defined symbols in the result stand for; none where it is short with all of them written out.
    example: lines of Python that evaluate the result, the last of them with its output as a comment; construction:
    Python that builds the derivation as d; exercises: lines whose statement asks, and whose right side answers.
    """

    name: str
    title: str
    source: str
    summary: str
    test: str
    symbols: tuple[Entry, ...]
    conditions: tuple[tuple[Any, str], ...]
    lines: tuple[Line, ...]
    result_name: str
    result: Any
    result_where: tuple[tuple[Any, Any], ...]
    signature: str
    returns: str
    example: tuple[str, ...]
    notation: Notation
    construction: str
    exercises: tuple[Line, ...]
    formula: Formula

    @property
    def verdict(self) -> str:
        """How many steps were checked how, and what such checks can miss."""
        return f"{tally([line.check for line in self.lines])}. {CAVEAT}"

    def __repr__(self) -> str:
        """Name and number of lines."""
        return f"<Sheet {self.name}: {len(self.lines)} lines>"

    def _repr_html_(self) -> str:
        """The page, in Jupyter."""
        from html import escape

        from gateflow.figures.derivations.html import page

        return f'<iframe srcdoc="{escape(page(self))}" style="width:100%;height:40em;border:0"></iframe>'


def put_sign(symbol: Any, value: Any) -> str:
    """The sign between a symbol and what is put in for it: an arrow where the symbol itself occurs in that."""
    return "↦" if symbol in value.free_symbols else "="


def tally(checks: Sequence[Check]) -> str:
    """How many of the checks were made in which way, in words."""
    words = {"algebra": "by algebra", "points": "at points, to many digits",
             "matrices": "with random matrices of random sizes", "definition": "definitions"}
    methods = dict.fromkeys((*words, *(check.method for check in checks)))
    counts = {method: sum(check.method == method for check in checks) for method in methods}
    listed = ", ".join(f"{n} {words.get(method, method)}" for method, n in counts.items() if n)
    return f"{len(checks)} steps, all checked: {listed}".replace(" 1 definitions", " 1 definition")


@takes()
def sheet(derivation: Derivation) -> Sheet:
    """What there is to show of a derivation."""
    declared = [(variable.symbol, variable.shown) for variable in derivation.variables]
    declared += [(step.before, step.shown) for step in derivation.steps if isinstance(step, Definition)]
    occurring = {part for step in (*derivation.steps, *derivation.exercises) for side in (step.before, step.after)
                 for entry in entries(side) for part in entry.free_symbols}
    names = tuple(dict.fromkeys(map(_name, (*(symbol for symbol, _ in declared), *occurring))))
    notation = Notation({_name(symbol): shown for symbol, shown in declared if shown}, tuple(sorted(names)))
    called, returns = signature(derivation)
    end = derivation.context(len(derivation.steps) + 1)
    lines = tuple(_line(number, step, check, trial(step, derivation.context(number), notation))
                  for number, (step, check) in enumerate(zip(derivation.steps, derivation.checks, strict=True), 1))
    exercises = tuple(_line(number, step, check, trial(step, end, notation)) for number, (step, check) in enumerate(
        zip(derivation.exercises, derivation.exercise_checks, strict=True), 1))
    return Sheet(
        derivation.name, derivation.title, derivation.source, derivation.summary, derivation.test,
        tuple(map(_entry, derivation.variables)),
        tuple((tidy(condition.relation), condition.words) for condition in derivation.conditions), lines,
        derivation.result.name, *_result(derivation, notation), called, returns, example(derivation), notation,
        construction(derivation), exercises, _formula(derivation, end))


def _result(derivation: Derivation, notation: Notation) -> tuple[Any, tuple[tuple[Any, Any], ...]]:
    """The result and what symbols in it stand for, unless it is short enough with their meaning put in."""
    whole = tidy(derivation.result.expression)
    definitions = derivation.context(len(derivation.steps) + 1).definitions
    if not definitions or width(whole, notation) <= _SHORT:
        return whole, ()
    last = derivation.steps[-1].after
    shown = definitions.get(last, last) if isinstance(last, sp.Basic) else last
    needed = set().union(*(entry.free_symbols for entry in entries(shown)))
    where = []
    for symbol, meaning in reversed(list(definitions.items())):
        if symbol in needed:
            where.append((symbol, tidy(meaning)))
            needed |= set().union(*(entry.free_symbols for entry in entries(meaning)))
    return tidy(shown), tuple(where)


def _name(symbol: Any) -> str:
    return str(getattr(symbol, "name", symbol))


def _formula(derivation: Derivation, context: Context) -> Formula:
    result = derivation.result
    symbols = {variable.symbol for variable in result.arguments}
    ranges = {str(one.symbol): (one.low, one.high) for one in result.arguments if isinstance(one.symbol, sp.Symbol)}
    relations = tuple((relation, condition.words) for condition, relation in context.relations(symbols).items()
                      if {str(symbol) for symbol in relation.free_symbols} <= set(ranges))

    def distance(point: Mapping[Any, Any]) -> float:
        """How far a point lies from the middle of all ranges."""
        return sum(abs(2 * float(point[symbol]) - sum(ranges[str(symbol)])) / (1e-9 + np.ptp(ranges[str(symbol)]))
                   for symbol in symbols if str(symbol) in ranges)

    start = {name: float(f"{(low + high) / 2:.3g}") for name, (low, high) in ranges.items()}
    middle = {symbol: start[str(symbol)] for symbol in symbols if str(symbol) in start}
    if not all(relation.subs(middle) for relation, _ in relations):
        nearest = min(context.points(symbols), key=distance)
        start = {str(symbol): float(f"{float(value):.3g}") for symbol, value in nearest.items()
                 if str(symbol) in ranges}
    return Formula(result.expression, result.arguments, relations, start)


def _line(number: int, step: Step, check: Check, own: Trial | None) -> Line:
    if isinstance(step, Linearise):
        left, sign, right, where = _linearised(step)
    elif isinstance(step, Substitute):
        left, sign, right = step.before, "=", step.after
        where = tuple((symbol, tidy(sp.sympify(value))) for symbol, value in step.replace.items())
    else:
        (left, sign, right), where = step.claim(), ()
    return Line(number, step.kind, step.statement, tidy(left), sign, tidy(right), where, step.why, check,
                _checked(step, check), step.origin, step.remark, own)


def _linearised(step: Linearise) -> tuple[Any, str, Any, tuple[tuple[Any, Any], ...]]:
    """The flow or map, near which state it is looked at, and what becomes of small changes."""
    def moving(symbols: Sequence[Any]) -> Any:
        return sp.Matrix([sp.Symbol(f"{symbol}'") if step.discrete else sp.Derivative(symbol, sp.Symbol("t"))
                          for symbol in symbols])

    rates = sp.Matrix(entries(step.before))
    near = tuple((x, a + p) for x, a, p in zip(step.variables, step.around, step.perturbations, strict=True)
                 if isinstance(x, sp.Symbol) and x not in (a + p, p))
    if any(isinstance(x, sp.MatrixSymbol) for x in (*step.variables, *step.perturbations)):
        left, *_ = step.claim()
        near = tuple((x, a + p) for x, a, p in zip(step.variables, step.around, step.perturbations, strict=True))
        # A relation between a number and a matrix would be false when it is read from a file again.
        rate = sp.MatrixSymbol(str(left[0]), *step.after.shape) if len(left) == 1 else left
        return step.before, "⇒", sp.Eq(rate, step.after, evaluate=False), near
    left = rates if step.discrete else sp.Eq(moving(step.variables), rates, evaluate=False)
    return tidy(left), "⇒", sp.Eq(moving(step.perturbations), sp.Matrix(entries(step.after)), evaluate=False), near


def _checked(step: Step, check: Check) -> str:
    """How a step was checked, in words."""
    if isinstance(step, Definition) and check.method != "definition":
        return f"checked: the project's own function agrees at {check}"
    return _HOW.get(check.method, "checked: {check}").format(check=check)


def _entry(variable: Variable) -> Entry:
    symbol = variable.symbol
    shape = getattr(symbol, "shape", None)
    kind = next((word for word in _ASSUMED if getattr(symbol, f"is_{word}", None)), "complex")
    if shape:
        kind = f"{shape[0]} × {shape[1]} matrix" if min(map(str, shape)) else kind
    structure = getattr(variable, "structure", "general")
    if kind == "real":
        kind = variable.domain
    domain = kind if structure == "general" else f"{structure} {kind}"
    return Entry(symbol, variable.meaning, domain, f"{variable.low:g} … {variable.high:g}".replace("-", "−"),
                 variable.unit)
