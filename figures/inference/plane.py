"""What both planes of task inference share."""

from dataclasses import dataclass

import numpy as np

from gateflow.figures.plot import FieldPlot
from gateflow.theory.checks import MEMBERS, SIDE, Array, Range
from gateflow.theory.parameters import parameter


def spread(ends: tuple[float, ...], number: int, *, even: bool = False) -> Array:
    """So many values from one end to the other, evenly or with equal ratios."""
    low, high = ends
    return np.linspace(low, high, number) if even else np.geomspace(low, high, number)


@dataclass(frozen=True)
class InferencePlane(FieldPlot):
    """Agents that infer simulated sequences, laid over a field."""

    points: int = parameter(120, "points a side of the field", Range(3, SIDE.high, whole=True))
    seeds: int = parameter(10, "members of the ensemble", Range(2, MEMBERS.high, whole=True))
