"""A page of all figures in a folder, with their tables, made from the results themselves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateflow.figures.figure import figure_files
from gateflow.figures.published import Line, cells
from gateflow.sim.storage import write_files
from gateflow.theory.checks import InputError

_PAPERS = {"NTA": "Flexible task abstractions emerge in linear networks (Sandbrink et al., 2024)",
           "DIS": "Disentangling representations through multi-task learning (Vafidis et al., 2025)",
           "GBI": "Gradient-based inference of abstract task representations (Hummos et al., 2024)"}
_HEAD = """# Figures of the papers, recomputed

Made by `gateflow figure --all --page`; each by `gateflow figure NAME`. Under each figure: what the paper prints (in our
words where it prints no number, and then the accepted range is ours too), what its released code gives where that is
known to differ, ours with the 95 % interval of its mean over seeds, theory, where its whole interval must lie to be
called reproduced, and the verdict. *Within chance* decides nothing: the interval and what is accepted only overlap.
A star marks theory that lies outside of what is accepted where ours does not.
"""
_COLUMNS = ("| quantity | printed | their code | ours | 95 % interval | theory | accepted | verdict |\n"
            "|---|---|---|---|---|---|---|---|")


def page(folder: Path) -> str:
    """The page of the results that a folder has, in Markdown."""
    facts = [json.loads(path.read_bytes()) for name in figure_files()
             if (path := next((one for one in (folder / f"figure-{name}.json", folder / f"figure-{name}-quick.json")
                               if one.is_file()), None))]
    if not facts:
        raise InputError(f"out must hold figures to make a page of, {folder} has none")
    parts = [_HEAD]
    for paper, title in _PAPERS.items():
        of_paper = [each for each in facts if each["paper"] == paper]
        if of_paper:
            parts += [f"## {title}\n", *map(_section, of_paper)]
    return "\n".join(parts)


def _section(facts: Mapping[str, Any]) -> str:
    name, picture = facts["figure"], next((file for file in facts["files"] if file.endswith((".png", ".svg"))), "")
    lines = [f"### {name}: {facts['title']}\n", f"{facts['shows']}\n"]
    if picture:
        lines.append(f"![{facts['title']}]({picture})\n")
    if facts["lines"]:
        lines += [_COLUMNS, *map(_line, facts["lines"]), ""]
    return "\n".join([*lines, *(f"{_plain(note)}\n" for note in facts["notes"])])


def _line(line: Mapping[str, Any]) -> str:
    return f"| {' | '.join(map(_plain, cells(Line(**line))))} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def write_page(folder: Path) -> Path:
    """Write the page of a folder; returns its path. Raises InputError."""
    path = folder / "README.md"
    write_files({path: page(folder).encode()})
    return path
