"""Steps of fixed length for many systems at once: classical Runge–Kutta, of order 4."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.theory.checks import Array

State = tuple[Array, ...]

# Steps in a block that nobody could wait for.
_MOST = 1e8


def runge_kutta_step(velocity: Callable[..., State], state: State, steps: State) -> State:
    """State after one step.

    velocity(*state): the velocities, shaped like the state; steps: the length of the step for each part of the state,
    numbers or arrays that broadcast against it.
    """
    def moved(share: float, rates: State) -> State:
        return tuple(x + share * h * rate for x, h, rate in zip(state, steps, rates, strict=True))

    k1 = velocity(*state)
    k2 = velocity(*moved(0.5, k1))
    k3 = velocity(*moved(0.5, k2))
    k4 = velocity(*moved(1.0, k3))
    return tuple(x + h / 6 * (first + 2 * (second + third) + last) for x, h, first, second, third, last in
                 zip(state, steps, k1, k2, k3, k4, strict=True))


def step_counts(least: Any) -> NDArray[np.int64]:
    """Whole numbers of steps, at least 1 and at least ``least`` (N,). Raises FloatingPointError for more than 1e8."""
    wanted = np.maximum(least, 1)
    if not (wanted <= _MOST).all():
        raise FloatingPointError(f"it needs {np.max(wanted):.3g} steps a block, more than {_MOST:g}")
    return np.ceil(wanted).astype(np.int64)
