"""Expressions as one would write them: roots in one piece, sums flat, long ones broken into lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp


class Root(sp.Expr):
    """A square root that stays in one piece, √(2 τ_c τ_w) where SymPy would write three roots. For showing only."""

    is_commutative = True
    is_positive = True

    @property
    def radicand(self) -> Any:
        """What stands below the root."""
        return self.args[0]

    def doit(self, **_: Any) -> Any:
        """The root as SymPy writes it."""
        return sp.sqrt(self.args[0])


def tidy(value: Any) -> Any:
    """The same value with roots of products in one piece and sums within sums flattened; for showing only."""
    if isinstance(value, sp.MatrixBase):
        return value.applyfunc(tidy)
    if not isinstance(value, sp.Basic) or not value.args or isinstance(value, sp.Order):
        return value
    args = [tidy(arg) for arg in value.args]
    if isinstance(value, sp.Add):
        return sp.Add(*(part for arg in args for part in (arg.args if isinstance(arg, sp.Add) else (arg,))),
                      evaluate=False)
    if isinstance(value, sp.Mul):
        return _product(args)
    if isinstance(value, sp.MatAdd):
        return sp.MatAdd(*ordered_terms(args))
    if isinstance(value, sp.Pow):
        return _power(value, args)
    if all(new is old for new, old in zip(args, value.args, strict=True)):
        return value
    if isinstance(value, sp.Function | sp.core.relational.Relational):
        return value.func(*args, evaluate=False)
    return value.func(*args)


def _halves(factor: Any) -> int:
    """1 for √x, −1 for 1/√x of an x that is positive for certain, else 0."""
    if isinstance(factor, Root):
        return 1
    if isinstance(factor, sp.Pow) and factor.base.is_nonnegative and abs(factor.exp) == sp.Rational(1, 2):
        return int(2 * factor.exp)
    if isinstance(factor, sp.Pow) and isinstance(factor.base, Root) and factor.exp == -1:
        return -1
    return 0


def _below(factor: Any) -> Any:
    """What stands below the root of √x or 1/√x."""
    inner = factor if isinstance(factor, Root) else factor.base
    return inner.radicand if isinstance(inner, Root) else inner


def _power(value: sp.Pow, args: Sequence[Any]) -> Any:
    changed = value if list(args) == list(value.args) else sp.Pow(*args, evaluate=False)
    if _halves(changed) < 0:
        return sp.Pow(Root(_below(changed)), -1, evaluate=False)
    return changed


def _product(args: Sequence[Any]) -> Any:
    """A product with all its roots gathered into one."""
    roots = [arg for arg in args if _halves(arg)]
    rest = [arg for arg in args if not _halves(arg)]
    if not roots:
        return sp.Mul(*args, evaluate=False)
    top = sp.Mul(*(_below(arg) for arg in roots if _halves(arg) > 0))
    bottom = sp.Mul(*(_below(arg) for arg in roots if _halves(arg) < 0))
    numbers = [arg for arg in rest if isinstance(arg, sp.Rational)]
    rest = [arg for arg in rest if not isinstance(arg, sp.Rational)]
    outside = sp.Mul(*numbers)
    # √2/2 is 1/√2: what a root above has in common with the number below goes below the root.
    inside = sp.Rational(top.as_coeff_Mul()[0])
    while inside.p > 1 and inside.q == 1 and outside.q % inside.p == 0:
        outside, top, bottom, inside = outside * inside.p, top / inside, bottom * inside, sp.Rational(1)
    if top == 1:
        root = sp.Pow(Root(bottom), -1, evaluate=False)
    else:
        root = Root(top / bottom)
    return sp.Mul(*([outside] if outside != 1 else []), *rest, root, evaluate=False)


@dataclass(frozen=True)
class Row:
    """A line of a long expression: its operator ("", "+", "−" or "·") and what follows."""

    operator: str
    part: Any
    factor: bool = False


def rows(value: Any, width: Callable[[Any], int], limit: int) -> list[Row]:
    """Break an expression into lines of at most limit characters where sums and products allow it.

    width: how many characters an expression takes in one line.
    """
    if isinstance(value, sp.MatrixBase) or width(value) <= limit:
        return [Row("", value)]
    if isinstance(value, sp.Add):
        return _sum_rows(value, width, limit)
    if isinstance(value, sp.Mul) and sp.fraction(value, exact=True)[1] == 1:
        return _product_rows(value)
    return [Row("", value)]


def ordered_terms(terms: Sequence[Any]) -> list[Any]:
    """Terms of a sum with one that has no minus sign in front, if there is any."""
    listed = list(terms)
    first = next((i for i, term in enumerate(listed) if not term.could_extract_minus_sign() and not term.is_Order),
                 None)
    return listed if not first else [listed[first], *listed[:first], *listed[first + 1:]]


def _sum_rows(value: sp.Add, width: Callable[[Any], int], limit: int) -> list[Row]:
    groups: list[list[Any]] = []
    for term in ordered_terms(value.as_ordered_terms()):
        if groups and width(sp.Add(*groups[-1], term, evaluate=False)) <= limit:
            groups[-1].append(term)
        else:
            groups.append([term])
    found: list[Row] = []
    for group in groups:
        negative = group[0].could_extract_minus_sign()
        part = sp.Add(*([-group[0], *group[1:]] if negative else group), evaluate=False) if len(group) > 1 else (
            -group[0] if negative else group[0])
        sign = "−" if negative else "+" if found else ""
        first, *more = rows(part, width, limit) if len(group) == 1 and not isinstance(part, sp.Add) else [Row("", part)]
        found += [Row(sign, first.part, first.factor or (negative and isinstance(part, sp.Add) and len(group) == 1)),
                  *more]
    return found


def _product_rows(value: sp.Mul) -> list[Row]:
    negative = value.could_extract_minus_sign()
    factors = (-value if negative else value).as_ordered_factors()
    small = [one for one in factors if not one.has(sp.Add)]
    large = [one for one in factors if one.has(sp.Add)]
    if len(large) < 2:
        return [Row("", value)]
    first = sp.Mul(*small, large[0], evaluate=False) if small else large[0]
    return [Row("−" if negative else "", first, True), *(Row("·", one, True) for one in large[1:])]
