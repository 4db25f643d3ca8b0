"""What both planes of task inference share."""

from dataclasses import dataclass

from gateflow.figures.plot import FieldPlot
from gateflow.figures.style import BLUE, GREEN, PINK
from gateflow.theory.checks import Range
from gateflow.theory.parameters import parameter

# Of cuts through a plane: none that lines within it have.
CUT_COLOURS = (BLUE, GREEN, PINK)


@dataclass(frozen=True)
class InferencePlane(FieldPlot):
    """Agents that infer simulated sequences, laid over a field."""

    points: int = parameter(120, "points a side of the field", Range(3, whole=True))
    seeds: int = parameter(10, "members of the ensemble", Range(2, whole=True))
