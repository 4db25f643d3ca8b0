"""What a derivation assumes: its variables, each with a domain and a range, and conditions between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp
from numpy.random import Generator
from sympy.logic.boolalg import Boolean

from gateflow.theory import checks
from gateflow.theory.checks import InputError
from gateflow.theory.proofs import matrices

# Domains of one sign, and the range of random points where none is given.
_RANGES = {"positive": (0.1, 2.0), "nonnegative": (0.0, 2.0), "negative": (-2.0, -0.1), "nonpositive": (-2.0, 0.0)}
_BOTH = (-2.0, 2.0)
# What may be an error of rounding at the edge of a domain, or beside the real axis.
_SMALL = sp.Float("1e-25")


@dataclass(frozen=True)
class Variable:
    """A symbol of a derivation: what it means, its unit, and the range (low, high) in which its claims are checked.

    Without a range it follows from the symbol's assumptions: both signs where both are allowed. A range of one sign for
    a symbol that may have both must say so: domain = "positive", "nonnegative", "negative" or "nonpositive".
    An integer symbol takes whole numbers from low to high; sizes of matrices are such. A MatrixSymbol has entries in
    the range and may have a structure (``gateflow.theory.proofs.matrices.draw``). shown: how the symbol is written,
    in Unicode (c̄), where its name does not say so.
    """

    symbol: Any
    meaning: str
    low: float = None  # type: ignore[assignment]
    high: float = None  # type: ignore[assignment]
    unit: str = "1"
    structure: str = "general"
    domain: str = ""
    shown: str = ""

    def __post_init__(self) -> None:
        """Check symbol, domain and range. Raises InputError."""
        if not isinstance(self.symbol, sp.Symbol | sp.MatrixSymbol):
            raise InputError(f"symbol must be a symbol of SymPy, got {self.symbol!r}")
        own = next((name for name in _RANGES if getattr(self.symbol, f"is_{name}")), "real")
        if self.domain and self.domain != own:
            checks.choice(f"domain of {self.symbol}", self.domain, tuple(_RANGES))
        if self.domain not in ("", own) and own != "real":
            raise InputError(f"domain of {self.symbol} must not be given: the symbol is {own}, got {self.domain!r}")
        object.__setattr__(self, "domain", self.domain or own)
        ends = _RANGES.get(self.domain, _BOTH)
        if self.symbol.is_integer and self.domain == "positive":
            ends = (1.0, ends[1])
        for name, end in zip(("low", "high"), ends, strict=True):
            object.__setattr__(self, name, end if getattr(self, name) is None else getattr(self, name))
        self._check_range()

    def _check_range(self) -> None:
        low, high = checks.number(f"low of {self.symbol}", self.low), checks.number(f"high of {self.symbol}", self.high)
        whole = bool(self.symbol.is_integer)
        if high < low or (high == low and not whole):
            raise InputError(f"high of {self.symbol} must be above low, got {self.low} to {self.high}")
        if isinstance(self.symbol, sp.MatrixSymbol):
            return
        lowest = 1 if whole and self.domain == "positive" else 0
        if self.domain in ("positive", "nonnegative") and low < lowest:
            raise InputError(f"low of {self.symbol} must fit a symbol that is {self.domain}, got {self.low}")
        if self.domain in ("negative", "nonpositive") and high > 0:
            raise InputError(f"high of {self.symbol} must fit a symbol that is {self.domain}, got {self.high}")
        if self.domain == "real" and not whole and (low >= 0 or high <= 0):
            raise InputError(f"domain of {self.symbol} must be given for a range of one sign, {self.low} to "
                             f"{self.high}: the symbol may have both")

    def admits(self, value: Any) -> bool:
        """Whether a number lies in the domain, up to rounding, and is whole if need be; its range may be narrower."""
        value = sp.sympify(value)
        slack = _SMALL * (1 + abs(value))
        if abs(sp.im(value)) > slack:
            return not self.symbol.is_real
        real = sp.re(value)
        if self.symbol.is_integer and abs(real - sp.floor(real + sp.Rational(1, 2))) > slack:
            return False
        return bool(self.domain == "real" or (real > -slack if self.domain in ("positive", "nonnegative")
                                              else real < slack))

    def draw(self, rng: Generator, point: Mapping[Any, Any]) -> Any:
        """A random value; sizes of a matrix are taken from the point."""
        low, high = exact(self.low), exact(self.high)
        if isinstance(self.symbol, sp.MatrixSymbol):
            rows, columns = (int(length.subs(point)) for length in self.symbol.shape)
            return matrices.draw(rng, (rows, columns), low, high, self.structure)
        if self.symbol.is_integer:
            return sp.Integer(int(rng.integers(int(low), int(high) + 1)))
        return low + sp.Rational(int(rng.integers(1, 10**6)), 10**6) * (high - low)


@lru_cache(maxsize=256)
def exact(value: float) -> Any:
    """A number as a rational or a root."""
    return sp.nsimplify(value)


@dataclass(frozen=True)
class Condition:
    """A relation between variables that a derivation assumes, in symbols and in words."""

    relation: Any
    words: str

    def __post_init__(self) -> None:
        """Check that it is a relation that may hold. Raises InputError."""
        if not isinstance(self.relation, Boolean) or self.relation == sp.false or self.relation.is_Symbol:
            raise InputError(f"relation must be one of SymPy that may hold, such as x > y or Eq(x, y), "
                             f"got {self.relation!r} for {self.words!r}")
