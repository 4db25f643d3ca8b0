"""``gateflow list``: all names, a line each."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateflow.sim.compare.catalogue import experiment_files, files, first_line
from gateflow.theory.proofs import catalogue

_THEORY = Path(__file__).resolve().parent.parent / "theory"


def rooms() -> dict[str, dict[str, str]]:
    """The room of every name, by command: of experiments, phase plots, published figures, derivations."""
    own = Path(__file__).resolve().parent
    found = {"compare": experiment_files(), "phase": files(own, "phase"), "figure": files(own, "published"),
             "derive": files(_THEORY, "derivations")}
    return {command: {name: room for room, paths in of.items() for name in paths} for command, of in found.items()}


def contents() -> dict[str, dict[str, str]]:
    """What there is, by command: names as they are typed, and titles, read without importing anything."""
    from gateflow.figures import figure, phase

    experiments = {f"{room} {name}": first_line(path) for room, paths in experiment_files().items()
                   for name, path in paths.items()}
    room_of = rooms()["derive"]
    derivations = {name: f"{room_of[name]}: {title}" for name, title in catalogue.titles().items()}
    return {"compare": experiments, "phase": phase.titles(), "figure": figure.titles(), "derive": derivations}


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = make("list", description="All names, a line each.",
                                         epilog="example: gateflow list --json")
    made.add_argument("--json", action="store_true", help="print one JSON object: titles by command and name")
    return made


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Print the list."""
    listed = contents()
    if arguments.json:
        print(json.dumps(listed, ensure_ascii=False))
        return 0
    longest = max(len(f"{command} {name}") for command, names in listed.items() for name in names)
    for command, names in listed.items():
        for name, title in names.items():
            print(f"gateflow {f'{command} {name}':{longest}}  {title}")
    return 0
