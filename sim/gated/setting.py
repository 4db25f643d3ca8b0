"""Settings of the gated network that experiments train and predict, and the parameters that choose them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from numpy.random import Generator

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.randomness import stream, streams
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array
from gateflow.theory.gated.model import NONNEG_STRENGTH, NORM_STRENGTH, GatedModel, flexible, forgetful
from gateflow.theory.parameters import meanings, parameter

PRESETS: Mapping[str, Callable[..., GatedModel]] = {"flexible": flexible, "forgetful": forgetful}
# Recorded times a block.
_SAMPLES = 50


class Purpose(Enum):
    """What random numbers are for."""

    TEACHERS = (0,)
    INITIAL_WEIGHTS = (1,)
    INPUTS = (2,)
    SAMPLING_LAW = (3,)


@dataclass(frozen=True)
class Setting:
    """A model, and how it is trained: blocks of cyclic tasks, seeds members, steps dt, inputs a step.

    init_scale: the standard deviation of initial weights is init_scale/√d_in. Teachers and initial weights depend on
    the sizes of the model and the seed alone: settings of one experiment share them.
    """

    model: GatedModel
    blocks: int
    seeds: int
    seed: int
    dt: float
    batch_size: int
    init_scale: float

    @property
    def record_every(self) -> int:
        """Steps between recorded states."""
        return max(1, round(self.model.tau_block / self.dt / _SAMPLES))

    def teachers(self) -> Array:
        """Teachers W_star (M, d_out, d_in)."""
        model = self.model
        return orthogonal_teachers(model.n_tasks, model.d_out, model.d_in, stream(self.seed, Purpose.TEACHERS))

    def initial(self, first: int, last: int) -> dict[str, Array]:
        """Initial weights W0 and gates c0 of members first … last − 1."""
        model, rngs = self.model, streams(self.seed, Purpose.INITIAL_WEIGHTS, range(first, last))
        return {"W0": initial_weights(last - first, model.n_paths, model.d_out, model.d_in, rngs, self.init_scale),
                "c0": initial_gates(last - first, model.n_paths)}

    def inputs(self, first: int, last: int) -> list[Generator]:
        """Streams of the inputs of members first … last − 1."""
        return streams(self.seed, Purpose.INPUTS, range(first, last))

    def curriculum(self) -> Curriculum:
        """Tasks 0, 1, …, one after another, for all blocks."""
        return Curriculum.cyclic(self.model.n_tasks, self.blocks)


R = TypeVar("R")


def _of_model(name: str) -> Any:
    """A parameter that means what the field of GatedModel does."""
    field, meaning = meanings(GatedModel)[name]
    return parameter(field.default, meaning.text, meaning.allowed, unit=meaning.unit)


@dataclass(frozen=True)
class GatedExperiment(Experiment[R], Generic[R]):
    """Parameters that all experiments of the gated network share.

    With both presets, tau_c and the costs concern the flexible one; the forgetful one remains its counterpart, with
    gates as slow as the weights and no cost.
    """

    preset: str = parameter("both", "which setting; with both, tau_c and the costs concern the flexible one",
                            ("both", *PRESETS))
    blocks: int = parameter(20, "blocks of training", COUNT)
    dt: float = parameter(1e-3, "step of gradient descent", POSITIVE, unit="time")
    batch_size: int = parameter(200, "inputs a step", COUNT)
    init_scale: float = parameter(0.01, "initial weights have the standard deviation X/√d_in", AT_LEAST_0)
    d_in: int = _of_model("d_in")
    d_out: int = _of_model("d_out")
    n_paths: int = _of_model("n_paths")
    n_tasks: int = _of_model("n_tasks")
    tau_w: float = _of_model("tau_w")
    tau_c: float | None = parameter(None, "time constant of the gates; none: the preset's", POSITIVE, unit="time")
    tau_block: float = _of_model("tau_block")
    norm: int | str | None = parameter("preset", "norm of the gates that is drawn to 1", ("preset", 1, 2, None))
    norm_strength: float | None = parameter(None, "strength of the norm cost; none: the preset's", NORM_STRENGTH)
    nonneg_strength: float | None = parameter(None, "cost of negative gates, inf is a hard bound; none: the preset's",
                                              NONNEG_STRENGTH)

    def __post_init__(self) -> None:
        """Check that the models can be made."""
        super().__post_init__()
        self.models()

    def models(self) -> dict[str, GatedModel]:
        """The model of each setting, by name. Raises InputError."""
        shared = {name: getattr(self, name) for name in ("d_in", "d_out", "n_paths", "n_tasks", "tau_w", "tau_block")}
        costs = {name: getattr(self, name) for name in ("norm_strength", "nonneg_strength")
                 if getattr(self, name) is not None}
        if self.norm != "preset":
            costs = {"norm_strength": 0.0, **costs, "norm": None} if self.norm is None else costs | {"norm": self.norm}
        own = {} if self.tau_c is None else {"tau_c": self.tau_c}
        models = {}
        for name in PRESETS if self.preset == "both" else (self.preset,):
            if self.preset == "both" and name == "forgetful":
                models[name] = forgetful(**shared)
                continue
            model = PRESETS[name](**shared, **own)
            models[name] = replace(model, regulariser=replace(model.regulariser, **costs))
        return models

    def settings(self) -> dict[str, Setting]:
        """The settings, by name; the first is the one that closed forms are compared with."""
        return {name: Setting(model, self.blocks, self.seeds, self.seed, self.dt, self.batch_size, self.init_scale)
                for name, model in self.models().items()}

    def first(self) -> Setting:
        """The first setting."""
        return next(iter(self.settings().values()))

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, the models written out."""
        return {**super().parameters(), "models": {name: asdict(model) for name, model in self.models().items()}}

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Jobs by what they are part of; by default the one that simulates."""
        return {"simulate": super().jobs()}

    def jobs(self) -> Sequence[Job]:
        """The planned jobs, one part after another."""
        return list(chain.from_iterable(self.plan().values()))

    def gathered(self, results: Sequence[Any]) -> dict[Any, list[Any]]:
        """Results of the planned jobs, by what they are part of."""
        following: Iterator[Any] = iter(results)
        return {part: list(islice(following, len(jobs))) for part, jobs in self.plan().items()}
