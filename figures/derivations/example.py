"""How a derivation's result is called from Python: its signature, and lines that run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.proofs import catalogue
from gateflow.theory.proofs.context import entries
from gateflow.theory.proofs.derivation import Derivation
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
        return ("from gateflow.theory.proofs.catalogue import derivation",
                f'f = derivation("{derivation.name}").result.function()', f"print(f({call}))  # about {shown}")
    return "f = derivation.result.function()", f"print(f({call}))  # about {shown}"
