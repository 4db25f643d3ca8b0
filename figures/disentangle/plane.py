"""What the planes of many tasks share: parameters, how a field of errors is drawn, and agents laid over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gateflow.figures.disentangle.errors import r2_of
from gateflow.figures.field import hatch, lay, level_lines
from gateflow.figures.plot import FieldPlot, Machine, Plot
from gateflow.figures.style import caption, marks
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.compare.rows import FEWEST, Row, make_row
from gateflow.sim.disentangle.filtering import filter_cells
from gateflow.sim.disentangle.setting import NOISE
from gateflow.theory.checks import CELLS, MANY, SIDE, Array, Range
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.parameters import parameter

SIGMA_T, FACTOR_ERROR = "noise of the mean, $\\sigma/\\sqrt{t}$", "mean squared error of a factor"
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 0.99, 0.995)
POINTS = Range(3, SIDE.high, whole=True)
# How much larger or smaller than predicted a simulated error may be where the error model holds.
WITHIN = 0.35
_QUARTER = 0.25


@dataclass(frozen=True)
class ErrorPlot(FieldPlot):
    """A plane over which the state is known more or less well, with exact filters laid over it."""

    precision: float = parameter(0.01, "δ of the reports: standard deviation of the error they are read with", NOISE)
    show: str = parameter("r2", "what colours show", ("r2", "error"))
    trials: int = parameter(150, "trials of a simulated agent", Range(10, MANY.high, whole=True))
    cells: int = parameter(5, "simulated cells a side", CELLS)

    def agents(self, machine: Machine, axes: Mapping[str, Any], names: tuple[str, str], error: Array, alone: Array,
               tasks: str = "even") -> FieldRuns:
        """Filters over axes of ``FilterSetting``, those of x and y named; error, alone (Y, X): from theory there."""
        fixed = {"precision": self.precision, "trials": self.trials, "tasks": tasks}
        return FieldRuns.of(self.swept(machine, filter_cells, axes, fixed), "r2", *names, r2_of(error),
                            ~saturated(error, alone))

    def drawn(self, figure: Figure, field: "ErrorField", words: str, parameters: Mapping[str, Any],
              results: Mapping[str, Any], agents: FieldRuns | None, data: Mapping[str, Array]) -> Plot:
        """The plot of a field, its caption said, with how far agents lie from theory where there are any."""
        if agents is not None:
            words += f" Circles: {self.seeds} agents each; r² {agents.words()}."
            results = {**results, "simulations_that_failed": list(agents.failures) or None}
            data = {**data, **agents.data("agents")}
        caption(figure, words)
        return Plot(self.name(), figure, {**field.data(), **data}, parameters, results,
                    [] if agents is None else agent_rows(agents))


def saturated(error: Array, alone: Array) -> NDArray[np.bool_]:
    """Where bare answers carry the estimate: without them its error would be larger by more than a quarter."""
    return np.asarray(alone > (1 + _QUARTER) * error)


@dataclass(frozen=True)
class ErrorField:
    """Errors over a plane, from theory. x (X,), y (Y,); error (Y, X); missing (Y, X): rank below D.

    alone (Y, X): error in the Gaussian error model alone, without what bare answers tell.
    """

    x: Array
    y: Array
    error: Array
    alone: Array
    missing: NDArray[np.bool_]

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Where outputs saturate so that the error model alone does not hold, (Y, X)."""
        return saturated(self.error, self.alone)

    def data(self) -> dict[str, Array]:
        """The arrays, by name."""
        names = ("x", "y", "error", "alone", "missing", "outside")
        return {name: np.asarray(getattr(self, name)) for name in names} | {"r2": r2_of(self.error)}


def agent_rows(agents: FieldRuns) -> list[Row]:
    """How far theory and agents lie apart."""
    distance, finite = agents.distance, agents.finite
    if not finite.any():
        return [make_row("r² of agents, largest distance over cells", "observation", error=float("nan"))]
    factor, claimed = np.abs(np.log((1 - agents.mean) / (1 - agents.predicted))), finite & agents.judged
    rows = [make_row(f"r² of agents, mean distance over {int(finite.sum())} cells", "observation",
                     theory=float(agents.predicted[finite].mean()), simulation=float(agents.mean[finite].mean()),
                     error=float(distance[finite].mean())),
            make_row("r² of agents, largest distance over cells", "observation", error=float(distance[finite].max()))]
    if claimed.any():
        # Half the interval of the logarithm of an error, typical of cells: the median is rarely off by as much.
        chance = float(np.nanmedian((agents.half() / (1 - agents.mean))[agents.judged])) \
            if len(agents.values) >= FEWEST else float("nan")
        cells = f"{int(claimed.sum())} cell" + ("s" if claimed.sum() > 1 else "")
        rows += [make_row(f"log of error over theory, typical of {cells} where the model holds", "approximation",
                          error=float(np.median(factor[claimed])), tolerance=WITHIN / 2 + chance),
                 make_row("log of error over theory, largest there", "observation", error=float(factor[claimed].max()))]
    return rows


def draw(figure: Figure, axes: Axes, field: ErrorField, show: str, agents: FieldRuns | None,
         yscale: str = "linear") -> None:
    """Colours, lines of equal r², hatching where theory is out of its domain, and agents as circles.

    The axis of x is logarithmic, that of y as yscale says.
    """
    # Before lines are labelled: the gap that a label needs is cut out of the line as it lies on the page.
    axes.set(xscale="log", yscale=yscale, xlim=(field.x[0], field.x[-1]), ylim=(field.y[0], field.y[-1]))
    r2, error = r2_of(field.error), show == "error"
    image = axes.pcolormesh(field.x, field.y, field.error if error else np.clip(r2, 0, 1), shading="nearest",
                            norm=LogNorm(1e-4, VARIANCE) if error else Normalize(0, 1),
                            cmap="viridis_r" if error else "viridis", rasterized=True)
    hatch(axes, field.x, field.y, field.outside, "////")
    hatch(axes, field.x, field.y, field.missing, "xxxx")
    outlined: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.4, foreground="0.25")]
    for label in level_lines(axes, field.x, field.y, r2, LEVELS, "white"):
        label.set_path_effects(outlined)
    if agents is not None:
        lay(axes, agents, image, (1 - agents.mean) * VARIANCE if error else None)
    figure.colorbar(image, ax=axes, pad=0.02, label=FACTOR_ERROR if error else "$r^2$")


def agent_marks(axes: Axes, agents: FieldRuns, y: float, colour: str, error: bool = False) -> None:
    """Agents at one value of y, with the intervals of their means over seeds."""
    here = agents.y == y
    (r2,), (half,) = agents.mean[here], np.nan_to_num(agents.half())[here]
    value, reach = ((1 - r2) * VARIANCE, half * VARIANCE) if error else (r2, half)
    marks(axes, agents.x, value, reach, colour, outlined=True)


def nearest(values: Array, wanted: Sequence[float]) -> list[float]:
    """The values that lie nearest to those that are wanted, by their logarithms."""
    return sorted({float(values[np.abs(np.log(values / each)).argmin()]) for each in wanted})
