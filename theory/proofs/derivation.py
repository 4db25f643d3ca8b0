"""Derivations: ordered steps, each checked when the derivation is built, that end in a formula to be used."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
import sympy as sp

from gateflow.theory.checks import InputError, as_numbers, together
from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.algebra import Definition
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.context import Check, Context, entries
from gateflow.theory.proofs.step import Step
from gateflow.theory.proofs.tails import stable
from gateflow.theory.proofs.values import DerivationError


@dataclass(frozen=True, repr=False)
class Result:
    """What a derivation ends in: the right side of its last step.

    name: what it is called; expression: its value, with every definition written out; arguments: its variables, in
    order.
    """

    name: str
    expression: Any
    arguments: tuple[Variable, ...]

    def __call__(self, *numbers: Any, **named: Any) -> Any:
        """Value for numbers or arrays, in order or by name: result(tau_c=0.1, w=1.0). See ``function``."""
        return self.function()(*numbers, **named)

    def __repr__(self) -> str:
        """What it is and of what."""
        return f"<Result {self.name}({', '.join(str(variable.symbol) for variable in self.arguments)})>"

    def _repr_latex_(self) -> str:
        """The formula, in Jupyter."""
        return f"$\\displaystyle {sp.latex(self.expression)}$"

    def function(self) -> Callable[..., Any]:
        """A numeric function of the arguments, in order or by name; a tuple for several entries.

        It is vectorised over arrays that broadcast, and every entry has their common shape.
        """
        value, symbols = entries(self.expression), [variable.symbol for variable in self.arguments]
        names, sized = [str(symbol) for symbol in symbols], matrices.symbolic(*value)
        flat = None if sized else sp.lambdify(symbols, [*map(stable, value)],
                                              [{"HalfErfc": lambda x: scipy.special.erfc(x) / 2}, "scipy"])

        def evaluate(*numbers: Any, **named: Any) -> Any:
            given = dict(zip(names, numbers, strict=False)) | named
            if len(numbers) + len(named) != len(names) or set(given) != set(names):
                raise TypeError(f"{self.name} takes {', '.join(names)}, got {len(numbers)} numbers"
                                f"{' and ' * bool(named)}{', '.join(named)}")
            arrays = [as_numbers(name, given[name]) for name in names]
            if flat is None:
                parts = [matrices.numeric(entry, dict(zip(symbols, arrays, strict=True))) for entry in value]
                return tuple(parts) if len(value) > 1 else np.asarray(parts[0])
            # Conditions need arrays of one shape; where a branch is not taken it may have no value.
            together(**dict(zip(names, arrays, strict=True)))
            arrays = [np.array(array) for array in np.broadcast_arrays(*arrays)]
            shape = arrays[0].shape if arrays else ()
            with np.errstate(all="ignore"):
                parts = [np.array(np.broadcast_to(part, shape)) for part in flat(*arrays)]
            return tuple(parts) if len(value) > 1 else np.asarray(parts[0], dtype=np.float64)

        lines = [f"{variable.symbol}: {variable.meaning}, {_shape(variable)}, in units of {variable.unit}"
                 for variable in self.arguments]
        evaluate.__name__ = "".join(letter if letter.isalnum() else "_" for letter in self.name)
        own = f" (..., {', '.join(map(str, value[0].shape))})" if len(value) == 1 and value[0].is_Matrix else ""
        returns = f"Returns {'a tuple of arrays' if len(value) > 1 else f'an array{own}'} of their common shape."
        evaluate.__doc__ = "\n".join([f"{self.name} = {self.expression}", "", *lines, "", returns])
        return evaluate


# Signs of claims in LaTeX.
_SIGNS = {"⇒": r"\Rightarrow", "≥": r"\geq", ":=": ":="}


def _shape(variable: Variable) -> str:
    size = getattr(variable.symbol, "shape", None)
    return "array of any shape" if size is None else f"array (..., {size[0]}, {size[1]})"


@dataclass(frozen=True, repr=False)
class Derivation:
    """Steps under assumptions. Building one checks every step; one that is wrong raises DerivationError.

    name, title, source: what it is called, and where the statement comes from; variables, conditions: what is assumed;
    steps: in order; result_name: what the last step's right side is; test: the test that confronts it with simulation;
    summary: what it teaches, in a sentence or two. exercises: further steps, from anything that stands there in the
    end, that are set as problems: their statement asks, their right side is the answer, why explains it.
    """

    name: str
    title: str
    source: str
    summary: str
    variables: tuple[Variable, ...]
    steps: tuple[Step, ...]
    result_name: str
    test: str
    conditions: tuple[Condition, ...] = ()
    exercises: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = field(init=False)
    exercise_checks: tuple[Check, ...] = field(init=False)
    result: Result = field(init=False)

    def __post_init__(self) -> None:
        """Check all steps."""
        self._require_parts()
        definitions: dict[sp.Symbol, sp.Expr] = {}
        checks = []
        for number, step in enumerate(self.steps, 1):
            checks.append(self._checked(f"step {number}", step, self.steps[:number - 1], definitions))
            if isinstance(step, Definition):
                definitions = {**definitions, step.before: step.after}
        unused = self._unused(definitions)
        if unused:
            raise DerivationError(f"{self.name} defines {unused} and never uses it")
        object.__setattr__(self, "checks", tuple(checks))
        object.__setattr__(self, "exercise_checks", tuple(
            self._checked(f"exercise {number}", step, self.steps, definitions)
            for number, step in enumerate(self.exercises, 1)))
        object.__setattr__(self, "result", self._result(definitions))

    def _checked(self, place: str, step: Step, earlier: Sequence[Step],
                 definitions: Mapping[sp.Symbol, Any]) -> Check:
        """Check a step that follows from earlier ones. Raises DerivationError that names it."""
        context = Context(self.variables, self.conditions, definitions)
        try:
            _require_link(step, earlier, context)
            return step.verify(context)
        except DerivationError as failure:
            raise DerivationError(f"{self.name}, {place} ({step.kind}: {step.statement}): {failure}") from None

    def __repr__(self) -> str:
        """Name and number of steps."""
        return f"<Derivation {self.name}: {len(self.steps)} checked steps, result {self.result.name}>"

    def _repr_latex_(self) -> str:
        """All steps, in Jupyter."""
        lines = [f"{sp.latex(left)} & {_SIGNS.get(sign, sign)} {sp.latex(right)}"
                 for left, sign, right in (step.claim() for step in self.steps)]
        return "$$\\begin{aligned}" + r" \\ ".join(lines) + "\\end{aligned}$$"

    def _require_parts(self) -> None:
        """See that the parts are what they should be, and symbols declared once. Raises InputError."""
        for name, kind in (("variables", Variable), ("conditions", Condition), ("steps", Step), ("exercises", Step)):
            value = getattr(self, name)
            if not isinstance(value, tuple | list) or not all(isinstance(part, kind) for part in value):
                raise InputError(f"{name} of {self.name} must be a tuple of {kind.__name__}s, got {value!r}")
            object.__setattr__(self, name, tuple(value))
        if not isinstance(self.name, str) or not re.fullmatch(r"[\w-]+", self.name):
            # Files are called so.
            raise InputError(f"name of a derivation must be of letters, digits, - and _, got {self.name!r}")
        if not self.steps:
            raise InputError(f"{self.name} must have a step at least, got none")
        symbols = [variable.symbol for variable in self.variables]
        twice = sorted({str(symbol) for symbol in symbols if symbols.count(symbol) > 1})
        if twice:
            raise InputError(f"{self.name} must declare each symbol once, got {', '.join(twice)} twice")
        known = {*symbols, *(step.before for step in self.steps if isinstance(step, Definition))}
        for condition in self.conditions:
            unknown = sorted(map(str, condition.relation.free_symbols - known))
            if unknown:
                raise InputError(f"{self.name} must declare what it assumes something of, got {', '.join(unknown)} in "
                                 f"{condition.words!r}")

    def context(self, number: int) -> Context:
        """What step number (from 1) may assume: variables, conditions and the definitions before it."""
        before = self.steps[:number - 1]
        return Context(self.variables, self.conditions,
                       {step.before: step.after for step in before if isinstance(step, Definition)})

    def _unused(self, definitions: Mapping[sp.Symbol, Any]) -> str:
        last = self.steps[-1]
        # A last definition is what all the rest leads to, if a function of the project has the same value.
        used: set[sp.Symbol] = {last.before} if isinstance(last, Definition) and last.agrees else set()
        for step in self.steps:
            parts = [step.after] if isinstance(step, Definition) else [step.before, step.after]
            for part in parts:
                for entry in entries(part):
                    used |= entry.free_symbols
        return ", ".join(sorted(str(symbol) for symbol in set(definitions) - used))

    def _result(self, definitions: Mapping[sp.Symbol, Any]) -> Result:
        expression = Context(self.variables, self.conditions, definitions).expand(self.steps[-1].after)
        symbols = {symbol for entry in entries(expression) for symbol in entry.free_symbols}
        # Sizes need not be told: matrices bring theirs along.
        symbols -= matrices.sizes(symbols)
        return Result(self.result_name, expression, tuple(v for v in self.variables if v.symbol in symbols))


def _require_link(step: Step, before: Sequence[Step], context: Context) -> None:
    """See that a step begins at something that stands there already, or says where it comes from.

    It may begin at a side of an earlier step, at an expression that has such a side or a defined symbol in it, or
    at a part of one. A claim that multiples of its sides would fulfil too needs exactly what stands there: no
    origin will do.
    """
    exact = {entry for side in step.linked() for entry in _written(side, context)}
    defined = set(context.definitions) & set().union(*(part.free_symbols for part in entries(step.before)))
    free = not before or step.origin or defined or isinstance(step, Definition)
    if free and not exact:
        return
    known: set[Any] = set().union(*(_written(side, context) for step in before for side in (step.before, step.after)))
    missing = [entry for entry in exact - known if not entry.is_number]
    if missing:
        raise DerivationError(f"{missing[0]} has not been derived or defined before")
    if free:
        return
    begins = [entry for entry in _written(step.before, context) if not entry.is_number]
    parts = [part for part in known if not part.is_Atom and not part.is_number]
    if begins and not any(entry in known or any(entry.has(part) or part.has(entry) for part in parts)
                          for entry in begins):
        raise DerivationError(f"{step.before} stands in no earlier step: link it to one, or say in origin where "
                              "it comes from")


def _written(value: Any, context: Context) -> set[sp.Expr]:
    """The entries of an expression in a form in which equal ones are found again."""
    return {_expanded(entry) for entry in entries(context.expand(value))}


# Every step asks for those of all earlier ones.
_expanded = lru_cache(maxsize=1024)(sp.expand)
