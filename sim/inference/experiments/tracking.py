"""How well do gradients track a task?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, against_row, lowest, make_row
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.parameters import Purpose, Switching, judged_tolerance, observation_row
from gateflow.sim.inference.sequences import Sequences, draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import Array
from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    momentum_error,
    relative_noise,
    tracking_error,
)
from gateflow.theory.inference.mistakes import tracker_mistakes
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import observe
from gateflow.theory.inference.one_step import log_likelihood
from gateflow.theory.inference.stationary import observer_performance

# Numbers of tasks and relative noises R; multiples of the hazard, up to the most; multiples of the best gain.
_CASES, _HAZARDS, _MOST, GAINS = ((2, 1.0), (2, 4.0), (4, 1.0)), (1.0, 4.0), 0.4, (0.5, 1.0, 2.0)
# Momentum of one of the trackers, at half the best gain; hazards of observers, as multiples of the turning hazard.
_MOMENTUM, _FACTORS = 0.5, (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
# Observations that are not judged; gain below which there is nothing to follow.
_BURN, _LEAST = 200, 0.01
# A tracker decides as the observer of the hazard with equal turning times, up to this factor; what it is like to
# follow changes is known from so many of them on.
_ALIKE, _CHANGES = 2.5, 100


@dataclass(frozen=True)
class Setting:
    """Orthogonal tasks of norm 1 that switch: what a tracker meets."""

    n_tasks: int
    noise: float
    hazard: float

    def __str__(self) -> str:
        """The setting as rows and files name it."""
        return f"K = {self.n_tasks}, R = {self.noise:g}, h = {self.hazard:g}"

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

    def tracker(self, gain: Array, momentum: Array, decay: Array) -> GradientTracker:
        """Gradient steps with gains at distance √2, of rate η = aσ²."""
        return GradientTracker(gain * self.sigma**2, momentum=momentum, decay=decay)


@dataclass(frozen=True, eq=False)
class SettingRuns:
    """Trackers and observers in a setting, S members. Errors: mean squares over the variance of the task.

    errors: of constant gains, by multiples of the best one, (S,) each. momentum, linear, observer (S,): of a tracker
    with momentum, of the best linear filter and of the observer. mistakes, observer_mistakes (S,): share of wrong
    decisions at the best gain, and of the observer. agreement: share of decisions of that tracker that observers of
    other hazards share, by multiples of the turning hazard, (S,) each.
    """

    errors: Mapping[float, Array]
    momentum: Array
    linear: Array
    observer: Array
    mistakes: Array
    observer_mistakes: Array
    agreement: Mapping[float, Array]


@dataclass(frozen=True, eq=False)
class TrackingRuns:
    """Runs of all settings."""

    settings: Mapping[Setting, SettingRuns]


@dataclass(frozen=True)
class Tracking(Switching[TrackingRuns]):
    """Trackers and the observer on the same sequences."""

    source: ClassVar[str] = "GBI; derivations hazard-filter, turning-time"
    position: ClassVar[float] = 3
    example: ClassVar[str] = "--hazard 0.02"
    cost: ClassVar[str] = "6 s"
    usual: ClassVar[float] = 0.2

    def settings(self) -> list[Setting]:
        """All cases, each at all hazards at which a tracker gains from moving."""
        hazards = dict.fromkeys(max(self.hazard, min(factor * self.hazard, _MOST)) for factor in _HAZARDS)
        every = (Setting(n_tasks, noise, hazard) for n_tasks, noise in _CASES for hazard in hazards)
        return [setting for setting in every if setting.gain > _LEAST]

    def jobs(self) -> Sequence[Job]:
        """A job a setting."""
        number = len(self.settings())
        return [Job(Tracking.follow, (self, k), 2.0, self.seconds / number) for k in range(number)]

    def gather(self, results: Sequence[Any]) -> TrackingRuns:
        """All settings."""
        return TrackingRuns(dict(zip(self.settings(), results, strict=True)))

    def follow(self, index: int) -> SettingRuns:
        """Follow tasks that switch in the setting of this index."""
        setting = self.settings()[index]
        data = draw_sequences(Contexts(np.eye(setting.n_tasks), IsotropicNoise(setting.sigma)),
                              RandomSwitches(setting.hazard), self.length, self.streams(Purpose.TRACKING, index))
        model, gain = data.model(), setting.gain
        best, kept, _ = best_linear(setting.correlation, setting.noise)
        # Gains, momenta and decays of all trackers, which go side by side.
        moves = np.array([*((factor * gain, 0, 0) for factor in GAINS), (gain / 2, _MOMENTUM, 0),
                          (best, 0, 1 - kept - best)]).T[..., None, None]
        *vectors, moving, linear = setting.tracker(*moves).follow(data.y, model)
        constant = dict(zip(GAINS, vectors, strict=True))
        turning = float(turning_hazard(gain, setting.noise, setting.n_tasks))
        hazards = np.array([setting.hazard, *(min(factor * turning, 0.5) for factor in _FACTORS)])
        beliefs = observe(log_likelihood(data.y, model)[None], hazards[:, None]).filtered
        alike = (beliefs[1:].argmax(axis=-1) == constant[1.0].argmax(axis=-1))[..., _BURN:].mean(axis=-1)
        return SettingRuns({factor: _error(z, data) for factor, z in constant.items()}, _error(moving, data),
                           _error(linear, data), _error(beliefs[0], data), _mistakes(constant[1.0], data),
                           _mistakes(beliefs[0], data), dict(zip(_FACTORS, alike, strict=True)))

    def rows(self, result: TrackingRuns) -> Iterator[Row]:
        """Errors and mistakes of all trackers."""
        for setting, runs in result.settings.items():
            yield from self._setting_rows(setting, runs)

    def _setting_rows(self, setting: Setting, runs: SettingRuns) -> Iterator[Row]:
        about, lam, R, gain = f"tracking, {setting}", setting.correlation, setting.noise, setting.gain
        for factor, errors in runs.errors.items():
            yield against_row(f"{about}: error at {factor:g} times the best gain",
                              float(tracking_error(factor * gain, lam, R)), errors)
        yield against_row(f"{about}: error with momentum {_MOMENTUM:g}",
                          float(momentum_error(gain / 2, _MOMENTUM, correlation=lam, noise=R)), runs.momentum)
        yield against_row(f"{about}: error of the best linear filter", float(best_linear(lam, R)[2]), runs.linear)
        if setting.n_tasks == 2:
            best = observer_performance(setting.hazard, R)
            yield against_row(f"{about}: error of the observer", float(best.error), runs.observer)
            yield against_row(f"{about}: wrong decisions of the observer", float(best.mistakes),
                              runs.observer_mistakes)
            yield against_row(f"{about}: wrong decisions at the best gain",
                              float(tracker_mistakes(gain, setting.hazard, R)), runs.mistakes)
        else:
            yield observation_row(f"{about}: error of the observer", runs.observer)
            yield observation_row(f"{about}: wrong decisions at the best gain, beside the observer's", runs.mistakes,
                                  float(runs.observer_mistakes.mean()))
        agreement = np.array([each.mean() for each in runs.agreement.values()])
        place = float(np.exp(lowest(np.log(np.array(list(runs.agreement))), -agreement)))
        enough = setting.hazard * self.length * self.seeds >= _CHANGES
        yield make_row(f"{about}: hazard of the observer that decides alike, over that of equal turning time",
                       "approximation", theory=1.0, simulation=place, error=abs(float(np.log(place))),
                       tolerance=judged_tolerance(float(np.log(_ALIKE)), self.seeds if enough else 0))


def _error(z: Array, data: Sequences) -> Array:
    """Mean squared error (S,) of vectors (S, T, K), over the variance of the task."""
    K = z.shape[-1]
    squares = np.square(z - np.eye(K)[data.tasks]).sum(axis=-1)[:, _BURN:]
    return np.asarray(squares.mean(axis=1) / (1 - 1 / K))


def _mistakes(z: Array, data: Sequences) -> Array:
    return np.asarray((z.argmax(axis=-1) != data.tasks)[..., _BURN:].mean(axis=-1))


EXPERIMENT = Tracking
