"""Rooms and their experiments, found by their files: a file in ``sim/ROOM/experiments`` is an experiment."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from gateflow.theory.checks import InputError, choice

_FLOOR = Path(__file__).resolve().parent.parent


@cache
def files(floor: Path, kind: str) -> dict[str, dict[str, Path]]:
    """Modules ``floor/ROOM/KIND/NAME.py``, by room and name as commands spell it, rooms and names in order."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(floor.glob(f"*/{kind}/*.py")):
        if not path.name.startswith("_"):
            found.setdefault(path.parent.parent.name, {})[path.stem.replace("_", "-")] = path
    return found


def first_line(path: Path) -> str:
    """The title of a module: the first line of its docstring, read without importing it."""
    with path.open(encoding="utf-8") as lines:
        return lines.readline().strip().removeprefix("r").strip('"').rstrip(".")


def experiment_files() -> dict[str, dict[str, Path]]:
    """Files of all experiments, by room and name."""
    return files(_FLOOR, "experiments")


def rooms() -> tuple[str, ...]:
    """Rooms that have experiments."""
    return tuple(experiment_files())


def experiment(room: str, name: str) -> type[Any]:
    """The class of an experiment. Raises InputError for an unknown room or name."""
    choice("room", room, rooms())
    known = experiment_files()[room]
    if name not in known:
        raise InputError(f"experiment must be one of {', '.join(known)}, got {name!r}")
    module = import_module(f"gateflow.sim.{room}.experiments.{name.replace('-', '_')}")
    kind: type[Any] = module.EXPERIMENT
    return kind


def experiments(room: str) -> list[type[Any]]:
    """The classes of all experiments of a room, in the order of their table and figure. Raises InputError."""
    choice("room", room, rooms())
    return sorted((experiment(room, name) for name in experiment_files()[room]), key=lambda kind: kind.position)


def routine(room: str) -> list[type[Any]]:
    """The experiments that ``compare ROOM`` runs; others only run when they are named. Raises InputError."""
    return [kind for kind in experiments(room) if kind.routine]
