"""``gateflow derive``: list derivations, print one, or write one or all of them into files."""

import argparse
import ast
import importlib.util
import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib

from gateflow.figures.derivations import html, latex, markdown, notebook
from gateflow.figures.derivations.book import neighbours
from gateflow.figures.derivations.sheet import Sheet, sheet
from gateflow.figures.derivations.terminal import terminal
from gateflow.figures.picture import Drawing
from gateflow.figures.pictures import PICTURES
from gateflow.sim.storage import check_folder, write_files
from gateflow.theory.checks import InputError, choice, count
from gateflow.theory.proofs import catalogue

Progress = Callable[[Iterable[Any], int], Iterable[Any]]

# By what --format says, which is also how the file's name ends.
_PAGES = {"html": html.page, "md": markdown.page, "tex": latex.page, "ipynb": notebook.page}
FORMATS = tuple(_PAGES)


def titles() -> dict[str, str]:
    """Title of each derivation, in teaching order, read from its source: nothing is built."""
    return {name: _title(name) for name in catalogue.NAMES}


def _title(name: str) -> str:
    found = importlib.util.find_spec(catalogue.module(name))
    tree = ast.parse(Path(str(found and found.origin)).read_text(encoding="utf-8"))
    given = [word.value for node in ast.walk(tree) if isinstance(node, ast.Call)
             for word in node.keywords if word.arg == "title"]
    stated = [str(value.value) for value in given if isinstance(value, ast.Constant)]
    return stated[0] if stated else (ast.get_docstring(tree) or name).splitlines()[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("name", nargs="?", help="which derivation; without it, all are listed")
    parser.add_argument("--all", action="store_true", help="all derivations; with --format, a book")
    parser.add_argument("--format", choices=FORMATS, help="write files instead of printing")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where files go (gateflow-out)")
    parser.add_argument("--workers", type=int, default=joblib.cpu_count(), metavar="N",
                        help="processes that check derivations (one a core)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def derive(arguments: argparse.Namespace, progress: Progress) -> str:
    """Do what the options ask for; returns what to print. Raises InputError and DerivationError."""
    count("workers", arguments.workers)
    if arguments.name is not None and arguments.all:
        raise InputError(f"name must not be given with --all, got {arguments.name!r}")
    if arguments.out and not arguments.format:
        raise InputError(f"out must come with --format {{{','.join(FORMATS)}}}, got {str(arguments.out)!r}")
    if arguments.name is None and not arguments.all:
        if arguments.format:
            raise InputError("name must be given, or --all, to write files")
        return _list(titles(), arguments.json)
    if arguments.name is not None:
        choice("name", arguments.name, catalogue.NAMES)
    names = catalogue.NAMES if arguments.all else (arguments.name,)
    folder = arguments.out or Path("gateflow-out")
    if arguments.format:
        check_folder(folder)
    sheets = list(_built(names, arguments.workers, progress))
    if not arguments.format:
        return _printed(sheets, arguments.json)
    contents = _files(sheets, arguments.format, arguments.all)
    write_files({folder / name: content for name, content in contents.items()})
    listed = [str(folder / name) for name in contents]
    return json.dumps({"files": listed}) if arguments.json else "\n".join(listed)


def _list(known: dict[str, str], as_json: bool) -> str:
    if as_json:
        return json.dumps(known, ensure_ascii=False)
    longest = max(map(len, known), default=0)
    return "\n".join(f"{name:{longest}}  {title}" for name, title in known.items())


def _sheet(name: str) -> Sheet:
    return sheet(catalogue.derivation(name))


def _built(names: Sequence[str], workers: int, progress: Progress) -> Iterator[Sheet]:
    """Build and check derivations, spread over processes."""
    jobs = min(workers, len(names))
    with _interrupts_held_back():
        finished = joblib.Parallel(n_jobs=jobs, return_as="generator")(joblib.delayed(_sheet)(name) for name in names)
    yield from progress(finished, len(names))


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Processes that start inside ignore Ctrl-C: this one stops them, and they would print where they were."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _printed(sheets: Sequence[Sheet], as_json: bool) -> str:
    if as_json:
        return json.dumps({one.name: _plain(one) for one in sheets}, ensure_ascii=False)
    columns = shutil.get_terminal_size((80, 24)).columns
    return "\n\n\n".join(terminal(one, columns) for one in sheets)


def _plain(one: Sheet) -> dict[str, Any]:
    """The sheet as JSON: its formulas in LaTeX."""
    lines = [{"number": line.number, "kind": line.kind, "statement": line.statement,
              "formula": latex.display(line.left, line.sign, line.right, one.notation),
              "where": [latex.display(symbol, "=", value, one.notation) for symbol, value in line.where],
              "why": line.why, "checked": line.checked} for line in one.lines]
    return {"title": one.title, "summary": one.summary, "source": one.source, "steps": lines,
            "result": {"name": one.result_name, "formula": latex.display(None, "", one.result, one.notation),
                       "where": [latex.display(symbol, "=", value, one.notation) for symbol, value in one.result_where],
                       "function": one.signature}, "test": one.test}


def _files(sheets: Sequence[Sheet], form: str, whole: bool) -> dict[str, bytes]:
    """What to write, by file name: one page, or a book."""
    drawings = [PICTURES.get(one.name) for one in sheets]
    if whole and form == "tex":
        texts = {"derivations.tex": latex.book(sheets, drawings)}
    else:
        around = neighbours(sheets) if whole else [None] * len(sheets)
        texts = {f"{one.name}.{form}": _PAGES[form](one, drawing, links)
                 for one, drawing, links in zip(sheets, drawings, around, strict=True)}
        if whole:
            texts = _front(sheets, form) | texts
    return {name: text.encode() for name, text in texts.items()} | _beside(sheets, drawings, form)


def _front(sheets: Sequence[Sheet], form: str) -> dict[str, str]:
    module: Any = {"html": html, "md": markdown, "ipynb": notebook}[form]
    return {f"index.{form}": module.index(sheets), f"steps.{form}": module.steps(sheets)}


def _beside(sheets: Sequence[Sheet], drawings: Sequence[Drawing | None], form: str) -> dict[str, bytes]:
    """Pictures that a format keeps in files of their own."""
    kind = {"md": "png", "tex": "pdf"}.get(form)
    return {f"{one.name}-picture.{kind}": getattr(drawing, kind)()
            for one, drawing in zip(sheets, drawings, strict=True) if kind and drawing}
