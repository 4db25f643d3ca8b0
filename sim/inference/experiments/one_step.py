"""How near to Bayes' rule is a single gradient step?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.rows import Row, against_row, bound_row, make_row
from gateflow.sim.inference.agents import Agent, ExactPosterior, LikelihoodSearch, OneStep
from gateflow.sim.inference.parameters import ROUNDING, Observations, Overlapping, Purpose, observation_row
from gateflow.sim.inference.worlds import draw_noise
from gateflow.theory.checks import SIZE, Array, Range
from gateflow.theory.inference.accuracy import (
    equidistant_accuracy,
    orthogonal_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise, LaplaceNoise, Noise, StudentNoise
from gateflow.theory.inference.one_step import accuracy_bound, missing_range, total_variation_bound
from gateflow.theory.parameters import check_different, parameter

# Norms of tasks that differ in length, in units of the noise: from the first to the second; of those alike, the middle.
_NORMS = (0.8, 3.0)
# Prior probability of the first of two tasks where they are not alike.
_FAVOURED = 0.8
_AGENTS: dict[str, Agent] = {"plain": OneStep(corrected=False), "corrected": OneStep(), "posterior": ExactPosterior(),
                             "search": LikelihoodSearch()}
# Bounds are shared out among what lies further apart.
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Family:
    """Tasks that are drawn anew for each member. kind: what they have in common; name: with their number.

    plain, best: accuracy of one step and of the posterior where theory has them, NaN otherwise.
    """

    kind: str
    name: str
    model: TaskModel
    plain: float = np.nan
    best: float = np.nan

    @property
    def gaussian(self) -> bool:
        """Whether one step is exact with its correction."""
        return isinstance(self.model.noise, IsotropicNoise)


@dataclass(frozen=True, eq=False)
class AgentRuns:
    """An agent on a family, S members. accuracy, confidence (S,): share of right decisions, mean of the largest entry.

    distance (S,): largest of an entry from the posterior's. variation, lost (S,): largest total variation from the
    posterior and accuracy lost of an observation, over their bounds. passes: for an observation, both ways.
    """

    accuracy: Array
    confidence: Array
    distance: Array
    variation: Array
    lost: Array
    passes: int

    @property
    def overconfidence(self) -> Array:
        """Confidence less accuracy, (S,)."""
        return self.confidence - self.accuracy


@dataclass(frozen=True, eq=False)
class FamilyRuns:
    """All agents on a family. plain, best (S,): accuracies that theory has, as in ``Family``."""

    kind: str
    name: str
    n_tasks: int
    gaussian: bool
    plain: Array
    best: Array
    agents: Mapping[str, AgentRuns]


@dataclass(frozen=True, eq=False)
class OneStepRuns:
    """All families, by name."""

    families: Mapping[str, FamilyRuns]

    def of_kind(self, kind: str) -> list[FamilyRuns]:
        """Families of a kind, by their number of tasks."""
        return sorted((family for family in self.families.values() if family.kind == kind), key=lambda f: f.n_tasks)


@dataclass(frozen=True)
class OneStepInference(Observations[OneStepRuns], Overlapping[OneStepRuns]):
    """Agents that infer the task of single observations."""

    source: ClassVar[str] = "GBI, section 4; derivation one-step-exactness"
    position: ClassVar[float] = 1
    example: ClassVar[str] = "--n-tasks 2,5 --sigma 0.5"
    cost: ClassVar[str] = "2 s"

    n_tasks: tuple[int, ...] = parameter((2, 3, 10), "numbers of tasks",
                                           Range(2, SIZE.high, whole=True), metavar="K")

    def __post_init__(self) -> None:
        """Check that numbers of tasks are different."""
        super().__post_init__()
        check_different("n_tasks", self.n_tasks)

    def simulate(self) -> OneStepRuns:
        """Infer the tasks of all families with all agents."""
        members = []
        for rng in self.streams(Purpose.ONE_STEP):
            drawn = list(self._families(rng))
            members.append([(family, self._measured(family.model, rng)) for family in drawn])
        return OneStepRuns({pairs[0][0].name: _gathered(pairs) for pairs in zip(*members, strict=True)})

    def _families(self, rng: Generator) -> Iterator[Family]:
        sigma, noise = self.sigma, IsotropicNoise(self.sigma)

        def frame(K: int) -> Array:
            return np.asarray(np.linalg.qr(rng.standard_normal((K, K)))[0])

        for K in self.n_tasks:
            W = rng.standard_normal((K, self.dimension))
            accuracy = two_task_accuracy(float(np.linalg.norm(W[0] - W[1])), sigma) if K == 2 else np.nan
            yield Family("random", f"random tasks, K = {K}", TaskModel(W, noise), accuracy, accuracy)
        for K in self.n_tasks:
            norms = sigma * np.linspace(*_NORMS, K)
            yield Family("unequal norms", f"orthogonal tasks of unequal norm, K = {K}",
                         TaskModel(norms[:, None] * frame(K), noise),
                         orthogonal_accuracy(norms, sigma, corrected=False), orthogonal_accuracy(norms, sigma))
        for K in self.n_tasks:
            norm = sigma * np.mean(_NORMS)
            gram = norm**2 * ((1 - self.overlap) * np.eye(K) + self.overlap)
            accuracy = equidistant_accuracy(float(norm * np.sqrt(2 * (1 - self.overlap))), sigma, K)
            yield Family("overlap", f"tasks of one norm and overlap {self.overlap:g}, K = {K}",
                         TaskModel(np.linalg.cholesky(gram) @ frame(K), noise), accuracy, accuracy)
        W = rng.standard_normal((2, self.dimension))
        distance, shift = float(np.linalg.norm(W[0] - W[1])), float(np.log(_FAVOURED / (1 - _FAVOURED)))
        plain, best = (float(shifted_accuracy(distance, sigma, shift=s, first=_FAVOURED)) for s in (0.0, shift))
        yield Family("prior", f"two tasks of prior {_FAVOURED:g} and {1 - _FAVOURED:.1g}",
                     TaskModel(W, noise, [_FAVOURED, 1 - _FAVOURED]), plain, best)
        laws: tuple[tuple[str, Noise], ...] = (("Laplace", LaplaceNoise(sigma)), ("Student", StudentNoise(sigma, 3.0)))
        for name, law in laws:
            yield Family(name, f"{name} noise, K = 3", TaskModel(rng.standard_normal((3, 2)) / 3, law))

    def _measured(self, model: TaskModel, rng: Generator) -> dict[str, dict[str, float]]:
        tasks = rng.choice(model.n_tasks, size=self.observations, p=model.probabilities)
        y = model.means[tasks] + draw_noise(model.noise, (self.observations, model.means.shape[1]), rng)
        inferred = {name: agent.infer(y, model) for name, agent in _AGENTS.items()}
        exact = inferred["posterior"].beliefs
        measured = {}
        for name, each in inferred.items():
            missing = float(missing_range(model, corrected=name != "plain"))
            measured[name] = {"accuracy": float((each.tasks == tasks).mean()),
                              "confidence": float(each.beliefs.max(axis=-1).mean()),
                              "distance": float(np.abs(each.beliefs - exact).max()),
                              **_shares_used(exact, each.beliefs, missing), "passes": each.passes.total}
        return measured

    def rows(self, result: OneStepRuns) -> Iterator[Row]:
        """Accuracy, calibration, distances from the posterior, and passes."""
        families = list(result.families.values())
        distances = [family.agents["corrected"].distance.max() for family in families if family.gaussian]
        yield bound_row("one step with its correction: largest distance from the posterior, Gaussian noise",
                        float(max(distances)), ROUNDING)
        for family in families:
            yield from _family_rows(family)
        steps = [family.agents[name] for family in families for name in ("plain", "corrected")]
        for about, used in (("total variation from the posterior", max(float(run.variation.max()) for run in steps)),
                            ("accuracy lost for one observation", max(float(run.lost.max()) for run in steps))):
            yield make_row(f"one step: largest {about}, over its bound", "exact", simulation=used, theory=1.0,
                           error=max(0.0, used - 1), tolerance=ROUNDING)
        for family in families:
            if family.kind == "random":
                search, step = family.agents["search"], family.agents["corrected"]
                yield observation_row(f"{family.name}: accuracy of trying every task, beside the posterior's",
                                      search.accuracy, float(family.agents["posterior"].accuracy.mean()))
                yield make_row(f"{family.name}: passes of one step for an observation, beside trying every task",
                               "observation", theory=search.passes, simulation=step.passes,
                               error=abs(step.passes - search.passes))


def _shares_used(exact: Array, beliefs: Array, missing: float) -> dict[str, float]:
    """Largest total variation and loss of accuracy of a single observation, in units of their bounds."""
    if missing < _SAME:
        return {"variation": 0.0, "lost": 0.0}
    chosen = np.take_along_axis(exact, beliefs.argmax(axis=-1)[:, None], axis=-1)[:, 0]
    return {"variation": float(np.abs(exact - beliefs).sum(axis=-1).max() / 2 / total_variation_bound(missing)),
            "lost": float((exact.max(axis=-1) - chosen).max() / accuracy_bound(missing))}


def _gathered(members: tuple[tuple[Family, dict[str, dict[str, float]]], ...]) -> FamilyRuns:
    """A family of all members together."""
    first, names = members[0][0], ("accuracy", "confidence", "distance", "variation", "lost")
    agents = {agent: AgentRuns(**{name: np.array([measured[agent][name] for _, measured in members]) for name in names},
                               passes=int(members[0][1][agent]["passes"])) for agent in _AGENTS}
    plain, best = (np.array([getattr(family, name) for family, _ in members]) for name in ("plain", "best"))
    return FamilyRuns(first.kind, first.name, first.model.n_tasks, first.gaussian, plain, best, agents)


def _family_rows(family: FamilyRuns) -> Iterator[Row]:
    plain, corrected = family.agents["plain"], family.agents["corrected"]
    if np.isfinite(family.plain).all():
        yield against_row(f"{family.name}: accuracy of one step", family.plain, plain.accuracy)
        if not np.allclose(family.plain, family.best):
            yield against_row(f"{family.name}: accuracy with the correction", family.best, corrected.accuracy)
    else:
        yield observation_row(f"{family.name}: accuracy of one step, beside the posterior's", plain.accuracy,
                              float(family.agents["posterior"].accuracy.mean()))
    if family.gaussian:
        yield against_row(f"{family.name}: confidence less accuracy, with the correction", 0.0,
                          corrected.overconfidence)
    yield observation_row(f"{family.name}: confidence less accuracy of one step", plain.overconfidence, 0.0)


EXPERIMENT = OneStepInference
