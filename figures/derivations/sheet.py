"""What every format shows of a derivation, in one place: lines, symbols, conditions, result and an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from figures.derivations.glyphs import Notation
from figures.derivations.tidy import tidy
from theory.checking import POINTS, Check, DerivationError, Variable, entries
from theory.derivation import Derivation
from theory.gated import derivations
from theory.steps import Definition, Step, Substitute

# Significant digits of the numbers in an example.
_DIGITS = 2
_ASSUMED = ("integer", "positive", "nonnegative", "real")
_HOW = {"algebra": "checked by algebra", "points": "checked at {check}", "matrices": "checked with {check}",
        "definition": "checked in the lines that use it"}


@dataclass(frozen=True)
class Line:
    """One step: left and right side around a sign, what is put in for which symbol, why, and how it was checked."""

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


@dataclass(frozen=True)
class Entry:
    """A row of the table of symbols."""

    symbol: Any
    meaning: str
    domain: str
    tried: str
    unit: str


@dataclass(frozen=True)
class Sheet:
    """A derivation as it is shown: words, expressions tidied for reading, and their notation.

    example: lines of Python that evaluate the result, the last of them with its output as a comment.
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
    signature: str
    returns: str
    example: tuple[str, ...]
    notation: Notation

    @property
    def verdict(self) -> str:
        """How many steps were checked how."""
        return tally([line.check for line in self.lines])


def tally(checks: Sequence[Check]) -> str:
    """How many of the checks were made in which way, in words."""
    words = {"algebra": "by algebra", "points": "at random points of high precision",
             "matrices": "with random matrices of random sizes", "definition": "definitions"}
    methods = dict.fromkeys((*words, *(check.method for check in checks)))
    counts = {method: sum(check.method == method for check in checks) for method in methods}
    listed = ", ".join(f"{n} {words.get(method, method)}" for method, n in counts.items() if n)
    return f"{len(checks)} steps, all checked: {listed}"


def sheet(derivation: Derivation) -> Sheet:
    """What there is to show of a derivation."""
    defined = [step.before for step in derivation.steps if isinstance(step, Definition)]
    notation = Notation.of({_name(variable.symbol): variable.meaning for variable in derivation.variables},
                           [_name(symbol) for symbol in defined])
    signature, returns = _signature(derivation)
    lines = tuple(_line(number, step, check)
                  for number, (step, check) in enumerate(zip(derivation.steps, derivation.checks, strict=True), 1))
    return Sheet(
        derivation.name, derivation.title, derivation.source, derivation.summary, derivation.test,
        tuple(map(_entry, derivation.variables)),
        tuple((tidy(condition.relation), condition.words) for condition in derivation.conditions), lines,
        derivation.result.name, tidy(derivation.result.expression), signature, returns, _example(derivation), notation)


def _name(symbol: Any) -> str:
    return str(getattr(symbol, "name", symbol))


def _line(number: int, step: Step, check: Check) -> Line:
    if isinstance(step, Substitute):
        left, sign, right = step.before, "=", step.after
        where = tuple((symbol, tidy(value)) for symbol, value in step.replace.items())
    else:
        (left, sign, right), where = step.claim(), ()
    return Line(number, step.kind, step.statement, tidy(left), sign, tidy(right), where, step.why, check,
                _checked(step, check))


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
    domain = kind if structure == "general" else f"{structure} {kind}"
    return Entry(symbol, variable.meaning, domain, f"{variable.low:g} … {variable.high:g}".replace("-", "−"),
                 variable.unit)


def _signature(derivation: Derivation) -> tuple[str, str]:
    """How the numeric function is called, and what it returns."""
    function = derivation.result.function()
    head = f"{function.__name__.strip('_')}({', '.join(_name(v.symbol) for v in derivation.result.arguments)})"
    several = len(entries(derivation.result.expression)) > 1
    rows = len(entries(derivation.result.expression))
    return head, f"a tuple of {rows} arrays" if several else "an array"


def _example(derivation: Derivation) -> tuple[str, ...]:
    """Lines of Python that evaluate the result where the assumptions hold; none where no round numbers satisfy them."""
    symbols = {variable.symbol for variable in derivation.result.arguments}
    function = derivation.result.function()
    try:
        points = list(derivation.context(len(derivation.steps) + 1).points(symbols)) if symbols else [{}]
    except DerivationError:
        return ()
    for point in points[:POINTS]:
        numbers = [_rounded(point[variable.symbol]) for variable in derivation.result.arguments]
        if not all(_holds(condition.relation, derivation, numbers) for condition in derivation.conditions):
            continue
        with np.errstate(all="ignore"):
            found = function(*numbers)
        if all(np.isfinite(value).all() for value in (found if isinstance(found, tuple) else (found,))):
            return _written(derivation, numbers, found)
    return ()


def _rounded(value: Any) -> Any:
    """A number, or nested lists of a matrix, with few digits."""
    if isinstance(value, sp.MatrixBase):
        return [[_rounded(entry) for entry in value.row(i)] for i in range(value.rows)]
    return int(value) if value.is_Integer else float(f"{float(value):.{_DIGITS}g}")


def _holds(relation: Any, derivation: Derivation, numbers: Sequence[Any]) -> bool:
    """Whether a condition is satisfied by rounded arguments; one that concerns other symbols too is not judged."""
    full = derivation.context(len(derivation.steps) + 1).expand(relation)
    at = {variable.symbol: sp.nsimplify(number) for variable, number in
          zip(derivation.result.arguments, numbers, strict=True) if not isinstance(number, list)}
    told = sp.sympify(full).subs(at)
    return bool(told) if told in (sp.true, sp.false) else True


def _written(derivation: Derivation, numbers: Sequence[Any], found: Any) -> tuple[str, ...]:
    values = found if isinstance(found, tuple) else (found,)
    shown = ", ".join(np.array2string(np.asarray(value), precision=4, separator=", ").replace("\n", "")
                      for value in values)
    call = ", ".join(map(str, numbers))
    if derivation.name in derivations.NAMES:
        return ("from theory.gated.derivations import derivation", f'f = derivation("{derivation.name}").result.function()',
                f"print(f({call}))  # about {shown}")
    return "f = derivation.result.function()", f"print(f({call}))  # about {shown}"
