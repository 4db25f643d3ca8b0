"""Free response times: random walks until they reach a bound."""

from typing import Any

import numpy as np
from numpy.random import Generator

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import COUNT, POSITIVE, REAL, Array, InputError


@takes(drift=Axes("walks", alone=True), bound=POSITIVE, sigma=POSITIVE, step=POSITIVE, limit=COUNT)
def first_passage(drift: Array, rng: Generator, *, bound: float, sigma: float, step: float = 1.0,
                  limit: int = 4000) -> tuple[Array, Array]:
    """Times, in steps of the evidence, and signs of the answers of walks that start at 0.

    drift: a step, one for each walk, (walks,)
    bound: ±B
    sigma: noise of one step of the evidence
    step: how often the bound is looked at
    limit: looks at most

    Raises InputError, also where a walk has not decided by then.
    """
    time, sign, y, open_ = np.zeros(drift.shape), np.zeros(drift.shape), np.zeros(drift.shape), np.arange(len(drift))
    for k in range(1, limit + 1):
        y[open_] += drift[open_] * step + sigma * np.sqrt(step) * rng.standard_normal(len(open_))
        done = np.abs(y[open_]) >= bound
        time[open_[done]], sign[open_[done]] = k * step, np.sign(y[open_[done]])
        open_ = open_[~done]
        if not len(open_):
            return time, sign
    raise InputError(f"limit must be long enough for all walks, got {limit}: {len(open_)} have not decided")


@takes(sums=REAL, bound=POSITIVE)
def answers_at_bound(sums: Any, bound: float, xp: Any = np) -> Any:
    """½ until evidence has reached a bound, from then on 1 or 0 by its sign there.

    sums: (time, ...), the evidence so far; bound: ±B; xp: numpy or jax.numpy.
    """
    if np.ndim(sums) == 0:
        raise InputError("sums must have shape (time, ...), got one number")
    reached = xp.abs(sums) >= bound
    first = xp.argmax(reached, axis=0)[None]
    side = (xp.take_along_axis(sums, first, axis=0) > 0) * 1.0
    return xp.where(xp.cumsum(reached, axis=0) > 0, side, 0.5)
