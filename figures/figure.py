"""``gateflow figure``: figures of the papers, recomputed, printed numbers beside ours."""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gateflow.figures.options import add_figure_files, add_output, add_workers, columns, names_of, workers
from gateflow.sim.compare.catalogue import files, first_line
from gateflow.theory.checks import InputError, choice

_EXAMPLES = """
examples:
  gateflow figure nta-2           a figure, a minute or two
  gateflow figure nta-2 --quick   the same with fewer seeds
  gateflow figure --all --page    all of them, and a page with their tables
Killed, the same command goes on where it was. Figures with trained networks take up to ten minutes and need the extra
networks."""


def figure_files() -> dict[str, tuple[str, Path]]:
    """Room and file of each published figure, by name, as the papers count them."""
    found = {name: (room, path) for room, paths in files(Path(__file__).resolve().parent, "published").items()
             for name, path in paths.items()}
    return dict(sorted(found.items(), key=lambda each: _place(each[0])))


def _place(name: str) -> list[tuple[int, str]]:
    """Numbers in a name count as numbers: nta-a2 before nta-a10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def titles() -> dict[str, str]:
    """What each figure says, by name, read without importing it."""
    return {name: first_line(path) for name, (_, path) in figure_files().items()}


def published(name: str) -> Any:
    """The named figure, a Published. Raises InputError for an unknown name."""
    known = figure_files()
    choice("figure", name, tuple(known))
    return import_module(f"gateflow.figures.{known[name][0]}.published.{name.replace('-', '_')}").FIGURE


def figure(name: str, *, quick: bool = False, workers: int = 1, seeds: int | None = None,
           seed: int | None = None) -> Any:
    """Make a figure of a paper again; returns a Reproduction, with its figure, lines and rows.

    name: as ``gateflow list`` shows it, such as "nta-2". quick: fewer seeds, shorter training: a minute or less.
    workers: processes; the result does not depend on it.
    seeds: members of each ensemble, by default the paper's. seed: where all randomness comes from, by default 0.
    Raises InputError.

    >>> figure("nta-2", quick=True).lines[0].verdict  # doctest: +SKIP
    'reproduced'
    """
    from gateflow.figures.published import reproduce
    from gateflow.sim.sweep.run import Execution

    given: dict[str, Any] = {key: value for key, value in (("seeds", seeds), ("seed", seed)) if value is not None}
    made = published(name)
    return reproduce(name, titles()[name], made, quick, Execution(workers), **given)


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = make(
        "figure", description="Figures of the papers, recomputed, printed numbers beside ours.",
        epilog=f"figures:\n{columns(titles())}\n{_EXAMPLES}", formatter_class=argparse.RawDescriptionHelpFormatter)
    names_of(made.add_argument("names", nargs="*", metavar="NAME", help="which; without any, all are listed"), titles())
    made.add_argument("--all", action="store_true", help="all figures; those that --out has already stay as they are")
    made.add_argument("--quick", action="store_true", help="fewer seeds or shorter training, a minute or less")
    made.add_argument("--page", action="store_true", help="write README.md with all figures that --out has")
    made.add_argument("--seeds", type=int, default=argparse.SUPPRESS, metavar="N", help="members (the paper's)")
    made.add_argument("--seed", type=int, default=argparse.SUPPRESS, metavar="N",
                      help="where all randomness comes from (0)")
    add_output(made)
    add_figure_files(made)
    add_workers(made)
    return made


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError."""
    from gateflow.sim.storage import check_folder

    if arguments.all and arguments.names:
        raise InputError(f"--all stands alone, got {' '.join(arguments.names)} beside it")
    names = list(titles()) if arguments.all else list(dict.fromkeys(arguments.names))
    if arguments.quick and not names:
        raise InputError("a name must be given, or --all, to make figures")
    if not names and not arguments.page:
        print(json.dumps(titles(), ensure_ascii=False) if arguments.json else columns(titles()))
        return 0
    for name in names:
        choice("figure", name, tuple(figure_files()))
    check_folder(arguments.out)
    common = {key: getattr(arguments, key) for key in ("seeds", "seed") if hasattr(arguments, key)}
    wanted, codes = _wanted(names, arguments, common)
    codes += [_one(name, arguments, words, progress, common) for name in wanted]
    if arguments.page:
        from gateflow.figures.gallery_page import write_page

        print(write_page(arguments.out))
    return max(codes, default=0)


def _wanted(names: Sequence[str], arguments: argparse.Namespace, common: dict[str, Any]) -> tuple[list[str], list[int]]:
    """Figures to be made, and codes of those that cannot be; each reason is told once, before anything runs."""
    from gateflow.figures.published import experiments

    wanted: list[str] = []
    refused: dict[str, list[str]] = {}
    for name in names:
        try:
            parts = experiments(published(name), arguments.quick, **common)
            if arguments.all and _stands(arguments.out, _stem(name, arguments.quick), parts):
                continue
            for part in parts:
                part.check_ready()
            wanted.append(name)
        except InputError as failure:
            if not arguments.all:
                raise
            refused.setdefault(str(failure), []).append(name)
    for reason, without in refused.items():
        print(f"gateflow: {reason}; left out: {', '.join(without)}", file=sys.stderr)
    return wanted, [2] * len(refused)


def _one(name: str, arguments: argparse.Namespace, words: Sequence[str], progress: Any, common: dict[str, Any]) -> int:
    """Make one figure; among all, one that cannot be made is told of, and the others go on."""
    try:
        return _make(name, arguments, words, progress, common)
    except InputError as failure:
        if not arguments.all:
            raise
        print(f"gateflow: {name}: {failure}", file=sys.stderr)
        return 2


def _stem(name: str, quick: bool) -> str:
    """The name of its files: a quick run never takes the place of a full one."""
    return f"figure-{name}-quick" if quick else f"figure-{name}"


def _stands(folder: Path, stem: str, experiments: Sequence[Any]) -> bool:
    """Whether the folder has the figure with these parameters, made by this version."""
    from gateflow import __version__
    from gateflow.sim.storage import plain

    try:
        before = json.loads((folder / f"{stem}.json").read_bytes())
        made_by, parameters = before["provenance"]["gateflow"], before["parameters"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wanted = {str(k): plain(experiment.parameters()) for k, experiment in enumerate(experiments)}
    return bool(made_by == __version__ and parameters == json.loads(json.dumps(wanted)))


def _make(name: str, arguments: argparse.Namespace, words: Sequence[str], progress: Any, common: dict[str, Any]) -> int:
    from gateflow.figures.output import provenance, write_result
    from gateflow.figures.published import reproduce
    from gateflow.figures.style import FigureFiles
    from gateflow.sim.compare.kept import unfinished
    from gateflow.sim.storage import plain
    from gateflow.sim.sweep.run import Execution

    stem = _stem(name, arguments.quick)
    with unfinished(arguments.out / "unfinished" / stem) as keep:
        how = Execution(workers(arguments), progress=progress(name, "run"))
        made = reproduce(name, titles()[name], published(name), arguments.quick, how, keep, **common)
        contents = FigureFiles(arguments.format, arguments.dpi, arguments.width, not arguments.no_caption).of(
            made.figure, stem)
        for part, outcome in enumerate(made.outcomes, start=1):
            contents |= {f"{stem}-{part}-{end}": content
                         for end, content in outcome.experiment.files(outcome.result).items()}
        facts = made.to_dict()
        paths = write_result(arguments.out, stem, facts, contents, provenance(words))
    if arguments.json:
        print(json.dumps(plain({**facts, "files": paths, "seconds": made.seconds}), ensure_ascii=False))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        print(f"{name}: {made.title}.", made.table(width), *paths, "", sep="\n")
    return 0 if made.holds else 1
