"""Do networks know what the filter knows?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import scipy

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import FEWEST, Row, against_row, half_width, make_row
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.geometry import decode, latent_directions
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.setting import N_TASKS, Measured, Purpose, observed_row, spans
from gateflow.sim.disentangle.task import EvidenceTask, Trials
from gateflow.sim.disentangle.training import Training, train_together
from gateflow.theory.checks import MANY, Array
from gateflow.theory.disentangle.angles import direction_angles
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
from gateflow.theory.disentangle.time import shrunk_r2
from gateflow.theory.parameters import check_different, parameter

# Units of a network; trials of an update, and those in which networks are judged, at least.
_UNITS, _BATCH, _JUDGING = 8, 64, 4000
# Numbers of lines of networks with ReLU units, and of random tasks.
_RELU_TASKS, _RANDOM_TASKS = (2, 24), 12
# Numbers of lines of the linear networks whose states are shown too.
_STATES_OF = (1, 6)
# Distance of r² from the optimum, at least, and as a share of what the evidence leaves unexplained; excess of the loss
# over that of the filter.
_TRAINED, _SHARE, _EXCESS = 0.006, 0.25, 0.015


@dataclass(frozen=True)
class Kind:
    """A kind of network. n_tasks: lines of the plane that it is asked, or random tasks."""

    n_tasks: int
    random: bool = False
    activation: str = "linear"

    @property
    def even(self) -> bool:
        """Whether it is a linear network that is asked about lines."""
        return not self.random and self.activation == "linear"

    def __str__(self) -> str:
        """As tables name it."""
        if self.random:
            return "random"
        return f"N = {self.n_tasks}" if self.activation == "linear" else f"ReLU, N = {self.n_tasks}"


@dataclass(frozen=True, eq=False)
class KindRuns:
    """One kind of trained network, S members, at the decision, beside the filter on the same trials.

    inside, outside: r² of linear decoders of its logits; states_inside, states_outside: of its states;
    filter_inside, filter_outside: of the filter's scores; loss, filter_loss: cross-entropy a task, (S,) each; losses:
    before each update (S, steps); angles, task_angles: between both factors in its logits and in its tasks, rad.
    """

    inside: Array
    outside: Array
    states_inside: Array
    states_outside: Array
    filter_inside: Array
    filter_outside: Array
    loss: Array
    filter_loss: Array
    losses: Array
    angles: Array
    task_angles: Array


@dataclass(frozen=True, eq=False)
class TrainedRuns:
    """Every kind of network with what it gave."""

    kinds: Mapping[Kind, KindRuns]


@dataclass(frozen=True)
class TrainedNetworks(Measured[TrainedRuns]):
    """Recurrent networks with a sigmoid readout, trained on the classification losses."""

    source = "DIS, sections 3 and 4"
    position = 110
    cost = "20 s"
    usual = 0.3
    example = "--n-tasks 2 6 --training-steps 1000"

    n_tasks: tuple[int, ...] = parameter((1, 2, 3, 6, 24), "numbers of tasks in the plane", N_TASKS)
    training_steps: int = parameter(300, "updates of a network", MANY)

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_different("n_tasks", self.n_tasks)

    @property
    def kinds(self) -> list[Kind]:
        """Kinds of networks that are trained."""
        return [*map(Kind, self.n_tasks), Kind(_RANDOM_TASKS, random=True),
                *(Kind(lines, activation="relu") for lines in _RELU_TASKS)]

    def jobs(self) -> Sequence[Job]:
        """A job for members that are trained side by side."""
        each = self.seconds / self.seeds
        return [Job(type(self).train, (self, first, last), 20.0, each * (last - first))
                for first, last in spans(self.seeds)]

    def gather(self, results: Sequence[Any]) -> TrainedRuns:
        """All members of every kind."""
        return TrainedRuns({kind: KindRuns(*(np.concatenate([getattr(part.kinds[kind], field.name) for part in results])
                                             for field in fields(KindRuns))) for kind in self.kinds})

    def data(self, result: TrainedRuns) -> dict[str, Any]:
        """All arrays, by kind and name."""
        return {f"{kind}/{name}": array for kind, runs in result.kinds.items() for name, array in vars(runs).items()}

    def train(self, first: int, last: int) -> TrainedRuns:
        """Train and judge members first … last − 1 of every kind; those of a member see the same trials."""
        members = range(first, last)
        streams = [self.stream(Purpose.TRAINED_NETWORKS, k) for k in members]
        task = EvidenceTask.simple(evenly_spaced_tasks(1), self.sigma, self.duration)
        asked = [[self._asked(kind, k) for k in members] for kind in self.kinds]
        starts = [Network.initial(task.n_inputs, _UNITS, kind.n_tasks, streams, kind.activation) for kind in self.kinds]
        trained = train_together(starts, [task] * len(members), asked, streams, Training(self.training_steps, _BATCH))
        judged = []
        for k, rng in enumerate(streams):
            drawn = task.draw(max(self.trials, _JUDGING), rng)
            judged.append([_judged(replace(task, questions=each[k]), network.member(k), drawn)
                           for each, (network, _) in zip(asked, trained, strict=True)])
        return TrainedRuns({kind: KindRuns(losses=losses.T, **{name: np.array([part[name] for part in parts])
                                                               for name in parts[0]})
                            for kind, (_, losses), parts in zip(self.kinds, trained, zip(*judged, strict=True),
                                                                strict=True)})

    def _asked(self, kind: Kind, member: int) -> Tasks:
        if kind.random:
            return random_tasks(kind.n_tasks, 2, self.stream(Purpose.ASKED_TASKS, member))
        return evenly_spaced_tasks(kind.n_tasks)

    def optimal(self, tasks: Tasks) -> tuple[float, float]:
        """r² of the best linear decoder of the filter's scores, inside its distribution and on left-out quadrants."""
        noise = self.sigma_t**2
        return (tasks.rank / 2 * float(shrunk_r2(noise)),
                float(left_out_r2(noise, 2, reading=tasks.basis).mean()))

    def rows(self, result: TrainedRuns) -> Iterator[Row]:
        """Every kind against the filter, and that against its laws."""
        for kind, runs in result.kinds.items():
            if kind.even:
                yield from self._even_rows(kind, runs)
            elif kind.random:
                yield against_row(f"trained, {kind} tasks: angle of two latent directions, degrees, logits against C",
                                  np.degrees(runs.task_angles), np.degrees(runs.angles), "approximation", 1.0)
            if not kind.even or kind.n_tasks in _STATES_OF:
                yield from self._state_rows(kind, runs)

    def _even_rows(self, kind: Kind, runs: KindRuns) -> Iterator[Row]:
        inside, outside = self.optimal(evenly_spaced_tasks(kind.n_tasks))
        tolerance = max(_TRAINED, _SHARE * (1 - float(shrunk_r2(self.sigma_t**2))))
        # Optimal r² is the filter's on the same trials, whose law the next rows give.
        for where, trained, best, law in (("decoder", runs.inside, runs.filter_inside, inside),
                                          ("left-out quadrant", runs.outside, runs.filter_outside, outside)):
            yield _near(f"trained, {kind}: r² of logits, {where}, trained against optimal", best, trained, tolerance)
            yield against_row(f"trained, {kind}: r² of the filter's scores, {where}", law, best, "exact",
                              50 / self.trials * (1 - inside))
        yield _near(f"trained, {kind}: loss, trained against optimal", runs.filter_loss, runs.loss, _EXCESS)

    def _state_rows(self, kind: Kind, runs: KindRuns) -> Iterator[Row]:
        noise = self.sigma_t**2
        for where, r2, best in (("decoder", runs.states_inside, shrunk_r2(noise)),
                                ("left-out quadrant", runs.states_outside, left_out_r2(noise, 2).mean())):
            yield observed_row(f"trained, {kind}: r² of states, {where}", float(best), r2)


def _judged(task: EvidenceTask, network: Network, drawn: Trials) -> dict[str, float]:
    asked = task.questions
    assert isinstance(asked, Tasks)
    states = network.last_states(drawn.inputs)
    logits = network.logits(states)[:, 0]
    scores = BayesFilter(asked, task.noise.evidence, task.schedule).decision(drawn.inputs).scores
    judged: dict[str, float] = {}
    for name, Z in (("", logits), ("states_", states[:, 0]), ("filter_", scores)):
        decoding = decode(Z, drawn.x)
        judged |= {f"{name}inside": decoding.inside, f"{name}outside": float(decoding.outside.mean())}
    answers = asked.margins(drawn.x) > 0
    # −log P of the right answer, in which log Φ is exact.
    judged["loss"] = float(-np.mean(scipy.special.log_expit(np.where(answers, logits, -logits))))
    judged["filter_loss"] = float(-np.mean(scipy.special.log_ndtr(np.where(answers, scores, -scores))))
    judged["angles"] = float(direction_angles(latent_directions(logits, drawn.x))[0])
    judged["task_angles"] = float(direction_angles(asked.C.T)[0]) if asked.n_tasks > 1 else np.nan
    return judged


def _near(quantity: str, best: Array, trained: Array, tolerance: float) -> Row:
    """Mean over members (S,) of what learning comes to, against the optimum on the same trials (S,)."""
    return make_row(quantity, "approximation", theory=float(best.mean()), simulation=float(trained.mean()),
                    half=half_width(trained), error=abs(float((trained - best).mean())),
                    tolerance=tolerance if len(trained) >= FEWEST else float("nan"))


EXPERIMENT = TrainedNetworks
