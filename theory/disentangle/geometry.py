"""Geometry of representations: how linearly, how orthogonally and how generally they carry latent factors.

Every measure takes representations Z (trials, units) and the latent states x (trials, D) of the same trials; a
condition is an orthant, the signs of all factors. Linear decoders are least squares with an optional ridge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.theory.checks import Array, InputError, array, number

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Decoder:
    """A linear decoder. weights: (units, D); offset: (D,)."""

    weights: Array
    offset: Array

    def predict(self, Z: ArrayLike) -> Array:
        """Decoded values (..., D) of representations (..., units). Raises InputError."""
        representations = np.asarray(Z, dtype=np.float64)
        if representations.ndim == 0 or representations.shape[-1] != len(self.weights):
            raise InputError(f"Z must have shape (..., {len(self.weights)}), got {representations.shape}")
        return representations @ self.weights + self.offset


def _trials(Z: ArrayLike, x: ArrayLike) -> tuple[Array, Array]:
    representations, latents = array("Z", Z, ("trials", "units")), array("x", x, ("trials", "D"))
    if len(representations) != len(latents):
        raise InputError(f"Z and x must have as many trials, got {len(representations)} and {len(latents)}")
    return representations, latents


def linear_decoder(Z: ArrayLike, x: ArrayLike, ridge: float = 0.0) -> Decoder:
    """Fit x by Z: least squares with an offset, of least norm where Z does not decide.

    Z: (trials, units); x: (trials, D); ridge: at least 0, times the mean variance of a unit. Raises InputError.
    """
    representations, latents = _trials(Z, x)
    middle, mean = representations.mean(axis=0), latents.mean(axis=0)
    centred, penalty = representations - middle, number("ridge", ridge, minimum=0)
    if penalty:
        strength = np.sqrt(penalty * np.mean(centred**2) * len(centred))
        centred = np.concatenate([centred, strength * np.eye(centred.shape[1])])
        target = np.concatenate([latents - mean, np.zeros((centred.shape[1], latents.shape[1]))])
    else:
        target = latents - mean
    weights = np.linalg.lstsq(centred, target, rcond=None)[0]
    return Decoder(weights, mean - middle @ weights)


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
        scale = number("variance", variance, minimum=0, open_below=True)
    return float(1 - np.mean((truth - guess) ** 2) / scale)


def out_of_distribution_r2(Z: ArrayLike, x: ArrayLike, variance: float | None = None, ridge: float = 0.0) -> Array:
    """r² of decoders fitted on all orthants but one and scored on that one, (orthants,) (DIS, section 4).

    variance: as in ``r_squared``; DIS: 1/12. Orthants in the order of their binary numbers. Raises InputError where
    fewer than two orthants have trials.
    """
    representations, latents = _trials(Z, x)
    which = (orthants(latents) > 0) @ (1 << np.arange(latents.shape[1]))
    present = np.unique(which)
    if len(present) < 2:
        raise InputError("x must have trials in at least two orthants")
    scores = []
    for held in present:
        out = which == held
        decoder = linear_decoder(representations[~out], latents[~out], ridge)
        scores.append(r_squared(latents[out], decoder.predict(representations[out]), variance))
    return np.array(scores)


def direction_angles(directions: ArrayLike) -> Array:
    """Angles in rad between all pairs of rows of directions (D, units), (D(D − 1)/2,): 90° if orthogonal.

    DIS, figure 3c. For a decoder hand in the transpose of its weights. Raises InputError for a direction of length 0.
    """
    rows = array("directions", directions, ("D", "units"))
    lengths = np.linalg.norm(rows, axis=1)
    if (lengths == 0).any():
        raise InputError("directions must have positive length")
    cos = (rows @ rows.T / np.outer(lengths, lengths))[np.triu_indices(len(rows), 1)]
    return np.arccos(np.clip(cos, -1, 1))


def _pairs(signs: Array, factor: int) -> list[tuple[Mask, Mask]]:
    """Trials of the two conditions that differ in one factor alone, for each setting of the others."""
    others = np.delete(signs, factor, axis=1)
    contexts = np.unique(others, axis=0) if others.shape[1] else np.zeros((1, 0))
    found = []
    for context in contexts:
        here = np.all(others == context, axis=1)
        pair = (here & (signs[:, factor] > 0), here & (signs[:, factor] < 0))
        if not all(side.any() for side in pair):
            raise InputError(f"x must have trials on both sides of factor {factor} for every setting of the others")
        found.append(pair)
    return found


def parallelism_score(Z: ArrayLike, x: ArrayLike) -> Array:
    """Mean cosine between the coding vectors of a factor in different settings of the others, (D,).

    A coding vector is the difference of the mean representations of two conditions that differ in this factor alone;
    1 if it is the same everywhere (Bernardi et al. 2020, with the pairing that the factors give). Needs D ≥ 2.
    Raises InputError.
    """
    representations, latents = _trials(Z, x)
    if latents.shape[1] < 2:
        raise InputError("x must have at least 2 factors")
    signs, scores = orthants(latents), []
    for factor in range(latents.shape[1]):
        coding = np.array([representations[up].mean(axis=0) - representations[down].mean(axis=0)
                           for up, down in _pairs(signs, factor)])
        lengths = np.linalg.norm(coding, axis=1)
        if (lengths == 0).any():
            raise InputError(f"Z must differ between the sides of factor {factor}")
        scores.append(np.mean(np.cos(direction_angles(coding))))
    return np.array(scores)


def cross_condition_generalisation(Z: ArrayLike, x: ArrayLike, ridge: float = 0.0) -> Array:
    """Share of trials that a linear classifier of a factor gets right in a setting that it has never seen, (D,).

    For each factor, each setting of the others is left out in turn; the classifier, least squares on the signs, is
    fitted on the rest (Bernardi et al. 2020; Johnston and Fusi 2023). Needs D ≥ 2. Raises InputError.
    """
    representations, latents = _trials(Z, x)
    if latents.shape[1] < 2:
        raise InputError("x must have at least 2 factors")
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
