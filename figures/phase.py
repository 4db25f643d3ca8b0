"""``gateflow phase``: list the analytic phase plots, or draw one of them."""

import argparse
import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from gateflow.figures.film import check_kind, film_bytes
from gateflow.figures.options import add_output
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.window import check_window, show
from gateflow.sim.storage import check_folder, plain, write_files
from gateflow.theory.checks import InputError

# Rooms that hold phase plots; the package gateflow.figures.<room>.phase lists its own as NAMES.
ROOMS = ("gated", "disentangle", "inference")
_MODULES: dict[str, str] = {
    name: f"gateflow.figures.{room}.phase.{name.replace('-', '_')}"
    for room in ROOMS for name in import_module(f"gateflow.figures.{room}.phase").NAMES}
NAMES = tuple(_MODULES)


class PlotModule(Protocol):
    """What a module that draws a plot has."""

    TITLE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the plot."""

    def plot(self, arguments: argparse.Namespace, progress: Progress) -> Plot:
        """Draw the plot that the options ask for. Raises InputError."""


def module(name: str) -> PlotModule:
    """The module that draws the named plot. Raises InputError for an unknown name."""
    if name not in _MODULES:
        raise InputError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    return cast(PlotModule, import_module(_MODULES[name]))


def titles() -> dict[str, str]:
    """What each plot shows, by name."""
    return {name: module(name).TITLE for name in NAMES}


def add_arguments(parser: argparse.ArgumentParser, parser_class: type[argparse.ArgumentParser]) -> None:
    """Add the options of the command, and a command a plot with its own."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    plots = parser.add_subparsers(dest="plot", metavar="NAME", parser_class=parser_class,
                                  help="which plot; without it, all are listed")
    for name in NAMES:
        drawn = module(name)
        own = plots.add_parser(name, help=drawn.TITLE, description=drawn.TITLE)
        drawn.add_arguments(own)
        add_output(own)


def listing(as_json: bool) -> str:
    """All plots, a line each, or as JSON."""
    known = titles()
    if as_json:
        return json.dumps(known, ensure_ascii=False)
    longest = max(map(len, known), default=0)
    return "\n".join(f"{name:{longest}}  {title}" for name, title in known.items())


def phase(arguments: argparse.Namespace, provenance: Mapping[str, Any], progress: Progress,
          filming: Progress) -> tuple[str, int]:
    """Draw the plot that the options ask for and write its files; returns what to print and the exit code.

    1 where simulation is not where theory puts it. progress, filming: show how far runs and frames are. Raises
    InputError.
    """
    name, film_kind = arguments.plot, getattr(arguments, "animate", None)
    if getattr(arguments, "interactive", False):
        check_window()
        return _explored(name, module(name).plot(arguments, progress)), 0
    if film_kind:
        check_kind(film_kind)
    check_folder(arguments.out)
    drawn = module(name).plot(arguments, progress)
    contents = drawn.files(name, provenance)
    if film_kind and drawn.animation:
        contents[f"{name}.{film_kind}"] = film_bytes(drawn.animation(), film_kind, filming)
    write_files({arguments.out / file: content for file, content in contents.items()})
    files = [str(arguments.out / file) for file in contents]
    code = 1 if drawn.holds is False else 0
    if arguments.json:
        result = {"plot": name, **drawn.facts, "holds": drawn.holds, "files": files}
        return json.dumps(plain(result), ensure_ascii=False), code
    return "\n".join([drawn.summary, "", *files]), code


def _explored(name: str, drawn: Plot) -> str:
    """Show the sliders of a plot; returns the command that draws what they stood at when the window was closed."""
    if drawn.interactive is None:
        raise InputError(f"interactive must be left out: {name} has no sliders")
    words = [f"--{knob.replace('_', '-')}={value:.4g}" for knob, value in show(drawn.interactive()).items()]
    return " ".join(["gateflow", "phase", name, *words])
