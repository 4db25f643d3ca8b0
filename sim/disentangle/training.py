"""Training by gradient descent on the classification losses: Adam on fresh trials, all members side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array, InputError, choice

# Adam's usual constants.
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
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
    how = training or Training()
    if not len(tasks) == len(streams) == len(start.A):
        raise InputError(f"tasks and streams must be as many as members ({len(start.A)}), "
                         f"got {len(tasks)} and {len(streams)}")
    shapes = {(task.schedule, task.n_inputs, task.questions.n_tasks) for task in tasks}
    wanted = start.B.shape[-1], start.W.shape[-2]
    if len(shapes) > 1 or any(shape[1:] != wanted for shape in shapes):
        raise InputError(f"tasks must share a schedule, {wanted[0]} inputs and {wanted[1]} questions, "
                         f"got {sorted(shape[1:] for shape in shapes)}")
    weights, parameters = how.weights(tasks[0]), {name: x.copy() for name, x in start.parameters.items()}
    mean = {name: np.zeros_like(x) for name, x in parameters.items()}
    square = {name: np.zeros_like(x) for name, x in parameters.items()}
    losses = np.empty((how.steps, len(tasks)))
    for step in range(how.steps):
        drawn = [task.draw(how.batch, rng) for task, rng in zip(tasks, streams, strict=True)]
        inputs = np.stack([trials.inputs for trials in drawn])
        targets = tasks[0].targets(np.stack([trials.answers for trials in drawn]), how.loss == "undecided")
        losses[step], gradient = start.with_parameters(parameters).loss_and_gradient(inputs, targets, weights,
                                                                                     how.decay)
        if not np.isfinite(losses[step]).all():
            raise FloatingPointError(f"training must keep the loss finite, got {losses[step].max()} at step {step}")
        rate = how.rate * (1 + np.cos(np.pi * step / how.steps)) / 2
        for name, slope in gradient.items():
            mean[name] += (1 - _FIRST) * (slope - mean[name])
            square[name] += (1 - _SECOND) * (slope**2 - square[name])
            size = np.sqrt(square[name] / (1 - _SECOND ** (step + 1))) + _TINY
            parameters[name] -= rate * mean[name] / (1 - _FIRST ** (step + 1)) / size
    return start.with_parameters(parameters), losses
