"""What a study measures on sequences: gradient inference that carries over, beside the Bayesian observer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import Sequences, draw_sequences
from gateflow.sim.inference.study import Study
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import Array
from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    filter_error,
    relative_noise,
    tracking_error,
)
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import observe
from gateflow.theory.inference.one_step import log_likelihood

# Numbers of tasks and relative noises R; multiples of the hazard; multiples of the best gain.
CASES, HAZARDS, GAINS = ((2, 1.0), (2, 4.0), (4, 1.0)), (1.0, 4.0), (0.5, 1.0, 2.0)
# Momentum of one of the trackers, at half the best gain; hazards of observers, as multiples of the turning hazard.
MOMENTUM, FACTORS = 0.5, (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
_BURN = 200
# Gain below which there is nothing to follow.
_LEAST = 0.01


@dataclass(frozen=True)
class Setting:
    """Orthogonal tasks of norm 1 that switch: what a tracker meets."""

    n_tasks: int
    noise: float
    hazard: float

    @property
    def sigma(self) -> float:
        """Noise of an observation, of relative variance R at distance √2."""
        return float(np.sqrt(self.noise / relative_noise(np.sqrt(2), 1.0, self.n_tasks)))

    @property
    def correlation(self) -> float:
        """λ."""
        return float(correlation(self.hazard, self.n_tasks))

    @property
    def gain(self) -> float:
        """The best constant gain."""
        return float(best_gain(self.correlation, self.noise))

    def rate(self, gain: float) -> float:
        """Rate η = aσ² of gradient steps with a gain at distance √2."""
        return gain * self.sigma**2


def settings(study: Study) -> Iterator[Setting]:
    """All of them: CASES, each at all hazards at which a tracker gains from moving."""
    hazards = dict.fromkeys(max(study.hazard, min(factor * study.hazard, 0.4)) for factor in HAZARDS)
    for n_tasks, noise in CASES:
        for hazard in hazards:
            setting = Setting(n_tasks, noise, hazard)
            if setting.gain > _LEAST:
                yield setting


@dataclass(frozen=True, eq=False)
class TrackingRuns:
    """Trackers and observers, S members, C settings. Errors: mean squares over the variance of the task.

    errors (S, C, GAINS): of constant gains; momentum, linear, observer (S, C): of one with momentum, of the best
    linear filter and of the observer; wrong, observer_wrong (S, C): share of wrong decisions at the best gain;
    agreement (S, C, FACTORS): share of decisions of that tracker that observers of other hazards share.
    """

    errors: Array
    momentum: Array
    linear: Array
    observer: Array
    wrong: Array
    observer_wrong: Array
    agreement: Array


def predicted(setting: Setting) -> dict[str, Array]:
    """Errors that theory gives, by the names of ``TrackingRuns``."""
    lam, R, gain = setting.correlation, setting.noise, setting.gain
    gains = np.array(GAINS) * gain
    return {"errors": np.asarray(tracking_error(gains, lam, R)),
            "momentum": np.asarray(filter_error(1 + MOMENTUM - gain / 2, -MOMENTUM, gain / 2, correlation=lam,
                                                noise=R)),
            "linear": np.asarray(best_linear(lam, R)[2])}


def _square(z: Array, stream: Sequences) -> Array:
    """Mean squared error (S,) of vectors (S, T, K), over the variance of the task."""
    K = z.shape[-1]
    off = np.square(z - np.eye(K)[stream.tasks]).sum(axis=-1)[:, _BURN:]
    return np.asarray(off.mean(axis=1) / (1 - 1 / K))


def _wrong(z: Array, stream: Sequences) -> Array:
    return np.asarray((z.argmax(axis=-1) != stream.tasks)[..., _BURN:].mean(axis=-1))


def followed(study: Study, index: int) -> dict[str, Array]:
    """Follow tasks that switch in the setting of this index: a part (S, ...) of ``TrackingRuns``, by name."""
    setting = list(settings(study))[index]
    world = Contexts(np.eye(setting.n_tasks), IsotropicNoise(setting.sigma))
    stream = draw_sequences(world, RandomSwitches(setting.hazard), study.length, study.streams(3, index))
    model, gain = stream.model(), setting.gain

    def tracked(own: float, momentum: float = 0.0, decay: float = 0.0) -> Array:
        return GradientTracker(setting.rate(own), momentum=momentum, decay=decay).follow(stream.y, model)

    constant = [tracked(factor * gain) for factor in GAINS]
    best, kept, _ = best_linear(setting.correlation, setting.noise)
    behaved = float(turning_hazard(gain, setting.noise, setting.n_tasks))
    hazards = np.array([setting.hazard, *(min(factor * behaved, 0.5) for factor in FACTORS)])
    beliefs = observe(log_likelihood(stream.y, model)[None], hazards[:, None]).filtered
    choice = constant[GAINS.index(1.0)].argmax(axis=-1)
    alike = (beliefs[1:].argmax(axis=-1) == choice)[..., _BURN:].mean(axis=-1)
    return {"errors": np.stack([_square(z, stream) for z in constant], axis=-1),
            "momentum": _square(tracked(gain / 2, MOMENTUM), stream),
            "linear": _square(tracked(best, 0.0, 1 - kept - best), stream), "observer": _square(beliefs[0], stream),
            "wrong": _wrong(constant[GAINS.index(1.0)], stream), "observer_wrong": _wrong(beliefs[0], stream),
            "agreement": alike.T}
