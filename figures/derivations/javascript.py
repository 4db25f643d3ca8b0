"""Expressions as functions in JavaScript, printed by SymPy; what JavaScript lacks is in functions.js."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.printing.codeprinter import PrintMethodNotImplementedError
from sympy.printing.jscode import JavascriptCodePrinter

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.tails import stable


class NotInJavaScriptError(ValueError):
    """An expression that a page cannot compute."""


# Functions of functions.js, by SymPy's name.
_OURS = {name: f"special.{name}"
         for name in ("erf", "erfc", "HalfErfc", "besselk", "coth", "sech", "csch", "Heaviside")}


class _Printer(JavascriptCodePrinter):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__({"strict": True, "user_functions": _OURS})

    def _print_NaN(self, expr: Any) -> str:
        return "NaN"

    def _print_Pow(self, expr: Any) -> str:
        # A square is exact as a product, and faster.
        if expr.exp == 2 and expr.base.is_Symbol:
            name = self._print(expr.base)
            return f"({name}*{name})"
        return str(super()._print_Pow(expr))


def function(values: Sequence[Any], arguments: Sequence[Any]) -> str:
    """A function of arguments, symbols in their order, that returns an array with the values of expressions.

    Relations give true or false. Raises NotInJavaScriptError for what that cannot compute, InputError for a
    symbol that is no argument.
    """
    names = {symbol: sp.Symbol(f"x{place}", real=True) for place, symbol in enumerate(arguments)}
    written = [stable(sp.sympify(value)).xreplace(names) for value in values]
    unknown = set().union(*(value.free_symbols for value in written)) - set(names.values()) if written else set()
    if unknown:
        raise InputError(f"arguments must name every symbol, but not {', '.join(sorted(map(str, unknown)))}")
    shared, parts = sp.cse(written, symbols=sp.numbered_symbols("t", real=True))
    printer = _Printer()
    try:
        lines = [f"const {symbol} = {printer.doprint(part)};" for symbol, part in shared]
        found = ", ".join(printer.doprint(part) for part in parts)
    except PrintMethodNotImplementedError as failure:
        raise NotInJavaScriptError(f"a page cannot compute it: {failure}") from None
    return f"({', '.join(map(str, names.values()))}) => {{{' '.join(lines)} return [{found}];}}"


@lru_cache
def script(name: str) -> str:
    """One of the scripts that pages carry: functions, lines, laboratory or slides."""
    return Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8")
