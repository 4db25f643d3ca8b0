"""One set of gated networks, trained and predicted side by side: what ``gateflow compare gated`` runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.theory.checks import Array, choice, count, number
from gateflow.theory.gated.model import GatedModel, flexible, forgetful

PRESETS = {"flexible": flexible, "forgetful": forgetful}
# Recorded times a block.
_SAMPLES = 50


@dataclass(frozen=True)
class Study:
    """What to run: settings by name, seeds members each, for a number of blocks.

    models: "flexible" and "forgetful", or one of them; dt: step, in the models' unit of time; init_scale: the standard
    deviation of initial weights is init_scale/√d_in. Raises InputError.
    """

    models: Mapping[str, GatedModel]
    blocks: int = 20
    seeds: int = 10
    seed: int = 0
    dt: float = 1e-3
    batch_size: int = 200
    init_scale: float = 0.01

    def __post_init__(self) -> None:
        """Check every field."""
        for name in ("blocks", "seeds", "batch_size"):
            count(name, getattr(self, name))
        count("seed", self.seed, minimum=0)
        number("dt", self.dt, minimum=0, open_below=True)
        number("init_scale", self.init_scale, minimum=0)
        for name in self.models:
            choice("models", name, tuple(PRESETS))

    @classmethod
    def preset(cls, preset: str = "both", changes: Mapping[str, Any] | None = None, **options: Any) -> "Study":
        """The default settings with changes to the fields of GatedModel and GateRegulariser.

        preset: "flexible", "forgetful" or "both". With both, changes of tau_c and of the regulariser concern the
        flexible setting; the forgetful one remains its counterpart, with gates as slow as the weights and no cost.
        options: the other fields of Study. Raises InputError.
        """
        choice("preset", preset, (*PRESETS, "both"))
        given = dict(changes or {})
        costs = {key: given.pop(key) for key in ("norm", "norm_strength", "nonneg_strength") if key in given}
        if "norm" in costs and costs["norm"] is None:
            costs.setdefault("norm_strength", 0.0)
        shared = {key: value for key, value in given.items() if key != "tau_c"}
        models: dict[str, GatedModel] = {}
        for name in PRESETS if preset == "both" else (preset,):
            concerned = preset != "both" or name == "flexible"
            model = PRESETS[name](**(given if concerned else shared))
            models[name] = replace(model, regulariser=replace(model.regulariser, **costs)) if concerned else model
        return cls(models, **options)

    @property
    def record_every(self) -> int:
        """Steps between recorded states."""
        return max(1, round(self._size.tau_block / self.dt / _SAMPLES))

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values."""
        return asdict(self)

    def teachers(self) -> Array:
        """Teachers W_star (M, d_out, d_in) that all members and settings share."""
        model = self._size
        return orthogonal_teachers(model.n_tasks, model.d_out, model.d_in, self._stream(0))

    def members(self, first: int, last: int) -> tuple[Array, Array, list[Generator]]:
        """Initial weights, initial gates and input streams of members first … last − 1."""
        model = self._size
        weights = initial_weights(last - first, model.n_paths, model.d_out, model.d_in,
                                  [self._stream(1, k) for k in range(first, last)], self.init_scale)
        return weights, initial_gates(last - first, model.n_paths), [self._stream(2, k) for k in range(first, last)]

    def law_streams(self, inputs: str, first: int, last: int) -> list[Generator]:
        """Input streams first … last − 1 of the comparison of sampling laws; inputs: "batch" or "gaussian"."""
        return [self._stream(3, ("batch", "gaussian").index(inputs), k) for k in range(first, last)]

    def curriculum(self) -> Curriculum:
        """Tasks 0, 1, …, one after another, for all blocks."""
        return Curriculum.cyclic(self._size.n_tasks, self.blocks)

    def _stream(self, *key: int) -> Generator:
        return np.random.default_rng(SeedSequence(self.seed, spawn_key=key))

    @property
    def _size(self) -> GatedModel:
        """A model with the sizes that all settings share."""
        return next(iter(self.models.values()))
