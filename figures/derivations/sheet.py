"""What every format shows of a derivation, in one place: lines, symbols, conditions, result and an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figures.derivations.example import example, signature
from figures.derivations.glyphs import Notation
from figures.derivations.tidy import tidy
from theory.checking import Check, Variable
from theory.derivation import Derivation
from theory.step import Step
from theory.steps import Definition, Substitute

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
    called, returns = signature(derivation)
    lines = tuple(_line(number, step, check)
                  for number, (step, check) in enumerate(zip(derivation.steps, derivation.checks, strict=True), 1))
    return Sheet(
        derivation.name, derivation.title, derivation.source, derivation.summary, derivation.test,
        tuple(map(_entry, derivation.variables)),
        tuple((tidy(condition.relation), condition.words) for condition in derivation.conditions), lines,
        derivation.result.name, tidy(derivation.result.expression), called, returns, example(derivation), notation)


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
