"""Rectangles of the plane: the window that is looked at, and the walls that the state cannot pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import Array, InputError, Range

# Beyond this a square of a square would be infinite.
COORDINATE = Range(-1e75, 1e75)


def interval(name: str, value: Any, *, infinite: bool = False) -> tuple[float, float]:
    """Two increasing numbers, finite unless infinity is allowed. Raises InputError."""
    try:
        low, high = value
    except (TypeError, ValueError):
        raise InputError(f"{name} must be two numbers, got {value!r}") from None
    low, high = (end if infinite and np.ndim(end) == 0 and end in (-math.inf, math.inf) else COORDINATE.check(name, end)
                 for end in (low, high))
    if not low < high:
        raise InputError(f"{name} must be two increasing numbers, got {value!r}")
    return low, high


def region_ends(region: Sequence[Any], names: Sequence[str]) -> tuple[Array, Array]:
    """Lower and upper ends (n,) of a region, (low, high) of each of n coordinates. Raises InputError."""
    if len(region) != len(names):
        raise InputError(f"region must have (low, high) of {', '.join(names)}, got {len(region)} pairs")
    low, high = np.array([interval(f"{name} of the region", side) for name, side in zip(names, region, strict=True)]).T
    return low, high


@dataclass(frozen=True)
class Box:
    """The part of the plane that is looked at: x and y, each (low, high), finite. Raises InputError."""

    x: tuple[float, float]
    y: tuple[float, float]

    def __post_init__(self) -> None:
        """Check the sides."""
        for name in ("x", "y"):
            object.__setattr__(self, name, interval(f"{name} of the box", getattr(self, name)))

    @property
    def low(self) -> Array:
        """Lower left corner (2,)."""
        return np.array([self.x[0], self.y[0]])

    @property
    def high(self) -> Array:
        """Upper right corner (2,)."""
        return np.array([self.x[1], self.y[1]])

    @property
    def size(self) -> Array:
        """Width and height (2,)."""
        return self.high - self.low

    def contains(self, points: Array, margin: float = 1e-9) -> Any:
        """Which points (..., 2) lie in the box, or outside by at most this fraction of its sides; booleans (...)."""
        slack = margin * self.size
        return ((points >= self.low - slack) & (points <= self.high + slack)).all(axis=-1)

    def beyond(self, points: Array) -> Any:
        """How far points (..., 2) lie outside, in units of its sides; 0 within; (...)."""
        return np.maximum((self.low - points) / self.size, (points - self.high) / self.size).max(axis=-1).clip(0)

    def wider(self, sides: float) -> "Box":
        """The box with so many of its sides added all around."""
        low, high = self.low - sides * self.size, self.high + sides * self.size
        return Box((low[0], high[0]), (low[1], high[1]))


@dataclass(frozen=True)
class Walls:
    """Bounds that the state cannot pass: x and y, each (low, high), infinite where there is none. Raises InputError.

    At a wall the component of the velocity that points outward is 0, so that an orbit slides along it until the
    velocity turns inward.
    """

    x: tuple[float, float] = (-math.inf, math.inf)
    y: tuple[float, float] = (-math.inf, math.inf)

    def __post_init__(self) -> None:
        """Check the bounds."""
        for name in ("x", "y"):
            object.__setattr__(self, name, interval(f"walls in {name}", getattr(self, name), infinite=True))

    @property
    def low(self) -> Array:
        """Lower bounds (2,)."""
        return np.array([self.x[0], self.y[0]])

    @property
    def high(self) -> Array:
        """Upper bounds (2,)."""
        return np.array([self.x[1], self.y[1]])

    def inside(self, box: Box) -> Box:
        """The part of a box that can be reached. Raises InputError if there is none."""
        low, high = np.maximum(self.low, box.low), np.minimum(self.high, box.high)
        if (low >= high).any():
            raise InputError(f"walls must leave a part of the box free, got x in {self.x} and y in {self.y}")
        return Box((low[0], high[0]), (low[1], high[1]))

    def hold(self, points: Array, velocity: Array) -> Array:
        """The velocity (..., 2) at points (..., 2) without what points out of the walls."""
        outward = ((points <= self.low) & (velocity < 0)) | ((points >= self.high) & (velocity > 0))
        return np.where(outward, 0.0, velocity)
