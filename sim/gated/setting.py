"""Settings of the gated network that experiments train and predict, and the parameters that choose them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from itertools import chain, islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.randomness import stream, streams
from gateflow.sim.storage import read_array
from gateflow.theory.checks import BLOCKS, MANY, POSITIVE, SCALE, STRENGTH, TEXT, Array, array, covariance
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

    init_scale: the standard deviation of initial weights is init_scale/√d_in. Files hold what is not to be drawn.
    Teachers and initial weights depend on the sizes of the model and the seed alone: settings of one experiment share
    them.
    """

    model: GatedModel
    blocks: int
    seeds: int
    seed: int
    dt: float
    batch_size: int
    init_scale: float
    teachers_file: Path | None = None
    weights_file: Path | None = None
    covariance_file: Path | None = None

    @property
    def record_every(self) -> int:
        """Steps between recorded states."""
        return max(1, round(self.model.tau_block / self.dt / _SAMPLES))

    def teachers(self) -> Array:
        """Teachers W_star (M, d_out, d_in)."""
        sizes = (self.model.n_tasks, self.model.d_out, self.model.d_in)
        if self.teachers_file:
            return array("teachers", read_array(self.teachers_file, "teachers"), sizes)
        return orthogonal_teachers(*sizes, stream(self.seed, Purpose.TEACHERS))

    def initial(self, first: int, last: int) -> dict[str, Any]:
        """Initial weights W0 and gates c0 of members first … last − 1."""
        sizes = (self.model.n_paths, self.model.d_out, self.model.d_in)
        if self.weights_file:
            given = read_array(self.weights_file, "weights")
            every = array("weights", given, sizes if np.ndim(given) == 3 else (self.seeds, *sizes))
            weights = np.broadcast_to(every, (self.seeds, *sizes))[first:last]
        else:
            rngs = streams(self.seed, Purpose.INITIAL_WEIGHTS, range(first, last))
            weights = initial_weights(last - first, *sizes, rngs, self.init_scale)
        return {"W0": weights, "c0": initial_gates(last - first, self.model.n_paths)}

    def covariance(self) -> Array | None:
        """Covariance of the inputs, None for whitened ones."""
        path = self.covariance_file
        return None if path is None else covariance(read_array(path, "covariance"), self.model.d_in)

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
    allowed = SCALE if meaning.allowed is POSITIVE else meaning.allowed
    return parameter(field.default, meaning.text, allowed, unit=meaning.unit)


@dataclass(frozen=True)
class GatedExperiment(Experiment[R], Generic[R]):
    """Parameters that all experiments of the gated network share.

    With both presets, tau_c and the costs concern the flexible one; the forgetful one remains its counterpart, with
    gates as slow as the weights and no cost.
    """

    preset: str = parameter("both", "which setting; with both, tau_c and the costs concern the flexible one",
                            ("both", *PRESETS))
    blocks: int = parameter(20, "blocks of training", BLOCKS)
    dt: float = parameter(1e-3, "step of gradient descent", SCALE, unit="time")
    batch_size: int = parameter(200, "inputs a step", MANY)
    init_scale: float = parameter(0.01, "initial weights have the standard deviation X/√d_in", STRENGTH)
    d_in: int = _of_model("d_in")
    d_out: int = _of_model("d_out")
    n_paths: int = _of_model("n_paths")
    n_tasks: int = _of_model("n_tasks")
    tau_w: float = _of_model("tau_w")
    tau_c: float | None = parameter(None, "time constant of the gates; none: the preset's", SCALE, unit="time")
    tau_block: float = _of_model("tau_block")
    norm: int | str | None = parameter("preset", "norm of the gates that is drawn to 1", ("preset", 1, 2, None))
    norm_strength: float | None = parameter(None, "strength of the norm cost; none: the preset's", NORM_STRENGTH)
    nonneg_strength: float | None = parameter(None, "cost of negative gates, inf is a hard bound; none: the preset's",
                                              NONNEG_STRENGTH)

    teachers: Path | None = parameter(None, "file of the teachers, (M, d_out, d_in), which decide these sizes", TEXT)
    weights: Path | None = parameter(None, "file of the initial weights, (P, d_out, d_in), or one more axis for seeds",
                                     TEXT)
    covariance: Path | None = parameter(None, "file of the covariance of the inputs, (d_in, d_in)", TEXT)

    def __post_init__(self) -> None:
        """Check that the models can be made, and what files hold."""
        super().__post_init__()
        setting = self.first()
        setting.teachers()
        setting.initial(0, 1)
        setting.covariance()

    def models(self) -> dict[str, GatedModel]:
        """The model of each setting, by name. Raises InputError."""
        shared = {name: getattr(self, name) for name in ("d_in", "d_out", "n_paths", "n_tasks", "tau_w", "tau_block")}
        if self.teachers is not None:
            shape = array("teachers", read_array(self.teachers, "teachers"), ("M", "d_out", "d_in")).shape
            shared |= dict(zip(("n_tasks", "d_out", "d_in"), shape, strict=True))
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
        return {name: Setting(model, self.blocks, self.seeds, self.seed, self.dt, self.batch_size, self.init_scale,
                              self.teachers, self.weights, self.covariance) for name, model in self.models().items()}

    def first(self) -> Setting:
        """The first setting."""
        return next(iter(self.settings().values()))

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, the models written out."""
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in super().parameters().items()}
        return {**plain, "models": {name: asdict(model) for name, model in self.models().items()}}

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

    def by_setting(self, results: Sequence[Any]) -> dict[str, dict[str, list[Any]]]:
        """The same for parts (setting, kind): by setting, then by kind."""
        parts: dict[str, dict[str, list[Any]]] = {}
        for (name, kind), part in self.gathered(results).items():
            parts.setdefault(name, {})[kind] = part
        return parts
