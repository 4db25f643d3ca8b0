"""What every step of a derivation has, and when it needs another to stand on."""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.context import Check, Context, entries

# Fields of the kinds of step that may be left out.
_OPTIONAL = ("agrees", "sharp", "others", "origin", "remark")


@dataclass(frozen=True, repr=False)
class Step:
    """One step: a statement in words, an expression before and after, and why the one follows from the other.

    before and after are SymPy expressions or matrices. What exactly is claimed depends on the kind. origin: where
    before comes from, if no earlier step has it; remark: words that go with the step and that nothing checks.
    """

    statement: str
    before: Any
    after: Any
    why: str = ""
    origin: str = field(default="", kw_only=True)
    remark: str = field(default="", kw_only=True)
    kind: ClassVar[str] = "rewrite"

    def __post_init__(self) -> None:
        """Check that both sides are expressions and that nothing is missing. Raises InputError."""
        for name in ("before", "after"):
            side = getattr(self, name)
            if (not isinstance(side, sp.Basic | sp.MatrixBase | int | float)
                    or isinstance(side, bool | sp.Set | sp.Lambda | sp.Tuple)):
                raise InputError(f"{name} of {self.statement!r} must be an expression of SymPy, got {side!r}")
            if 0 in getattr(side, "shape", ()):
                raise InputError(f"{name} of {self.statement!r} must have entries, got {side!r}")
            if isinstance(side, int | float):
                object.__setattr__(self, name, sp.sympify(side))
        # Only for the order of fields do those of a kind have a default.
        for part in fields(self):
            if part.name not in _OPTIONAL and getattr(self, part.name) in (None, ()):
                raise InputError(f"{part.name} of {self.statement!r} must be given")

    def __repr__(self) -> str:
        """Kind and statement."""
        return f"<{self.kind}: {self.statement}>"

    def _repr_latex_(self) -> str:
        """What is claimed, in Jupyter."""
        left, sign, right = self.claim()
        mark = {"⇒": r"\Rightarrow", "≥": r"\geq"}.get(sign, sign)
        return f"$\\displaystyle {sp.latex(left)} {mark} {sp.latex(right)}$"

    def claim(self) -> tuple[Any, str, Any]:
        """Left side, sign and right side of what the step claims, for showing it."""
        return self.before, "=", self.after

    def linked(self) -> tuple[Any, ...]:
        """Sides that must stand in the derivation already, because a multiple of them would fulfil the claim too."""
        vanishes = all(entry == 0 for entry in entries(self.after))
        return (self.before,) if vanishes and self.kind != "definition" and single(self.before) else ()

    def verify(self, context: Context) -> Check:
        """Check the claim. Raises DerivationError."""
        return context.equal(self.before, self.after)


def single(value: Any) -> bool:
    """Whether an expression is one term: the weights of several terms against each other would not go unnoticed."""
    return all(not isinstance(entry, sp.Add | sp.MatAdd) for entry in entries(value))
