"""How a derivation's result is called from Python: its signature, and lines that run."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.proofs import catalogue
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.context import entries
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step
from gateflow.theory.proofs.values import DerivationError

# Significant digits of the numbers in an example.
_DIGITS = 2


def signature(derivation: Derivation) -> tuple[str, str]:
    """How the numeric function f is called, and what it returns."""
    arguments = ", ".join(str(variable.symbol) for variable in derivation.result.arguments)
    size = len(entries(derivation.result.expression))
    return f"f({arguments})", f"a tuple of {size} arrays" if size > 1 else "an array"


def example(derivation: Derivation) -> tuple[str, ...]:
    """Lines of Python that evaluate the result where the assumptions hold; none where no round numbers satisfy them."""
    symbols = {variable.symbol for variable in derivation.result.arguments}
    function = derivation.result.function()
    try:
        points = list(derivation.context(len(derivation.steps) + 1).points(symbols)) if symbols else [{}]
    except DerivationError:
        return ()
    for point in points:
        numbers = [_rounded(point[variable.symbol]) for variable in derivation.result.arguments]
        if not all(_holds(condition.relation, derivation, numbers) for condition in derivation.conditions):
            continue
        with np.errstate(all="ignore"):
            found = function(*numbers)
        if all(np.isfinite(value).all() for value in (found if isinstance(found, tuple) else (found,))):
            return _written(derivation, numbers, found)
    return ()


def _rounded(value: Any) -> Any:
    """A number, or nested lists of a matrix, with few digits."""
    if isinstance(value, sp.MatrixBase):
        return [[_rounded(entry) for entry in value.row(i)] for i in range(value.rows)]
    return int(value) if value.is_Integer else float(f"{float(value):.{_DIGITS}g}")


def _holds(relation: Any, derivation: Derivation, numbers: Sequence[Any]) -> bool:
    """Whether a condition is satisfied by rounded arguments; one that concerns other symbols too is not judged."""
    full = derivation.context(len(derivation.steps) + 1).expand(relation)
    at = {variable.symbol: sp.nsimplify(number) for variable, number in
          zip(derivation.result.arguments, numbers, strict=True) if not isinstance(number, list)}
    told = sp.sympify(full).subs(at)
    return bool(told) if told in (sp.true, sp.false) else True


def _written(derivation: Derivation, numbers: Sequence[Any], found: Any) -> tuple[str, ...]:
    values = found if isinstance(found, tuple) else (found,)
    shown = ", ".join(np.array2string(np.asarray(value), precision=4, separator=", ").replace("\n", "")
                      for value in values)
    call = ", ".join(map(str, numbers))
    if derivation.name in catalogue.NAMES:
        return ("from gateflow.derivations import derivation",
                f'f = derivation("{derivation.name}").result.function()', f"print(f({call}))  # about {shown}")
    return "f = d.result.function()", f"print(f({call}))  # about {shown}"


def construction(derivation: Derivation) -> str:
    """Python that builds a derivation as d: one of the project by its name, any other written out.

    Numeric functions with which definitions agree are left out of what is written out.
    """
    if derivation.name in catalogue.NAMES:
        return f'from gateflow.derivations import derivation\n\nd = derivation("{derivation.name}")'
    return ("from sympy import *\n\nimport gateflow.derivations as g\n\n"
            f"d = {_code(derivation)}")


def _code(value: Any) -> str:
    """Python that makes a value again, after ``from sympy import *`` and ``import gateflow.derivations as g``."""
    if isinstance(value, Derivation | Step | Variable | Condition):
        given = [(part.name, getattr(value, part.name)) for part in fields(value) if part.init]
        listed = [f"{name}={_code(item)}" for name, item in given if not callable(item) or isinstance(item, sp.Basic)]
        return f"g.{type(value).__name__}({', '.join(listed)})"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_code, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_code(key)}: {_code(item)}' for key, item in value.items())}}}"
    return sp.srepr(value) if isinstance(value, sp.Basic | sp.MatrixBase) else repr(value)
