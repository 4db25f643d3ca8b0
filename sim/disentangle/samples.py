"""Quick samples beside one closed form each: the points that laboratories lay over their curves.

Each returns values (members, n): an ensemble, at the n values of what is varied.
"""

import numpy as np
import scipy
from numpy.random import Generator

from gateflow.sim.disentangle.first_passage import first_passage
from gateflow.sim.disentangle.geometry import out_of_distribution_r2
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.drift_diffusion import continuous_bound
from gateflow.theory.disentangle.tasks import VARIANCE


def yes_shares(mu: Array, *, sigma: float, t: float, b: float, members: int, trials: int, rng: Generator) -> Array:
    """Share of states beyond a boundary b among those whose evidence has the mean c·μ (n,), under a flat prior."""
    states = mu + sigma / np.sqrt(t) * rng.standard_normal((members, trials, len(mu)))
    return np.asarray((states > b).mean(axis=1))


def fitted_scales(half_ranges: Array, *, members: int, trials: int, rng: Generator) -> Array:
    """Scale a that brings Φ(az) nearest to a sigmoid of scores z that are uniform within ±T; half_ranges (n,)."""
    scales = np.linspace(0.58, 0.66, 161)
    found = []
    for reach in half_ranges:
        z = reach * (2 * rng.random((members, trials)) - 1)
        misfit = [np.mean((scipy.special.ndtr(scale * z) - scipy.special.expit(z)) ** 2, axis=1) for scale in scales]
        found.append(scales[np.argmin(misfit, axis=0)])
    return np.stack(found, axis=1)


def observations_needed(shares: Array, *, sigma: float, members: int, trials: int, rng: Generator) -> Array:
    """Observations after which the shrunk mean of a uniform factor explains shares (n,), between whole numbers."""
    x = rng.random((members, trials)) - 0.5
    total, explained, number = np.zeros_like(x), [np.zeros(members)], 0
    while np.min(explained[-1]) < np.max(shares):
        number += 1
        total += x + sigma * rng.standard_normal(x.shape)
        trust = VARIANCE / (VARIANCE + sigma**2 / number)
        explained.append(1 - np.mean((x - trust * total / number) ** 2, axis=1) / VARIANCE)
    counts = np.arange(number + 1)
    # In between, noise falls as the inverse of the number: 1/(1 − r²) is linear in it.
    return np.array([np.interp(1 / (1 - shares), 1 / (1 - row), counts) for row in np.transpose(explained)])


def left_out_shares(sigma_t: Array, *, members: int, trials: int, rng: Generator) -> Array:
    """r² of a linear decoder on a quadrant that it was not trained on; noise of the mean (n,)."""
    found = []
    for noise in sigma_t:
        x = rng.random((members, trials, 2)) - 0.5
        seen = x + noise * rng.standard_normal(x.shape)
        found.append([float(np.mean(out_of_distribution_r2(Z, states, VARIANCE)))
                      for Z, states in zip(seen, x, strict=True)])
    return np.transpose(found)


def right_shares(t: Array, *, bound: float, sigma: float, variance: float, members: int, trials: int,
                 rng: Generator) -> Array:
    """Share of right answers among those given near times t (n,), drifts drawn from their prior."""
    step, found = 0.01, []
    # Between steps evidence passes the bound unseen: that widens it.
    inner = bound - continuous_bound(bound=0.0, sigma=sigma) * np.sqrt(step)
    for _ in range(members):
        drift = np.sqrt(variance) * rng.standard_normal(trials)
        time, sign = first_passage(drift, rng, bound=inner, sigma=sigma, step=step)
        right = sign == np.sign(drift)
        found.append([right[np.abs(time - near) < 0.1 * near].mean() for near in t])
    return np.array(found)


def angle_spreads(n_tasks: Array, *, dimension: int, power: float, members: int, trials: int,
                  rng: Generator) -> Array:
    """Standard deviation of the angle between the directions of two factors under so many (n,) random tasks."""
    found = []
    for number in n_tasks:
        C = rng.standard_normal((members * trials, int(number), dimension))
        C /= np.linalg.norm(C, axis=2, keepdims=True)
        values, vectors = np.linalg.eigh(np.swapaxes(C, 1, 2) @ C)
        gram = (vectors * values[:, None, :] ** power) @ np.swapaxes(vectors, 1, 2)
        angles = np.arccos(gram[:, 0, 1] / np.sqrt(gram[:, 0, 0] * gram[:, 1, 1]))
        found.append(angles.reshape(members, trials).std(axis=1))
    return np.stack(found, axis=1)


def direction_shares(dimensions: Array, *, members: int, trials: int, rng: Generator) -> Array:
    """Share of the variance of uniform factors that their direction explains, for numbers of them (n,)."""
    found = []
    for dimension in map(int, dimensions):
        x = rng.random((members, trials, dimension)) - 0.5
        direction = x / np.linalg.norm(x, axis=-1, keepdims=True)
        edge = 0.5 / np.abs(direction).max(axis=-1)
        # Another state of the same direction: the mean of their product is the square of the conditional mean.
        other = direction * (edge * rng.random((members, trials)) ** (1 / dimension))[..., None]
        found.append(np.sum(x * other, axis=-1).mean(axis=1) * 12 / dimension)
    return np.stack(found, axis=1)


def reading_needs(n_tasks: Array, *, dimension: int, reading: float, members: int, trials: int,
                  rng: Generator) -> tuple[Array, Array]:
    """Errors of a factor read by least squares from so many (n,) random tasks, (members, n), and their means."""
    found = []
    for number in map(int, n_tasks):
        C = rng.standard_normal((members * trials, number, dimension))
        C /= np.linalg.norm(C, axis=2, keepdims=True)
        noise = np.sqrt(reading) * rng.standard_normal((members * trials, number, 1))
        away = np.linalg.solve(np.swapaxes(C, 1, 2) @ C, np.swapaxes(C, 1, 2) @ noise)
        found.append(np.mean(away**2, axis=(1, 2)).reshape(members, trials).mean(axis=1))
    errors = np.stack(found, axis=1)
    return errors, errors.mean(axis=0)


def decoded_factors(z1: Array, *, z2: float, angle: float, sigma_t: float, members: int, trials: int,
                    rng: Generator) -> Array:
    """Both factors (2, members, n) that decoders fitted to reports on two tasks read from scores z1 (n,) and z2.

    A report is the share of 100,000 samples around the mean of the evidence that lie beyond a task's boundary.
    """
    C = np.array([[1, 0], [np.cos(angle), np.sin(angle)]])
    mu = rng.random((members, trials, 2)) - 0.5
    shares = rng.binomial(100_000, scipy.special.ndtr(mu @ C.T / sigma_t)) / 100_000
    scores = scipy.special.ndtri(shares)
    asked = np.stack([z1, np.full_like(z1, z2)], axis=1)
    read = np.array([asked @ np.linalg.lstsq(seen, state)[0] for seen, state in zip(scores, mu, strict=True)])
    return np.moveaxis(read, 2, 0)


def best_noises(n_tasks: Array, *, noises: Array, precision: float, radius: float, members: int, trials: int,
                rng: Generator) -> Array:
    """Of noises of the mean (k,), and between them, that at which states are found best, for numbers of tasks (n,).

    radius: distance of the states from the middle of the plane; precision: standard deviation of the error in a report.
    Reports on lines of all directions are read with an error, and the state that fits them best is looked for by
    scoring steps from the truth. The error is least in a cubic of the logarithm of the noise.
    """
    found = []
    for number in map(int, n_tasks):
        angle = np.pi * np.arange(number) / number
        C, logs = np.stack([np.cos(angle), np.sin(angle)], axis=1), np.log(noises)
        turn = 2 * np.pi * rng.random((members, trials))
        x = radius * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        noise, reading = rng.standard_normal(x.shape), precision * rng.standard_normal((members, trials, number))
        errors = []
        for sigma in noises:
            mu = x + sigma * noise
            guess, read = mu, scipy.special.ndtr(mu @ C.T / sigma) + reading
            for _ in range(3):
                z = guess @ C.T / sigma
                slopes = (np.exp(-z**2 / 2) / np.sqrt(2 * np.pi) / sigma)[..., None] * C
                left = np.swapaxes(slopes, -1, -2) @ (read - scipy.special.ndtr(z))[..., None]
                guess = guess + np.linalg.solve(np.swapaxes(slopes, -1, -2) @ slopes, left)[..., 0]
            errors.append(np.mean((guess - x) ** 2, axis=(1, 2)))
        fine = np.linspace(logs[0], logs[-1], 401)
        fits = np.polyfit(logs, np.log(errors), 3)
        found.append(np.exp(fine[np.argmin([np.polyval(fit, fine) for fit in fits.T], axis=1)]))
    return np.stack(found, axis=1)
