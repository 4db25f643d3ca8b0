"""A stream of data, the task behind it, and what observer, gates and single gradients believe"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator

from gateflow.figures.plot import HERE, Machine, PhasePlot, Plot
from gateflow.figures.style import BLUE, GREEN, ORANGE, PINK, SKY, YELLOW, caption, style
from gateflow.sim import randomness
from gateflow.sim.compare.rows import Row, against_row, make_row
from gateflow.sim.inference.agents import Agent, Inference, Iterative, Observer, OneStep
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import Sequences, draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import MANY, MEMBERS, SCALE, SEED, Array, InputError, Range
from gateflow.theory.inference.accuracy import line_accuracy
from gateflow.theory.inference.inputs import HAZARD, MEAN, NEAREST, NOISE, SHARE, SWITCHING
from gateflow.theory.inference.linear_filters import best_gain, correlation, relative_noise
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.stationary import observer_performance
from gateflow.theory.parameters import check_different, parameter

# Of contexts.
_COLOURS = (BLUE, YELLOW, GREEN, PINK, SKY, ORANGE)
# Observations before counting begins; least gain that is chosen.
_BURN, _LEAST_GAIN = 200, 0.01


class _Purpose(Enum):
    SHOWN = (0,)
    COUNTED = (1,)


@dataclass(frozen=True)
class InferenceStream(PhasePlot):
    """Contexts on a line, and agents that infer them."""

    example: ClassVar[str] = "--means 0,1,3 --sigma 0.5"
    cost: ClassVar[str] = "3 s"

    means: tuple[float, ...] = parameter((0.2, 0.8), "mean of the data in each of 2 to 6 contexts", MEAN, metavar="X")
    sigma: float = parameter(0.25, "noise around it", SCALE)
    hazard: float = parameter(0.05, "probability of a switch", HAZARD)
    gain: float | None = parameter(None, "share of the way to the task that gates go with an observation; none: that "
                                         "of the best tracker", SHARE)
    length: int = parameter(160, "observations shown", Range(2, MANY.high, whole=True))
    observations: int = parameter(4000, "observations of a member that accuracies are counted over",
                                  Range(2 * _BURN, MANY.high, whole=True))
    seeds: int = parameter(10, "members that they are counted over", MEMBERS)
    seed: int = parameter(0, "where all randomness comes from", SEED)

    def __post_init__(self) -> None:
        """Check what contexts, noise and hazard have to do with each other."""
        super().__post_init__()
        K = len(self.means)
        if not 2 <= K <= len(_COLOURS):
            raise InputError(f"means must be 2 to {len(_COLOURS)} numbers, got {K}")
        check_different("means", self.means)
        if np.diff(np.sort(self.means)).min() < NEAREST * self.sigma:
            raise InputError(f"means must be at least {NEAREST:g} of sigma apart, got {self.means}")
        Range(0, (K - 1) / K, open_low=True).check("hazard", self.hazard)

    @property
    def share(self) -> float:
        """The gain of the gates: what is asked for, or that of the best tracker."""
        if self.gain is not None:
            return self.gain
        K = len(self.means)
        distance = float(np.ptp(self.means)) / (K - 1)
        return max(float(best_gain(correlation(self.hazard, K), relative_noise(distance, self.sigma, K))), _LEAST_GAIN)

    def sequences(self, length: int, streams: list[Generator]) -> Sequences:
        """Data."""
        return draw_sequences(Contexts(self.means, IsotropicNoise(self.sigma)), RandomSwitches(self.hazard), length,
                              streams)

    def believed(self, data: Sequences) -> dict[str, Inference]:
        """What each agent makes of data."""
        # Steps of this rate go a share a of the way to what is observed.
        rate = self.share * self.sigma**2 / float(np.square(np.subtract(self.means, np.mean(self.means))).sum())
        agents: dict[str, Agent] = {"observer": Observer(self.hazard),
                                    "gates": Iterative(GradientTracker(rate, parametrisation="projected")),
                                    "one step": OneStep()}
        return {name: agent.infer(data.y, data.model()) for name, agent in agents.items()}

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw a stream and what agents make of it. Raises InputError."""
        shown = self.sequences(self.length, randomness.streams(self.seed, _Purpose.SHOWN, range(1)))
        believed = self.believed(shown)
        counted = self.sequences(self.observations, randomness.streams(self.seed, _Purpose.COUNTED, range(self.seeds)))
        accuracy = {name: np.asarray((each.tasks == counted.tasks)[:, _BURN:].mean(axis=1))
                    for name, each in self.believed(counted).items()}
        with style():
            figure = Figure(figsize=(8.4, 4.6), layout="constrained")
            axes = figure.subplots(5, 1, sharex=True, height_ratios=(2.2, 0.35, 1, 1, 1))
            self._data(axes[0], shown)
            _areas(axes[1], np.eye(len(self.means))[shown.tasks[0]], "task")
            axes[1].set_yticks([])
            for panel, (name, each) in zip(axes[2:], believed.items(), strict=True):
                _areas(panel, each.beliefs[0], name)
                panel.text(1.01, 0.5, f"{accuracy[name].mean():.1%} right\n{each.passes.forward} forward\n"
                                      f"{each.passes.backward} backward", transform=panel.transAxes, va="center",
                           fontsize=8)
            axes[-1].set(xlabel="observation", xlim=(-0.5, self.length - 0.5))
            figure.align_ylabels(axes)
            caption(figure, self._caption())
        data = {"y": shown.y[0, :, 0], "tasks": shown.tasks[0]} | {
            name.replace(" ", "_"): each.beliefs[0] for name, each in believed.items()}
        return Plot(self.name(), figure, data, self.parameters() | {"gain": self.share},
                    {"gain_of_the_gates": self.share}, self._rows(accuracy))

    def _data(self, axes: Axes, data: Sequences) -> None:
        t = np.arange(data.tasks.shape[1])
        for k, mean in enumerate(self.means):
            axes.axhline(mean, color=_COLOURS[k], linewidth=0.8, linestyle=":")
            here = data.tasks[0] == k
            axes.plot(t[here], data.y[0, here, 0], ".", color=_COLOURS[k], markersize=4)
        axes.set_ylabel("data")

    def _rows(self, accuracy: dict[str, Array]) -> list[Row]:
        """Accuracies (S,) of the agents against theory where it has them."""
        rows = [against_row("one step: share of tasks inferred", line_accuracy(self.means, self.sigma),
                            accuracy["one step"])]
        if len(self.means) == 2 and SWITCHING.low <= self.hazard:
            noise = float(relative_noise(abs(self.means[1] - self.means[0]), self.sigma))
            if NOISE.low <= noise <= NOISE.high:
                best = float(observer_performance(self.hazard, noise).mistakes)
                rows.insert(0, against_row("observer: share of tasks inferred", 1 - best, accuracy["observer"]))
        gates, observer = (float(accuracy[name].mean()) for name in ("gates", "observer"))
        return [*rows, make_row("gates: share of tasks inferred, beside the observer's", "observation",
                                simulation=gates, theory=observer, error=abs(gates - observer))]

    def _caption(self) -> str:
        text = (f"Dots: data, coloured by the true context; dotted: its mean. Below: probability of each context. "
                f"Observer: Bayes' rule with the true hazard, {self.hazard:g}. Gates: a task vector on the simplex, "
                f"moved by an observation {self.share:.2g} of the way. One step: a single gradient from the uniform "
                f"vector, then forgotten. Right: share of tasks inferred in {self.seeds} sequences, and passes for one "
                "observation.")
        return text + (" Contexts on a line are mixtures of each other: gates cannot tell more than two."
                       if len(self.means) > 2 else "")


def _areas(axes: Axes, beliefs: Array, name: str) -> None:
    """Probabilities (T, K), one above the other."""
    edges = np.arange(len(beliefs) + 1) - 0.5
    top = np.zeros(len(beliefs))
    for k, share in enumerate(beliefs.T):
        axes.stairs(top + share, edges, baseline=top, fill=True, color=_COLOURS[k], linewidth=0)
        top = top + share
    axes.set(ylim=(0, 1), yticks=[0, 1])
    axes.set_ylabel(name)


PLOT = InferenceStream
