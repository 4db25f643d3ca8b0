"""Random streams for named purposes.

A room keeps its purposes in an enumeration, each with a key of its own (numbers of ``SeedSequence``'s spawn key):

    class Purpose(Enum):
        TEACHERS = (0,)
        INITIAL_WEIGHTS = (1,)

The stream of a member depends on seed, purpose and member alone: not on what runs beside it, nor on how many workers.
"""

from collections.abc import Iterable
from enum import Enum

import numpy as np
from numpy.random import Generator, SeedSequence


def stream(seed: int, purpose: Enum, *key: int) -> Generator:
    """Return the random stream of a purpose; key: what else tells it from others, as a setting and a member."""
    return np.random.default_rng(SeedSequence(seed, spawn_key=(*purpose.value, *key)))


def streams(seed: int, purpose: Enum, members: Iterable[int], *key: int) -> list[Generator]:
    """Return the random stream of every member for a purpose."""
    return [stream(seed, purpose, *key, member) for member in members]
