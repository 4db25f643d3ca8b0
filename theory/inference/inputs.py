"""Checks of what inference is handed: probabilities, and arrays whose leading axes are free."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import Array, InputError

# How far probabilities may be from a sum of one.
_SUM_SLACK = 1e-9


def leading(name: str, value: ArrayLike, shape: Sequence[int | str]) -> Array:
    """Return ``value`` as float64 with the given last axes and any axes before; a string stands for a length ≥ 1.

    Raises InputError for other shapes, for no entries at all and for entries that are not finite.
    """
    try:
        result = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers, got {type(value).__name__}") from None
    last = result.shape[result.ndim - len(shape):]
    fits = result.ndim >= len(shape) and all(
        isinstance(want, str) or have == want for have, want in zip(last, shape, strict=True))
    if not fits or result.size == 0:
        raise InputError(f"{name} must have shape (..., {', '.join(map(str, shape))}) and at least one entry, "
                         f"got {result.shape}")
    if not np.isfinite(result).all():
        bad = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
        raise InputError(f"{name} must be finite, got {result[bad]} at index {bad}")
    return result


def distribution(name: str, value: ArrayLike, n_tasks: int | str = "K") -> Array:
    """Return ``value`` as probabilities (..., K) over at least two tasks. Raises InputError."""
    result = leading(name, value, (n_tasks,))
    at_least_two(name, result.shape[-1])
    if (result < 0).any():
        raise InputError(f"{name} must be at least 0, got {result.min():g}")
    total = result.sum(axis=-1)
    if (np.abs(total - 1) > _SUM_SLACK).any():
        worst = np.ravel(total)[np.abs(np.ravel(total) - 1).argmax()]
        raise InputError(f"{name} must sum to 1 over tasks, got a sum of {worst:.9g}")
    return result


def within(name: str, value: Any, low: float, high: float) -> Array:
    """Return ``value``, a number or an array, if all of it is between low and high. Raises InputError."""
    result = leading(name, value, ())
    outside = (result < low) | (result > high)
    if outside.any():
        raise InputError(f"{name} must be between {low:g} and {high:g}, got {np.ravel(result)[np.ravel(outside)][0]:g}")
    return result


def positive(name: str, value: Any) -> Array:
    """Return ``value``, a number or an array, if all of it is positive. Raises InputError."""
    result = leading(name, value, ())
    if (result <= 0).any():
        raise InputError(f"{name} must be positive, got {result.min():g}")
    return result


def at_least_two(name: str, n_tasks: int) -> None:
    """Raise InputError for fewer than two tasks."""
    if n_tasks < 2:
        raise InputError(f"{name} must be of at least 2 tasks, got {n_tasks}")


def logits(name: str, value: ArrayLike) -> Array:
    """Return ``value`` as logarithms (..., K), −∞ allowed but not for all K. Raises InputError."""
    try:
        given = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers, got {type(value).__name__}") from None
    impossible = np.isneginf(given)
    leading(name, np.where(impossible, 0.0, given), ("K",))
    if impossible.all(axis=-1).any():
        raise InputError(f"{name} must be above −inf for at least one task")
    return given


def together(**values: Any) -> tuple[int, ...]:
    """Return the shape that arrays have together. Raises InputError, naming them, if they do not broadcast."""
    shapes = {name: np.shape(value) for name, value in values.items()}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(f"shapes must fit each other, got {said}") from None
