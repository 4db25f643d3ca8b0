"""How well is the state known, over integration time and noise, and which time is best?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateflow.figures.disentangle import plane
from gateflow.figures.disentangle.errors import FINE_POINTS, best, both_errors, r2_of
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import CUT_COLOURS, ORANGE, style
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.disentangle.setting import N_TASKS, NOISE
from gateflow.theory.checks import Array, InputError, Range
from gateflow.theory.disentangle.evidence import CORRELATION, best_mean_variance
from gateflow.theory.disentangle.time import exact_r2
from gateflow.theory.parameters import check_span, parameter

# Only σ_t matters: its values (in units of the evidence's) at which errors are calculated, and the others read off.
_GRID = 240
_CUTS = (0.03, 0.1, 0.3, 1.0)
_DURATIONS = Range(1, 10**6, whole=True)


@dataclass(frozen=True)
class _Reading:
    """Errors of N lines read with a precision, by σ_t: with and without what bare answers tell."""

    sigma_t: Array
    error: Array
    alone: Array

    @classmethod
    def of(cls, n_tasks: int, precision: float, low: float, high: float) -> "_Reading":
        """Calculate them from low to high."""
        sigma = np.geomspace(low, high, _GRID)
        return cls(sigma, *both_errors(n_tasks, sigma, precision, FINE_POINTS))

    def at(self, sigma_t: Array) -> tuple[Array, Array]:
        """Error with bare answers, and that of the error model alone, between the grid linearly in logarithms."""
        error, alone = (np.exp(np.interp(np.log(sigma_t), np.log(self.sigma_t), np.log(values)))
                        for values in (self.error, self.alone))
        return np.asarray(error), np.asarray(alone)


@dataclass(frozen=True)
class NoiseTime(plane.ErrorPlot):
    """r² over the number of observations and the noise of each."""

    example = "--correlation 0.5"
    cost = "5 s, half a minute with --simulate"

    points: int = parameter(200, "points a side of the field", plane.POINTS)
    noise_range: tuple[float, float] = parameter((0.02, 2.0), "range of σ, the noise of an observation", NOISE)
    duration_range: tuple[int, int] = parameter((1, 400), "range of t, the number of observations", _DURATIONS)
    n_tasks: int = parameter(24, "evenly spaced lines of the plane", N_TASKS)
    correlation: float = parameter(0.0, "ρ of the noise of successive observations, of theory alone", CORRELATION)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_span("noise_range", self.noise_range)
        check_span("duration_range", self.duration_range)
        if self.correlation and self.simulate:
            raise InputError(f"correlation must be 0 with simulate: agents see fresh noise, got {self.correlation:g}")

    def _spread(self, sigma: Array, t: Array) -> Array:
        return np.sqrt(best_mean_variance(t, sigma=sigma, correlation=self.correlation))

    def _agents(self, machine: Machine, reading: _Reading) -> FieldRuns:
        sigma = np.geomspace(*self.noise_range, 2 * self.cells + 1)[1::2]
        t = sorted({round(float(x)) for x in np.geomspace(*self.duration_range, 2 * self.cells + 1)[1::2]})
        axes = {"sigma": sigma, "duration": t, "n_tasks": [self.n_tasks], "dimension": [2]}
        return self.agents(machine, axes, ("duration", "sigma"),
                           *reading.at(self._spread(sigma[:, None], np.array(t, dtype=float))))

    def _cuts(self, axes: Axes, t: Array, shown: Sequence[float], reading: _Reading, agents: FieldRuns | None) -> None:
        """r² against time at some noises; dashed: what the evidence allows."""
        for sigma, colour in zip(shown, CUT_COLOURS, strict=False):
            spread = self._spread(np.array(sigma), t)
            axes.semilogx(t, r2_of(reading.at(spread)[0]), color=colour, label=f"σ = {sigma:.2g}")
            axes.semilogx(t, exact_r2(spread**2), "--", color=colour, linewidth=0.9)
            if agents is not None:
                plane.agent_marks(axes, agents, sigma, colour)
        axes.plot([], [], "--", color="0.4", linewidth=0.9, label="evidence alone")
        axes.set(xlabel="observations, $t$", ylabel="$r^2$", ylim=(0, 1.02), xlim=(t[0], t[-1]))
        axes.set_title("cuts")
        axes.legend(loc="lower right", fontsize=7)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw r² over integration time and noise. Raises InputError."""
        t, sigma = np.geomspace(*self.duration_range, self.points), np.geomspace(*self.noise_range, self.points)
        spread = self._spread(sigma[:, None], t)
        reading = _Reading.of(self.n_tasks, self.precision, float(spread.min()) / 1.01, float(spread.max()) * 1.01)
        error, alone = reading.at(spread)
        field = plane.ErrorField(t, sigma, error, alone, np.full(error.shape, self.n_tasks < 2))
        sigma_t, least = best(reading.sigma_t, reading.error)
        agents = self._agents(machine, reading) if self.simulate else None
        # Results are told for the noises that cuts show.
        low, high = self.noise_range
        shown = [s for s in _CUTS if low <= s <= high] if agents is None else plane.nearest(agents.y, _CUTS)
        with style():
            figure = Figure(figsize=(7.6, 3.6), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
            plane.draw(figure, left, field, self.show, agents, yscale="log")
            left.contour(t, sigma, exact_r2(spread**2), levels=plane.LEVELS, colors="white", linewidths=0.7,
                         linestyles="dashed")
            left.contour(t, sigma, spread, levels=[sigma_t], colors=ORANGE, linewidths=1.6)
            left.set(xlabel="observations, $t$", ylabel="noise of an observation, $\\sigma$")
            left.set_title(f"{self.n_tasks} line{'s' * (self.n_tasks > 1)}, δ = {self.precision:g}"
                           + (f", ρ = {self.correlation:g}" if self.correlation else ""))
            self._cuts(right, t, shown, reading, agents)
        words = (f"White: lines of equal $r^2$, dashed for the evidence alone. Orange: the best noise of the mean, "
                 f"{sigma_t:.2g}: more observations than that saturate the outputs. Hatched: bare answers carry the "
                 "estimate." + " Crossed: one task does not determine the state." * (self.n_tasks < 2))
        results: dict[str, Any] = {"best_noise_of_the_mean": sigma_t, "r2_there": float(r2_of(np.array(least)))}
        if not self.correlation:
            results |= {f"best_time_at_sigma_{s:.2g}": (s / sigma_t) ** 2 for s in shown}
        return self.drawn(figure, field, words, self.parameters(), results, agents, {"sigma_t": spread})


PLOT = NoiseTime
