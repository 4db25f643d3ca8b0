"""Parameters that say what they mean: frozen dataclasses whose fields carry meaning, unit and range.

    @dataclass(frozen=True)
    class Switching(Parameters):
        hazard: float = parameter(0.05, "probability of a switch", PROBABILITY)
        tau_c: float = parameter(0.03, "time constant of the gates", POSITIVE, unit="time")
        means: tuple[float, ...] = parameter((0.2, 0.8), "mean of each context")
        order: str = parameter("first", "what is updated first", ("first", "last"))

Fields are checked when an object is made, and are the options of the command line that makes one.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateflow.theory.checks import REAL, InputError, Range, choice, shown

# Where a field keeps its meaning.
KEY = "meaning"


@dataclass(frozen=True)
class Meaning:
    """What a field means. text: in a few words; unit: "" where it has none; allowed: a range, or the choices.

    metavar: how its value is written on the command line, None for X or N by its range;
    positional: written there without the name of an option; switch: it is True or False.
    """

    text: str
    unit: str
    allowed: Range | tuple[Any, ...]
    metavar: str | None
    positional: bool = False
    switch: bool = False


def parameter(default: Any, text: str, allowed: Range | Sequence[Any] = REAL, *, unit: str = "",
              metavar: str | None = None, positional: bool = False) -> Any:
    """Return a dataclass field with a meaning; a tuple as default stands for several values, each in the range."""
    choices = allowed if isinstance(allowed, Range) else tuple(allowed)
    return dataclasses.field(default=default, metadata={KEY: Meaning(text, unit, choices, metavar, positional,
                                                             isinstance(default, bool))})


def meanings(kind: type) -> dict[str, tuple["dataclasses.Field[Any]", Meaning]]:
    """Fields of a class of parameters that have a meaning, by name."""
    return {field.name: (field, field.metadata[KEY]) for field in dataclasses.fields(kind) if KEY in field.metadata}


@dataclass(frozen=True)
class Parameters:
    """Base of all parameters: every field is checked against its range when an object is made."""

    def __post_init__(self) -> None:
        """Check every field with a meaning; subclasses check afterwards what fields have to do with each other."""
        for name, (field, meaning) in meanings(type(self)).items():
            value = getattr(self, name)
            if value is field.default and value in (None, ()):
                continue
            if isinstance(field.default, tuple):
                checked: Any = tuple(_checked(name, entry, meaning) for entry in _entries(name, value))
            elif isinstance(field.default, bool):
                if not isinstance(value, bool):
                    raise InputError(f"{name} must be True or False, got {shown(value)}")
                checked = value
            else:
                checked = _checked(name, value, meaning)
            object.__setattr__(self, name, checked)

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values by name."""
        return dataclasses.asdict(self)


def _checked(name: str, value: Any, meaning: Meaning) -> Any:
    allowed = meaning.allowed
    if meaning.switch:
        if not isinstance(value, bool):
            raise InputError(f"{name} must be true or false, got {shown(value)}")
        return value
    return allowed.check(name, value) if isinstance(allowed, Range) else choice(name, value, allowed)


def _entries(name: str, value: Any) -> Iterator[Any]:
    try:
        values = list(value) if not isinstance(value, str | bytes) else []
    except TypeError:
        values = []
    if not values:
        raise InputError(f"{name} must be several values, got {shown(value)}")
    yield from values


def check_different(name: str, values: Sequence[Any]) -> None:
    """Raise InputError for values of which one is there twice."""
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"{name} must be different, got {value} {values.count(value)} times")


def check_span(name: str, values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a range. Raises InputError unless they are two, the first below the second."""
    if len(values) != 2 or not values[0] < values[1]:
        raise InputError(f"{name} must be a range from low to high, got {' '.join(f'{value:g}' for value in values)}")
    return values[0], values[1]


def take_positional(words: Sequence[Any], kinds: Sequence[type], names: Sequence[str]) -> dict[str, Any]:
    """The positional parameter that a word other than one of the names is for, by name. Raises InputError."""
    fields = {name: meaning for kind in kinds for name, (_, meaning) in meanings(kind).items() if meaning.positional}
    others = [word for word in words if word not in names]
    if len(others) > len(fields):
        raise InputError(f"experiment must be one of {', '.join(names)}, got {others[-1]!r}")
    return dict(zip(fields, others, strict=False))
