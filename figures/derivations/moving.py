"""Pictures that move with a laboratory's sliders: curves, iterations and fields, declared as expressions of SymPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy as sp

from gateflow.figures.derivations.javascript import function
from gateflow.theory.checks import Array

# What goes along a curve, and what counts steps, where nothing else is said.
_PARAMETER, _COUNTER = sp.Symbol("s", real=True), sp.Symbol("n", integer=True, nonnegative=True)
# Which curve of a family it is, from 0.
MEMBER = sp.Symbol("member", integer=True, nonnegative=True)


@dataclass(frozen=True)
class Path:
    """Curves (x, y) over a parameter between ends, straight on for as long as a third expression is positive.

    members: how many of them, told apart by MEMBER; points: into how many pieces each is cut; style: "line", "dash" or
    "dots"; colour: 0 to 5.
    """

    kind: ClassVar[str] = "path"

    x: Any
    y: Any
    parameter: sp.Symbol = _PARAMETER
    ends: tuple[Any, Any] = (0, 1)
    while_positive: Any = 1
    members: Any = 1
    points: int = 160
    style: str = "line"
    colour: int = 0

    def script(self, symbols: Sequence[sp.Symbol]) -> str:
        """Its functions in JavaScript, of the sliders' symbols first."""
        own = (*symbols, MEMBER)
        return (f"{{members: {function([self.members], symbols)}, ends: {function(self.ends, own)}, "
                f"at: {function([self.x, self.y, self.while_positive], (*own, self.parameter))}}}")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "points": self.points, "style": self.style, "colour": self.colour}


@dataclass(frozen=True)
class Iteration:
    """A state that goes on step by step from a start: after n steps the point (x, y).

    state: its symbols; following: their next values; given: numbers (points + 1,) for symbols that are new in every
    step, as what is observed; counter: the symbol of n; stairs: whether y stands for the whole of a step.
    """

    kind: ClassVar[str] = "iteration"

    state: tuple[sp.Symbol, ...]
    start: tuple[Any, ...]
    following: tuple[Any, ...]
    x: Any
    y: Any
    points: int
    counter: sp.Symbol = _COUNTER
    given: Mapping[sp.Symbol, Array] = field(default_factory=dict)
    stairs: bool = False
    style: str = "line"
    colour: int = 0

    def script(self, symbols: Sequence[sp.Symbol]) -> str:
        """Its functions in JavaScript, of the sliders' symbols first."""
        own = (*symbols, *self.state, *self.given, self.counter)
        return (f"{{start: {function(self.start, symbols)}, next: {function(self.following, own)}, "
                f"show: {function([self.x, self.y], own)}}}")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "points": self.points, "style": self.style, "colour": self.colour,
                "stairs": self.stairs, "given": [[float(f"{x:.5g}") for x in one] for one in self.given.values()]}


@dataclass(frozen=True)
class Field:
    """Shades of a value between 0 and 1 over the whole picture, whose axes are the symbols x and y."""

    kind: ClassVar[str] = "field"

    value: Any
    x: sp.Symbol
    y: sp.Symbol

    def script(self, symbols: Sequence[sp.Symbol]) -> str:
        """Its function in JavaScript, of the sliders' symbols first."""
        place = {self.x: sp.Dummy(), self.y: sp.Dummy()}
        return f"{{at: {function([sp.sympify(self.value).xreplace(place)], (*symbols, *place.values()))}}}"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class Picture:
    """Layers within a box (left, right, bottom, top), names of the axes, and what it shows, in a sentence or two.

    equal: whether both axes have one scale; then the box is a part of what is shown.
    """

    caption: str
    box: tuple[float, float, float, float]
    x: str
    y: str
    layers: tuple[Path | Iteration | Field, ...]
    equal: bool = False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"box": self.box, "x": self.x, "y": self.y, "equal": self.equal,
                "layers": [layer.plain() for layer in self.layers]}
