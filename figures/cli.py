"""The command ``gateflow``. What a command needs is imported when it runs: help and errors come at once."""

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from gateflow import __version__
from gateflow.figures.progress import shown

# Modules with parser(words, make) and run(arguments, words, progress), by command, and what each is for.
COMMANDS = {
    "compare": ("gateflow.figures.compare", "theory against simulation: table, figure, data"),
    "sweep": ("gateflow.figures.sweep", "an experiment over one of its parameters"),
    "laws": ("gateflow.figures.laws", "conservation laws of a network that is one einsum, with their certificate"),
    "phase": ("gateflow.figures.phase", "analytic phase plots; --simulate lays simulation over them"),
    "figure": ("gateflow.figures.figure", "figures of the papers, recomputed, printed numbers beside ours"),
    "derive": ("gateflow.figures.derive", "derivations, every step checked: terminal, HTML, Markdown, LaTeX, notebook"),
    "list": ("gateflow.figures.listing", "all names, a line each"),
    "cite": ("gateflow.figures.cite", "BibTeX of what a result rests on"),
}
_NUMBERS = re.compile(r"-[\d.][\d.,eE+-]*|-inf")
_EPILOG = """examples:
  gateflow compare                    the default comparison, half a minute on two cores
  gateflow phase portrait --simulate  a phase plot with simulated points, some seconds
  gateflow derive clock               a derivation in the terminal, some seconds
gateflow COMMAND --help tells more; --debug shows where an unforeseen failure came from."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and leave."""
        self.exit(2, f"{self.prog}: {message}\n")


def _make(command: str, **settings: Any) -> Parser:
    return Parser(prog=f"gateflow {command}", allow_abbrev=False, **settings)


def _top() -> Parser:
    listed = "\n".join(f"  {name:9}{meaning}" for name, (_, meaning) in COMMANDS.items())
    top = Parser(prog="gateflow", description="Theory and simulation of the dynamics of learning.",
                 formatter_class=argparse.RawDescriptionHelpFormatter, epilog=f"commands:\n{listed}\n\n{_EPILOG}")
    top.add_argument("--version", action="version", version=f"gateflow {__version__}")
    top.add_argument("command", metavar="COMMAND", choices=tuple(COMMANDS), help="one of the commands below")
    return top


def parse(words: Sequence[str]) -> tuple[Any, argparse.Namespace]:
    """The module of a command and its arguments; leaves with a line for words that it does not know."""
    name = _top().parse_args(words[:1]).command
    module = import_module(COMMANDS[name][0])
    parser = module.parser(words[1:], _make)
    # argparse takes -1e6 and -1,2 for options, but not behind a blank.
    shielded = [f" {word}" if _NUMBERS.fullmatch(word) else word for word in words[1:]]
    arguments, rest = parser.parse_known_intermixed_args(shielded)
    if rest:
        hint = module.hint(rest[0]) if hasattr(module, "hint") else ""
        parser.error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    return module, arguments


def _complete() -> None:
    """Answer a shell that asks, through the library argcomplete, how words may go on."""
    from argcomplete import autocomplete

    words = os.environ["COMP_LINE"].split()[1:]
    top = Parser(prog="gateflow")
    commands = top.add_subparsers(parser_class=Parser)
    for name, (module, _) in COMMANDS.items():
        if words[:1] == [name]:
            import_module(module).parser(words[1:], lambda _, name=name, **settings: commands.add_parser(
                name, **settings))
        else:
            commands.add_parser(name)
    autocomplete(top)


def _failed(message: object, code: int = 2) -> int:
    print(f"gateflow: {message}", file=sys.stderr)
    return code


def _mute() -> None:
    """Whoever read stdout has seen enough, or it is broken: nothing more is written to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0 when done, 1 if something that should hold does not, 2 for bad input."""
    words = sys.argv[1:] if words is None else list(words)
    debug, words = "--debug" in words, [word for word in words if word != "--debug"]
    if "_ARGCOMPLETE" in os.environ:
        _complete()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets its code instead of an error.
            stream.reconfigure(errors="backslashreplace")
    from gateflow.theory.checks import TOO_LARGE, InputError

    try:
        module, arguments = parse(words)
        if getattr(arguments, "quiet", False):
            # Networks say in other processes how far they are.
            os.environ["GATEFLOW_QUIET"] = "1"
        with shown(getattr(arguments, "quiet", False)) as progress:
            code: int = module.run(arguments, words, progress)
        sys.stdout.flush()
        return code
    except InputError as failure:
        return _failed(failure)
    except (FloatingPointError, RuntimeError) as failure:
        # A derivation that does not hold is an answer, not a mistake of the caller's.
        return _failed(failure, 1 if type(failure).__name__ == "DerivationError" else 2)
    except MemoryError:
        return _failed("not enough memory for these sizes")
    except KeyboardInterrupt as failure:
        # A sweep says what it has kept; of another signal the entry point knows.
        return _failed(str(failure) or "interrupted, no result was written", 130)
    except BrokenPipeError:
        _mute()
        return 0
    except OSError as failure:
        _mute()
        return _failed(f"cannot write the result, or to the cache folder: {failure.strerror or failure}")
    except Exception as failure:
        # Numbers that no check foresaw, or a mistake of ours: one line, unless the traceback is asked for.
        if debug:
            raise
        if any(words in str(failure) for words in TOO_LARGE):
            return _failed("not enough memory for these sizes")
        reason = " ".join(f"{type(failure).__name__}: {failure}".split())
        return _failed(f"failed inside, {reason}; --debug shows where")


if __name__ == "__main__":
    sys.exit(main())
