"""Do gradients tell data of no task?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.inference.calibration import area_under_roc
from gateflow.sim.inference.parameters import Observations, Purpose
from gateflow.theory.checks import Array, check_memory
from gateflow.theory.inference.detection import Source, detection_area, gradient_norm
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import task_gradient

# What scores are, by the name that theory has for them.
SCORES = {"gradient": "norm of the gradient", "residual": "distance from the mean", "entry": "largest entry"}
# Noise of data from outside, in units of that of the tasks; distance of tasks and of these data, in the same units.
_NOISES, _DISTANCE = (1.0, 1.5), 1.5


@dataclass(frozen=True, eq=False)
class Areas:
    """Areas under the ROC curves of a score, S members: simulated and predicted."""

    simulated: Array
    predicted: Array


@dataclass(frozen=True, eq=False)
class DetectionRuns:
    """Data of two tasks against data from outside.

    areas: by the noise of the data from outside, and by score. inside, outside: scores (n,) of the first member at the
    first noise, by score, larger for what looks like data from outside. model, origin: behind them.
    """

    areas: Mapping[float, Mapping[str, Areas]]
    inside: Mapping[str, Array]
    outside: Mapping[str, Array]
    model: TaskModel
    origin: Source


@dataclass(frozen=True)
class Detection(Observations[DetectionRuns]):
    """Scores of data of two tasks, and of random sources outside."""

    source: ClassVar[str] = "GBI, section 4; derivation detection"
    position: ClassVar[float] = 4
    example: ClassVar[str] = "--dimension 20"
    cost: ClassVar[str] = "2 s"

    def simulate(self) -> DetectionRuns:
        """Score both."""
        pairs: dict[tuple[float, str], list[tuple[float, float]]] = {}
        first: list[tuple[dict[str, Array], dict[str, Array], TaskModel, Source]] = []
        scale = _DISTANCE * self.sigma
        check_memory(32.0 * self.observations * self.dimension, f"{self.observations} x {self.dimension} observations")
        for rng in self.streams(Purpose.DETECTION):
            model = TaskModel(scale * rng.standard_normal((2, self.dimension)), IsotropicNoise(self.sigma))
            centre = scale * rng.standard_normal(self.dimension)
            tasks = rng.choice(2, size=self.observations, p=model.probabilities)
            data = model.means[tasks] + self.sigma * rng.standard_normal((self.observations, self.dimension))
            for noise in _NOISES:
                origin = Source(centre, noise * self.sigma)
                inside, outside = (_scores(y, model, self.sigma) for y in (
                    data, centre + origin.spread * rng.standard_normal(data.shape)))
                first = first or [(inside, outside, model, origin)]
                for score in SCORES:
                    pairs.setdefault((noise, score), []).append(
                        (area_under_roc(outside[score], inside[score]), detection_area(score, model, origin)))
        areas = {noise: {score: Areas(*np.array(pairs[noise, score]).T) for score in SCORES} for noise in _NOISES}
        return DetectionRuns(areas, *first[0])

    def rows(self, result: DetectionRuns) -> Iterator[Row]:
        """Areas under the ROC curves."""
        for noise, scores in result.areas.items():
            for score, areas in scores.items():
                yield against_row(f"data from outside, noise {noise:g}: area under ROC, {SCORES[score]}",
                                  areas.predicted, areas.simulated)


def _scores(y: Array, model: TaskModel, sigma: float) -> dict[str, Array]:
    """Scores (n,) that are larger for what looks like data from outside, on the scale of their laws."""
    g, centred = task_gradient(y, model), (y - model.predict(model.uniform)) / sigma
    # The largest of two entries is 1/(1 + exp(−|L|)), L = g_1 − g_2, which rounds to 1 where L² does not.
    return {"gradient": gradient_norm(g) ** 2, "residual": np.vecdot(centred, centred),
            "entry": -np.square(g[:, 0] - g[:, 1])}


EXPERIMENT = Detection
