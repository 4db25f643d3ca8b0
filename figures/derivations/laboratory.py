"""A laboratory: sliders for what a result depends on, its curve computed in the page, and points of simulations.

What a derivation's laboratory shows beyond its curve is declared in ``figures/ROOM/laboratories.py``, by its name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.javascript import NotInJavaScriptError, function
from gateflow.figures.derivations.mathml import mathml
from gateflow.figures.derivations.moving import Picture
from gateflow.figures.derivations.sheet import Sheet
from gateflow.figures.derivations.words import to_html
from gateflow.sim.compare.rows import half_widths
from gateflow.theory.checks import Array
from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.context import entries
from gateflow.theory.proofs.derivation import Result

# From this ratio of its ends on, a range is walked through in equal ratios.
_WIDE = 30.0
# Rows of the table of values.
_ROWS = 7
# Variables that are a time, and no time constant, by their meaning.
_TIME = re.compile(r"time(?! constant)\b")


@dataclass(frozen=True)
class Simulated:
    """What a simulation gave along one variable.

    words: what was simulated, and how often; along: the variable; x (n,): its values; y, half (n,): means and half the
    width of their 95 % intervals; at: the other variables; output: which of the result's entries it is.
    """

    words: str
    along: str
    x: Sequence[float] | Array
    y: Sequence[float] | Array
    half: Sequence[float] | Array
    at: Mapping[str, float]
    output: int = 0


def members(words: str, along: str, x: Any, values: Array, at: Mapping[str, float]) -> Simulated:
    """What an ensemble gave: values (S, n), member by member, at n values x of a variable."""
    return Simulated(words, along, x, values.mean(axis=0), half_widths(values).filled(np.nan), at)


def sampled(words: str, along: str, x: Sequence[float] | Array, sample: Callable[[Array], Array],
            at: Mapping[str, float] | None = None) -> Callable[[], Sequence[Simulated]]:
    """Return what simulates an ensemble: sample gives values (S, n) for the values x (n,) of a variable."""
    return lambda: [members(words, along, np.asarray(x), sample(np.asarray(x)), at or {})]


@dataclass(frozen=True)
class Laboratory:
    """What a laboratory shows, where it is not what the derivation says itself.

    axis: the variable on the axis at first, else a time, else the first declared; start: settings of sliders; ranges:
    of sliders, where they are not the ranges in which claims are checked; put: what stands for symbols (by name), as
    explicit matrices for those of any size, with variables of their own; outputs: names of the result's entries;
    variables: further ones, of what is put in or of the picture; simulate: returns the points; picture: one that moves
    along; note: what a reader should know.
    """

    axis: str = ""
    start: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    put: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    simulate: Callable[[], Sequence[Simulated]] | None = None
    picture: Picture | None = None
    note: str = ""


@dataclass(frozen=True)
class Slider:
    """A variable with the range of its slider, and where that stands at first."""

    variable: Variable
    low: float
    high: float
    value: float

    @property
    def log(self) -> bool:
        """Whether equal ways of the slider are equal ratios."""
        return self.low > 0 and self.high / self.low >= _WIDE and not self.whole

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only: what is counted, also where its symbol is a real one."""
        return bool(self.variable.symbol.is_integer) or self.variable.meaning.startswith("number of ")

    @property
    def unit(self) -> str:
        """Its unit, but where that is 1."""
        return "" if self.variable.unit == "1" else self.variable.unit

    def places(self, number: int) -> Array:
        """So many values along it."""
        if self.whole:
            return np.unique(np.round(np.linspace(self.low, self.high, number)))
        return (np.geomspace if self.log else np.linspace)(self.low, self.high, number)


@dataclass(frozen=True)
class Bench:
    """A laboratory with everything that a page needs of it.

    sliders: of all variables; values: the result's entries, in their symbols; outputs: names of these; relations: what
    is assumed, in symbols and words; axis: place of the variable on the axis; simulated: points.
    """

    sheet: Sheet
    laboratory: Laboratory
    sliders: tuple[Slider, ...]
    values: tuple[Any, ...]
    outputs: tuple[str, ...]
    relations: tuple[tuple[Any, str], ...]
    axis: int
    simulated: tuple[Simulated, ...]

    @property
    def symbols(self) -> tuple[Any, ...]:
        """Symbols of the sliders."""
        return tuple(slider.variable.symbol for slider in self.sliders)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sliders."""
        return tuple(map(str, self.symbols))

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The numeric function of the sliders, in their order."""
        variables = tuple(slider.variable for slider in self.sliders)
        return Result(self.sheet.result_name, sp.Matrix(self.values), variables).function()

    def shown(self, name: str) -> str:
        """A symbol in Unicode, as the derivation writes it."""
        return self.sheet.notation.glyph(name).text()

    def words(self, text: str) -> str:
        """A sentence as HTML, with the symbols of the derivation and of the sliders."""
        return to_html(text, self.notation)

    @cached_property
    def notation(self) -> Notation:
        """How symbols are written."""
        return replace(self.sheet.notation, names=(*self.sheet.notation.names, *self.names))

    def symbol(self, name: str) -> str:
        """A symbol in MathML."""
        return mathml(self.sheet.notation.glyph(name).latex())

    def label(self, place: int) -> str:
        """The meaning of a slider's variable, with its symbol."""
        meaning, text = self.sliders[place].variable.meaning, self.shown(self.names[place])
        # An a alone is a word.
        named = text != "a" and re.search(rf"(?<!\w){re.escape(text)}(?![\w\u0300-\u036f])", meaning)
        return meaning if named else f"{meaning}, {text}"

    def choice(self, place: int) -> str:
        """The same in plain text, as a list has it: subscripts without letters of their own there stand beside."""
        return self.label(place).replace("_", "")

    def script(self) -> str:
        """The object of functions that the page's script calls."""
        picture = self.laboratory.picture
        layers = "" if picture is None else ", ".join(layer.script(self.symbols) for layer in picture.layers)
        return (f"{{result: {function(self.values, self.symbols)}, "
                f"conditions: {function([relation for relation, _ in self.relations], self.symbols)}, "
                f"layers: [{layers}]}}")

    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        texts = [self.shown(name) for name in self.names]
        variables = [{"text": text, "unit": slider.unit, "label": self.label(k), "low": slider.low, "high": slider.high,
                      "value": slider.value, "log": slider.log, "whole": slider.whole}
                     for k, (text, slider) in enumerate(zip(texts, self.sliders, strict=True))]
        picture = self.laboratory.picture
        return {"variables": variables, "axis": self.axis, "outputs": list(self.outputs),
                "label": self.sheet.result_name, "conditions": [words for _, words in self.relations],
                "simulated": [self._plain(one) for one in self.simulated],
                "picture": None if picture is None else picture.plain()}

    def _plain(self, one: Simulated) -> dict[str, Any]:
        along = self.names.index(one.along)
        at = [one.at.get(name, slider.value) for name, slider in zip(self.names, self.sliders, strict=True)]
        x, y, half = (np.asarray(part, dtype=float) for part in (one.x, one.y, one.half))
        half = np.nan_to_num(half)
        return {"along": along, "at": at, "output": one.output, "x": _short(x), "y": _short(y),
                "low": _short(y - half), "high": _short(y + half)}

    def evaluate(self, **changed: Any) -> list[Array]:
        """The result's entries where the sliders stand at first, but for what is changed."""
        found = self.function(*(changed.get(name, slider.value)
                                for name, slider in zip(self.names, self.sliders, strict=True)))
        return list(found) if isinstance(found, tuple) else [found]

    def table(self) -> list[tuple[float, list[float]]]:
        """Values of the variable on the axis, and of the result there."""
        slider = self.sliders[self.axis]
        x = slider.places(_ROWS)
        found = self.evaluate(**{self.names[self.axis]: x})
        return [(float(place), [float(entry[k]) for entry in found]) for k, place in enumerate(x)]


def set_up(sheet: Sheet, laboratory: Laboratory, simulated: bool = True) -> Bench:
    """Return the laboratory of a derivation; simulated: whether its simulations are run.

    Raises NotInJavaScriptError where a page cannot compute the result.
    """
    formula = sheet.formula
    put = {variable.symbol: laboratory.put[str(variable.symbol)] for variable in formula.arguments
           if str(variable.symbol) in laboratory.put}
    sizes = {size: sp.Integer(length) for symbol, value in put.items() if isinstance(symbol, sp.MatrixSymbol)
             for size, length in zip(symbol.shape, value.shape, strict=True) if isinstance(size, sp.Symbol)}
    value = matrices.evaluate(formula.expression, {**put, **sizes}) if put else formula.expression
    if matrices.symbolic(value):
        raise NotInJavaScriptError("the result is one for matrices of any size")
    values = tuple(entries(value))
    shown = set().union(*(entry.free_symbols for entry in values), (own.symbol for own in laboratory.variables))
    sliders = tuple(_slider(variable, sheet, laboratory) for variable in (*formula.arguments, *laboratory.variables)
                    if variable.symbol in shown)
    if not sliders:
        raise NotInJavaScriptError("the result is a number")
    symbols = [slider.variable.symbol for slider in sliders]
    outputs = laboratory.outputs or ((sheet.result_name,) if len(values) == 1 else
                                     tuple(f"entry {k + 1}" for k in range(len(values))))
    return Bench(sheet, laboratory, sliders, values, outputs,
                 tuple(one for one in formula.relations if one[0].free_symbols <= set(symbols)),
                 _axis(sliders, laboratory.axis),
                 tuple(laboratory.simulate()) if laboratory.simulate and simulated else ())


def _slider(variable: Variable, sheet: Sheet, laboratory: Laboratory) -> Slider:
    name = str(variable.symbol)
    low, high = laboratory.ranges.get(name, (variable.low, variable.high))
    start = laboratory.start.get(name, sheet.formula.start.get(name, (low + high) / 2))
    slider = Slider(variable, float(low), float(high), float(start))
    return replace(slider, value=round(start)) if slider.whole else slider


def _axis(sliders: Sequence[Slider], declared: str) -> int:
    if declared:
        return [str(slider.variable.symbol) for slider in sliders].index(declared)
    return next((k for k, slider in enumerate(sliders) if _TIME.match(slider.variable.meaning)), 0)


def _short(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
