"""Expressions as one would write them: roots in one piece, sums flat, long ones broken into lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.printing.precedence import precedence


class Root(sp.Expr):  # type: ignore[misc]
    """A root that stays in one piece, √(2 τ_c τ_w) where SymPy would write three roots. For showing only.

    Arguments: what stands below it, and its degree if that is not 2.
    """

    is_commutative = True
    is_positive = True

    @property
    def radicand(self) -> Any:
        """What stands below the root."""
        return self.args[0]

    @property
    def degree(self) -> Any:
        """2 for a square root."""
        return self.args[1] if len(self.args) > 1 else sp.Integer(2)

    def doit(self, **_: Any) -> Any:
        """The root as SymPy writes it."""
        return sp.root(self.radicand, self.degree)


class Scalar(sp.Expr):  # type: ignore[misc]
    """The one entry of a matrix of symbolic size that is 1 × 1, as cᵀc. For showing only."""

    is_commutative = True

    @property
    def inner(self) -> Any:
        """The matrix."""
        return self.args[0]

    @property
    def precedence(self) -> int:
        """How strongly it binds, which decides about parentheses."""
        return int(precedence(self.inner))

    def doit(self, **_: Any) -> Any:
        """The entry as SymPy writes it."""
        return sp.Trace(self.args[0])


def tidy(value: Any) -> Any:
    """The same value as one would write it; for showing only.

    Roots of products are in one piece, sums within sums are flattened, and a matrix of one entry is that entry.
    """
    if isinstance(value, sp.MatrixBase):
        return tidy(value[0]) if value.shape == (1, 1) else value.applyfunc(tidy)
    if not isinstance(value, sp.Basic) or not value.args or isinstance(value, sp.Order):
        return value
    args = [tidy(arg) for arg in value.args]
    # Sums and products of matrices are subclasses of those of numbers.
    if isinstance(value, sp.MatAdd):
        return sp.MatAdd(*ordered_terms(args))
    if isinstance(value, sp.MatrixExpr):
        return value if args == list(value.args) else value.func(*args)
    if isinstance(value, sp.Add):
        return sp.Add(*(part for arg in args for part in (arg.args if isinstance(arg, sp.Add) else (arg,))),
                      evaluate=False)
    if isinstance(value, sp.Mul):
        return _product(args)
    if isinstance(value, sp.Trace) and args[0].shape == (1, 1):
        return Scalar(args[0])
    if isinstance(value, sp.Pow):
        return _power(value, args)
    if all(new is old for new, old in zip(args, value.args, strict=True)):
        return value
    if isinstance(value, sp.Function | Relational):
        return value.func(*args, evaluate=False)
    return value.func(*args)


def _halves(factor: Any) -> int:
    """1 for √x, −1 for 1/√x of an x that is positive for certain, else 0."""
    if isinstance(factor, Root):
        return int(factor.degree == 2)
    if isinstance(factor, sp.Pow) and factor.base.is_nonnegative and abs(factor.exp) == sp.Rational(1, 2):
        return int(2 * factor.exp)
    if isinstance(factor, sp.Pow) and isinstance(factor.base, Root) and factor.exp == -1 and factor.base.degree == 2:
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
    args = _quarters_gathered(args)
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
    root = sp.Pow(Root(bottom), -1, evaluate=False) if top == 1 else Root(top / bottom)
    return sp.Mul(*([outside] if outside != 1 else []), *rest, root, evaluate=False)


def _quarters_gathered(args: Sequence[Any]) -> list[Any]:
    """Factors with all fourth roots of what is positive gathered into one."""
    quarters = [arg for arg in args if isinstance(arg, sp.Pow) and arg.base.is_nonnegative
                and abs(arg.exp) == sp.Rational(1, 4)]
    if len(quarters) < 2:
        return list(args)
    inside = sp.Mul(*(arg.base ** (4 * arg.exp) for arg in quarters))
    return [*(arg for arg in args if arg not in quarters), Root(inside, sp.Integer(4))]


@dataclass(frozen=True)
class Row:
    """A line of a long expression: its operator ("", "+", "−", "·" or "∨") and what follows.

    part: what follows, None where nothing does; factor: whether a sum needs parentheses here; after: what closes the
    line, a parenthesis that opens or that closes lines above, with the power of these.
    """

    operator: str
    part: Any
    factor: bool = False
    after: str = ""

    @property
    def fenced(self) -> bool:
        """Whether the part stands in parentheses."""
        return self.factor and isinstance(self.part, sp.Add)


def rows(value: Any, width: Callable[[Any], int], limit: int) -> list[Row]:
    """Break an expression into lines of at most limit characters where sums and products allow it.

    width: how many characters an expression takes in one line.
    """
    if isinstance(value, sp.MatrixBase) or width(value) <= limit:
        return [Row("", value)]
    if isinstance(value, sp.Add):
        return _sum_rows(value, width, limit)
    if isinstance(value, sp.Mul) and not isinstance(value, sp.MatrixExpr):
        return _product_rows(value, width, limit)
    if isinstance(value, sp.Or):
        return [Row("∨" if i else "", part) for i, part in enumerate(value.args)]
    if not isinstance(value, sp.Add) and _powered(value)[1]:
        return _fenced_rows("", None, value, width, limit)
    return [Row("", value)]


def _powered(value: Any) -> tuple[Any, str]:
    """The sum of which a value is a power, and what closes it after a parenthesis; nothing for any other value."""
    if isinstance(value, sp.Add):
        return value, ")"
    exponent = 1 / value.degree if isinstance(value, Root) else getattr(value, "exp", None)
    power = {sp.S.Half: "^½", sp.Integer(2): "²", sp.Integer(3): "³"}.get(exponent, "")
    return (value.args[0], ")" + power) if power and isinstance(value.args[0], sp.Add) else (value, "")


def _fenced_rows(operator: str, head: Any, value: Any, width: Callable[[Any], int], limit: int) -> list[Row]:
    """A power of a sum over several lines in parentheses, after what multiplies it."""
    base, closing = _powered(value)
    *inner, last = rows(base, width, limit - 2)
    return [Row(operator, head, after="("), *inner, replace(last, after=last.after + closing)]


def unsigned(term: Any) -> tuple[bool, Any]:
    """Whether a term has a minus sign in front, and the term without it."""
    if isinstance(term, sp.MatMul):
        factor, rest = term.as_coeff_mmul()
        return (True, sp.MatMul(-factor, rest).doit(deep=False)) if factor.could_extract_minus_sign() else (False, term)
    return (True, -term) if term.could_extract_minus_sign() else (False, term)


def ordered_terms(terms: Sequence[Any]) -> list[Any]:
    """Terms of a sum with one that has no minus sign in front, if there is any."""
    listed = list(terms)
    first = next((i for i, term in enumerate(listed) if not unsigned(term)[0] and not isinstance(term, sp.Order)), None)
    return listed if not first else [listed[first], *listed[:first], *listed[first + 1:]]


def _total(terms: Sequence[Any]) -> Any:
    if len(terms) == 1:
        return terms[0]
    return sp.MatAdd(*terms) if isinstance(terms[0], sp.MatrixExpr) else sp.Add(*terms, evaluate=False)


def _sum_rows(value: Any, width: Callable[[Any], int], limit: int) -> list[Row]:
    """Terms of a sum, as many on each line as fit; a term that does not fit is broken itself."""
    terms = value.args if isinstance(value, sp.MatAdd) else value.as_ordered_terms()
    groups: list[list[Any]] = []
    for term in ordered_terms(terms):
        if groups and width(_total([*groups[-1], term])) <= limit:
            groups[-1].append(term)
        else:
            groups.append([term])
    found: list[Row] = []
    for first, *rest in groups:
        negative, plain = unsigned(first)
        sign = "−" if negative else "+" if found else ""
        if rest:
            found.append(Row(sign, _total([plain, *rest])))
            continue
        head, *more = [Row("", plain)] if isinstance(plain, sp.Add) else rows(plain, width, limit)
        found += [replace(head, operator=sign, factor=head.factor or negative), *more]
    return found


def _product_rows(value: sp.Mul, width: Callable[[Any], int], limit: int) -> list[Row]:
    """Sums that are multiplied on lines of their own; one that is too long between parentheses."""
    negative = value.could_extract_minus_sign()
    top, bottom = sp.fraction(-value if negative else value, exact=True)
    factors = top.as_ordered_factors() if isinstance(top, sp.Mul) else [top]
    sums = [one for one in factors if isinstance(one, sp.Add) or (_powered(one)[1] and width(one) > limit)]
    if not sums:
        return [Row("", value)]
    lead = sp.Mul(*(one for one in factors if one not in sums), 1 / bottom)
    found: list[Row] = []
    for i, one in enumerate(sums):
        operator = "·" if i else "−" if negative else ""
        head = None if i or lead == 1 else lead
        joined = one if head is None else sp.Mul(head, one, evaluate=False)
        if width(joined) <= limit:
            found.append(Row(operator, joined, True))
            continue
        found += _fenced_rows(operator, head, one, width, limit)
    return found
