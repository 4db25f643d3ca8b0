"""A derivation as a Jupyter notebook that checks every step again, and lets its reader corrupt one."""

import json
from collections.abc import Sequence
from typing import Any

from gateflow.figures.derivations.book import TITLE, Neighbours, verdict
from gateflow.figures.derivations.markdown import contents, problems, step
from gateflow.figures.derivations.markdown import steps as markdown_steps
from gateflow.figures.derivations.sheet import Sheet
from gateflow.figures.derivations.words import to_markdown
from gateflow.figures.picture import Drawing
from gateflow.theory.arguments import takes

_START = '''from dataclasses import replace

from gateflow.derivations import DerivationError

{construction}


def check(number, **changes):
    """Check a step again as it stands, or with something about it changed: check(1, after=...)."""
    step = replace(d.steps[number - 1], **changes)
    return str(step.verify(d.context(number)))


def answer(number, value):
    """Check an answer to a problem: answer(1, expression of the symbols above)."""
    return str(replace(d.exercises[number - 1], after=value).verify(d.context(len(d.steps) + 1)))'''

_PICTURE = '''from gateflow.figures.pictures import PICTURES

PICTURES["{name}"].figure()'''

_LABORATORY = """from gateflow.figures.derivations.widgets import laboratory

laboratory(d)"""

_CORRUPT = '''try:
    check({number}, after=2 * d.steps[{index}].after)
except DerivationError as failure:
    print(failure)'''


@takes()
def page(sheet: Sheet, drawing: Drawing | None = None, around: Neighbours | None = None) -> str:
    """The derivation as a notebook; nothing is executed yet."""
    cells = [_words(f"# {to_markdown(sheet.title)}", to_markdown(sheet.summary),
                    f"Source: {to_markdown(sheet.source)}.", _links(around)),
             _words("Building the derivation checks all its steps; a wrong one cannot be built. Below, each step is "
                    "checked once more where it stands."), _code(_START.replace("{construction}", sheet.construction))]
    for line in sheet.lines:
        cells += [_words(step(line, sheet)), _code(f"check({line.number})")]
    last = next((line.number for line in reversed(sheet.lines) if line.right != 0 and line.kind != "definition"), None)
    if last is not None:
        cells += [_words("## A wrong step", "Twice the right side of one step. What says the check?"),
                  _code(_CORRUPT.format(number=last, index=last - 1))]
    cells += [_words(f"## Result: {to_markdown(sheet.result_name)}", f"`{sheet.signature}`"),
              *([_code("\n".join(sheet.example))] if sheet.example else []),
              _words("## Laboratory", "Sliders for what the result depends on; points are simulations. They need the "
                     "extra notebook."), _code(_LABORATORY),
              *([_words(to_markdown(drawing.caption)), _code(_PICTURE.format(name=sheet.name))] if drawing else []),
              *([_words("## Confronted with simulation", f"`{sheet.test}`")] if sheet.test else [])]
    for line, text in zip(sheet.exercises, problems(sheet)[1:], strict=True):
        cells += [_words(*(["## Problems"] if line.number == 1 else []), text),
                  _code(f"# Put your own expression in the place of this one, which is the answer.\n"
                        f"answer({line.number}, d.exercises[{line.number - 1}].after)")]
    return _notebook(cells)


def index(sheets: Sequence[Sheet]) -> str:
    """The contents of a book of notebooks."""
    return _notebook([_words(f"# {TITLE}", verdict(sheets) + ".", contents(sheets, "ipynb"))])


def steps(sheets: Sequence[Sheet]) -> str:
    """The table of all steps as a notebook."""
    return _notebook([_words(markdown_steps(sheets).replace(".md)", ".ipynb)"))])


def _links(around: Neighbours | None) -> str:
    if around is None:
        return ""
    links = [("Before: ", around.before), ("Next: ", around.after)]
    return " | ".join(["[Contents](index.ipynb)", *(f"{word}[{to_markdown(link[1])}]({link[0]}.ipynb)"
                                                     for word, link in links if link)])


def _words(*parts: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": "\n\n".join(part for part in parts if part)}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def _notebook(cells: Sequence[dict[str, Any]]) -> str:
    """Cells as a notebook of format 4.5, whose cells are named by their place."""
    named = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": named, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
             "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
