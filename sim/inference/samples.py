"""Quick samples beside one closed form each: the points that laboratories lay over their curves.

Each returns values (members, n): an ensemble, at the n values of what is varied.
"""

import numpy as np
from numpy.random import Generator

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.inference.calibration import area_under_roc
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.learner import Learner
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import log_odds_prior, observe
from gateflow.theory.inference.one_step import log_likelihood, one_step


def two_task_model(distance: float, sigma: float) -> TaskModel:
    """Two tasks on a line, so far apart."""
    return TaskModel(np.array([[0.0], [distance]]), IsotropicNoise(sigma))


def accuracies(distances: Array, *, sigma: float, members: int, trials: int, rng: Generator) -> Array:
    """Share of trials that one gradient step decides rightly between two tasks, for distances (n,)."""
    tasks = rng.integers(2, size=(members, trials))
    noise = sigma * rng.standard_normal((members, trials, 1))
    chosen = [one_step(distance * tasks[..., None] + noise, two_task_model(float(distance), sigma),
                       corrected=False).argmax(axis=-1) for distance in distances]
    return np.stack([(choice == tasks).mean(axis=1) for choice in chosen], axis=1)


def descent_temperatures(steps: Array, *, alpha: float, eta: float, rng: Generator) -> Array:
    """Temperature of the belief after so many gradient steps of size eta on an evidence with entropy weight alpha.

    Read off the slope of log beliefs over the log posterior, of 20 members' observations.
    """
    log_posterior = rng.standard_normal((20, 3))
    logits, found = np.zeros_like(log_posterior), []
    for n in range(1, int(np.max(steps)) + 1):
        logits = logits + eta * (log_posterior - alpha * logits)
        slopes = (logits[:, 0] - logits[:, 1]) / (log_posterior[:, 0] - log_posterior[:, 1])
        if n in steps:
            found.append(1 / slopes)
    return np.stack(found, axis=1)


def wrong_shares(x: Array, *, hazard: float, members: int, length: int, rng: Generator) -> Array:
    """Share of steps at which a Bayesian observer believes the wrong one of two tasks; x = hazard × noise (n,)."""
    burn, found = length // 4, []
    for value in x:
        moves = np.cumsum(rng.random((members, length)) < hazard, axis=1)
        tasks = (rng.integers(2, size=(members, 1)) + moves) % 2
        sigma = np.sqrt(value / hazard / 2)
        model = TaskModel(np.eye(2), IsotropicNoise(float(sigma)))
        seen = model.means[tasks] + sigma * rng.standard_normal((*tasks.shape, 2))
        beliefs = observe(log_likelihood(seen, model), hazard).filtered
        found.append((beliefs.argmax(axis=-1) != tasks)[:, burn:].mean(axis=1))
    return np.stack(found, axis=1)


def tuned_correlations(gains: Array, *, noise: float, members: int, length: int, rng: Generator) -> Array:
    """For which correlation of the task a tracker's gain is best: looked for on simulated sequences; gains (n,).

    noise: that of an estimate over the variance of the task. Gains a little lower and higher err as much there.
    """
    hazards = np.geomspace(0.003, 0.45, 25)
    uniform, kicks = rng.random((members, length)), rng.standard_normal((members, length))
    start, correlations = np.where(rng.random((members, 1)) < 0.5, -1, 1), 1 - 2 * hazards
    found = []
    for gain in gains:
        slopes = []
        for hazard in hazards:
            task = start * np.where(np.cumsum(uniform < hazard, axis=1) % 2, -1, 1)
            seen = task + np.sqrt(noise) * kicks
            lower, upper = (_squared_error(task, seen, factor * gain) for factor in (0.9, 1.1))
            slopes.append(upper - lower)
        # A lower hazard wants a lower gain: the slope falls with the hazard.
        found.append([np.interp(0, -row, correlations) for row in np.transpose(slopes)])
    return np.transpose(found)


def _squared_error(task: Array, seen: Array, gain: float) -> Array:
    held, total = np.zeros(len(task)), np.zeros(len(task))
    for n in range(task.shape[1]):
        held = held + gain * (seen[:, n] - held)
        total += (held - task[:, n]) ** 2
    return total / task.shape[1]


def turning_times(x: Array, *, hazard: float) -> Array:
    """Steps in which a settled observer of two tasks turns round on mean evidence; x = hazard × noise (n,), (n,)."""
    found = []
    for value in x:
        log_odds, steps = float(np.arcsinh(1 / value)), 0.0
        while log_odds > 0:
            after = log_odds_prior(log_odds, hazard) - 2 * hazard / value
            steps += 1 if after > 0 else log_odds / (log_odds - after)
            log_odds = after
        found.append(steps)
    return np.array(found)


def detection_areas(outside: Array, *, inside: float, members: int, trials: int, rng: Generator) -> Array:
    """Area under the ROC curve of the largest entry: data of two tasks against data between them.

    inside: distance of the tasks over twice the noise; outside (n,): how far, in noise, the others lie from the middle.
    """
    model = two_task_model(2 * inside, 1.0)
    found = []
    for shift in outside:
        tasks = rng.integers(2, size=(members, trials))
        known = model.means[tasks] + rng.standard_normal((members, trials, 1))
        strange = inside + shift + rng.standard_normal((members, trials, 1))
        scores = [-one_step(x, model).max(axis=-1) for x in (strange, known)]
        found.append([area_under_roc(high, low) for high, low in zip(*scores, strict=True)])
    return np.transpose(found)


def learned_distances(hazards: Array, *, members: int, length: int, rate: float, seed: int) -> Array:
    """Distance of two learned contexts over the true one, where weights move before the task is inferred; (n,)."""
    truth, world, found = np.eye(2) - 0.5, Contexts(np.eye(2), IsotropicNoise(0.1)), []
    tracker = GradientTracker(100.0, parametrisation="simplex", restart=True)
    for hazard in hazards:
        streams = [[np.random.default_rng([seed, purpose, member]) for member in range(members)] for purpose in (0, 1)]
        stream = draw_sequences(world, RandomSwitches(float(hazard)), length, streams[0])
        run = Learner(2, rate=rate, tracker=tracker, order="weights first").train(
            stream, streams[1], np.repeat(world.weights[None], members, axis=0))
        found.append((run.mean_weights[..., 0] * truth).sum(axis=(1, 2)) / (truth**2).sum())
    return np.stack(found, axis=1)


def inferring_gates(t: Array, *, n_tasks: int, strength: float, overlap: float, tau_c: float, dt: float) -> Array:
    """Gates of a descent with weights at their teachers, active and another one (2, n), at times t (n,) of its grid."""
    gram = strength * ((1 - overlap) * np.eye(n_tasks) + overlap)
    teachers = np.linalg.cholesky(gram)[:, None, :]
    model = GatedModel(n_tasks, 1, n_tasks, n_tasks, tau_w=1e9, tau_c=tau_c, tau_block=float(t[-1]))
    run = descend(model, teachers, Curriculum((0,)), W0=teachers[None], c0=np.full((1, n_tasks), 1 / n_tasks), dt=dt,
                  record_every=1)
    return np.stack([np.interp(t, run.t, run.c[0, :, path]) for path in (0, 1)])
