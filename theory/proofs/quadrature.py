"""Whether a function grows by the integral of its slope: what jumps does not, though its derivative is right."""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.context import Context
from gateflow.theory.proofs.places import forms, steps
from gateflow.theory.proofs.values import FAILURES, DerivationError, compiled, exact_float, show

# Points from which those with the longest and the shortest ways are taken, how many of each, and pieces of a way.
_DRAWN, _LONGEST, _SHORTEST, _PIECES = 72, 4, 2, 7
# How far a sum and a difference may be apart, and an estimate of the sum's own error, relative to their size.
_CLOSE, _SURE = 1e-7, 1e-5
_DIGITS = 18
# Places at which changes of form are looked for, and halvings until one is found.
_SCAN, _HALVINGS = 64, 60


def require_growth(context: Context, values: Sequence[Any], slopes: Sequence[Any], variable: Any, lower: Any,
                   upper: Any) -> None:
    """Check value(upper) − value(lower) = ∫ slope over the variable for each pair. Raises DerivationError.

    values: functions of the symbol upper; slopes: of the variable; all with definitions written out.
    """
    lower, along = sp.sympify(lower), sp.Dummy("x", real=True)
    slopes = [slope.subs(variable, along) for slope in slopes]
    symbols: set[Any] = set().union(*(side.free_symbols for side in (*values, *slopes, lower))) - {along}
    points = sorted(context.points(symbols | {upper}, _DRAWN),
                    key=lambda point: float(point[upper] - (lower.subs(point) if lower.is_finite else 0)))
    points = [point for moved, place in context.places(symbols | {upper}, *values) for point in place[-1:]
              if moved == upper] + points
    few = _LONGEST if not any(side.has(sp.Integral) for side in (*values, *slopes)) else 1
    for point in [*points[-few:], *(points[:_SHORTEST] if few > 1 else ())]:
        for value, slope in zip(values, slopes, strict=True):
            _check(value, slope, along, lower, upper, point)


def _check(value: Any, slope: Any, variable: Any, lower: Any, upper: Any, point: dict[Any, Any]) -> None:
    if matrices.symbolic(value, slope):
        value, slope = (matrices.evaluate(side, {x: y for x, y in point.items() if x not in (variable, upper)})
                        for side in (value, slope))
    symbols: set[Any] = (value.free_symbols | slope.free_symbols | lower.free_symbols | {upper}) - {variable}
    names = tuple(sorted(symbols, key=str))
    with mp.workdps(_DIGITS):
        numbers = [exact_float(point[name]) for name in names]
        end = exact_float(point[upper])
        ends = [compiled(lower, names)(*numbers) if lower.is_finite else mp.mpf(str(lower).replace("oo", "inf")), end]
        way = ends if not mp.isfinite(ends[0]) else mp.linspace(*ends, _PIECES)
        way = sorted({*way, *_switches(slope, variable, names, numbers, way)}, reverse=bool(ends[0] > ends[1]))
        inside = compiled(slope, (variable, *names))
        at = compiled(value, names)
        try:
            total, error = mp.quad(lambda x: _height(inside, x, *numbers), way, error=True)
            size = 1 + abs(total)
            grown = at(*numbers) - _at_lower(value, names, numbers, upper, ends[0])
        except FAILURES:
            raise DerivationError(f"{slope} cannot be integrated from {lower} to {upper} at {show(point)}") from None
        if not error <= _SURE * size:
            raise DerivationError(f"the integral of {slope} from {lower} to {upper} does not converge at {show(point)}")
        if not abs(total - grown) <= _CLOSE * size + 10 * error:
            raise DerivationError(f"not equal: the integral of {slope} from {lower} is {mp.nstr(total, 8)} but "
                                  f"{value} grows by {mp.nstr(grown, 8)} at {show(point)}: it jumps on the way")


def _at_lower(value: Any, names: tuple[Any, ...], numbers: list[Any], upper: Any, lower: Any) -> Any:
    """The value at the lower end; 0 at infinity and where it has none: an earlier check saw to its limit."""
    if not mp.isfinite(lower):
        return mp.mpf(0)
    there = [lower if name == upper else number for name, number in zip(names, numbers, strict=True)]
    found = _height(compiled(value, names), *there)
    return found if mp.isfinite(found) else mp.mpf(0)


def _height(function: Callable[..., Any], *numbers: Any) -> Any:
    """A value; 0 where a number cannot be told from a pole: sums that converge give it no weight."""
    try:
        return function(*numbers)
    except ZeroDivisionError:
        return mp.mpf(0)


def _switches(slope: Any, variable: Any, names: tuple[Any, ...], numbers: list[Any], way: Sequence[Any]) -> list[Any]:
    """Where an expression changes its form on the way: a sum over pieces must end there."""
    changing = [*forms(slope), *(sp.sin(sp.pi * form) for form in steps(slope))]
    if not changing or not mp.isfinite(way[0]):
        return []
    places, found = mp.linspace(way[0], way[-1], _SCAN), []
    for form in changing:
        function = compiled(form, (variable, *names))
        heights = [mp.re(function(place, *numbers)) for place in places]
        for i in range(_SCAN - 1):
            low, high = places[i], places[i + 1]
            if heights[i] * heights[i + 1] < 0:
                for _ in range(_HALVINGS):
                    middle = (low + high) / 2
                    same = mp.re(function(middle, *numbers)) * heights[i] > 0
                    low, high = (middle, high) if same else (low, middle)
                found.append((low + high) / 2)
    return found
