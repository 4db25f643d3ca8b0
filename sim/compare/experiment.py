"""An experiment: one question, its parameters, how it is simulated, and the rows that confront theory with it.

An experiment is a file ``sim/ROOM/experiments/NAME.py`` whose first line is its title, with a class of parameters named
by ``EXPERIMENT``; its picture is ``figures/ROOM/panels/NAME.py``. Nothing else knows of it: commands find both by name.

    @dataclass(frozen=True)
    class Switching(Experiment[SwitchingRuns]):
        source = "NTA, figure 4; derivation switching-time"
        tau_c: float = parameter(0.03, "time constant of the gates", POSITIVE, unit="time")

        def simulate(self) -> SwitchingRuns: ...

        def rows(self, result: SwitchingRuns) -> Iterator[Row]: ...

    EXPERIMENT = Switching
"""

import dataclasses
import math
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.rows import Row
from gateflow.sim.randomness import stream, streams
from gateflow.sim.storage import npz_bytes
from gateflow.theory.checks import MEMBERS, SEED
from gateflow.theory.parameters import Parameters, parameter

R = TypeVar("R")


@dataclass(frozen=True)
class Job:
    """A call that one process makes: ``function(*arguments)``, both picklable. Equal jobs are done once.

    cost: how long it takes beside others, in any unit; the longest start first. seconds: how many it takes on one core,
    about, infinite where nobody knows: where all together are few, no processes are started.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    cost: float = 1.0
    seconds: float = math.inf

    def key(self) -> Hashable:
        """What equal jobs share; a job whose arguments cannot be compared is equal to none but itself."""
        try:
            hash(self.arguments)
        except TypeError:
            return id(self)
        return self.function, self.arguments

@dataclass(frozen=True)
class Experiment(Parameters, Generic[R]):
    """Base of all experiments; R: what simulating one gives, a frozen dataclass with named fields.

    An experiment is a single job, ``simulate``, unless it says otherwise by ``jobs`` and ``gather``.
    """

    # Papers, figures and derivations that it comes from.
    source: ClassVar[str] = ""
    # Place among the experiments of its room, in table and figure.
    position: ClassVar[float] = 100.0
    # Whether ``compare ROOM`` runs it, or only its own name does.
    routine: ClassVar[bool] = True
    # A command that shows it, behind "gateflow compare ROOM NAME", and about how long it takes.
    example: ClassVar[str] = ""
    cost: ClassVar[str] = "some seconds"
    # Seconds of one core that a member takes in the default setting, about.
    usual: ClassVar[float] = math.inf

    seeds: int = parameter(10, "members of the ensemble", MEMBERS)
    seed: int = parameter(0, "where all randomness comes from", SEED)

    @classmethod
    def name(cls) -> str:
        """The name of its file, as commands spell it."""
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def title(cls) -> str:
        """What it asks: the first line of its file."""
        return (sys.modules[cls.__module__].__doc__ or cls.name()).splitlines()[0].rstrip(".")

    def check_ready(self) -> None:
        """Raise InputError, before any work, where something is not installed that simulating it needs."""

    def simulate(self) -> R:
        """Return what simulation gives. Raises InputError."""
        raise NotImplementedError(f"{type(self).__name__} has neither simulate nor jobs")

    def jobs(self) -> Sequence[Job]:
        """The calls that simulate it, which may be made in any order and process."""
        return (Job(type(self).simulate, (self,), seconds=self.seconds),)

    @property
    def seconds(self) -> float:
        """How long all members take on one core, about; infinite, for unknown, in other settings than the default."""
        known = self.routine and self == type(self)(seeds=self.seeds, seed=self.seed)
        return self.seeds * self.usual if known else math.inf

    def gather(self, results: Sequence[Any]) -> R:
        """Return the result that its jobs' results, in the order of the jobs, make together."""
        (result,) = results
        return result

    def rows(self, result: R) -> Iterable[Row]:
        """What theory says of it, and how far simulation is from that."""
        raise NotImplementedError(f"{type(self).__name__} has no rows")

    def data(self, result: R) -> Mapping[str, Any]:
        """Arrays behind the rows, by name: by default all fields of the result that are arrays or numbers."""
        return dict(_arrays(result))

    def files(self, result: R) -> Mapping[str, bytes]:
        """Files of the data, by the end of their name: by default one, NAME.npz, if there is any."""
        data = self.data(result)
        return {f"{self.name()}.npz": npz_bytes(data)} if data else {}

    def stream(self, purpose: Enum, *key: int) -> Generator:
        """The random stream of a purpose."""
        return stream(self.seed, purpose, *key)

    def streams(self, purpose: Enum, *key: int) -> list[Generator]:
        """The random stream of every member for a purpose."""
        return streams(self.seed, purpose, range(self.seeds), *key)


def _arrays(result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, Mapping):
        parts = dict(result)
    elif dataclasses.is_dataclass(result):
        parts = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    else:
        return
    for name, value in parts.items():
        if dataclasses.is_dataclass(value) or isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", array) for inner, array in _arrays(value))
        elif isinstance(value, np.ndarray | np.generic | int | float) and np.asarray(value).dtype.kind in "biufc":
            yield str(name), np.asarray(value)
