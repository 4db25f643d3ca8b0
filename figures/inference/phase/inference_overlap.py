"""How often one gradient step is right, over overlap of tasks and noise, and where it loses"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.field import lay, level_lines, plain_numbers
from gateflow.figures.inference.plane import InferencePlane, spread
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import CUT_COLOURS, ORANGE, caption, marks, style
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.cells import overlap_cells
from gateflow.sim.inference.field_rows import field_rows
from gateflow.theory.checks import MANY, SCALE, Array, Range
from gateflow.theory.inference.accuracy import converged_accuracy, overlapping_accuracy
from gateflow.theory.inference.inputs import OVERLAP
from gateflow.theory.parameters import check_span, parameter

_OVERLAP, _SIGMA, _ACCURACY = "overlap of tasks, $\\rho$", "noise, $\\sigma$", "accuracy"
_LEVELS, _LOST = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99), (0.01, 0.02, 0.05, 0.1, 0.2)
# Points a side at which accuracies are calculated; between them a spline has them, to about the tolerance.
_EXACT, _TOLERANCE = 33, 1e-7
_CUTS = (0.1, 0.5, 0.9)
_QUANTITIES = {"plain": "accuracy of one step", "posterior": "accuracy of the posterior",
               "converged": "accuracy of two free gates at their end"}


def spread_norms(n_tasks: int, ratio: float) -> Array:
    """Norms (K,), evenly spread, of mean 1, the last so many times the first."""
    return np.linspace(1, ratio, n_tasks) * 2 / (1 + ratio)


@dataclass(frozen=True, eq=False)
class _Field:
    """Theory over the plane: accuracy (S, R) of one step without its correction, plain, and of the posterior, best.

    overlap (R,), sigma (S,).
    """

    overlap: Array
    sigma: Array
    plain: Array
    best: Array

    @classmethod
    def of(cls, norms: Array, overlap: tuple[float, ...], sigma: tuple[float, ...], points: int) -> "_Field":
        from scipy.interpolate import RectBivariateSpline

        few = min(points, _EXACT)
        x, y = spread(overlap, points, even=True), spread(sigma, points)
        at_x, at_y = spread(overlap, few, even=True), np.log(spread(sigma, few))
        fields = []
        for corrected in (False, True):
            exact = overlapping_accuracy(norms, at_x, np.exp(at_y)[:, None], corrected=corrected, tolerance=_TOLERANCE)
            fields.append(RectBivariateSpline(at_y, at_x, exact, kx=min(3, few - 1), ky=min(3, few - 1))(np.log(y), x))
        return cls(x, y, *fields)

    @property
    def lost(self) -> Array:
        """Accuracy that one step loses against the posterior, (S, R)."""
        return np.maximum(self.best - self.plain, 0)

    def results(self) -> dict[str, Any]:
        """Where one step loses most."""
        j, i = np.unravel_index(int(self.lost.argmax()), self.lost.shape)
        return {"largest_loss_of_one_step": float(self.lost[j, i]), "at_overlap": float(self.overlap[i]),
                "at_sigma": float(self.sigma[j]), "mean_loss_over_the_plane": float(self.lost.mean())}


@dataclass(frozen=True)
class InferenceOverlap(InferencePlane):
    """Accuracy of one step over overlap and noise."""

    example: ClassVar[str] = "--n-tasks 3 --simulate"
    cost: ClassVar[str] = "3 s, 20 s with --simulate"

    overlap_range: tuple[float, ...] = parameter((0.0, 0.95), "from the lowest to the highest cosine of each two tasks",
                                                 OVERLAP, metavar="X")
    sigma_range: tuple[float, ...] = parameter((0.1, 2.0), "from the lowest to the highest noise", SCALE,
                                               unit="mean norm of the tasks", metavar="X")
    n_tasks: int = parameter(5, "number of tasks", Range(2, 100, whole=True), metavar="K")
    norms: float = parameter(3.0, "norm of the largest task over that of the smallest; their mean is 1", Range(1, 20),
                             metavar="RATIO")
    observations: int = parameter(2000, "observations of a simulated member", Range(100, MANY.high, whole=True))

    def __post_init__(self) -> None:
        """Check that ranges are ranges."""
        super().__post_init__()
        for name in ("overlap_range", "sigma_range"):
            check_span(name, getattr(self, name))

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw it. Raises InputError."""
        norms, pair = spread_norms(self.n_tasks, self.norms), spread_norms(2, self.norms)
        field = _Field.of(norms, self.overlap_range, self.sigma_range, self.points)
        agents = self._agents(machine) if self.simulate else {}
        with style():
            figure = self._drawn(field, norms, agents)
        data = {"x": field.overlap, "y": field.sigma, "accuracy": field.plain, "posterior": field.best,
                "lost": field.lost, "norms": norms, "converged_of_two": converged_accuracy(
                    pair[0], pair[1], overlap=field.overlap, sigma=field.sigma[:, None])}
        results, rows = field.results(), list[Row]()
        for name, runs in agents.items():
            rows += field_rows(runs, _QUANTITIES[name])
            data |= runs.data(f"agents_{name}")
        if agents:
            results["simulations_that_failed"] = [*agents["plain"].failures, *agents["converged"].failures] or None
        return Plot(self.name(), figure, data, self.parameters(), results, rows)

    def _agents(self, machine: Machine) -> dict[str, FieldRuns]:
        """Accuracies of simulated agents: plain one step and the posterior; two tasks iterated to their end."""
        x = spread(self.overlap_range, 2 * self.cells + 1, even=True)[1::2]
        y = spread(self.sigma_range, 2 * self.cells + 1)[1::2]
        agents = {}
        for n_tasks, values in ((self.n_tasks, ("plain", "posterior")), (2, ("converged",))):
            norms = spread_norms(n_tasks, self.norms)
            result = self.swept(machine, overlap_cells, {"overlap": x, "sigma": y},
                                {"norms": norms.tolist(), "observations": self.observations})
            for value in values:
                theory = (converged_accuracy(norms[0], norms[1], overlap=x, sigma=y[:, None])
                          if value == "converged" else
                          overlapping_accuracy(norms, x, y[:, None], corrected=value == "posterior",
                                               tolerance=_TOLERANCE))
                agents[value] = FieldRuns.of(result, f"accuracy_{value}", "overlap", "sigma", theory)
        return agents

    def _drawn(self, field: _Field, norms: Array, agents: dict[str, FieldRuns]) -> Figure:
        figure = Figure(figsize=(10.4, 3.9), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
        sigmas = np.exp(np.quantile(np.log(field.sigma), _CUTS))
        if agents:
            y = agents["plain"].y
            sigmas = np.unique(y[np.abs(np.log(y) - np.log(sigmas)[:, None]).argmin(axis=1)])
        _plane(figure, left, field, self.n_tasks, agents.get("plain"))
        _cuts(middle, field.overlap, sigmas, norms, agents)
        middle.set_title(f"K = {self.n_tasks}")
        _cuts(right, field.overlap, sigmas, spread_norms(2, self.norms), agents, free=True)
        right.set_title("K = 2")
        handles, labels = (shown + last[-1:] for shown, last in zip(
            middle.get_legend_handles_labels(), right.get_legend_handles_labels(), strict=True))
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=7.5)
        caption(figure, f"Norms of tasks from {norms[0]:.2g} to {norms[-1]:.2g}. White: lines of equal accuracy; "
                        "orange: of equal loss against the posterior, from which one step differs where tasks are "
                        "unequally far from their mean. Of two tasks one step is the posterior; gates that are "
                        "iterated to their end, their sum not kept, lose where norms differ. Dotted: chance."
                        + (f" Circles: {self.seeds} agents each; of one step {agents['plain'].words()}."
                           if agents else ""))
        return figure


def _plane(figure: Figure, axes: Axes, field: _Field, n_tasks: int, agents: FieldRuns | None) -> None:
    """Accuracy of one step, with lines of equal accuracy and of equal loss against the posterior."""
    axes.set(yscale="log", xlabel=_OVERLAP, ylabel=_SIGMA)
    image = axes.pcolormesh(field.overlap, field.sigma, field.plain, vmin=1 / n_tasks, vmax=1, cmap="viridis",
                            shading="nearest", rasterized=True)
    level_lines(axes, field.overlap, field.sigma, field.plain, _LEVELS, "white")
    level_lines(axes, field.overlap, field.sigma, field.lost, _LOST, ORANGE, 1.3)
    if agents is not None:
        lay(axes, agents, image)
    figure.colorbar(image, ax=axes, pad=0.02)
    axes.set(xlim=(field.overlap[0], field.overlap[-1]), ylim=(field.sigma[0], field.sigma[-1]))
    plain_numbers(axes.yaxis)
    axes.set_title(f"accuracy of one step, K = {n_tasks}")


def _cuts(axes: Axes, overlap: Array, sigmas: Array, norms: Array, agents: dict[str, FieldRuns], *,
          free: bool = False) -> None:
    """Accuracy against overlap: one step, and the posterior, or of two tasks free gates at their end in its place."""
    line, name = ("-.", "free gates") if free else ("--", "posterior")
    for sigma, colour in zip(sigmas, CUT_COLOURS, strict=False):
        axes.plot(overlap, overlapping_accuracy(norms, overlap, sigma, corrected=False, tolerance=_TOLERANCE),
                  color=colour, label=f"one step, σ = {sigma:.2g}")
        axes.plot(overlap, converged_accuracy(norms[0], norms[1], overlap=overlap, sigma=sigma) if free else
                  overlapping_accuracy(norms, overlap, sigma, tolerance=_TOLERANCE), line, color=colour)
        runs = agents.get("converged" if free else "plain")
        if runs is not None:
            row = int(np.flatnonzero(runs.y == sigma)[0])
            marks(axes, runs.x, runs.mean[row], runs.half()[row], colour, outlined=True)
    axes.plot([], [], line, color="0.3", label=name)
    axes.axhline(1 / len(norms), color="0.4", linestyle=":", linewidth=0.9)
    axes.set(xlabel=_OVERLAP, ylabel=_ACCURACY, xlim=(overlap[0], overlap[-1]), ylim=(1 / len(norms) - 0.05, 1.02))


PLOT = InferenceOverlap
