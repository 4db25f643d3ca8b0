"""``gateflow phase``: list the analytic phase plots, or draw one of them."""

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gateflow.figures.options import (
    add_figure_files,
    add_output,
    add_parameters,
    add_workers,
    columns,
    given,
    names_of,
    workers,
)
from gateflow.sim.compare.catalogue import files, first_line
from gateflow.theory.checks import choice

_KINDS_OF_FILM = ("gif", "mp4")


def _files() -> dict[str, tuple[str, Path]]:
    """Room and file of each plot, by name."""
    return {name: (room, path) for room, paths in files(Path(__file__).resolve().parent, "phase").items()
            for name, path in paths.items()}


def titles() -> dict[str, str]:
    """What each plot shows, by name, read without importing it."""
    return {name: f"{room}: {first_line(path)}" for name, (room, path) in _files().items()}


def plot_class(name: str) -> type[Any]:
    """The class of the named plot. Raises InputError for an unknown name."""
    known = _files()
    choice("plot", name, tuple(known))
    kind: type[Any] = import_module(f"gateflow.figures.{known[name][0]}.phase.{name.replace('-', '_')}").PLOT
    return kind


def phase(name: str, **parameters: Any) -> Any:
    """Draw the named plot and return it, with its figure, data and rows. Raises InputError.

    >>> phase("cycle", tau_c=0.2).results["limit_cycle_w"]  # doctest: +SKIP
    0.98
    """
    from gateflow.theory.parameters import meanings

    kind = plot_class(name)
    for key in parameters:
        choice("parameter", key, tuple(meanings(kind)))
    return kind(**parameters).plot()


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command, with the options of the plot that words name."""
    named = next((word for word in words if not word.startswith("-")), None)
    if named not in _files():
        made: argparse.ArgumentParser = make(
            "phase", description="Analytic phase plots; --simulate lays simulation over them.",
            epilog="plots:\n" + columns(titles()) + "\nexample: gateflow phase portrait --simulate",
            formatter_class=argparse.RawDescriptionHelpFormatter)
        names_of(made.add_argument("plot", nargs="?", help="which plot; without it, all are listed"), _files())
        made.add_argument("--json", action="store_true", help="print one JSON object")
        return made
    from gateflow.figures.plot import PhasePlot
    from gateflow.theory.parameters import meanings

    kind = plot_class(named)
    made = make(f"phase {named}", description=f"{kind.title()}.", formatter_class=argparse.RawDescriptionHelpFormatter,
                epilog=f"example: gateflow phase {named} {kind.example}".rstrip() + f"\nIt takes {kind.cost}.")
    made.add_argument("plot", help=argparse.SUPPRESS)
    for name, (_, meaning) in meanings(kind).items():
        if meaning.positional:
            made.add_argument(name, help=meaning.text, metavar=meaning.metavar)
    add_output(made)
    add_figure_files(made)
    if kind.works:
        add_workers(made)
    if kind.sweeps:
        made.add_argument("--cluster", metavar="tcp://HOST:PORT",
                          help="Dask scheduler whose workers do it instead (needs the extra cluster)")
    if kind.animated:
        made.add_argument("--animate", choices=_KINDS_OF_FILM,
                          help="write the animation too; mp4 needs the program ffmpeg")
    if kind.explorer is not PhasePlot.explorer:
        made.add_argument("--interactive", action="store_true",
                          help="open a window with sliders instead of writing files")
    add_parameters(made, [kind], "parameters")
    return made


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError."""
    if arguments.plot is None:
        print(json.dumps(titles(), ensure_ascii=False) if arguments.json else columns(titles()))
        return 0
    return _draw(plot_class(arguments.plot), arguments, words, progress)


def _draw(kind: type[Any], arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Draw the plot and write its files; 1 where simulation is not where theory puts it."""
    import shutil

    from gateflow.figures.film import check_kind, film_bytes
    from gateflow.figures.output import provenance, write_result
    from gateflow.figures.plot import Machine
    from gateflow.figures.style import FigureFiles
    from gateflow.figures.window import check_window
    from gateflow.sim.storage import check_folder, npz_bytes, plain

    parameters = kind(**given(arguments, [kind]))
    film = getattr(arguments, "animate", None)
    machine = Machine(workers(arguments) if kind.works else 1, arguments.out, getattr(arguments, "cluster", None),
                      progress("simulating", "run"), provenance(words))
    if getattr(arguments, "interactive", False):
        check_window()
        print(_explored(parameters))
        return 0
    if film:
        check_kind(film)
    check_folder(arguments.out)
    plot, name = parameters.plot(machine), kind.name()
    contents = FigureFiles(arguments.format, arguments.dpi, arguments.width, not arguments.no_caption).of(plot.figure,
                                                                                                         name)
    contents[f"{name}.npz"] = npz_bytes(plot.data)
    if film:
        contents[f"{name}.{film}"] = film_bytes(plot.animation(), film, progress("filming", "frame"))
    paths = write_result(arguments.out, name, plot.to_dict(), contents, provenance(words))
    if arguments.json:
        print(json.dumps(plain({**plot.to_dict(), "files": paths}), ensure_ascii=False))
    else:
        print(plot.summary(shutil.get_terminal_size((100, 24)).columns), "", *paths, sep="\n")
    return 1 if plot.holds is False else 0


def _explored(parameters: Any) -> str:
    """Show the sliders of a plot; returns the command that draws what they stood at when the window was closed."""
    from gateflow.figures.window import show

    explorer = parameters.explorer()
    values = show(explorer)
    words = explorer.words(values) if explorer.words else [
        f"--{knob.replace('_', '-')}={value:.4g}" for knob, value in values.items()]
    return " ".join(["gateflow", "phase", parameters.name(), *words])
