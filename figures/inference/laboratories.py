"""What the laboratories of the derivations about task inference show beyond the curve of the result."""

from collections.abc import Sequence

import numpy as np
import sympy as sp

from gateflow.figures.derivations.laboratory import Laboratory, Simulated, sampled
from gateflow.figures.derivations.moving import Iteration, Picture
from gateflow.sim.inference import samples
from gateflow.theory.inference.observer import log_odds_prior
from gateflow.theory.proofs.assumptions import Variable

_MEMBERS = 20
_LENGTH = 120


def _rng(place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(23, spawn_key=(place,)))


def _gates() -> Sequence[Simulated]:
    t, at = np.array([0.1, 0.2, 0.35, 0.55, 0.8, 1.0]), {"K": 3, "S": 1.0, "rho": 0.3, "tau_c": 0.5}
    seen = samples.inferring_gates(t, n_tasks=3, strength=1.0, overlap=0.3, tau_c=0.5, dt=0.005)
    words = ("Gates of gradient descent, active task", "Gates of gradient descent, another task")
    return [Simulated(word, "time", t, path, np.zeros_like(t), at, k)
            for k, (word, path) in enumerate(zip(words, seen, strict=True))]


def _turning() -> Sequence[Simulated]:
    x, at = np.array([0.15, 0.3, 0.6, 1.2, 2.4]), {"h": 0.02}
    words = "The observer on mean evidence, step by step; the curve counts in continuous time"
    return [Simulated(words, "x", x, samples.turning_times(x, hazard=0.02), np.zeros_like(x), at)]


def _belief() -> Picture:
    """Belief of an observer on one stream of noise; hazard and noise are the sliders'."""
    h, x = sp.symbols("h x", positive=True)
    odds, task, kick, n = sp.symbols("odds task kick n", real=True)
    rng = np.random.default_rng(np.random.SeedSequence(23, spawn_key=(9,)))
    tasks = np.where((np.arange(_LENGTH + 1) // 30) % 2, -1.0, 1.0)
    noise = x / h
    given = {task: tasks, kick: rng.standard_normal(_LENGTH + 1)}
    # An estimate of the task with variance R says 2(task + √R kick)/R of log odds.
    following = log_odds_prior(odds, h, sp) + 2 * (task + sp.sqrt(noise) * kick) / noise
    zero = sp.Integer(0)
    return Picture("Belief of the observer (p₁ − p₂) and the task behind one stream of observations, always the same "
                   "noise: evidence is strong where x/h is small, and a rare change is doubted for longer.",
                   (0, _LENGTH, -1.1, 1.1), "step", "belief", (
        Iteration((odds,), (zero,), (odds,), n, task, _LENGTH, n, {task: tasks}, True, "dash", 5),
        Iteration((odds,), (zero,), (following,), n, sp.tanh(odds / 2), _LENGTH, n, given, False, "line", 0)))


_X = sp.Symbol("x", positive=True)

# By the name of the derivation.
LABORATORIES: dict[str, Laboratory] = {
    "e-step": Laboratory("n", {"alpha": 0.6, "eta": 0.5, "n": 3}, simulate=sampled(
        "Beliefs after gradient steps, for 20 observations", "n", (1.0, 2.0, 3.0, 4.0, 5.0),
        lambda n: samples.descent_temperatures(n, alpha=0.6, eta=0.5, rng=_rng(0)), {"alpha": 0.6, "eta": 0.5})),
    "one-step-exactness": Laboratory("delta", {"sigma": 1.0, "delta": 1.5}, simulate=sampled(
        f"One gradient step from the uniform vector, {_MEMBERS} samples of 500", "delta", (0.4, 0.8, 1.3, 1.8, 2.4, 3),
        lambda delta: samples.accuracies(delta, sigma=1.0, members=_MEMBERS, trials=500, rng=_rng(1)),
        {"sigma": 1.0})),
    "gates-are-inference": Laboratory("time", {"K": 3, "S": 1.0, "rho": 0.3, "tau_c": 0.5, "time": 0.4},
                                      simulate=_gates, outputs=("gate of the active task", "gate of each other task")),
    "hazard-filter": Laboratory("a", {"a": 0.3, "R": 1.0}, simulate=sampled(
        f"Where a tracker of this gain errs least, {_MEMBERS} samples of 800 steps", "a", (0.1, 0.2, 0.3, 0.4, 0.5),
        lambda gain: samples.tuned_correlations(gain, noise=1.0, members=_MEMBERS, length=800, rng=_rng(2)),
        {"R": 1.0})),
    "belief-in-continuum": Laboratory(
        "x", {"x": 0.4, "h": 0.02},
        variables=(Variable(sp.Symbol("h", positive=True), "hazard, for the picture", 0.01, 0.2),), picture=_belief(),
        put={"K_0": sp.besselk(0, _X), "K_1": sp.besselk(1, _X)}, simulate=sampled(
            "A Bayesian observer at hazard 0.005, 60 samples of 1200 steps", "x", (0.1, 0.2, 0.4, 0.6, 0.9),
            lambda x: samples.wrong_shares(x, hazard=0.005, members=60, length=1200, rng=_rng(3))),
        note="K₀ and K₁ are put in as the Bessel functions that they stand for."),
    "turning-time": Laboratory("x", {"x": 0.6, "h": 0.02}, simulate=_turning, picture=_belief()),
    "learning-unannounced": Laboratory("h", {"h": 0.1}, simulate=sampled(
        f"Learners whose weights move first, {_MEMBERS} samples of 1500 steps", "h", (0.03, 0.1, 0.2, 0.3),
        lambda h: samples.learned_distances(h, members=_MEMBERS, length=1500, rate=0.02, seed=6))),
    "detection": Laboratory("b", {"a": 1.0, "b": 0.5}, simulate=sampled(
        f"Scores of drawn data, {_MEMBERS} samples of 500", "b", (-1.8, -1.0, -0.3, 0.4, 1.1, 1.8),
        lambda shift: samples.detection_areas(shift, inside=1.0, members=_MEMBERS, trials=500, rng=_rng(5)),
        {"a": 1.0})),
}
