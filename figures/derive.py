"""``gateflow derive``: list derivations, print one, or write one or all of them into files."""

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateflow.figures.options import OUT, add_output, add_workers, columns, names_of, workers
from gateflow.theory.checks import InputError
from gateflow.theory.proofs import catalogue

if TYPE_CHECKING:
    from gateflow.figures.derivations.book import Neighbours
    from gateflow.figures.derivations.sheet import Sheet
    from gateflow.figures.picture import Drawing

# By what --format says, which is also how the file's name ends: the module that writes it.
_MODULES = {"html": "html", "slides": "slides", "md": "markdown", "tex": "latex", "ipynb": "notebook"}
_ENDINGS = {"slides": "-slides.html"}
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
    made.set_defaults(out=None)
    add_workers(made)
    return made


def _formats(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(part for part in text.split(",") if part))
    if not kinds or set(kinds) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}, separated by commas, got {text!r}")
    return kinds


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError and DerivationError."""
    name, kinds, out = arguments.name, arguments.format, arguments.out or OUT
    if arguments.out and not kinds:
        raise InputError(f"out must be given with --format, which says what to write, got {str(out)!r} alone")
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
    from gateflow.figures.derivations.book import neighbours
    from gateflow.sim.processes import run_jobs
    from gateflow.sim.storage import check_folder, write_files

    if kinds:
        check_folder(out)
    sheets = _sheets(catalogue.NAMES if arguments.all else (name,), arguments, progress("checking", "derivation"))
    if not kinds:
        print(_printed(sheets, arguments.json))
        return 0
    pages = [(kind, one, links) for kind in kinds for one, links in zip(
        sheets, neighbours(sheets) if arguments.all else [None], strict=True) if not (arguments.all and kind == "tex")]
    written = run_jobs([(_page, job) for job in pages], workers(arguments), progress("writing", "page"))
    contents = {path: content for files in written for path, content in files.items()}
    for kind in kinds if arguments.all else ():
        contents |= _front(sheets, kind)
    write_files({out / path: content for path, content in contents.items()})
    paths = [str(out / path) for path in contents]
    print(json.dumps({"files": paths}) if arguments.json else "\n".join(paths))
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


def _page(kind: str, one: "Sheet", around: "Neighbours | None") -> dict[str, bytes]:
    """A page in one format, with what lies beside it, by file name."""
    from gateflow.figures.laboratories import LABORATORIES
    from gateflow.figures.pictures import PICTURES

    drawing, module = PICTURES.get(one.name), _module(kind)
    more = {"laboratory": LABORATORIES.get(one.name)} if kind == "html" else {}
    text = module.page(one, drawing, around, **more)
    return {_file(one.name, kind): text.encode()} | _beside(one.name, drawing, kind)


def _front(sheets: "Sequence[Sheet]", kind: str) -> dict[str, bytes]:
    """What a book has beside its pages; in LaTeX all of it, with its pictures."""
    from gateflow.figures.pictures import PICTURES

    module = _module(kind)
    if kind == "tex":
        drawings = [PICTURES.get(one.name) for one in sheets]
        found = {"derivations.tex": module.book(sheets, drawings).encode()}
        for one, drawing in zip(sheets, drawings, strict=True):
            found |= _beside(one.name, drawing, kind)
        return found
    texts = {_file("index", kind): module.index(sheets)}
    if hasattr(module, "steps"):
        texts[_file("steps", kind)] = module.steps(sheets)
    return {name: text.encode() for name, text in texts.items()}


def _module(kind: str) -> Any:
    from importlib import import_module

    return import_module(f"gateflow.figures.derivations.{_MODULES[kind]}")


def _file(name: str, kind: str) -> str:
    return name + _ENDINGS.get(kind, f".{kind}")


def _beside(name: str, drawing: "Drawing | None", form: str) -> dict[str, bytes]:
    """A picture that a format keeps in a file of its own."""
    kind = {"md": "png", "tex": "pdf"}.get(form)
    return {f"{name}-picture.{kind}": getattr(drawing, kind)()} if kind and drawing else {}
