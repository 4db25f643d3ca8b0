"""What the quantities of task inference may be, and checks of probabilities over tasks."""

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import POSITIVE, PROBABILITY, Array, InputError, Range, leading

# Chance that the task changes in a step. SWITCHING: of two tasks in the steady state; rarer changes take minutes to
# average over, and beyond ½ a task that stays would be the change.
HAZARD, SWITCHING = PROBABILITY, Range(1e-6, 0.5)
# Cosine of each two tasks; nearer to 1 their difference is lost to rounding.
OVERLAP = Range(0, 1 - 1e-6)
# Gain a of a tracker: all that are stable, but for those whose memory is longer than can be summed up. SHARE: those
# that never go beyond what is observed, and do not take minutes.
GAIN, SHARE = Range(1e-4, 2 - 1e-4), Range(1e-3, 1)
# Relative noise R of two tasks: below there is nothing left to infer, above the continuum has it.
NOISE = Range(0.01, 1e4)
# Rate η of a task vector, and of weights, which learn a constant input at once at 1.
RATE, LEARNING_RATE = POSITIVE, Range(0, 1, open_low=True, open_high=True)
# Means of contexts: squares of others lose digits.
MEAN = Range(-1e6, 1e6)
# Least distance of two contexts, in units of the noise, at which there is something to tell.
NEAREST = 1e-3
# Number of tasks.
TASKS = Range(2, whole=True)
# How far probabilities may be from a sum of one.
_SUM_SLACK = 1e-9


def distribution(name: str, value: ArrayLike | None, n_tasks: int | str = "K") -> Array:
    """Return ``value`` as probabilities (..., K) over at least two tasks; None is flat. Raises InputError."""
    if value is None and not isinstance(n_tasks, str):
        value = np.full(n_tasks, 1 / n_tasks)
    result = leading(name, np.nan if value is None else value, (n_tasks,))
    at_least_two(name, result.shape[-1])
    if (result < 0).any():
        raise InputError(f"{name} must be at least 0, got {result.min():g}")
    total = np.ravel(result.sum(axis=-1))
    worst = total[np.abs(total - 1).argmax()]
    if abs(worst - 1) > _SUM_SLACK:
        raise InputError(f"{name} must sum to 1 over tasks, got a sum of {worst:.9g}")
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
