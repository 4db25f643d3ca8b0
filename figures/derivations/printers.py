"""SymPy's printers for terminal and LaTeX, with the project's notation."""

from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.printing.conventions import requires_partial
from sympy.printing.latex import LatexPrinter, accepted_latex_functions
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm
from sympy.printing.str import StrPrinter

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.tidy import Root, Scalar, ordered_terms, unsigned


class Ordered:
    """For all printers: sums begin with a term that has no minus sign."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        listed: list[Any] = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        return ordered_terms(listed)


def along(expr: sp.Derivative) -> bool:
    """Whether a derivative is one along a flow or of an unknown function: its variable does not occur in what moves."""
    return len(expr.variables) == 1 and expr.variables[0] not in expr.expr.free_symbols


class _Pretty(Ordered, PrettyPrinter):  # type: ignore[misc]
    def __init__(self, notation: Notation) -> None:
        super().__init__({"use_unicode": True, "wrap_line": False})
        self.notation = notation

    def _print_Symbol(self, expr: Any, bold_name: bool = False) -> Any:
        return prettyForm(self.notation.glyph(expr.name).text())

    def _print_MatrixSymbol(self, expr: Any) -> Any:
        return self._print_Symbol(expr)

    def _print_Root(self, expr: Root) -> Any:
        return self._print_nth_root(expr.radicand, expr.degree)

    def _print_Scalar(self, expr: Scalar) -> Any:
        return self._print(expr.inner)

    def _print_DiagMatrix(self, expr: Any) -> Any:
        return prettyForm(*prettyForm(*self._print(expr.args[0]).parens()).left("diag"))

    def _print_MatAdd(self, expr: Any, **_: Any) -> Any:
        whole = None
        for term in expr.args:
            negative, plain = unsigned(term)
            part = self._print(plain)
            if whole is None:
                whole = prettyForm(*part.left("-")) if negative else part
            else:
                whole = prettyForm(*whole.right(" - " if negative else " + ", part))
        return whole

    def _print_Max(self, expr: Any) -> Any:
        return self._helper_print_function(expr.func, expr.args, func_name=type(expr).__name__.lower())

    _print_Min = _print_Max

    def _print_log(self, expr: Any) -> Any:
        return self._helper_print_function(expr.func, expr.args, func_name="ln")

    def _print_Order(self, expr: Any) -> Any:
        return prettyForm(*prettyForm(*self._print(expr.expr).parens()).left("O"))

    def _print_Derivative(self, deriv: Any) -> Any:
        if not along(deriv):
            return super()._print_Derivative(deriv)
        inner = self._print(deriv.expr)
        bottom = prettyForm(*self._print(deriv.variables[0]).left("d"))
        if deriv.expr.is_Symbol:
            return prettyForm(*inner.left("d")) / bottom
        return prettyForm(*(prettyForm("d") / bottom).right(prettyForm(*inner.parens())), binding=prettyForm.MUL)


def drawing(value: Any, notation: Notation) -> Any:
    """The expression as a two-dimensional picture of Unicode text, SymPy's prettyForm."""
    return _drawn(value.as_immutable() if isinstance(value, sp.MatrixBase) else value, notation)


# Every format measures the same expressions.
@lru_cache(maxsize=4096)
def _drawn(value: Any, notation: Notation) -> Any:
    before = pretty_use_unicode(True)
    try:
        return _Pretty(notation)._print(value)
    finally:
        pretty_use_unicode(before)


def width(value: Any, notation: Notation) -> int:
    """How many characters the expression takes in a terminal."""
    return int(drawing(value, notation).width())


class _Plain(Ordered, StrPrinter):  # type: ignore[misc]
    def __init__(self, notation: Notation) -> None:
        super().__init__({"sympy_integers": False})
        self.notation = notation

    def _print_Symbol(self, expr: Any) -> str:
        return self.notation.glyph(expr.name).text()

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _print_Root(self, expr: Root) -> str:
        return f"{'√' if expr.degree == 2 else f'{expr.degree}√'}({self._print(expr.radicand)})"

    def _print_Scalar(self, expr: Scalar) -> str:
        return str(self._print(expr.inner))

    def _print_DiagMatrix(self, expr: Any) -> str:
        return f"diag({self._print(expr.args[0])})"

    def _print_log(self, expr: Any) -> str:
        return f"ln({self._print(expr.args[0])})"

    def _print_Heaviside(self, expr: Any) -> str:
        return f"θ({self._print(expr.args[0])})"


def linear(value: Any, notation: Notation) -> str:
    """The expression on one line of Unicode text."""
    drawn = drawing(value, notation)
    if drawn.height() == 1:
        return str(drawn)
    plain = str(_Plain(notation).doprint(value))
    for written, shown in (("**", "^"), (" >= ", " ≥ "), (" <= ", " ≤ "), ("sqrt(", "√(")):
        plain = plain.replace(written, shown)
    return plain


class _Latex(Ordered, LatexPrinter):  # type: ignore[misc]
    def __init__(self, notation: Notation) -> None:
        super().__init__({"ln_notation": True, "mat_str": "matrix", "mat_delim": "[", "inv_trig_style": "full",
                          "diff_operator": "rd"})
        self.notation = notation

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        return self.notation.glyph(expr.name).latex()

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _hprint_Function(self, func: str) -> str:
        if func in accepted_latex_functions:
            return rf"\{func}"
        head = self.notation.glyph(func)
        return head.latex() if len(head.base) == 1 else rf"\operatorname{{{func}}}"

    def _print_Root(self, expr: Root) -> str:
        degree = "" if expr.degree == 2 else f"[{expr.degree}]"
        return rf"\sqrt{degree}{{{self._print(expr.radicand)}}}"

    def _print_Scalar(self, expr: Scalar) -> str:
        return str(self._print(expr.inner))

    def _print_DiagMatrix(self, expr: Any) -> str:
        return rf"\operatorname{{diag}}\left({self._print(expr.args[0])}\right)"

    def _print_MatAdd(self, expr: Any) -> str:
        terms = [(" - " if negative else " + ", self._print(plain)) for negative, plain in map(unsigned, expr.args)]
        return "".join(part for term in terms for part in term).removeprefix(" + ").strip()

    def _print_MatrixBase(self, expr: Any) -> str:
        if expr.cols > 1:
            return str(super()._print_MatrixBase(expr))
        # A column has room for fractions at their full size.
        return r"\left[\begin{gathered}" + r" \\ ".join(map(self._print, expr)) + r"\end{gathered}\right]"

    def _print_Exp1(self, expr: Any, exp: Any = None) -> str:
        return r"\mathrm{e}" if exp is None else rf"\mathrm{{e}}^{{{exp}}}"

    def _print_ExpBase(self, expr: Any, exp: Any = None) -> str:
        power = rf"\mathrm{{e}}^{{{self._print(expr.args[0])}}}"
        return power if exp is None else rf"\left({power}\right)^{{{exp}}}"

    def _print_Order(self, expr: Any) -> str:
        return rf"O\left({self._print(expr.expr)}\right)"

    def _print_Derivative(self, expr: Any) -> str:
        if len(expr.variables) > 1:
            return str(super()._print_Derivative(expr))
        sign = r"\partial" if requires_partial(expr.expr) and not along(expr) else r"\mathrm{d}"
        by, inner = self._print(expr.variables[0]), self._print(expr.expr)
        if expr.expr.is_Symbol:
            return rf"\frac{{{sign} {inner}}}{{{sign} {by}}}"
        fenced = inner if isinstance(expr.expr, sp.Function | sp.MatrixBase) else rf"\left({inner}\right)"
        return rf"\frac{{{sign}}}{{{sign} {by}}} {fenced}"

    def _print_OneMatrix(self, expr: Any) -> str:
        return r"\mathbf{1}"

    def _print_Identity(self, expr: Any) -> str:
        return "1"

    def _print_Transpose(self, expr: Any) -> str:
        return str(super()._print_Transpose(expr)).removesuffix("{T}") + r"{\top}"


def latex(value: Any, notation: Notation) -> str:
    """The expression in LaTeX, for use in display mode."""
    return str(_Latex(notation).doprint(value))
