"""How fast does the loss fall through gates, and through weights?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, make_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.symmetric import TEACHERS
from gateflow.theory.checks import SIDE, Array, Range
from gateflow.theory.gated.flow import error, task_loss
from gateflow.theory.gated.kernel import speeds
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import gate_time_constant
from gateflow.theory.parameters import parameter

# The plane of weights, and how far from its edges points lie that are simulated.
LOW, HIGH, _INNER = -0.25, 1.25, 0.06
# Steps of descent that measure a speed, in units of the smaller time constant: the second half the first.
STEPS = (1e-3, 5e-4)


def mirrored_paths(first: Array, second: Array) -> Array:
    """Weights (..., 2, 2) of both paths along the teachers: path 2 is the mirror image of path 1."""
    return np.stack([np.stack([first, second], axis=-1), np.stack([second, first], axis=-1)], axis=-2)


def gates_at(c_bar: float) -> Array:
    """Gates (2,) at a difference c̄, with the sum 1."""
    return np.array([1 + c_bar, 1 - c_bar]) / 2


def plane_speeds(first: Array, second: Array, c_bar: float, *, tau_w: float, tau_c: float) -> tuple[Array, Array]:
    """How fast the loss falls by gates and by weights, just after a switch to task 2 (derivation kernel)."""
    F, c = mirrored_paths(first, second), gates_at(c_bar)
    return speeds(F, np.array([0.0, 1.0]) - np.vecmat(c, F), gate_power=float(c @ c), input_power=1.0, tau_w=tau_w,
                  tau_c=tau_c)


@dataclass(frozen=True, eq=False)
class MeasuredSpeeds:
    """Speeds that a step of descent shows: where (n, 2), fall (2 steps, 2 parts, n), predicted (2, n).

    rounding: of a measured speed, what rounding the two losses whose difference it is may add.
    """

    where: Array
    fall: Array
    predicted: Array
    rounding: float

    @classmethod
    def of(cls, times: Mapping[str, float], c_bar: float, points: int) -> "MeasuredSpeeds":
        """Take one step from every point, by gates alone and by weights alone; times: tau_w and tau_c."""
        side = np.linspace(LOW + _INNER, HIGH - _INNER, points)
        first, second = (part.ravel() for part in np.meshgrid(side, side, indexing="ij"))
        constants = {"tau_w": times["tau_w"], "tau_c": times["tau_c"]}
        W0, c0 = mirrored_paths(first, second)[:, :, None, :], np.tile(gates_at(c_bar), (len(first), 1))
        fall = [_fall(constants, W0, c0, step * min(constants.values())) for step in STEPS]
        predicted = np.array(plane_speeds(first, second, c_bar, **constants))
        # Losses are of order one, sums of a few terms.
        rounding = 16 * np.finfo(float).eps / (min(STEPS) * min(constants.values()))
        return cls(np.stack([first, second], axis=1), np.array(fall), predicted, rounding)

    def distance(self, part: int, step: int = 1) -> float:
        """Largest distance of measured speeds from predicted ones, in units of the largest; part 0: gates."""
        return float(np.abs(self.fall[step, part] - self.predicted[part]).max() / self.predicted[part].max())

    def rows(self) -> Iterator[Row]:
        """Distances, and that they halve with the step."""
        for part, name in enumerate(("gates", "weights")):
            coarse, fine = self.distance(part, 0), self.distance(part, 1)
            rounding = self.rounding / float(self.predicted[part].max())
            yield make_row(f"speed by {name}, largest distance over the largest speed", "limit", error=fine,
                           tolerance=max(coarse, rounding))
            yield order_row(f"speed by {name}, order of its error in dt", coarse, fine, rounding=rounding)


def _fall(constants: Mapping[str, float], W0: Array, c0: Array, dt: float) -> Array:
    """How fast the loss of task 2 falls in a step of descent, if only gates move and if only weights do, (2, S)."""
    model = GatedModel(2, 1, 2, 2, tau_w=constants["tau_w"], tau_c=constants["tau_c"], tau_block=dt)
    step = descend(model, TEACHERS, Curriculum((1,)), W0=W0, c0=c0, dt=dt)
    teacher = TEACHERS[1]
    before, by_gates, by_weights = (task_loss(error(W, c, teacher)) for W, c in (
        (W0, c0), (W0, step.c_block[:, 0]), (step.W_block[:, 0], c0)))
    return np.stack([before - by_gates, before - by_weights]) / dt


@dataclass(frozen=True)
class KernelSpeeds(GatedExperiment[MeasuredSpeeds]):
    """The tangent kernel over the plane of weights, by gates and by weights, against steps of descent.

    The symmetric network of two tasks at the time constants of the setting, in units of the teacher norm.
    """

    source = "NTA, figure A8; derivation kernel"
    position = 24.0
    cost = "1 s"
    example = "--c-bar 0.5"
    routine = False

    c_bar: float = parameter(1.0, "gates c̄ at which speeds are taken; 1 has learned the other task", Range(-1, 1))
    points: int = parameter(7, "simulated points a side", SIDE)

    def constants(self) -> dict[str, float]:
        """Time constants tau_w and tau_c, of gates that see a teacher of norm 1."""
        setting = self.first()
        return {"tau_w": setting.model.tau_w, "tau_c": float(gate_time_constant(setting.model, setting.teachers())[0])}

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """One job."""
        return {"speeds": [Job(MeasuredSpeeds.of, (self.constants(), self.c_bar, self.points))]}

    def gather(self, results: Sequence[Any]) -> MeasuredSpeeds:
        """The speeds."""
        measured: MeasuredSpeeds = results[0]
        return measured

    def rows(self, result: MeasuredSpeeds) -> Iterator[Row]:
        """Both speeds."""
        yield from result.rows()


EXPERIMENT = KernelSpeeds
