"""Geometry of representations: how linearly, how orthogonally and how generally they carry latent factors.

Every measure takes representations Z (trials, units) and the latent states x (trials, D) of the same trials; a
condition is an orthant, the signs of all factors. Linear decoders are least squares with an optional ridge.
"""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, InputError, array
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.noiseless import answer_cells
from gateflow.theory.disentangle.tasks import VARIANCE

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Decoder:
    """A linear decoder. weights: (units, D); offset: (D,)."""

    weights: Array
    offset: Array

    def __repr__(self) -> str:
        """Say how much is decoded from how much."""
        return f"Decoder({self.weights.shape[1]} factors from {len(self.weights)} units)"

    def predict(self, Z: ArrayLike) -> Array:
        """Decoded values (..., D) of representations (..., units). Raises InputError."""
        representations = np.asarray(Z, dtype=np.float64)
        if representations.ndim == 0 or representations.shape[-1] != len(self.weights):
            raise InputError(f"Z must have shape (..., {len(self.weights)}), got {representations.shape}")
        return representations @ self.weights + self.offset


def _trials(Z: ArrayLike, x: ArrayLike, factors: int = 1) -> tuple[Array, Array]:
    representations, latents = array("Z", Z, ("trials", "units")), array("x", x, ("trials", "D"))
    if len(representations) != len(latents):
        raise InputError(f"Z and x must have as many trials, got {len(representations)} and {len(latents)}")
    if latents.shape[1] < factors:
        raise InputError(f"x must have at least {factors} factors")
    return representations, latents


@takes()
def linear_decoder(Z: ArrayLike, x: ArrayLike, ridge: float = 0.0) -> Decoder:
    """Fit x by Z: least squares with an offset, of least norm where Z does not decide.

    Z: (trials, units)
    x: (trials, D)
    ridge: at least 0, times the mean variance of a unit

    Raises InputError.

    >>> linear_decoder([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]]).predict([3.0]).round(6)
    array([7.])
    """
    representations, latents = _trials(Z, x)
    return _fitted(_triangle(representations, latents), representations.shape, AT_LEAST_0.check("ridge", ridge))


def _triangle(representations: Array, latents: Array) -> Array:
    """A triangle R of so many rows as columns at most, that RᵀR be XᵀX, X = [1, Z, x]: all that least squares needs."""
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(len(latents)), representations, latents]), mode="r"))


def _fitted(triangle: Array, shape: tuple[int, ...], ridge: float) -> Decoder:
    """Least squares from the triangle of all trials; shape: of their representations."""
    units = shape[1]
    front, centred, target = triangle[0] / triangle[0, 0], triangle[1:, 1:units + 1], triangle[1:, units + 1:]
    if ridge:
        strength = ridge * np.sum(centred**2) / units
        weights: Any = np.linalg.solve(centred.T @ centred + strength * np.eye(units), centred.T @ target)
    else:
        weights = np.linalg.lstsq(centred, target, rcond=float(np.finfo(float).eps) * max(shape))[0]
    return Decoder(weights, front[units + 1:] - front[1:units + 1] @ weights)


def latent_directions(Z: ArrayLike, x: ArrayLike) -> Array:
    """Directions (D, units) in which representations move with each factor: Z fitted by x. Raises InputError."""
    representations, latents = _trials(Z, x)
    q, r = np.linalg.qr(np.column_stack([np.ones(len(latents)), latents]))
    # The first rows of a triangle, as there may be many units.
    return _fitted(np.column_stack([r, q.T @ representations]), latents.shape, 0.0).weights


@takes()
def orthants(x: ArrayLike) -> Array:
    """Signs of all factors, +1 or −1, (trials, D); 0 counts as positive."""
    return np.where(np.asarray(x, dtype=np.float64) >= 0, 1.0, -1.0)


def r_squared(x: ArrayLike, decoded: ArrayLike, variance: float | None = None) -> float:
    """r² = 1 − MSE/variance, all factors together. variance: of a factor, default that of the given x.

    DIS divides by 1/12, that of the whole box, also where x covers one orthant only. Raises InputError.
    """
    truth, guess = array("x", x, ("trials", "D")), array("decoded", decoded, np.shape(x))
    if variance is None and not (scale := float(truth.var(axis=0).mean())):
        raise InputError("x must vary, or variance be given")
    if variance is not None:
        scale = POSITIVE.check("variance", variance)
    return float(1 - np.mean((truth - guess) ** 2) / scale)


def commonest(which: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    """The numbers that are there, in their order; at most so many, those that are there most often."""
    present, times = np.unique(which, return_counts=True)
    return present if most is None else np.sort(present[np.argsort(-times, kind="stable")[:most]])


def out_of_distribution_r2(Z: ArrayLike, x: ArrayLike, variance: float | None = None, ridge: float = 0.0,
                           most: int | None = None) -> Array:
    """r² of decoders fitted on all orthants but one and scored on that one, (orthants,) (DIS, section 4).

    Z: (trials, units)
    x: (trials, D)
    variance: as in ``r_squared``; DIS: 1/12
    ridge: as in ``linear_decoder``
    most: orthants that are left out, at most; those with most trials

    Orthants in the order of their binary numbers. Raises InputError where fewer than two orthants have trials.
    """
    representations, latents = _trials(Z, x)
    which = (orthants(latents) > 0) @ (1 << np.arange(latents.shape[1]))
    present, trials = np.unique(which, return_counts=True)
    if len(present) < 2:
        raise InputError("x must have trials in at least two orthants")
    penalty = AT_LEAST_0.check("ridge", ridge)
    # Trials one orthant after another.
    order, ends = np.argsort(which, kind="stable"), np.cumsum(trials)
    parts = [_triangle(representations[part], latents[part]) for part in np.split(order, ends[:-1])]
    before, after = list(accumulate(parts, _merged)), list(accumulate(parts[::-1], _merged))[::-1]
    others = [after[1], *map(_merged, before, after[2:]), before[-2]]
    scores = []
    for orthant in np.searchsorted(present, commonest(which, most)):
        decoder = _fitted(others[orthant], (len(which) - trials[orthant], representations.shape[1]), penalty)
        # What is left of x, in the coordinates of the triangle.
        left = parts[orthant] @ np.concatenate([-decoder.offset[None], -decoder.weights, np.eye(latents.shape[1])])
        scale = float(latents[which == present[orthant]].var(axis=0).mean()) if variance is None else variance
        scores.append(1 - np.sum(left**2) / (trials[orthant] * latents.shape[1] * scale))
    return np.array(scores)


def _merged(one: Array, other: Array) -> Array:
    """The triangle of all trials of two."""
    return np.asarray(np.linalg.qr(np.concatenate([one, other]), mode="r"))


@dataclass(frozen=True, eq=False)
class Decoding:
    """r² of linear decoders. inside: fitted on half of the trials and scored on the rest; outside: fitted on all
    orthants but one and scored on that one, (orthants,)."""

    inside: float
    outside: Array


@takes(Z=Axes("trials", "units", alone=True), x=Axes("trials", "D", alone=True), variance=POSITIVE)
def decode(Z: Array, x: Array, variance: float = VARIANCE, ridge: float = 0.0, most: int | None = None) -> Decoding:
    """Decode states x (trials, D) from representations Z (trials, units); r² is 1 − MSE/variance (DIS, section 4).

    most: orthants that are left out, at most. Raises InputError.
    """
    half = len(x) // 2
    decoder = linear_decoder(Z[:half], x[:half], ridge)
    inside = r_squared(x[half:], decoder.predict(Z[half:]), variance)
    return Decoding(inside, out_of_distribution_r2(Z, x, variance, ridge, most))


@takes(answers=Axes("trials", "N", alone=True), x=Axes("trials", "D", alone=True))
def centroid_r2(answers: ArrayLike, x: Array) -> float:
    """r² of the best guess from bare answers: means of all trials that answer alike, on half of the trials, scored on
    the other half; answers not met before are guessed as 0.

    answers: (trials, N), 0 or 1; x: (trials, D).
    """
    half = len(x) // 2
    cell = answer_cells(np.asarray(answers) > 0.5)
    size = np.bincount(cell[:half], minlength=cell.max() + 1)
    total = np.stack([np.bincount(cell[:half], column[:half], len(size)) for column in x.T], axis=1)
    guess = total / np.maximum(size, 1)[:, None]
    return r_squared(x[half:], guess[cell[half:]], VARIANCE)


def _pairs(signs: Array, factor: int) -> list[tuple[Mask, Mask]]:
    """Trials of the two conditions that differ in one factor alone, for each setting of the others."""
    others = np.delete(signs, factor, axis=1)
    pairs = []
    for context in np.unique(others, axis=0):
        here = np.all(others == context, axis=1)
        up, down = here & (signs[:, factor] > 0), here & (signs[:, factor] < 0)
        if not (up.any() and down.any()):
            raise InputError(f"x must have trials on both sides of factor {factor} for every setting of the others")
        pairs.append((up, down))
    return pairs


def parallelism_score(Z: ArrayLike, x: ArrayLike) -> Array:
    """Mean cosine between the coding vectors of a factor in different settings of the others, (D,).

    A coding vector is the difference of the mean representations of two conditions that differ in this factor alone;
    1 if it is the same everywhere (Bernardi et al. 2020, with the pairing that the factors give). Needs D ≥ 2.
    Raises InputError.
    """
    representations, latents = _trials(Z, x, factors=2)
    signs, scores = orthants(latents), []
    for factor in range(latents.shape[1]):
        coding = np.array([representations[up].mean(axis=0) - representations[down].mean(axis=0)
                           for up, down in _pairs(signs, factor)])
        if not coding.any(axis=1).all():
            raise InputError(f"Z must differ between the sides of factor {factor}")
        scores.append(np.mean(np.cos(direction_angles(coding))))
    return np.array(scores)


def cross_condition_generalisation(Z: ArrayLike, x: ArrayLike, ridge: float = 0.0) -> Array:
    """Share of trials that a linear classifier of a factor gets right in a setting that it has never seen, (D,).

    For each factor, each setting of the others is left out in turn; the classifier, least squares on the signs, is
    fitted on the rest (Bernardi et al. 2020; Johnston and Fusi 2023). Needs D ≥ 2. Raises InputError.
    """
    representations, latents = _trials(Z, x, factors=2)
    signs, scores = orthants(latents), []
    for factor in range(latents.shape[1]):
        right = []
        for up, down in _pairs(signs, factor):
            out = up | down
            decoder = linear_decoder(representations[~out], signs[~out, factor][:, None], ridge)
            guess = decoder.predict(representations[out])[:, 0]
            right.append(np.mean(np.sign(guess) == signs[out, factor]))
        scores.append(np.mean(right))
    return np.array(scores)
