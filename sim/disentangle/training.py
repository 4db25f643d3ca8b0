"""Training by gradient descent on the classification losses: Adam on fresh trials, all members side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.questions import Questions
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array, InputError, choice

# Adam's usual constants.
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
# Steps whose trials are drawn at once.
_TOGETHER = 10
LOSSES = ("decision", "steps", "undecided")


@dataclass(frozen=True)
class Training:
    """How to train. steps, batch: number of updates and trials in each; rate: the first, falling to 0 as a cosine.

    decay: cost ½ decay ‖B, W‖²; loss: at the "decision" (or the last step), at all "steps" that have evidence, or at
    all steps with targets ½ before the decision, "undecided" (DIS). Raises InputError.
    """

    steps: int = 600
    batch: int = 128
    rate: float = 0.02
    decay: float = 0.0
    loss: str = "decision"

    def __post_init__(self) -> None:
        """Check."""
        COUNT.check("steps", self.steps)
        COUNT.check("batch", self.batch)
        POSITIVE.check("rate", self.rate)
        AT_LEAST_0.check("decay", self.decay)
        choice("loss", self.loss, LOSSES)

    def weights(self, task: EvidenceTask) -> Array:
        """Weights of steps in the loss, (time,); they sum to 1."""
        schedule = task.schedule
        first = {"decision": schedule.steps - 1, "steps": schedule.fixation, "undecided": 0}[self.loss]
        result = (np.arange(schedule.steps) >= first).astype(np.float64)
        return result / result.sum()


@takes()
def train(start: Network, tasks: list[EvidenceTask], streams: list[Generator],
          training: Training | None = None) -> tuple[Network, Array]:
    """Train all members of a network; returns it and the losses before each update, (steps, S).

    tasks: one for each member, of the same shapes; streams: one for each member, for its trials. What becomes of a
    member does not depend on those beside it. Raises InputError; FloatingPointError where a loss is not finite.
    """
    return train_together([start], tasks, [[task.questions for task in tasks]], streams, training)[0]


@takes()
def train_together(starts: list[Network], tasks: list[EvidenceTask], questions: Sequence[Sequence[Questions]],
                   streams: list[Generator], training: Training | None = None) -> list[tuple[Network, Array]]:
    """What ``train`` returns of several networks that see the same trials, each with its own questions.

    tasks: what is seen; questions: what is asked, for each network a list with those of each member.
    """
    how = training or Training()
    if not len(tasks) == len(streams) == len(starts[0].A):
        raise InputError(f"tasks and streams must be as many as members ({len(starts[0].A)}), "
                         f"got {len(tasks)} and {len(streams)}")
    for start, asked in zip(starts, questions, strict=True):
        shapes = {(task.schedule, task.n_inputs, each.n_tasks) for task, each in zip(tasks, asked, strict=True)}
        wanted = start.B.shape[-1], start.W.shape[-2]
        if len(shapes) > 1 or any(shape[1:] != wanted for shape in shapes):
            raise InputError(f"tasks must share a schedule, {wanted[0]} inputs and {wanted[1]} questions, "
                             f"got {sorted(shape[1:] for shape in shapes)}")
    weights, descents = how.weights(tasks[0]), [_Adam(start) for start in starts]
    losses = np.empty((len(starts), how.steps, len(tasks)))
    for first in range(0, how.steps, _TOGETHER):
        steps = range(first, min(first + _TOGETHER, how.steps))
        inputs, x = _drawn(tasks, streams, len(steps), how.batch)
        asks = [np.stack([each.margins(one).swapaxes(-1, -2) > 0 for each, one in zip(asked, x, strict=True)], axis=1)
                for asked in questions]
        for k, step in enumerate(steps):
            rate = how.rate * (1 + np.cos(np.pi * step / how.steps)) / 2
            for descent, answers, loss in zip(descents, asks, losses, strict=True):
                targets = tasks[0].targets(np.swapaxes(answers[k], 1, 2), how.loss == "undecided")
                loss[step], gradient = descent.network.loss_and_gradient(inputs[k], targets, weights, how.decay)
                if not np.isfinite(loss[step]).all():
                    raise FloatingPointError(f"training must keep the loss finite, got {loss[step].max()} at step "
                                             f"{step}")
                descent.step(gradient, rate)
    return [(descent.network, loss) for descent, loss in zip(descents, losses, strict=True)]


def _drawn(tasks: list[EvidenceTask], streams: list[Generator], steps: int, batch: int) -> tuple[Array, list[Array]]:
    """Trials of several steps: inputs (steps, S, batch, time, inputs), and of each member states (steps, batch, D)."""
    # As networks like them in memory: the last axis is that of trials.
    room = np.empty((steps, len(tasks), tasks[0].schedule.steps, tasks[0].n_inputs, batch))
    inputs, x = np.moveaxis(room, -1, 2), []
    for member, (task, rng) in enumerate(zip(tasks, streams, strict=True)):
        drawn = task.draw(steps * batch, rng)
        inputs[:, member] = drawn.inputs.reshape(steps, batch, *drawn.inputs.shape[1:])
        x.append(drawn.x.reshape(steps, batch, -1))
    return inputs, x


class _Adam:
    """A network that learns, and what Adam remembers of its gradients: means and mean squares."""

    def __init__(self, start: Network) -> None:
        # All parameters of a member side by side; the network's are views of them.
        self.values = _side_by_side(start.parameters)
        sizes = [x[0].size for x in start.parameters.values()]
        parts = np.split(self.values, np.cumsum(sizes)[:-1], axis=1)
        self.network = start.with_parameters({name: part.reshape(x.shape) for part, (name, x) in zip(
            parts, start.parameters.items(), strict=True)})
        self.mean, self.square = np.zeros((2, *self.values.shape))
        self.steps = 0

    def step(self, gradient: Mapping[str, Array], rate: float) -> None:
        """Move all parameters."""
        self.steps += 1
        slope = _side_by_side({name: gradient[name] for name in self.network.parameters})
        self.mean += (1 - _FIRST) * (slope - self.mean)
        self.square += (1 - _SECOND) * (slope**2 - self.square)
        size = np.sqrt(self.square / (1 - _SECOND**self.steps)) + _TINY
        self.values -= rate / (1 - _FIRST**self.steps) * self.mean / size


def _side_by_side(parameters: Mapping[str, Array]) -> Array:
    return np.concatenate([x.reshape(len(x), -1) for x in parameters.values()], axis=1)
