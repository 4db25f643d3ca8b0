"""SymPy's printer of presentation MathML, with the project's notation and with what it lacks or gets wrong."""

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.printing.conventions import requires_partial
from sympy.printing.mathml import MathMLPresentationPrinter
from sympy.printing.precedence import PRECEDENCE, precedence_traditional

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.printers import Ordered, along
from gateflow.figures.derivations.tidy import Root, Scalar, unsigned

# Names of functions and operators that are not the lower-case name of their class.
_NAMES = {"log": "ln", "atanh": "artanh", "acosh": "arcosh", "asinh": "arsinh"}

# What makes parentheses around it grow.
_TALL = ("mfrac", "mtable", "msqrt", "mroot", "munder", "munderover", "msubsup")
_SIGNS = {"==": "=", "!=": "≠", "<": "&lt;", ">": "&gt;", "<=": "≤", ">=": "≥"}


class _MathML(Ordered, MathMLPresentationPrinter):  # type: ignore[misc]
    def __init__(self, notation: Notation) -> None:
        super().__init__({"ln_notation": True})
        self.notation = notation

    def _tag(self, name: str, *children: Any, **attributes: str) -> Any:
        """An element with children: nodes, or text that is XML already."""
        element = self.dom.createElement(name)
        for key, value in attributes.items():
            element.setAttribute(key, value)
        for child in children:
            element.appendChild(self.dom.createTextNode(child) if isinstance(child, str) else child)
        return element

    def _op(self, sign: str) -> Any:
        return self._tag("mo", sign)

    def _upright(self, letter: str) -> Any:
        return self._tag("mi", letter, mathvariant="normal")

    def _fenced(self, *nodes: Any) -> Any:
        """Nodes in parentheses, which stretch (and stand apart) only around what is tall."""
        tall = any(node.getElementsByTagName(tag) or node.tagName == tag for node in nodes for tag in _TALL)
        left, right = (self._tag("mo", sign, stretchy="true" if tall else "false") for sign in "()")
        return self._tag("mrow", left, *nodes, right)

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> Any:
        """The printed item, in parentheses where its precedence asks for them."""
        binding = precedence_traditional(item)
        node = self._print(item)
        return self._fenced(node) if binding < level or (not strict and binding <= level) else node

    def _paren_comma_separated(self, *args: Any) -> Any:
        nodes = [node for arg in args for node in (self._comma(), self._print(arg))]
        return self._fenced(*nodes[1:])

    def _print_MatrixBase(self, expr: Any) -> Any:
        lines = [self._tag("mtr", *(self._tag("mtd", self._print(entry)) for entry in expr.row(i)))
                 for i in range(expr.rows)]
        return self._tag("mrow", self._op("["), self._tag("mtable", *lines, displaystyle="true"), self._op("]"))

    def _raw(self, name: str) -> Any:
        return self._tag("mrow", self.notation.glyph(name).mathml())

    def _print_Symbol(self, expr: Any, style: str = "plain") -> Any:
        return self._raw(expr.name)

    def _print_MatrixSymbol(self, expr: Any) -> Any:
        return self._raw(expr.name)

    def _print_Root(self, expr: Root) -> Any:
        inner = self._print(expr.radicand)
        return self._tag("msqrt", inner) if expr.degree == 2 else self._tag("mroot", inner, self._print(expr.degree))

    def _print_Scalar(self, expr: Scalar) -> Any:
        return self._print(expr.inner)

    def _print_DiagMatrix(self, expr: Any) -> Any:
        return self._tag("mrow", self._tag("mi", "diag"), self._op("&#x2061;"), self._fenced(self._print(expr.args[0])))

    def _print_Exp1(self, expr: Any) -> Any:
        return self._upright("e")

    def _print_Pi(self, expr: Any) -> Any:
        return self._tag("mi", "π")

    def _print_ImaginaryUnit(self, expr: Any) -> Any:
        return self._upright("i")

    def _print_NegativeOne(self, expr: Any) -> Any:
        return self._print_Integer(expr)

    def _print_Integer(self, expr: Any) -> Any:
        number = self._tag("mn", str(abs(int(expr))))
        return number if expr >= 0 else self._tag("mrow", self._op("−"), number)

    def _print_int(self, expr: int) -> Any:
        return self._print_Integer(sp.Integer(expr))

    def _print_Add(self, expr: Any, order: Any = None) -> Any:
        return self._signed(self._as_ordered_terms(expr, order=order))

    def _print_MatAdd(self, expr: Any) -> Any:
        return self._signed(expr.args)

    def _signed(self, terms: Sequence[Any]) -> Any:
        """Terms with their signs between them."""
        nodes: list[Any] = []
        for term in terms:
            negative, part = unsigned(term)
            if nodes or negative:
                nodes.append(self._op("−" if negative else "+"))
            node = self._print(part)
            nodes.append(self._fenced(node) if isinstance(part, sp.Add) and negative else node)
        return self._tag("mrow", *nodes)

    def _print_Mul(self, expr: Any) -> Any:
        if expr.could_extract_minus_sign():
            return self._tag("mrow", self._op("−"), self.parenthesize(-expr, PRECEDENCE["Add"]))
        top, bottom = sp.fraction(expr, exact=True)
        if bottom != 1:
            return self._tag("mfrac", self._print(top), self._print(bottom))
        number, factors = expr.as_coeff_mul()
        listed = ([] if number == 1 else [number]) + list(sp.Mul(*factors, evaluate=False).as_ordered_factors())
        nodes: list[Any] = []
        for factor in listed:
            # A name of several letters stands apart from what it is multiplied with.
            gap = [self._tag("mspace", width="0.17em")] if nodes and isinstance(factor, sp.Function) else []
            nodes += [self._op("&#x2062;"), *gap, self.parenthesize(factor, PRECEDENCE["Mul"], strict=True)]
        return self._tag("mrow", *nodes[1:])

    def _print_Derivative(self, expr: Any) -> Any:
        partial = requires_partial(expr.expr) and not along(expr)
        number = sum(times for _, times in expr.variable_count)

        def sign(times: int) -> Any:
            one = self._tag("mo", "∂") if partial else self._upright("d")
            return one if times == 1 else self._tag("msup", one, self._print(sp.Integer(times)))

        bottom: list[Any] = []
        for variable, times in expr.variable_count:
            by = self._print(variable)
            power = by if times == 1 else self._tag("msup", by, self._print(sp.Integer(times)))
            bottom += [sign(1), power]
        inner = self._print(expr.expr)
        if expr.expr.is_Symbol:
            return self._tag("mfrac", self._tag("mrow", sign(number), inner), self._tag("mrow", *bottom))
        return self._tag("mrow", self._tag("mfrac", sign(number), self._tag("mrow", *bottom)),
                         inner if isinstance(expr.expr, sp.Function | sp.MatrixBase) else self._fenced(inner))

    def _print_Integral(self, expr: Any) -> Any:
        nodes = []
        for _, *ends in reversed(expr.limits):
            sign = self._op("∫")
            nodes.append(self._tag("msubsup", sign, *map(self._print, ends)) if len(ends) == 2 else sign)
        nodes.append(self.parenthesize(expr.function, PRECEDENCE["Mul"], strict=True))
        for variable, *_ in reversed(expr.limits):
            nodes += [self._tag("mspace", width="0.17em"), self._upright("d"), self._print(variable)]
        return self._tag("mrow", *nodes)

    def _print_Limit(self, expr: Any) -> Any:
        inner, variable, point, side = expr.args
        goal = self._print(point)
        if str(side) == "+" and point.is_finite:
            goal = self._tag("msup", goal, self._op("+"))
        below = self._tag("mrow", self._print(variable), self._op("→"), goal)
        return self._tag("mrow", self._tag("munder", self._op("lim"), below), self._tag("mspace", width="0.17em"),
                         self.parenthesize(inner, PRECEDENCE["Mul"], strict=True))

    def _print_Order(self, expr: Any) -> Any:
        return self._tag("mrow", self._tag("mi", "O"), self._fenced(self._print(expr.expr)))

    def _print_Subs(self, expr: Any) -> Any:
        rows = [self._tag("mrow", self._print(old), self._op("="), self._print(new))
                for old, new in zip(expr.variables, expr.point, strict=True)]
        where = [node for row in rows for node in (self._op(","), row)][1:]
        return self._tag("msub", self._fenced(self._print(expr.expr)), self._tag("mrow", *where))

    def _print_Function(self, expr: Any) -> Any:
        name = type(expr).__name__
        if isinstance(expr, sp.core.function.AppliedUndef):
            head = self._raw(name)
        else:
            head = self._tag("mi", _NAMES.get(name, self.mathml_tag(expr)))
        return self._tag("mrow", head, self._op("&#x2061;"), self._paren_comma_separated(*expr.args))

    def _print_Max(self, expr: Any) -> Any:
        return self._tag("mrow", self._tag("mi", type(expr).__name__.lower()), self._op("&#x2061;"),
                         self._paren_comma_separated(*sorted(expr.args, key=sp.default_sort_key)))

    _print_Min = _print_Max

    def _print_Heaviside(self, expr: Any) -> Any:
        return self._tag("mrow", self._tag("mi", "θ"), self._op("&#x2061;"), self._fenced(self._print(expr.args[0])))

    def _print_Trace(self, expr: Any) -> Any:
        return self._tag("mrow", self._tag("mi", "tr"), self._op("&#x2061;"), self._fenced(self._print(expr.arg)))

    def _print_Determinant(self, expr: Any) -> Any:
        return self._print_Abs(expr)

    def _print_Transpose(self, expr: Any) -> Any:
        return self._tag("msup", self.parenthesize(expr.arg, PRECEDENCE["Pow"]), self._upright("T"))

    def _print_MatMul(self, expr: Any) -> Any:
        negative, plain = unsigned(expr)
        if negative:
            return self._tag("mrow", self._op("−"), self._print(plain))
        factor, rest = plain.as_coeff_mmul() if isinstance(plain, sp.MatMul) else (sp.Integer(1), plain)
        listed = [*([] if factor == 1 else [factor]), *(rest.args if isinstance(rest, sp.MatMul) else [rest])]
        nodes = [node for one in listed
                 for node in (self._op("&#x2062;"), self.parenthesize(one, PRECEDENCE["Mul"], strict=True))]
        return self._tag("mrow", *nodes[1:])

    def _print_ZeroMatrix(self, expr: Any) -> Any:
        return self._tag("mn", "0")

    def _print_Identity(self, expr: Any) -> Any:
        return self._tag("mn", "1")

    def _print_OneMatrix(self, expr: Any) -> Any:
        return self._tag("mn", "𝟙")

    def _print_Relational(self, expr: Any) -> Any:
        sign = _SIGNS.get(expr.rel_op, expr.rel_op)
        return self._tag("mrow", self._print(expr.lhs), self._op(sign), self._print(expr.rhs))

    def _print_Piecewise(self, expr: Any) -> Any:
        lines = []
        for value, when in expr.args:
            words = self._tag("mtext", "else") if when == sp.true else self._tag(
                "mrow", self._tag("mtext", "if "), self._print(when))
            lines.append(self._tag("mtr", self._tag("mtd", self._print(value)), self._tag("mtd", words)))
        return self._tag("mrow", self._op("{"), self._tag("mtable", *lines))


def mathml(value: Any, notation: Notation) -> str:
    """The expression as the content of a math element."""
    plain = str(_MathML(notation).doprint(value))
    return plain.replace("&InvisibleTimes;", "&#x2062;").replace("<mo>-</mo>", "<mo>&#x2212;</mo>")
