"""How much of the latent state a linear decoder finds: on the conditions that it was fitted on, and on others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import Array
from gateflow.theory.disentangle import VARIANCE, linear_decoder, out_of_distribution_r2, r_squared


@dataclass(frozen=True, eq=False)
class Decoding:
    """r² of linear decoders. inside: fitted on half of the trials and scored on the rest; outside: fitted on all
    orthants but one and scored on that one, (orthants,)."""

    inside: float
    outside: Array


def decode(Z: Array, x: Array, variance: float = VARIANCE, ridge: float = 0.0) -> Decoding:
    """Decode states x (trials, D) from representations Z (trials, units); r² is 1 − MSE/variance (DIS, section 4).

    Raises InputError.
    """
    half = len(x) // 2
    decoder = linear_decoder(Z[:half], x[:half], ridge)
    inside = r_squared(x[half:], decoder.predict(Z[half:]), variance)
    return Decoding(inside, out_of_distribution_r2(Z, x, variance, ridge))


def latent_directions(Z: Array, x: Array) -> Array:
    """Directions (D, units) in which representations move with each factor: Z fitted by x. Raises InputError."""
    return linear_decoder(x, Z).weights


def centroid_r2(answers: ArrayLike, x: Array) -> float:
    """r² of the best guess from bare answers: means of all trials that answer alike, on half of the trials, scored on
    the other half; answers not met before are guessed as 0.

    answers: (trials, N), 0 or 1; x: (trials, D).
    """
    half = len(x) // 2
    _, cell = np.unique(np.packbits(np.asarray(answers) > 0.5, axis=1), axis=0, return_inverse=True)
    cell = cell.ravel()
    size = np.bincount(cell[:half], minlength=cell.max() + 1)
    total = np.stack([np.bincount(cell[:half], column[:half], len(size)) for column in x.T], axis=1)
    guess = total / np.maximum(size, 1)[:, None]
    return r_squared(x[half:], guess[cell[half:]], VARIANCE)
