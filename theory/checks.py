"""Checks of what a caller hands in: one line that names the field, its value and what is allowed."""

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# What float() might take for a number.
_NO_NUMBERS = (str, bytes, bool, np.bool_, complex, np.complexfloating)
# Entries and letters of a value that a message shows.
_FEW, _LETTERS = 6, 80


class InputError(ValueError):
    """A value that the caller chose is not allowed; the message is one line fit to be shown as it is."""

    def __init__(self, message: str) -> None:
        """Keep the message as one line, whatever the values are that it shows."""
        super().__init__(" ".join(message.split()))


def shown(value: Any) -> str:
    """A value as a message shows it: in short where it is long."""
    if isinstance(value, np.ndarray) and value.size > _FEW:
        return f"an array {value.shape}"
    words = repr(value.item() if isinstance(value, np.generic) else value)
    return words if len(words) <= _LETTERS else f"{words[:_LETTERS]}…"


@dataclass(frozen=True)
class Range:
    """Numbers that a quantity may be.

    low, high: its ends, which belong to it unless open_low, open_high; infinite ones only with infinite=True. whole:
    integers alone. A range is defined once, where its quantity is, and checked everywhere.
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    whole: bool = False
    infinite: bool = False

    def __str__(self) -> str:
        """What is allowed, in words that follow "must be"."""
        kind = "an integer " if self.whole else ""
        if self.whole and math.isinf(self.low) and math.isinf(self.high):
            return "an integer"
        if math.isinf(self.high):
            words = (f"{'above' if self.open_low else 'of at least' if self.whole else 'at least'} {self.low:g}"
                     if self.low > -math.inf else "a number")
            if self.low == 0 and self.open_low and not self.whole:
                words = "positive"
            return kind + words + ("" if self.infinite or self.whole else " and finite")
        low = f"{'above' if self.open_low else 'at least'} {self.low:g} and " if self.low > -math.inf else ""
        if low and not (self.open_low or self.open_high):
            return f"{kind}between {self.low:g} and {self.high:g}"
        return f"{kind}{low}{'below' if self.open_high else 'at most'} {self.high:g}"

    def check(self, name: str, value: Any) -> Any:
        """Return a number as float, or int if whole. Raises InputError for what is no number of the range."""
        try:
            if not isinstance(value, _NO_NUMBERS) and (not self.whole or isinstance(value, int | np.integer)):
                result = int(value) if self.whole else float(value)
                if self._has(np.float64(result)):
                    return result
        except (TypeError, ValueError, OverflowError):
            pass
        raise InputError(f"{name} must be {self}, got {shown(value)}")

    def check_all(self, name: str, values: Any) -> Array:
        """Return numbers of any shape as a float64 array. Raises InputError for the first that is not of the range."""
        result = as_numbers(name, values)
        if not (has := self._has(result)).all():
            raise InputError(f"{name} must be {self}, got {result[~has].flat[0]:.9g}")
        return result

    def _has(self, values: Array | np.float64) -> NDArray[np.bool_]:
        above = values > self.low if self.open_low else values >= self.low
        below = values < self.high if self.open_high else values <= self.high
        finite = ~np.isnan(values) if self.infinite else np.isfinite(values)
        return above & below & finite & (not self.whole or values == np.rint(values))


@dataclass(frozen=True)
class Text(Range):
    """Words, or the path of a file; what they may say is checked by who reads them."""

    def __str__(self) -> str:
        """What is allowed."""
        return "text"

    def check(self, name: str, value: Any) -> Any:
        """Return words or a path. Raises InputError."""
        if not isinstance(value, str | PurePath):
            raise InputError(f"{name} must be {self}, got {value!r}")
        return value


TEXT = Text()
REAL, POSITIVE, AT_LEAST_0 = Range(), Range(0, open_low=True), Range(0)
PROBABILITY = Range(0, 1)
COUNT, SEED = Range(1, whole=True), Range(0, whole=True)
# Members of an ensemble, and lengths of an axis: more would fit no memory.
MEMBERS = SIZE = Range(1, 100_000, whole=True)
# Trials, observations, updates, inputs of a batch: of more, a command would take days.
MANY = Range(1, 1_000_000, whole=True)
# What theory takes at any positive size, in a command, where units are of order one: beyond, half the digits are lost.
SCALE, STRENGTH = Range(1e-6, 1e6), Range(0, 1e6)
# Blocks that are followed one after another.
BLOCKS = Range(1, 10_000, whole=True)
# Points a side of a field: more would fit no memory.
SIDE = Range(2, 4_000, whole=True)
# Simulated cells a side, each of which takes seconds.
CELLS = Range(1, 1_000, whole=True)
# What NumPy says of arrays larger than any memory, as a ValueError, and Python of such lengths.
TOO_LARGE = ("Maximum allowed", "is too big", "too large")


def as_numbers(name: str, values: Any) -> Array:
    """Return a float64 array. Raises InputError for text, None, what is complex, and lists of unequal lengths."""
    try:
        raw = np.asarray(values)
        # None would be NaN.
        if raw.dtype.kind in "biufO" and not (raw.dtype.kind == "O" and any(entry is None for entry in raw.flat)):
            return raw.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InputError(f"{name} must be an array of numbers, got {type(values).__name__}")


def number(name: str, value: Any, *, minimum: float = -math.inf, open_below: bool = False,
           infinite: bool = False) -> float:
    """Return ``value`` as a float of at least ``minimum`` (above it if ``open_below``).

    NaN is never allowed, infinity only if ``infinite``. Raises InputError otherwise.
    """
    allowed = "a number"
    if minimum == 0:
        allowed = "positive" if open_below else "at least 0"
    elif minimum > -math.inf:
        allowed = f"{'above' if open_below else 'at least'} {minimum:g}"
    if not infinite:
        allowed += " and finite"
    try:
        result = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be {allowed}, got {value!r}") from None
    too_low = result <= minimum if open_below else result < minimum
    if isinstance(value, bool) or math.isnan(result) or too_low or (math.isinf(result) and not infinite):
        raise InputError(f"{name} must be {allowed}, got {value!r}")
    return result


def count(name: str, value: Any, *, minimum: int = 1) -> int:
    """Return ``value`` as an int of at least ``minimum``. Raises InputError otherwise."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < minimum:
        raise InputError(f"{name} must be an integer of at least {minimum}, got {value!r}")
    return int(value)


def choice(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """Return ``value`` if it is one of ``allowed``. Raises InputError otherwise."""
    if isinstance(value, bool | np.ndarray) or not any(value is option or value == option for option in allowed):
        raise InputError(f"{name} must be one of {', '.join(map(str, allowed))}, got {shown(value)}")
    return value


def array(name: str, value: ArrayLike, shape: Sequence[int | str]) -> Array:
    """Return a float64 copy of ``value`` with the given shape; a string stands for any length of at least 1.

    Raises InputError for another shape, for entries that are not numbers and for entries that are not finite.
    """
    result = as_numbers(name, value).copy()
    fits = result.ndim == len(shape) and all(
        have >= 1 if isinstance(want, str) else have == want
        for have, want in zip(result.shape, shape, strict=True))
    if not fits:
        raise InputError(f"{name} must have shape ({', '.join(map(str, shape))}), got {result.shape}")
    if not np.isfinite(result).all():
        bad = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
        raise InputError(f"{name} must be finite, got {result[bad]} at index {bad}")
    return result


def covariance(value: ArrayLike | None, d_in: int) -> Array | None:
    """Return the input covariance Σ (d_in, d_in), or None for whitened inputs (Σ = 1).

    Raises InputError if it is not symmetric and positive semidefinite.
    """
    if value is None:
        return None
    sigma = array("covariance", value, (d_in, d_in))
    scale = float(np.abs(sigma).max())
    if np.abs(sigma - sigma.T).max() > 1e-12 * scale:
        raise InputError("covariance must be symmetric")
    lowest = float(np.linalg.eigvalsh(sigma)[0])
    if lowest < -1e-12 * scale:
        raise InputError(f"covariance must be positive semidefinite, got an eigenvalue of {lowest:.3g}")
    return sigma


def check_memory(size: float, what: str) -> None:
    """Refuse, before it begins, work that needs more memory than this machine has.

    size: bytes. what: what needs them, as it begins a sentence. Raises InputError.

    >>> check_memory(1e30, "a grid of 1e14 points a side")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gateflow.theory.checks.InputError: a grid of 1e14 points a side needs 1e+21 GB of memory, this machine has ...
    """
    if not size <= memory():
        raise InputError(f"{what} needs {size / 1e9:.3g} GB of memory, this machine has {memory() / 1e9:.3g} GB")


@cache
def memory() -> float:
    """Bytes of memory that this machine has, or that the container allows; infinite where neither is told."""
    sizes = [math.inf]
    with suppress(AttributeError, OSError, ValueError):
        sizes.append(float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    with suppress(OSError, ValueError):
        sizes.append(float(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(sizes)


def leading(name: str, value: ArrayLike, shape: Sequence[int | str]) -> Array:
    """Return ``value`` as float64 with the given last axes and any axes before; a string stands for a length ≥ 1.

    Raises InputError for other shapes, for no entries at all and for entries that are not finite.
    """
    result = REAL.check_all(name, value)
    last = result.shape[result.ndim - len(shape):]
    fits = result.ndim >= len(shape) and all(
        isinstance(want, str) or have == want for have, want in zip(last, shape, strict=True))
    if not fits or result.size == 0:
        raise InputError(f"{name} must have shape (..., {', '.join(map(str, shape))}) and at least one entry, "
                         f"got {result.shape}")
    return result


def together(**values: Any) -> tuple[int, ...]:
    """Return the shape that arrays have together. Raises InputError, naming them, if they do not broadcast."""
    shapes = {name: np.shape(value) for name, value in values.items()}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        named = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(f"shapes must fit each other, got {named}") from None


def broadcast(**values: tuple[Any, Range]) -> tuple[Array, ...]:
    """Return numbers or arrays as arrays of one shape: ``broadcast(h=(0.1, PROBABILITY), x=([1.0, 2.0], POSITIVE))``.

    Raises InputError for what is not of its range, for no entries and for shapes that do not broadcast.
    """
    checked = {name: leading(name, allowed.check_all(name, value), ()) for name, (value, allowed) in values.items()}
    together(**checked)
    return tuple(np.broadcast_arrays(*checked.values()))
