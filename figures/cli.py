"""The command ``gateflow``."""

import argparse
import io
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from tqdm import tqdm

from gateflow import __version__
from gateflow.figures.options import add_ensemble, add_output
from gateflow.sim.storage import check_folder, plain
from gateflow.theory.checks import InputError, count
from gateflow.theory.proofs.values import DerivationError
from gateflow.theory.references import citation


def contents() -> dict[str, dict[str, str]]:
    """What there is, by command: name and what it shows."""
    from gateflow.figures import compare, derive, phase

    return {"compare": compare.titles(), "phase": phase.titles(), "derive": derive.titles()}


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser(scenario: str | None = None) -> argparse.ArgumentParser:
    """The parser of the whole command line; scenario: whose options ``compare`` takes, None for the default."""
    from gateflow.figures import compare as comparisons
    from gateflow.figures import derive as derivations
    from gateflow.figures import phase as phase_plots

    scenario = scenario or comparisons.DEFAULT
    top = _Parser(prog="gateflow", description="Theory and simulation of the dynamics of learning.")
    top.add_argument("--version", action="version", version=f"gateflow {__version__}")
    top.set_defaults(json=False)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    names = ", ".join(comparisons.SCENARIOS)
    compare = commands.add_parser(
        "compare", help="theory against simulation: table, figure, data",
        epilog=f"Options of {scenario}. Scenarios are {names}; gateflow compare NAME --help shows the options of each.")
    # Checked later: argparse would blame the value of an unknown option on the scenario.
    compare.add_argument("scenario", nargs="?", default=comparisons.DEFAULT,
                         help=f"what to compare: {names} ({comparisons.DEFAULT}); its own options stand behind it")
    add_output(compare)
    add_ensemble(compare)
    comparisons.scenario(scenario).add_arguments(compare)
    phase = commands.add_parser("phase", help="analytic phase plots; --simulate lays simulation over them")
    phase_plots.add_arguments(phase, _Parser)
    derive = commands.add_parser("derive", help="derivations, every step checked: terminal, HTML, Markdown, LaTeX, "
                                                "notebook")
    derivations.add_arguments(derive)
    commands.add_parser("list", help="all names, a line each")
    cite = commands.add_parser("cite", help="BibTeX of what a result rests on")
    cite.add_argument("name", nargs="?", help="a name that list shows; by default everything")
    return top


def _provenance(words: Sequence[str]) -> dict[str, Any]:
    """Versions and the command that made a result."""
    versions = {name: __import__(name).__version__ for name in ("numpy", "scipy", "matplotlib", "joblib")}
    return {"command": shlex.join(["gateflow", *words]), "gateflow": __version__,
            "python": platform.python_version(), **versions}


def _progress(quiet: bool, doing: str, unit: str) -> Callable[[Iterable[Any], int], Iterable[Any]]:
    def follow(items: Iterable[Any], total: int) -> Iterable[Any]:
        shown: Iterable[Any] = tqdm(items, total=total, desc=doing, unit=unit, disable=quiet, leave=False)
        return shown

    return follow


def _compare(arguments: argparse.Namespace, words: Sequence[str]) -> int:
    from gateflow.figures.compare import scenario
    from gateflow.figures.table import comparison_table

    compared = scenario(arguments.scenario)
    count("workers", arguments.workers)
    study = compared.study_of(arguments)
    check_folder(arguments.out)
    comparison = compared.compare(study, arguments.out, _provenance(words), arguments.workers,
                                  _progress(arguments.quiet, "simulating", "run"))
    shown = plain(comparison.to_dict())
    print(json.dumps(shown, ensure_ascii=False) if arguments.json else comparison_table(comparison))
    return 0 if comparison.holds else 1


def _phase(arguments: argparse.Namespace, words: Sequence[str]) -> int:
    from gateflow.figures.phase import listing, phase

    if arguments.plot is None:
        print(listing(arguments.json))
        return 0
    if "workers" in arguments:
        count("workers", arguments.workers)
    shown, code = phase(arguments, _provenance(words), _progress(arguments.quiet, "simulating", "run"),
                        _progress(arguments.quiet, "filming", "frame"))
    print(shown)
    return code


def _derive(arguments: argparse.Namespace) -> int:
    from gateflow.figures.derive import derive

    print(derive(arguments, _progress(arguments.quiet, "checking", "derivation")))
    return 0


def _list() -> int:
    for command, names in contents().items():
        for name, meaning in names.items():
            print(f"gateflow {command} {name}  {meaning}")
    return 0


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """The arguments, read with the options of the scenario that they name."""
    from gateflow.figures import compare

    reader = compare.named(words)
    arguments, rest = parser(reader).parse_known_args(words)
    asked = getattr(arguments, "scenario", reader)
    if asked in compare.SCENARIOS and asked != reader:
        # Named behind options that all scenarios share.
        arguments, rest = parser(asked).parse_known_args(words)
    if rest:
        others = compare.owners(rest[0]) if arguments.command == "compare" and rest[0].startswith("--") else []
        hint = f" ({rest[0].split('=')[0]} is an option of {' and '.join(others)})" if others else ""
        parser().error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    return arguments


def _run(words: Sequence[str]) -> int:
    arguments = _parsed(words)
    if arguments.command == "compare":
        return _compare(arguments, words)
    if arguments.command == "phase":
        return _phase(arguments, words)
    if arguments.command == "derive":
        return _derive(arguments)
    if arguments.command == "list":
        return _list()
    print(citation(arguments.name))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0 when done, 1 if something that should hold does not, 2 for bad input."""
    words = sys.argv[1:] if words is None else words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets its code instead of an error.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(words)
        sys.stdout.flush()
    except (InputError, FloatingPointError, RuntimeError) as failure:
        print(f"gateflow: {failure}", file=sys.stderr)
        return 2
    except DerivationError as failure:
        print(f"gateflow: {failure}", file=sys.stderr)
        return 1
    except MemoryError:
        print("gateflow: not enough memory for these sizes", file=sys.stderr)
        return 2
    except KeyboardInterrupt as failure:
        # A sweep says what it has kept.
        print(f"gateflow: {str(failure) or 'interrupted, no result was written'}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read stdout has seen enough; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as failure:
        print(f"gateflow: cannot write the result: {failure.strerror or failure}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
