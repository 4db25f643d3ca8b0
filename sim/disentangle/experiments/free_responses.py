"""Do networks that answer when they are sure know when that is, and what they saw?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, against_row, mean
from gateflow.sim.disentangle.first_passage import answers_at_bound
from gateflow.sim.disentangle.geometry import decode
from gateflow.sim.disentangle.scores import RIDGE, optimum, states_of, train_members
from gateflow.sim.disentangle.setting import observed_row, stacked
from gateflow.sim.disentangle.task import Trials
from gateflow.sim.disentangle.trained import EvidenceNetworks, Purpose, Setting
from gateflow.theory.checks import SCALE, Array
from gateflow.theory.disentangle.drift_diffusion import (
    confidence,
    continuous_bound,
    decision_time_cdf,
    over_box,
    right_probability,
)
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.parameters import parameter

# Tasks of the networks; output at which one that learned ½, 0 and 1 has answered; confidence that is asked of the
# other; levels of confidence that are compared with what is right, and the widths of their bins.
N_TASKS, ANSWERED, SURE = 24, 0.75, 0.95
LEVELS = np.array([0.55, 0.65, 0.75, 0.85, 0.95])
_HALF = 0.05
# Walks in steps against laws of continuous time with the wider bound, which is right for small drifts: shares that have
# decided, and that are right.
_DECIDED, _RIGHT = 0.03, 0.01


@dataclass(frozen=True, eq=False)
class Answers:
    """Free answers, S networks. decided (S, t): share given by each step; right (S,): share of these that is right;
    by_time (S, t): the same of those given at a step, NaN where there are fewer than a hundred."""

    decided: Array
    right: Array
    by_time: Array


@dataclass(frozen=True, eq=False)
class ResponseRuns:
    """S networks. network, agent: answers of networks that learned a bound, and of exact sums on the same trials;
    outside, sure_outside (S,): out-of-distribution r² of these networks and of those that learned confidence;
    reported, fulfilled (S, levels): mean confidence of the latter in a bin, and the share that is right; doubt (S, t):
    mean distance of their outputs from the best agent's; sure, sure_right (S,): their confidence when it first
    exceeds SURE, and the share that is right then."""

    network: Answers
    agent: Answers
    outside: Array
    sure_outside: Array
    reported: Array
    fulfilled: Array
    doubt: Array
    sure: Array
    sure_right: Array


@dataclass(frozen=True)
class FreeResponses(EvidenceNetworks[ResponseRuns]):
    """Recurrent networks whose targets are ½ until evidence reaches a bound, and others that learn confidence."""

    source = "DIS, section on free response times, figure S5; derivation decisions"
    position = 215
    cost = "half a minute with --quick; three minutes without; what is trained is kept"
    example = "--bound 0.6 --quick"

    bound: float = parameter(1.0, "bound ±B of the evidence c·ΣX about a task", SCALE)

    @cached_property
    def settings(self) -> tuple[Setting, Setting]:
        """What learns a bound, and what learns confidence."""
        first = Setting("rnn", N_TASKS, 2, self.sigma, self.duration, targets="bound", bound=self.bound)
        return first, replace(first, targets="confidence", bound=1.0)

    def jobs(self) -> Sequence[Job]:
        """Both kinds of network."""
        how = (self.seed, self.networks, self.descent("rnn"), self.batch)
        return [Job(train_members, (setting, *how)) for setting in self.settings]

    def gather(self, results: Sequence[Any]) -> ResponseRuns:
        """Ask networks side by side."""
        return stacked_runs([self._asked(k, *pair) for k, pair in enumerate(zip(*results, strict=True))])

    def _asked(self, k: int, bounded: Any, sure: Any) -> ResponseRuns:
        task = self.settings[0].task(self.seed, k)
        drawn = task.draw(self.trials, self.stream(Purpose.TRIALS, 2, k))
        sums = np.cumsum(task.questions.margins(drawn.evidence), axis=1)
        exact = np.moveaxis(answers_at_bound(np.moveaxis(sums, 1, 0), self.bound), 0, 1)
        outside, outputs, confident = [], [], None
        for weights in (bounded, sure):
            states = states_of("rnn", weights, drawn.inputs)[:, task.schedule.evidence]
            outside.append(np.median(decode(states[:, -1], drawn.x, ridge=RIDGE).outside))
            outputs.append(scipy.special.expit(states @ weights["out"]["W"] + weights["out"]["b"]))
        confident = np.maximum(outputs[1], 1 - outputs[1])
        true = (outputs[1] > 0.5) == (drawn.answers[:, None] > 0.5)
        bins = [np.abs(confident - level) <= _HALF for level in LEVELS]
        steps = np.arange(1, self.duration + 1)[:, None]
        best = scipy.special.ndtr(sums / (self.sigma * np.sqrt(steps)))
        when, given = _first(outputs[1], SURE)
        at = np.take_along_axis(confident, np.minimum(when, self.duration - 1)[:, None], axis=1)[:, 0][given]
        right = np.take_along_axis(true, np.minimum(when, self.duration - 1)[:, None], axis=1)[:, 0][given]
        return ResponseRuns(self._answers(outputs[0], drawn), self._answers(exact, drawn), *map(np.asarray, (
            *outside, [mean(confident[each]) for each in bins], [mean(true[each]) for each in bins],
            np.abs(outputs[1] - best).mean(axis=(0, 2)), mean(at), mean(right))))

    def _answers(self, outputs: Array, drawn: Trials) -> Answers:
        """Answers of outputs (trials, t, N): the first that is beyond ANSWERED."""
        when, given = _first(outputs, ANSWERED)
        yes = np.take_along_axis(outputs, np.minimum(when, self.duration - 1)[:, None], axis=1)[:, 0] > 0.5
        right = yes == (drawn.answers > 0.5)
        at = [when == t for t in range(self.duration)]
        return Answers(np.cumsum([here.mean() for here in at]), np.asarray(mean(right[given])),
                       np.array([right[here].mean() if here.sum() >= 100 else np.nan for here in at]))

    @property
    def _wider(self) -> dict[str, float]:
        return {"bound": float(continuous_bound(bound=self.bound, sigma=self.sigma)), "sigma": self.sigma}

    def decided(self, t: Array) -> Array:
        """Share of answers given by steps t (k,), from the law of first passage: a sum is looked at after a step."""
        return self._over(decision_time_cdf, t=t[:, None] + 0.5)

    @property
    def right(self) -> float:
        """Share of answers that are right, of those given in time: side and time are independent at a given drift."""
        def both(drift: Array, bound: float, sigma: float) -> Array:
            here = {"drift": np.abs(drift), "bound": bound, "sigma": sigma}
            return np.asarray(right_probability(**here) * decision_time_cdf(self.duration + 0.5, **here))

        return float(self._over(both)) / float(self.decided(np.array([float(self.duration)]))[0])

    def confidence(self, t: Array) -> Array:
        """Probability that an answer given at times t (k,) is right; the drift's prior taken to be normal."""
        return confidence(t, variance=VARIANCE, **self._wider)

    def _over(self, law: Callable[..., Any], **arguments: Any) -> Array:
        return over_box(law, evenly_spaced_tasks(N_TASKS), **self._wider, **arguments)

    def rows(self, result: ResponseRuns) -> Iterator[Row]:
        """Exact sums against the laws of first passage; networks beside them."""
        t = np.unique([max(1, self.duration // 4), max(1, self.duration // 2), self.duration])
        for step, theory in zip(t, self.decided(t.astype(float)), strict=True):
            about = f"share of answers given by step {step}"
            yield against_row(f"exact sums: {about}", float(theory), result.agent.decided[:, step - 1], "approximation",
                              _DECIDED)
            yield observed_row(f"networks: {about}", float(theory), result.network.decided[:, step - 1])
        yield against_row("exact sums: share of answers that is right", self.right, result.agent.right,
                          "approximation", _RIGHT)
        yield observed_row("networks: share of answers that is right", self.right, result.network.right)
        best = optimum(self.settings[0]).outside
        yield observed_row("networks that learned a bound: r² out of distribution", best, result.outside)
        yield observed_row("networks that learned confidence: r² out of distribution", best, result.sure_outside)
        # A calibrated agent may stop whenever it likes: what it then says is right as often as it says.
        yield observed_row(f"networks that learned confidence: share right when first {SURE:g} sure, beside what they "
                           "say", float(result.sure.mean()), result.sure_right)
        yield observed_row("networks that learned confidence: distance from the best agent's, last step", 0.0,
                           result.doubt[:, -1])


def _first(outputs: Array, level: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Step (trials, N) at which outputs (trials, t, N) are first beyond a level, t for never; whether."""
    beyond = np.maximum(outputs, 1 - outputs) >= level
    given = np.asarray(beyond.any(axis=1))
    return np.where(given, beyond.argmax(axis=1), outputs.shape[1]), given


def stacked_runs(runs: Sequence[ResponseRuns]) -> ResponseRuns:
    """Single networks as arrays with a leading axis."""
    arrays = {name: np.stack([getattr(run, name) for run in runs]) for name in (
        "outside", "sure_outside", "reported", "fulfilled", "doubt", "sure", "sure_right")}
    return ResponseRuns(stacked([run.network for run in runs]), stacked([run.agent for run in runs]), **arrays)


EXPERIMENT = FreeResponses
