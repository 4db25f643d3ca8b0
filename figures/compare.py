"""``gateflow compare``: run the experiments of a room, or one, and put rows, figure and data into files."""

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateflow.figures.options import (
    add_figure_files,
    add_output,
    add_parameters,
    add_workers,
    given,
    names_of,
    workers,
)
from gateflow.sim.compare import catalogue
from gateflow.theory.checks import InputError
from gateflow.theory.parameters import meanings, take_positional

DEFAULT = "gated"
_EXAMPLES = """examples:
  gateflow compare inference                  all routine experiments of a room
  gateflow compare inference tracking         one of them
  gateflow compare gated --seeds 50 --json    with other parameters, as JSON
A room takes about half a minute on two cores, an experiment seconds."""


def _named(words: Sequence[str]) -> tuple[str, list[str]]:
    """Room and experiments that words name, whatever stands between them."""
    names = [word for word in words if not word.startswith("-")]
    room = names[0] if names and names[0] in catalogue.rooms() else DEFAULT
    known = catalogue.experiment_files().get(room, {})
    return room, [name for name in names[1:] if name in known]


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command, with the options of the room or the experiments that words name."""
    room, names = _named(words)
    kinds = _kinds(room, names)
    made: argparse.ArgumentParser = make(
        "compare", description="Theory against simulation: table, figure, data.", epilog=_epilog(room, names, kinds),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    # Checked later: argparse would blame the value of an unknown option on the room.
    names_of(made.add_argument("room", nargs="?", default=DEFAULT, help=f"{', '.join(catalogue.rooms())} ({DEFAULT})"),
             catalogue.rooms())
    names_of(made.add_argument("words", nargs="*", metavar="EXPERIMENT",
                               help="; ".join([
                                   "experiments of the room (all routine ones)", *_beside(kinds)])),
             catalogue.experiment_files().get(room, {}))
    add_output(made)
    made.add_argument("--all-rows", action="store_true", help="print all rows, not only those that come closest")
    add_figure_files(made)
    add_workers(made)
    add_parameters(made, kinds, f"parameters of {' and '.join(names) or room}")
    return made


def _beside(kinds: Sequence[type[Any]]) -> list[str]:
    """What may stand beside the names of experiments, in words."""
    return list(dict.fromkeys(f"also {meaning.text}" for kind in kinds for _, meaning in meanings(kind).values()
                              if meaning.positional))


def _kinds(room: str, names: Sequence[str]) -> list[type[Any]]:
    return [catalogue.experiment(room, name) for name in names] or catalogue.routine(room)


def _epilog(room: str, names: Sequence[str], kinds: Sequence[type[Any]]) -> str:
    if names:
        return "\n".join(f"{kind.name()}: {kind.title()}. Source: {kind.source}. It takes {kind.cost}.\n"
                         f"example: gateflow compare {room} {kind.name()} {kind.example}".rstrip() for kind in kinds)
    lines = [f"experiments of {room}:"]
    lines += [f"  {name}: {catalogue.first_line(path)}" for name, path in catalogue.experiment_files()[room].items()]
    return "\n".join([*lines, "", _EXAMPLES])


def hint(word: str) -> str:
    """Which experiments have an option that the ones at hand do not have, for an error."""
    from gateflow.theory.parameters import meanings

    name = word.split("=")[0].removeprefix("--").replace("-", "_")
    owners = [f"{room} {kind.name()}" for room in catalogue.rooms() for kind in catalogue.experiments(room)
              if name in meanings(kind)]
    more = f" and {len(owners) - 3} more" if len(owners) > 3 else ""
    return f" ({word.split('=')[0]} is an option of {', '.join(owners[:3])}{more})" if owners else ""


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError."""
    from gateflow.figures.output import provenance
    from gateflow.sim.compare.comparison import made_with, run_comparison
    from gateflow.sim.compare.kept import unfinished
    from gateflow.sim.storage import check_folder, plain
    from gateflow.sim.sweep.run import Execution

    start = time.perf_counter()
    if arguments.room not in catalogue.rooms():
        raise InputError(f"room must be one of {', '.join(catalogue.rooms())}, got {arguments.room!r}")
    known = tuple(catalogue.experiment_files()[arguments.room])
    names = [word for word in dict.fromkeys(arguments.words) if word in known]
    kinds = _kinds(arguments.room, names)
    chosen = given(arguments, kinds) | take_positional(arguments.words, kinds, known)
    experiments = made_with(arguments.room, kinds, chosen)
    check_folder(arguments.out)
    with unfinished(arguments.out / "unfinished" / _stem(arguments.room, names)) as keep:
        how = Execution(workers(arguments), progress=progress("simulating", "run"))
        comparison = run_comparison(arguments.room, experiments, how, start, keep)
        written = write(comparison, names, arguments, provenance(words))
    if arguments.json:
        print(json.dumps(plain(written.to_dict()), ensure_ascii=False))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        print(written.table(width, all_rows=arguments.all_rows), *written.files, sep="\n")
    return 0 if written.holds else 1


def _stem(room: str, names: Sequence[str]) -> str:
    return "-".join(["compare", room, *names])


def write(comparison: Any, names: Sequence[str], arguments: argparse.Namespace, made_by: dict[str, Any]) -> Any:
    """Write figure, data and a JSON sidecar of a comparison to a folder; returns it with its files and seconds."""
    from gateflow.figures.output import write_result
    from gateflow.figures.panels import draw_outcomes
    from gateflow.figures.style import FigureFiles

    start = time.perf_counter()
    stem = _stem(comparison.scenario, names)
    figure = draw_outcomes(comparison.scenario, comparison.outcomes)
    contents: dict[str, bytes] = {}
    if figure is not None:
        contents |= FigureFiles(arguments.format, arguments.dpi, arguments.width,
                                not arguments.no_caption).of(figure, stem)
    for outcome in comparison.outcomes:
        # With its own name behind that of the run, or it would lie in the place of the room's.
        contents |= {f"{stem}-{end}": content for end, content in outcome.experiment.files(outcome.result).items()}
    facts = {key: value for key, value in comparison.to_dict().items() if key not in ("seconds", "files")}
    paths = write_result(arguments.out, stem, facts, contents, made_by)
    return replace(comparison, files=tuple(paths), seconds=comparison.seconds + time.perf_counter() - start)
