"""``gateflow derive``: list derivations, print one, or write one or all of them into files."""

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateflow.figures.options import add_output, add_workers, columns, names_of, workers
from gateflow.theory.checks import InputError
from gateflow.theory.proofs import catalogue

if TYPE_CHECKING:
    from gateflow.figures.derivations.sheet import Sheet
    from gateflow.figures.picture import Drawing

# By what --format says, which is also how the file's name ends: the module that writes it.
_MODULES = {"html": "html", "md": "markdown", "tex": "latex", "ipynb": "notebook"}
FORMATS = tuple(_MODULES)
_EXAMPLES = """examples:
  gateflow derive                              the titles
  gateflow derive clock                        one derivation in the terminal, a few seconds
  gateflow derive mine.py                      one of your own: a file with a function derive()
  gateflow derive --all --format html,ipynb    a book; all are checked once, about a minute on one core"""


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = make(
        "derive", description="Derivations whose every step is checked.", epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    names_of(made.add_argument("name", nargs="?", metavar="NAME|FILE.py", help="which one; without it, all are listed"),
             catalogue.NAMES)
    made.add_argument("--all", action="store_true", help="all derivations; with --format, a book")
    made.add_argument("--format", type=_formats, default=(), metavar="KIND,…",
                      help=f"files to write instead of printing: {', '.join(FORMATS)}")
    made.add_argument("--recheck", action="store_true", help="check steps also where they were checked before")
    add_output(made)
    add_workers(made)
    return made


def _formats(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(part for part in text.split(",") if part))
    if not kinds or set(kinds) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}, separated by commas, got {text!r}")
    return kinds


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError and DerivationError."""
    name, kinds = arguments.name, arguments.format
    if name is not None and arguments.all:
        raise InputError(f"name must not be given with --all, got {name!r}")
    if name is None and not arguments.all:
        if kinds:
            raise InputError("name must be given, or --all, to write files")
        known = catalogue.titles()
        print(json.dumps(known, ensure_ascii=False) if arguments.json else columns(known))
        return 0
    if name is not None and name not in catalogue.NAMES and not name.endswith(".py"):
        raise InputError(f"name must be one of {', '.join(catalogue.NAMES)}, or a file that ends in .py, got {name!r}")
    if name is not None and name.endswith(".py") and not Path(name).is_file():
        raise InputError(f"name must be a file that exists, got {name!r}")
    from gateflow.sim.storage import check_folder, write_files

    if kinds:
        check_folder(arguments.out)
    sheets = _sheets(catalogue.NAMES if arguments.all else (name,), arguments, progress("checking", "derivation"))
    if not kinds:
        print(_printed(sheets, arguments.json))
        return 0
    contents: dict[str, bytes] = {}
    for kind in kinds:
        contents |= files(sheets, kind, arguments.all)
    write_files({arguments.out / path: content for path, content in contents.items()})
    written = [str(arguments.out / path) for path in contents]
    print(json.dumps({"files": written}) if arguments.json else "\n".join(written))
    return 0


def _sheets(names: Sequence[str], arguments: argparse.Namespace, progress: Any) -> "list[Sheet]":
    """Sheets of derivations, of which those are checked that were not before."""
    from gateflow.figures.derivations import kept
    from gateflow.sim.processes import run_jobs

    again = arguments.recheck or "GATEFLOW_RECHECK" in os.environ
    sheets = {} if again else {name: sheet for name in names if name in catalogue.NAMES and (sheet := kept.kept(name))}
    missing = [name for name in names if name not in sheets]
    checked = run_jobs([(_sheet, (name,)) for name in missing], workers(arguments), progress) if missing else []
    for name, sheet in zip(missing, checked, strict=True):
        sheets[name] = sheet
        if name in catalogue.NAMES and "GATEFLOW_RECHECK" not in os.environ:
            kept.keep(name, sheet)
    return [sheets[name] for name in names]


def _sheet(name: str) -> "Sheet":
    from gateflow.figures.derivations.sheet import sheet

    return sheet(catalogue.derivation(name))


def _printed(sheets: "Sequence[Sheet]", as_json: bool) -> str:
    from gateflow.figures.derivations.terminal import terminal

    if as_json:
        return json.dumps({one.name: _plain(one) for one in sheets}, ensure_ascii=False)
    width = shutil.get_terminal_size((80, 24)).columns
    return "\n\n\n".join(terminal(one, width) for one in sheets)


def _plain(one: "Sheet") -> dict[str, Any]:
    """The sheet as JSON: its formulas in LaTeX."""
    from gateflow.figures.derivations import latex

    lines = [{"number": line.number, "kind": line.kind, "statement": line.statement,
              "formula": latex.display(line.left, line.sign, line.right, one.notation),
              "where": [latex.display(symbol, "=", value, one.notation) for symbol, value in line.where],
              "why": line.why, "checked": line.checked} for line in one.lines]
    return {"title": one.title, "summary": one.summary, "source": one.source, "steps": lines,
            "result": {"name": one.result_name, "formula": latex.display(None, "", one.result, one.notation),
                       "where": [latex.display(symbol, "=", value, one.notation) for symbol, value in one.result_where],
                       "function": one.signature}, "test": one.test}


def files(sheets: "Sequence[Sheet]", kind: str, whole: bool) -> dict[str, bytes]:
    """What to write in one format, by file name: pages, or a book of all of them."""
    from importlib import import_module

    from gateflow.figures.derivations.book import neighbours
    from gateflow.figures.pictures import PICTURES

    module: Any = import_module(f"gateflow.figures.derivations.{_MODULES[kind]}")
    drawings = [PICTURES.get(one.name) for one in sheets]
    if whole and kind == "tex":
        texts = {"derivations.tex": module.book(sheets, drawings)}
    else:
        around = neighbours(sheets) if whole else [None] * len(sheets)
        texts = {f"{one.name}.{kind}": module.page(one, drawing, links)
                 for one, drawing, links in zip(sheets, drawings, around, strict=True)}
        if whole:
            texts = {f"index.{kind}": module.index(sheets), f"steps.{kind}": module.steps(sheets)} | texts
    return {name: text.encode() for name, text in texts.items()} | _beside(sheets, drawings, kind)


def _beside(sheets: "Sequence[Sheet]", drawings: "Sequence[Drawing | None]", form: str) -> dict[str, bytes]:
    """Pictures that a format keeps in files of their own."""
    kind = {"md": "png", "tex": "pdf"}.get(form)
    return {f"{one.name}-picture.{kind}": getattr(drawing, kind)()
            for one, drawing in zip(sheets, drawings, strict=True) if kind and drawing}
