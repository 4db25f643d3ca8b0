"""What a sweep is: a grid of named parameters, seeds, and the function that every cell goes through with every seed."""

import copy
import hashlib
import importlib
import json
import math
import re
import reprlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy
from numpy.random import SeedSequence
from numpy.typing import ArrayLike, NDArray

from gateflow import __version__
from gateflow.sim.storage import json_bytes, plain
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, SEED, InputError, Range, choice
from gateflow.theory.parameters import Parameters, meanings

P = TypeVar("P", bound=Parameters)
Function = Callable[[Mapping[str, NDArray[Any]], Sequence[SeedSequence], Mapping[str, Any]], Mapping[str, ArrayLike]]

# A sweep is cut into about this many chunks, of whole cells and of at most this many runs, unless it says otherwise.
_CHUNKS, _RUNS = 32, 1024


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """The full product of some axes, times seeds, and the function that turns runs into numbers.

    A run is one cell with one seed; runs are counted through the axes in their order, seeds fastest.

    name: letters, digits, dot, dash, underscore.
    axes: values by parameter, all numbers (+inf among them) or all strings, none twice.
    function: a function of a module, so that other processes find it under its name; see below.
    fixed: what all runs share, by name; JSON can hold it.
    seeds: how many; 0 for a function that is deterministic, with one run a cell.
    seed: where all randomness comes from.
    chunk: runs that are handed to one call, and kept in one file; by default whole cells, and about 32 chunks. It
      belongs to the sweep: the last bit of a matrix product may depend on how many runs there are, and results must
      depend on nothing else.

    function(parameters, streams, fixed): parameters has an array (n,) for each axis; streams one SeedSequence a run
    (none if seeds = 0), that of seed k being the same in every cell. It returns arrays (n, ...) by name; a run's result
    may depend on that run alone. What has no value it masks (numpy.ma); a number that is neither finite nor masked is a
    failure of its run. Raises InputError.
    """

    name: str
    axes: Mapping[str, NDArray[Any]]
    function: Function
    fixed: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 0
    seed: int = 0
    chunk: int | None = None
    function_name: str = field(init=False)

    def __post_init__(self) -> None:
        """Check every field; keep copies of what could change."""
        if not (isinstance(self.name, str) and re.fullmatch(r"\w[\w.-]*", self.name, re.ASCII)):
            raise InputError(f"name must be letters, digits, dots, dashes and underscores, got {self.name!r}")
        for name in ("seeds", "seed"):
            SEED.check(name, getattr(self, name))
        object.__setattr__(self, "function_name", _function_name(self.function))
        object.__setattr__(self, "axes", _axes(self.axes))
        object.__setattr__(self, "fixed", _fixed(self.fixed, self.axes))
        if self.chunk is None:
            members = max(self.seeds, 1)
            cells = math.prod(self.shape)
            object.__setattr__(self, "chunk", members * min(-(-cells // _CHUNKS), max(1, _RUNS // members)))
        COUNT.check("chunk", self.chunk)

    def __repr__(self) -> str:
        """Name, size and function."""
        return f"<Sweep {self.name}: {grid_words(self.axes, self.seeds)}, {self.function_name}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def runs(self) -> int:
        """Cells times seeds."""
        return math.prod(self.shape) * max(self.seeds, 1)

    def chunks(self) -> list[range]:
        """The runs of every chunk."""
        size = self.chunk or 1
        return [range(first, min(first + size, self.runs)) for first in range(0, self.runs, size)]

    def parameters(self, runs: Sequence[int]) -> dict[str, NDArray[Any]]:
        """Value of each parameter in the given runs, arrays (n,)."""
        return _values(self.axes, self.seeds, runs)

    def streams(self, runs: Sequence[int]) -> tuple[SeedSequence, ...]:
        """A fresh SeedSequence for each run: child k of the sweep's seed wherever the run's seed is k."""
        # Fresh ones, because spawning changes a SeedSequence: no run may see what another has spawned.
        return tuple(SeedSequence(self.seed, spawn_key=(run % self.seeds,)) for run in runs) if self.seeds else ()

    def call(self, runs: Sequence[int]) -> Mapping[str, ArrayLike]:
        """What the function returns for the given runs; it cannot change what later calls are given."""
        return self.function(self.parameters(runs), self.streams(runs), copy.deepcopy(dict(self.fixed)))

    def identity(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values: sweeps are the same if this is."""
        fixed = json.loads(json.dumps(plain(self.fixed), sort_keys=True))
        return plain({"name": self.name, "function": self.function_name, "axes": self.axes, "fixed": fixed,
                      "seeds": self.seeds, "seed": self.seed, "chunk": self.chunk, "versions": versions()})

    def folder_name(self) -> str:
        """A name for the sweep's folder: its own, and a key of everything that determines the result."""
        return f"{self.name}-{hashlib.sha256(json_bytes(self.identity())).hexdigest()[:12]}"


def versions() -> dict[str, str]:
    """Versions of what computes."""
    return {"gateflow": __version__, "numpy": np.__version__, "scipy": scipy.__version__}


def grid_words(axes: Mapping[str, NDArray[Any]], seeds: int) -> str:
    """The size of a grid: tau_c (3) × tau_block (4) × 10 seeds."""
    words = [f"{name} ({len(values)})" for name, values in axes.items()]
    return " × ".join([*words, f"{seeds} seeds"] if seeds else words)


def locate(axes: Mapping[str, NDArray[Any]], seeds: int, run: int) -> tuple[dict[str, Any], int | None]:
    """Parameters of a run, and its seed (None without seeds)."""
    parameters = {name: values[0].item() for name, values in _values(axes, seeds, [run]).items()}
    return parameters, run % seeds if seeds else None


def _values(axes: Mapping[str, NDArray[Any]], seeds: int, runs: Sequence[int]) -> dict[str, NDArray[Any]]:
    shape = tuple(len(values) for values in axes.values())
    numbers = Range(0, math.prod(shape) * max(seeds, 1), open_high=True, whole=True).check_all("runs", runs).astype(int)
    cells = np.unravel_index(numbers // max(seeds, 1), shape)
    return {name: values[index] for (name, values), index in zip(axes.items(), cells, strict=True)}


@takes()
def groups(parameters: Mapping[str, NDArray[Any]],
           names: Sequence[str] | None = None) -> Iterator[tuple[dict[str, Any], NDArray[np.int64]]]:
    """Runs that share the named parameters (all, by default): the shared values, and the runs' places (k,) in the call.

    For a function that is vectorised over seeds, or over some of its parameters only. In order of appearance.
    Raises InputError for other names, and for none.

    >>> [(values, places.tolist()) for values, places in groups({"rate": np.array([2.0, 1.0, 2.0])})]
    [({'rate': 2.0}, [0, 2]), ({'rate': 1.0}, [1])]
    """
    names = tuple(parameters) if names is None else names
    for name in names:
        choice("names", name, tuple(parameters))
    if not names:
        raise InputError("names must hold at least one parameter, got none")
    codes = np.stack([np.unique(parameters[name], return_inverse=True)[1].ravel() for name in names])
    _, first, group = np.unique(codes, axis=1, return_index=True, return_inverse=True)
    for number in np.argsort(first):
        yield ({name: parameters[name][first[number]].item() for name in names},
               np.flatnonzero(group.ravel() == number))


def settings(kind: type[P], parameters: Mapping[str, NDArray[Any]],
             fixed: Mapping[str, Any]) -> Iterator[tuple[P, NDArray[np.int64]]]:
    """Settings of the runs, by fields of their class, and the places (k,) of the runs of each, as of ``groups``.

    fixed: what all runs share. Raises InputError, also for unknown names.
    """
    fields = meanings(kind)
    for name in (*parameters, *fixed):
        choice("name", name, tuple(fields))
    # Axes are floats; what is whole is a count.
    counts = {name for name, (_, meaning) in fields.items() if isinstance(meaning.allowed, Range) and
              meaning.allowed.whole}
    for values, runs in groups(parameters):
        whole = {name: int(value) for name, value in values.items() if name in counts and float(value).is_integer()}
        yield kind(**{**fixed, **values, **whole}), runs


def _function_name(function: Any) -> str:
    """Return "module:name", under which any process finds a function. Raises InputError if none would."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    importable: Any = None
    if isinstance(module, str) and isinstance(name, str) and "<" not in name:
        try:
            importable = importlib.import_module(module)
            for part in name.split("."):
                importable = getattr(importable, part)
        except (ImportError, AttributeError):
            importable = None
    if importable is not function or not callable(function):
        raise InputError(f"function must be a module's own, no lambda and none inside another, got {function!r}")
    script = getattr(sys.modules["__main__"], "__file__", None) if module == "__main__" else None
    return f"{Path(script).stem if script else module}:{name}"


def _axes(axes: Any) -> dict[str, NDArray[Any]]:
    if not isinstance(axes, Mapping) or not axes:
        raise InputError(f"axes must be parameters by name, at least one, got {axes!r}")
    return {check_name("axis", name): _axis(name, values) for name, values in axes.items()}


def check_name(what: str, name: Any, taken: Sequence[str] = ("seed",)) -> str:
    """Return a name of an axis or of a result. Raises InputError if it is no identifier, or taken."""
    if not (isinstance(name, str) and name.isidentifier()):
        raise InputError(f"{what} must have an identifier for a name, got {name!r}")
    if name in taken:
        raise InputError(f"{what} must have a name other than {', '.join(taken)}, got {name!r}")
    return name


def _axis(name: str, values: Any) -> NDArray[Any]:
    entries = values.tolist() if isinstance(values, np.ndarray) else values
    if isinstance(entries, str | bytes | Mapping) or not isinstance(entries, Sequence) or not len(entries):
        raise InputError(f"axis {name} must be a sequence of at least one value, got {reprlib.repr(entries)}")
    texts = all(isinstance(value, str) for value in entries)
    numbers = all(isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
                  for value in entries)
    if not texts and not numbers:
        raise InputError(f"axis {name} must hold numbers only or strings only, got {reprlib.repr(entries)}")
    axis = np.array(entries)
    if axis.dtype.kind not in "ifU":
        raise InputError(f"axis {name} must hold integers below 2^63, got {reprlib.repr(entries)}")
    if numbers:
        axis = axis.astype(np.int64 if axis.dtype.kind == "i" else np.float64)
        if np.isnan(axis).any() or (axis == -math.inf).any():
            raise InputError(f"axis {name} must hold finite numbers or inf, got {reprlib.repr(entries)}")
    elif any("\0" in value for value in entries):
        raise InputError(f"axis {name} must hold strings without a null character, got {reprlib.repr(entries)}")
    if len(set(axis.tolist())) < len(axis):
        raise InputError(f"axis {name} must hold no value twice, got {reprlib.repr(entries)}")
    axis.setflags(write=False)
    return axis


def _fixed(fixed: Any, axes: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if not all(isinstance(name, str) for name in fixed):
            raise TypeError("names must be strings")
        json.loads(json_bytes(plain(dict(fixed))))
    except (TypeError, ValueError) as failure:
        raise InputError(f"fixed must hold what JSON can hold, by name: {failure}") from None
    for name in fixed:
        check_name("fixed", name, ("seed", *axes))
    return copy.deepcopy(dict(fixed))
