"""A stream of data under the task behind it, and what an observer, gates and single gradient steps make of it."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator, SeedSequence

from gateflow.figures.options import numbers
from gateflow.figures.plane import foot
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import style
from gateflow.sim.compare.rows import Row, against_row, make_row
from gateflow.sim.inference import (
    Agent,
    Contexts,
    Inference,
    Iterative,
    Observer,
    OneStep,
    RandomSwitches,
    Stream,
    draw_stream,
)
from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.inference import (
    GradientTracker,
    IsotropicNoise,
    TaskModel,
    best_gain,
    correlation,
    line_accuracy,
    observer_performance,
    relative_noise,
)

TITLE = "inference: a stream of data, the task behind it, and what observer, gates and single gradients believe"

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
# Observations before counting begins.
_BURN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the plot."""
    parser.add_argument("--means", type=lambda text: numbers(text, "2 to 6 means separated by commas", 2, 6),
                        default=(0.2, 0.8), metavar="X,X,…", help="mean of the data in each context (0.2,0.8)")
    parser.add_argument("--sigma", type=float, default=0.25, metavar="X", help="noise around it (0.25)")
    parser.add_argument("--hazard", type=float, default=0.05, metavar="X", help="probability of a switch (0.05)")
    parser.add_argument("--gain", type=float, metavar="X",
                        help="share of the way to the task that gates go with an observation (the best of a tracker)")
    parser.add_argument("--length", type=int, default=160, metavar="N", help="observations shown (160)")
    parser.add_argument("--observations", type=int, default=4000, metavar="N",
                        help="observations of a member that accuracies are counted over (4000)")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="members that they are counted over (10)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="where all randomness comes from (0)")


@dataclass(frozen=True)
class _Setting:
    """Contexts on a line, and agents that infer them."""

    means: Array
    sigma: float
    hazard: float
    gain: float

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "_Setting":
        """The setting that options ask for. Raises InputError."""
        means = np.array(arguments.means)
        if len(np.unique(means)) < len(means):
            raise InputError(f"means must be different numbers, got {','.join(f'{m:g}' for m in means)}")
        sigma = number("sigma", arguments.sigma, minimum=0, open_below=True)
        hazard = number("hazard", arguments.hazard)
        most = (len(means) - 1) / len(means)
        if not 0 < hazard <= most:
            raise InputError(f"hazard must be above 0 and at most {most:.3g}, got {hazard:g}")
        for name, least in (("length", 2), ("observations", 2 * _BURN), ("seeds", 1)):
            count(name, getattr(arguments, name), minimum=least)
        count("seed", arguments.seed, minimum=0)
        apart = float(np.ptp(means)) / (len(means) - 1)
        best = float(best_gain(correlation(hazard, len(means)), relative_noise(apart, sigma, len(means))))
        gain = max(best, 0.01) if arguments.gain is None else number("gain", arguments.gain, minimum=0, open_below=True)
        if gain > 1:
            raise InputError(f"gain must be at most 1, got {gain:g}")
        return cls(means, sigma, hazard, gain)

    @property
    def rate(self) -> float:
        """Rate η = a σ²/Σ_k (m_k − m̄)² of steps that go a share a of the way to what is observed."""
        return self.gain * self.sigma**2 / float(np.square(self.means - self.means.mean()).sum())

    def draw(self, length: int, streams: list[Generator]) -> Stream:
        """Sequences."""
        world = Contexts(self.means, IsotropicNoise(self.sigma))
        return draw_stream(world, RandomSwitches(self.hazard), length, streams)

    def believed(self, y: Array, model: TaskModel) -> dict[str, Inference]:
        """What each agent makes of sequences."""
        agents: dict[str, Agent] = {
            "observer": Observer(self.hazard),
            "gates": Iterative(GradientTracker(self.rate, parametrisation="projected")), "one step": OneStep()}
        return {name: agent.infer(y, model) for name, agent in agents.items()}


def _streams(seed: int, purpose: int, members: int) -> list[Generator]:
    return [np.random.default_rng(SeedSequence(seed, spawn_key=(purpose, k))) for k in range(members)]


def _data(axes: Axes, setting: _Setting, stream: Stream) -> None:
    t = np.arange(stream.tasks.shape[1])
    for k, mean in enumerate(setting.means):
        axes.axhline(mean, color=_COLOURS[k], linewidth=0.8, linestyle=":")
        here = stream.tasks[0] == k
        axes.plot(t[here], stream.y[0, here, 0], ".", color=_COLOURS[k], markersize=4)
    axes.set_ylabel("data")


def _areas(axes: Axes, beliefs: Array, name: str) -> None:
    """Probabilities (T, K), one above the other."""
    edges = np.arange(len(beliefs) + 1) - 0.5
    top = np.zeros(len(beliefs))
    for k, share in enumerate(beliefs.T):
        axes.stairs(top + share, edges, baseline=top, fill=True, color=_COLOURS[k], linewidth=0)
        top = top + share
    axes.set(ylim=(0, 1), yticks=[0, 1])
    axes.set_ylabel(name)


def _note(axes: Axes, text: str) -> None:
    axes.text(1.01, 0.5, text, transform=axes.transAxes, va="center", fontsize=8)


def _accuracy(inference: Inference, stream: Stream) -> Array:
    return np.asarray((inference.tasks == stream.tasks)[:, _BURN:].mean(axis=1))


def _rows(setting: _Setting, found: dict[str, Array]) -> list[Row]:
    """Accuracies (S,) of the agents against theory where it has them."""
    def against(name: str, theory: float) -> Row:
        return against_row(name, theory, found[name.split(":")[0]])

    rows = [against("one step: share of tasks inferred", line_accuracy(setting.means, setting.sigma))]
    if len(setting.means) == 2 and setting.hazard <= 0.5:
        noise = float(relative_noise(abs(setting.means[1] - setting.means[0]), setting.sigma))
        if 0.01 <= noise <= 1e4:
            best = float(observer_performance(setting.hazard, noise).mistakes)
            rows.insert(0, against("observer: share of tasks inferred", 1 - best))
    gates = float(found["gates"].mean())
    return [*rows, make_row("gates: share of tasks inferred, beside the observer's", "observation", simulation=gates,
                            theory=float(found["observer"].mean()), error=abs(gates - float(found["observer"].mean())))]


def _caption(setting: _Setting, seeds: int) -> str:
    text = (f"Dots: data, coloured by the true context; dotted: its mean. Below: probability of each context. "
            f"Observer: Bayes' rule with the true hazard, {setting.hazard:g}.\nGates: a task vector on the simplex, "
            f"moved by an observation {setting.gain:.2g} of the way. One step: a single gradient from the uniform "
            f"vector, then forgotten.\nRight: share of tasks inferred in {seeds} sequences, and passes for one "
            f"observation.")
    if len(setting.means) > 2:
        text += "\nContexts on a line are mixtures of each other: gates cannot tell more than two."
    return text


def plot(arguments: argparse.Namespace, progress: Progress) -> Plot:
    """Draw a stream and what agents make of it. Raises InputError."""
    del progress
    setting = _Setting.of(arguments)
    shown = setting.draw(arguments.length, _streams(arguments.seed, 0, 1))
    believed = setting.believed(shown.y, shown.model())
    counted = setting.draw(arguments.observations, _streams(arguments.seed, 1, arguments.seeds))
    accuracy = {name: _accuracy(each, counted)
                for name, each in setting.believed(counted.y, counted.model()).items()}
    with style():
        figure = Figure(figsize=(8.4, 4.6), layout="constrained")
        axes = figure.subplots(5, 1, sharex=True, height_ratios=(2.2, 0.35, 1, 1, 1))
        _data(axes[0], setting, shown)
        _areas(axes[1], np.eye(len(setting.means))[shown.tasks[0]], "task")
        axes[1].set_yticks([])
        for panel, (name, each) in zip(axes[2:], believed.items(), strict=True):
            _areas(panel, each.beliefs[0], name)
            passes = each.passes
            _note(panel, f"{accuracy[name].mean():.1%} right\n{passes.forward} forward\n{passes.backward} backward")
        axes[-1].set(xlabel="observation", xlim=(-0.5, arguments.length - 0.5))
        figure.align_ylabels(axes)
        foot(figure, _caption(setting, arguments.seeds))
    parameters = {"means": setting.means.tolist(), "sigma": setting.sigma, "hazard": setting.hazard,
                  "gain": setting.gain, "length": arguments.length, "observations": arguments.observations,
                  "seeds": arguments.seeds, "seed": arguments.seed}
    results: dict[str, Any] = {"gain_of_the_gates": setting.gain}
    data = {"y": shown.y[0, :, 0], "tasks": shown.tasks[0]} | {
        name.replace(" ", "_"): each.beliefs[0] for name, each in believed.items()}
    return Plot.of(figure, data, parameters, results, _rows(setting, accuracy))
