"""Right-hand sides as text: numbers, names, operators and calls of known functions, and nothing that grows too large.

A constant part must have a size that a number of double precision has, before SymPy works it out to the last digit:
9**9**9**9, 1e999999999 and factorial(10**9) are refused at once.
"""

import ast
import io
import math
import operator
import re
import tokenize
from collections.abc import Callable
from typing import Any

import sympy as sp

from gateflow.theory.checks import InputError

_ALIASES = {
    "abs": sp.Abs, "max": sp.Max, "min": sp.Min, "Max": sp.Max, "Min": sp.Min, "ceil": sp.ceiling, "mod": sp.Mod,
    "Mod": sp.Mod, "heaviside": sp.Heaviside, "step": sp.Heaviside, "sqrt": sp.sqrt, "cbrt": sp.cbrt,
    "arcsin": sp.asin, "arccos": sp.acos, "arctan": sp.atan, "arctan2": sp.atan2, "arcsinh": sp.asinh,
    "arccosh": sp.acosh, "arctanh": sp.atanh, "lambertw": sp.LambertW, "W": sp.LambertW, "gammaln": sp.loggamma,
    "And": sp.And, "Or": sp.Or, "Not": sp.Not, "Piecewise": sp.Piecewise,
    "where": lambda condition, this, that: sp.Piecewise((this, condition), (that, True))}
_OPERATORS = {"+", "-", "*", "/", "**", "^", "(", ")", ",", "<", "<=", ">", ">=", "==", "!=", "&", "|", "~", "%"}
_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.Mod: operator.mod, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: sp.Eq,
    ast.NotEq: sp.Ne, ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert}
# Characters of equations, levels of an expression; logarithm of the largest number. Largest constants that functions
# are called with: those that grow like exp, all others but those of the last
# line. Characters of a message.
_LONGEST, _DEEPEST, _LARGEST, _STEEP, _OTHERS, _SHOWN = 10_000, 200, 700.0, 700, 170, 80
_GROWING = (sp.exp, sp.sinh, sp.cosh)
_FREE = (sp.log, sp.sin, sp.cos, sp.tan, sp.tanh, sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh, sp.atan2,
         sp.sqrt, sp.cbrt, sp.Abs, sp.sign, sp.Max, sp.Min, sp.floor, sp.ceiling, sp.Mod, sp.Heaviside, sp.Piecewise)


def split_equations(text: str) -> list[str]:
    """The equations of a text, which commas, semicolons or ends of lines part where no bracket is open."""
    if len(text) > _LONGEST:
        raise InputError(f"equations must be of at most {_LONGEST} characters, got {len(text)}")
    parts, depth = [""], 0
    for letter in text.replace("’", "'").replace("′", "'"):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter in ",;\n":
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]


def read_expression(text: str, name: str) -> Any:
    """A right-hand side as a SymPy expression: only numbers, names, operators and calls of known functions."""
    wrong = InputError(f"{name}' must be an expression, got {text.strip()[:_SHOWN]!r}")
    symbols: dict[str, Any] = {}
    words, depth = [], 0
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text.strip().replace("−", "-")).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        raise wrong from None
    for token, behind in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        word, kind = token.string, token.type
        if kind == tokenize.NAME and behind.string == "(" and word not in ("and", "or", "not"):
            symbols[f"_f{len(symbols)}"] = _function(word, name)
            words.append(f"_f{len(symbols) - 1}")
        elif kind == tokenize.NAME and word in ("and", "or", "not"):
            raise InputError(f"{name}' must say And(…), Or(…) and Not(…), got {word!r}")
        elif kind == tokenize.NAME:
            symbols[f"_f{len(symbols)}"] = {"True": sp.true, "False": sp.false}.get(word, sp.Symbol(word))
            words.append(f"_f{len(symbols) - 1}")
        elif kind == tokenize.NUMBER and not re.search(r"[jJ_xXoO]", word):
            if math.isinf(float(word)) or (float(word) == 0 and re.search("[1-9]", re.split("[eE]", word)[0])):
                raise InputError(f"{name}' must have numbers that double precision has, got {word}")
            symbols[f"_f{len(symbols)}"] = sp.Rational(word)
            words.append(f"_f{len(symbols) - 1}")
        elif kind == tokenize.OP and word in _OPERATORS:
            words.append({"^": "**"}.get(word, word))
            depth += (word == "(") - (word == ")")
        elif word.strip():
            raise InputError(f"{name}' must have only numbers, names, functions and operators, got {word!r}")
    try:
        read = _built(ast.parse(" ".join(words), mode="eval").body, symbols, name, 0)
    except InputError:
        raise
    except Exception as problem:
        said = f": {problem}" if isinstance(problem, (TypeError, ValueError)) else ""
        raise InputError(f"{name}' must be an expression, got {text.strip()[:_SHOWN]!r}{said}") from None
    if isinstance(read, sp.Expr) and read.has(sp.zoo, sp.nan, sp.oo, -sp.oo):
        raise InputError(f"{name}' must have a value, got {text.strip()[:_SHOWN]!r}")
    if not isinstance(read, sp.Expr):
        raise wrong
    return read


def _built(node: ast.AST, symbols: dict[str, Any], name: str, depth: int) -> Any:
    """The expression that a tree is, worked out from its leaves."""
    if depth > _DEEPEST:
        raise InputError(f"{name}' must have at most {_DEEPEST} levels of brackets and operators")

    def built(part: ast.AST) -> Any:
        return _built(part, symbols, name, depth + 1)

    if isinstance(node, ast.Name):
        return symbols[node.id]
    if isinstance(node, ast.BinOp):
        left, right = built(node.left), built(node.right)
        if isinstance(node.op, ast.Pow):
            _check_power(left, right, name)
        return _OPERATIONS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        return _OPERATIONS[type(node.op)](built(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _OPERATIONS[type(node.ops[0])](built(node.left), built(node.comparators[0]))
    if isinstance(node, ast.Call):
        function, given = built(node.func), [built(part) for part in node.args]
        most = _STEEP if function in _GROWING else math.inf if function in _FREE else _OTHERS
        if any(getattr(one, "is_number", False) and not abs(complex(one)) <= most for one in given):
            raise InputError(f"{name}' must call {function.__name__} with numbers of at most {most:g}, got "
                             f"{', '.join(map(str, given))[:60]}")
        return function(*given)
    if isinstance(node, ast.Tuple):
        return tuple(map(built, node.elts))
    raise TypeError("comparisons must be of two, as And(0 < x, x < 1)")


def _check_power(base: Any, exponent: Any, name: str) -> None:
    """Refuse what no double has room for. Raises InputError."""
    if getattr(exponent, "is_number", False) and exponent.is_extended_real:
        power = abs(float(exponent))
        size = math.log(max(abs(complex(base)), 1e-300)) if getattr(base, "is_number", False) and base != 0 else 0.0
        if not power * abs(size) <= _LARGEST:
            raise InputError(f"{name}' must have powers that double precision has, got one of size "
                             f"exp({power * size:.3g})")


def _function(word: str, name: str) -> Callable[..., Any]:
    function = _ALIASES.get(word) or getattr(sp.functions, word, None)
    if function is None or not callable(function):
        raise InputError(f"{name}' must call functions that SymPy knows, got {word!r}")
    called: Callable[..., Any] = function
    return called


