"""The string that a network is: ``"p,pij->ij"``, indices of its factors and of its map."""

import re
from dataclasses import dataclass

from gateflow.theory.checks import InputError


@dataclass(frozen=True)
class Spec:
    """Indices of each factor and of the output; summed: those that the map does not have."""

    factors: tuple[str, ...]
    output: str

    @classmethod
    def parse(cls, text: str) -> "Spec":
        """Read ``"p,pij->ij"``; spaces do not matter. Raises InputError naming the index that is wrong.

        >>> Spec.parse("ih, hj -> ij").summed
        'h'
        """
        plain = re.sub(r"\s", "", text) if isinstance(text, str) else ""
        if not re.fullmatch(r"[a-zA-Z]*(,[a-zA-Z]*)*->[a-zA-Z]*", plain):
            raise InputError(f"spec must be letters, commas and one arrow, as p,pij->ij, got {text!r}")
        left, output = plain.split("->")
        factors = tuple(left.split(","))
        for part, indices in (*((f"factor {n}", indices) for n, indices in enumerate(factors, 1)), ("output", output)):
            for index in indices:
                if indices.count(index) > 1:
                    raise InputError(f"spec must have each index of a factor once, got {index} "
                                     f"{indices.count(index)} times in {part} of {plain}")
        for index in output:
            if not any(index in indices for indices in factors):
                raise InputError(f"spec must have index {index} of the output in a factor, got {plain}")
        for index in dict.fromkeys("".join(factors)):
            if index not in output and sum(index in indices for indices in factors) == 1:
                raise InputError(f"spec must not sum index {index}, which occurs in one factor only, got {plain}")
        return cls(factors, output)

    def __str__(self) -> str:
        """As it is written."""
        return f"{','.join(self.factors)}->{self.output}"

    @property
    def indices(self) -> str:
        """All indices, in order of appearance."""
        return "".join(dict.fromkeys("".join(self.factors)))

    @property
    def summed(self) -> str:
        """Indices that are summed over."""
        return "".join(index for index in self.indices if index not in self.output)

    def holders(self, index: str) -> tuple[int, ...]:
        """Which factors have an index."""
        return tuple(f for f, indices in enumerate(self.factors) if index in indices)
