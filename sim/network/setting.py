"""What all experiments of networks share: the network in words, its teachers, and how it is trained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.network.presets import Preset, Words
from gateflow.sim.network.schedule import Schedule, Task, squared_tasks
from gateflow.sim.network.teachers import COSINE, KINDS, initial_factors, make_teachers
from gateflow.sim.storage import read_array, read_arrays
from gateflow.theory.checks import BLOCKS, MEMBERS, SCALE, SIZE, TEXT, Array, InputError
from gateflow.theory.network.network import Network, State
from gateflow.theory.parameters import parameter

R = TypeVar("R")


# What every experiment of the room means by seeds.
SEEDS = "members of the ensemble"
_TEACHERS = f"{', '.join(KINDS)}, or a file: an array (tasks, output) in .npy or .npz"


class Purpose(Enum):
    """What random streams are for."""

    TEACHERS = (0,)
    INITIAL = (1,)
    INPUTS = (2,)


@dataclass(frozen=True)
class NetworkExperiment(Experiment[R]):
    """A network in words, trained on teachers that take turns."""

    spec: str = parameter("two-layers", "the network: an einsum as ih,hj->ij, or gates, row-gates, two-layers, "
                          "gated-deep, deep, heads", TEXT, positional=True)
    sizes: str | None = parameter(None, "length of each index, as h=20,i=10; 3 where none is told", TEXT)
    names: str | None = parameter(None, "name of each factor", TEXT)
    tau: str | None = parameter(None, "time constant of each factor, or of all; 1 where none is told", TEXT)
    norm: str | None = parameter(None, "norm cost of each factor: 1, 2 or - for none", TEXT)
    norm_strength: str | None = parameter(None, "strength of each norm cost", TEXT)
    bound: str | None = parameter(None, "lower bound of each factor, - for none", TEXT)
    bound_strength: str | None = parameter(None, "strength of each bound; inf, a hard bound, where none is told", TEXT)
    decay: str | None = parameter(None, "weight decay of each factor", TEXT)
    context: str | None = parameter(None, "output index whose value the active task selects", TEXT)
    teachers: str = parameter("orthogonal", _TEACHERS, TEXT)
    initial: str | None = parameter(None, "factors at the start: an .npz file with an array for each", TEXT)
    n_tasks: int = parameter(2, "number of teachers", SIZE)
    rank: int | None = parameter(None, "rank of random and shared teachers", SIZE)
    overlap: float = parameter(0.5, "cosine of overlapping teachers", COSINE)
    strength: float = parameter(3.0, "scale of teachers that are made", SCALE)
    scale: float = parameter(0.3, "scale of factors at the start", SCALE)
    blocks: int = parameter(4, "blocks, in which tasks take turns", BLOCKS)
    tau_block: float = parameter(1.0, "length of a block", SCALE, unit="time")
    dt: float = parameter(1e-3, "step of descent", SCALE, unit="time")
    seeds: int = parameter(5, SEEDS, MEMBERS)

    def __post_init__(self) -> None:
        """Check that words, teachers and initial factors fit each other."""
        super().__post_init__()
        _ = self.tasks, self.start
        self.schedule.steps(self.dt)

    @cached_property
    def network(self) -> Network:
        """The network."""
        return self._words.network()

    @property
    def _words(self) -> Words:
        keys = ("tau", "norm", "norm_strength", "bound", "bound_strength", "decay")
        return Words(self.spec, self.sizes, {"name": self.names} | {key: getattr(self, key) for key in keys})

    @property
    def _context(self) -> str | None:
        preset: Preset | None = self._words.preset()
        return self.context if self.context is not None or preset is None else preset.context

    @cached_property
    def targets(self) -> Array:
        """Teachers (M, *output)."""
        if self.teachers not in KINDS:
            if Path(self.teachers).suffix not in (".npy", ".npz"):
                raise InputError(f"teachers must be one of {', '.join(KINDS)} or an .npy or .npz file, got "
                                 f"{self.teachers!r}")
            return np.asarray(read_array(self.teachers, "teachers"), dtype=np.float64)
        shape = self.network.output_shape
        return self.strength * make_teachers(self.teachers, self.n_tasks, shape, self.stream(Purpose.TEACHERS),
                                             rank=self.rank, overlap=self.overlap)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What is learned."""
        index, contexts = self._context, None
        if index:
            if index not in self.network.parsed.output:
                raise InputError(f"context must be an index of the output {self.network.parsed.output}, got {index!r}")
            contexts = [{index: m % self.network.sizes[index]} for m in range(len(self.targets))]
        return squared_tasks(self.network, self.targets, contexts=contexts)

    @cached_property
    def contexts(self) -> str:
        """Output indices by which tasks select."""
        return self._context or ""

    @cached_property
    def schedule(self) -> Schedule:
        """When it is learned."""
        return Schedule.cyclic(len(self.targets), self.blocks, self.tau_block)

    @cached_property
    def start(self) -> State:
        """Factors at the start, (S, *shape) each; bounded ones lie above their bound."""
        network = self.network
        if self.initial is not None:
            state: Any = network.state(read_arrays(self.initial))
            return tuple(np.repeat(theta[None], self.seeds, axis=0) for theta in state)
        drawn = initial_factors(network.shapes, self.streams(Purpose.INITIAL), self.scale)
        return tuple(theta if factor.bound is None else factor.bound + np.abs(theta) + self.scale / 2
                     for factor, theta in zip(network.factors, drawn, strict=True))

    def parameters(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Everything that determines the result; the network written out."""
        own = super().parameters()
        factors = [asdict(factor) for factor in self.network.factors]
        return own | {"network": {"spec": self.network.spec, "sizes": dict(self.network.sizes), "factors": factors}}
