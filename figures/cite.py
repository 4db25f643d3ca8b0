"""``gateflow cite``: BibTeX of what a result rests on."""

import argparse
from collections.abc import Sequence
from typing import Any

from gateflow.figures.listing import rooms
from gateflow.theory.checks import InputError
from gateflow.theory.references import RESTS_ON, citation


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = make("cite", description="BibTeX of what a result rests on.",
                                         epilog="examples: gateflow cite gated; gateflow cite portrait")
    made.add_argument("name", nargs="?", help="a room, or any name that gateflow list shows; by default everything")
    return made


def room_of(name: str) -> str:
    """The room that a name belongs to. Raises InputError for an unknown name."""
    if name in RESTS_ON:
        return name
    for named in rooms().values():
        if name in named:
            return named[name]
    raise InputError(f"name must be one of {', '.join(RESTS_ON)}, or a name that gateflow list shows, got {name!r}")


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Print BibTeX."""
    print(citation(None if arguments.name is None else room_of(arguments.name)))
    return 0
