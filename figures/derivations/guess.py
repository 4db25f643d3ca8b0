"""Points at which a student's own line is compared with the line of a derivation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.logic.boolalg import Boolean

from gateflow.figures.derivations.glyphs import Notation
from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.algebra import Bound, Definition, Solve
from gateflow.theory.proofs.calculus import Linearise
from gateflow.theory.proofs.context import Context, entries
from gateflow.theory.proofs.step import Step
from gateflow.theory.proofs.values import DerivationError, number_at, truth_at

# Kinds of step whose next line is not one that algebra gives.
_FREE = (Definition, Bound, Linearise)
_POINT_DIGITS, _VALUE_DIGITS = 4, 13


@dataclass(frozen=True)
class Trial:
    """Random points at which a line has values.

    names: for each symbol how it may be written; points (n, symbols); values (entries, n); any: whether each entry is
    an answer of its own, as the roots of an equation are.
    """

    names: tuple[tuple[str, ...], ...]
    points: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]
    any: bool = False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"names": self.names, "points": self.points, "values": self.values, "any": self.any}


def trial(step: Step, context: Context, notation: Notation) -> Trial | None:
    """Where the right side of a step can be compared; None where it is not algebra, or has matrices of any size."""
    solved = isinstance(step, Solve)
    answers = [step.after, *step.others] if isinstance(step, Solve) else entries(step.after)
    if isinstance(step, _FREE) or any(isinstance(one, Boolean) or matrices.symbolic(one) for one in answers):
        return None
    wanted = [context.expand(one) for one in answers]
    unknown = {step.unknown} if isinstance(step, Solve) else set()
    written = set().union(*(side.free_symbols for side in (*answers, *entries(step.before)))) - unknown
    needed = {symbol for one in (*wanted, *(context.expand(s) for s in written)) for symbol in one.free_symbols}
    needed -= unknown
    if any(isinstance(symbol, sp.MatrixSymbol) for symbol in needed):
        return None
    defined = {symbol: context.expand(symbol) for symbol in context.definitions}
    written |= needed | {symbol for symbol, meaning in defined.items() if meaning.free_symbols <= needed}
    written &= needed | set(defined)
    if not all(map(context.declared, needed)):
        return None
    symbols, points, values = sorted(written, key=str), [], []
    relations = list(context.relations(needed).values())
    for drawn in context.points(needed) if needed else [{}]:
        point = {symbol: sp.Rational(f"{float(value):.{_POINT_DIGITS}g}") for symbol, value in drawn.items()}
        try:
            if not all(truth_at(relation, point) for relation in relations):
                continue
            points.append([_value(context.expand(symbol), point) for symbol in symbols])
            values.append([_value(one, point) for one in wanted])
        except DerivationError:
            del points[len(values):]
    if not values:
        return None
    return Trial(tuple(spellings(symbol, notation) for symbol in symbols), tuple(map(tuple, points)),
                 tuple(zip(*values, strict=True)), solved)


def _value(expression: Any, point: Mapping[Any, Any]) -> float:
    value = number_at(expression, point)
    if abs(sp.im(value)) > 1e-20:
        raise DerivationError(f"{expression} is not real")
    return float(f"{float(sp.re(value)):.{_VALUE_DIGITS}g}")


def spellings(symbol: Any, notation: Notation) -> tuple[str, ...]:
    """How a symbol may be typed: as it is shown, first, and by its name."""
    shown = notation.glyph(str(symbol)).text()
    plain = "".join(letter for letter in str(symbol) if letter not in "{}\\")
    return tuple(dict.fromkeys((shown, plain, shown.replace("_", ""), plain.replace("_", ""))))
