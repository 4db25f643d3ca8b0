"""What commands and ``save`` wrote, as objects again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare import catalogue
from gateflow.sim.compare.over import Curve
from gateflow.sim.compare.rows import Row
from gateflow.sim.compare.table import count_held, number, outcome_table, row_table
from gateflow.sim.storage import npz_content, read_file
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import InputError

# Arrays that are named where an object shows itself.
_SHOWN = 12


class Arrays(Mapping[str, NDArray[Any]]):
    """The arrays of an .npz file, by name: ``arrays["t"]`` or ``arrays.t``."""

    def __init__(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep the arrays of the named file."""
        self._name, self._arrays = name, dict(arrays)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The named array."""
        return self._arrays[name]

    def __getattr__(self, name: str) -> NDArray[Any]:
        """The named array."""
        arrays: dict[str, NDArray[Any]] = self.__dict__.get("_arrays", {})
        if name in arrays:
            return arrays[name]
        raise AttributeError(f"{self.__dict__.get('_name')} holds {', '.join(arrays)}, no {name!r}")

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of the file."""
        return iter(self._arrays)

    def __len__(self) -> int:
        """How many arrays there are."""
        return len(self._arrays)

    def __dir__(self) -> list[str]:
        """Names of arrays among the others."""
        return [*super().__dir__(), *self._arrays]

    def __repr__(self) -> str:
        """Names and shapes, of the first ones."""
        shapes = [f"{name} {array.shape}" for name, array in self._arrays.items()]
        more = [f"and {len(shapes) - _SHOWN} more"] * (len(shapes) > _SHOWN)
        return f"<Arrays {self._name}: {', '.join([*shapes[:_SHOWN], *more])}>"


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """What a command wrote: a comparison, a plot, or an experiment over a parameter.

    kind: "comparison", "figure", "plot" or "sweep".
    name: of the room, the figure, the plot, or the experiment with its room.
    rows: theory against simulation; of a sweep one Curve a quantity.
    facts: everything in its JSON file, as plain values.
    path: of that file.
    """

    kind: str
    name: str
    rows: tuple[Any, ...]
    facts: Mapping[str, Any]
    path: Path

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters, by name."""
        return dict(self.facts["parameters"])

    @property
    def results(self) -> dict[str, Any]:
        """Numbers that a plot tells, by name."""
        return dict(self.facts.get("results", {}))

    @property
    def provenance(self) -> dict[str, Any]:
        """Versions and the command that made it."""
        return dict(self.facts.get("provenance", {}))

    @property
    def files(self) -> list[Path]:
        """Paths of all files that were written with it."""
        return [self.path.parent / name for name in self.facts["files"]]

    @property
    def holds(self) -> bool:
        """Whether everything holds that should."""
        return all(np.all(np.asarray(row.holds if row.holds is not None else -1) != 0) for row in self.rows)

    @cached_property
    def data(self) -> Any:
        """Arrays behind it: of a plot the Arrays, else what each file holds, by the end of its name. InputError."""
        paths = [path for path in self.files if path.suffix == ".npz"]
        contents = {path.stem.removeprefix(self.path.stem).lstrip("-"): load(path) for path in paths}
        return contents[""] if list(contents) == [""] else contents

    def __repr__(self) -> str:
        """Kind, name and rows."""
        head = f"<{self.kind} {self.name}, {self.path.name}>"
        if self.kind == "sweep":
            return "\n".join([head, *(f"  {curve.quantity}" for curve in self.rows)])
        if self.kind == "plot":
            numbers = {name: value for name, value in self.results.items() if not isinstance(value, list | dict)}
            lines = [f"  {name} = {f'{value:.6g}' if isinstance(value, float) else value}"
                     for name, value in numbers.items()]
            return "\n".join([head, *lines, *([row_table(self.rows)] if self.rows else [])])
        titles = catalogue.experiment_files().get(self.name, {})
        groups: dict[str, list[Row]] = {}
        for row, entry in zip(self.rows, self.facts["rows"], strict=True):
            groups.setdefault(entry.get("experiment", ""), []).append(row)
        tables = [outcome_table(name, catalogue.first_line(titles[name]) if name in titles else "", rows,
                                all_rows=False) for name, rows in groups.items()]
        printed = [f"  {line['quantity']}: {line['verdict']}, ours {number(line['ours'])}, printed {line['printed']}"
                   for line in self.facts.get("lines", [])]
        return "\n\n".join(["\n".join([f"{head} {count_held(self.rows)}", *printed]), *tables])


def load(path: str | Path) -> Any:
    """Return what a file or folder holds that commands or ``save`` wrote.

    path: a .json file beside a figure (a Record); an .npz file (a SweepResult, a Trajectory, or Arrays); the folder of
    a finished sweep (its SweepResult). Raises InputError for what is unknown, damaged or not there.

    >>> load("gateflow-out/cycle.json").results["limit_cycle_w"]  # doctest: +SKIP
    0.98
    """
    if not isinstance(path, str | Path):
        raise InputError(f"path must be a string or a Path, got {type(path).__name__}")
    path = Path(path)
    if path.is_dir() or path.name == "sweep.json":
        return _sweep(path if path.is_dir() else path.parent)
    content = read_file(path)
    if path.suffix == ".npz":
        return _npz(path, content)
    if path.suffix == ".json":
        return _record(path, content)
    raise InputError(f"path must be of a .json or .npz file or the folder of a sweep, got {path}")


def _sweep(folder: Path) -> SweepResult:
    if not (folder / "sweep.json").is_file():
        raise InputError(f"path must be of a .json or .npz file or the folder of a sweep, got {folder}")
    if not (folder / "result.npz").is_file():
        raise InputError(f"cannot load {folder}: the sweep is not finished; run it again to go on")
    return SweepResult.load(folder)


def _npz(path: Path, content: bytes) -> Any:
    try:
        header, arrays = npz_content(content)
    except ValueError as failure:
        raise InputError(f"cannot read {path}: {failure}") from failure
    names = set(header) if isinstance(header, dict) else set()
    if {"axes", "failures"} <= names:
        return SweepResult.load(path)
    if {"model", "curriculum"} <= names:
        from gateflow.sim.gated.trajectory import Trajectory

        return Trajectory.load(path)
    return Arrays(path.name, arrays)


def _record(path: Path, content: bytes) -> Record:
    try:
        facts = json.loads(content)
        entries, names = facts["rows"], [str(name) for name in facts["files"]]
        facts = {**facts, "parameters": dict(facts["parameters"]), "files": names}
        if "scenario" in facts:
            return Record("comparison", facts["scenario"], tuple(map(_row, entries)), facts, path)
        if "figure" in facts:
            return Record("figure", facts["figure"], tuple(map(_row, entries)), facts, path)
        if "plot" in facts:
            return Record("plot", facts["plot"], tuple(map(_row, entries)), facts, path)
        name = f"{facts['room']} {facts['experiment']} over {facts['over']}"
        return Record("sweep", name, tuple(map(_curve, entries)), facts, path)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as failure:
        raise InputError(f"cannot read {path}: not the result of a command") from failure


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(**{field.name: entry[field.name] for field in fields(Row)})


def _curve(entry: Mapping[str, Any]) -> Curve:
    numbers: dict[str, Any] = {field.name: np.array(entry[field.name], dtype=float)
                               for field in fields(Curve) if field.name != "quantity"}
    numbers["holds"] = numbers["holds"].astype(np.int64)
    return Curve(entry["quantity"], **numbers)
