"""A derivation as Markdown, its formulas in LaTeX between double dollars."""

from collections.abc import Sequence
from typing import Any

from gateflow.figures.derivations.book import TITLE, Neighbours, all_steps, by_chapter, verdict
from gateflow.figures.derivations.latex import display
from gateflow.figures.derivations.printers import latex
from gateflow.figures.derivations.sheet import Line, Sheet, put_sign
from gateflow.figures.derivations.words import to_markdown
from gateflow.figures.picture import Drawing
from gateflow.theory.arguments import takes


@takes()
def page(sheet: Sheet, drawing: Drawing | None = None, around: Neighbours | None = None) -> str:
    """The derivation as a Markdown file; its picture is expected beside it as NAME-picture.png."""
    parts = [_links(around), f"# {to_markdown(sheet.title)}", to_markdown(sheet.summary),
             f"Source: {to_markdown(sheet.source)}.", "## Assumptions", _symbols(sheet), _conditions(sheet), "## Steps",
             *(step(line, sheet) for line in sheet.lines), f"## Result: {to_markdown(sheet.result_name)}",
             _display(display("", "", sheet.result, sheet.notation)), *_with(sheet.result_where, sheet),
             f"In Python it is `{sheet.signature}`, a function of numbers or arrays that returns {sheet.returns}.",
             "```python\n" + "\n".join(sheet.example) + "\n```" if sheet.example else "",
             f"![{to_markdown(drawing.caption)}]({sheet.name}-picture.png)" if drawing else "",
             f"## Confronted with simulation\n\n`{sheet.test}`" if sheet.test else "", *problems(sheet),
             f"{to_markdown(sheet.verdict)}.", _links(around)]
    return "\n\n".join(part for part in parts if part) + "\n"


def index(sheets: Sequence[Sheet]) -> str:
    """The contents of a book of Markdown files."""
    return "\n\n".join([f"# {TITLE}", verdict(sheets) + ".", contents(sheets, "md"),
                        "[How each step was checked](steps.md)"]) + "\n"


def contents(sheets: Sequence[Sheet], ending: str) -> str:
    """The chapters with links to their pages, files with such an ending."""
    parts = []
    for chapter, listed in by_chapter(sheets):
        lines = [f"{i}. [{to_markdown(sheet.title)}]({sheet.name}.{ending}): {to_markdown(sheet.summary)}"
                 for i, sheet in enumerate(listed, 1)]
        parts += [f"## {chapter.title}", f"To know before: {chapter.needs}.", "\n".join(lines)]
    return "\n\n".join(parts)


def steps(sheets: Sequence[Sheet]) -> str:
    """The table of all steps of a book, and how each was checked."""
    head = ["| derivation | step | kind | statement | how it was checked |", "| --- | --- | --- | --- | --- |"]
    table = [f"| [{sheet.name}]({sheet.name}.md) | {line.number} | {line.kind} | {to_markdown(line.statement)} | "
             f"{line.checked} |" for sheet, line in all_steps(sheets)]
    return "\n\n".join(["# How each step was checked", verdict(sheets) + ".", "\n".join(head + table),
                        "[Contents](index.md)"]) + "\n"


def step(line: Line, sheet: Sheet) -> str:
    """One step: its statement, formula, why, and how it was checked."""
    formulas = [_display(display(line.left, line.sign, line.right, sheet.notation))]
    if line.where:
        formulas = [_display(display(line.left, "", None, sheet.notation)), *_with(line.where, sheet),
                    _display(display(None, line.sign, line.right, sheet.notation))]
    origin = f"From {to_markdown(line.origin)}." if line.origin else ""
    remark = f"Remark, not checked: {to_markdown(line.remark)}" if line.remark else ""
    words = " ".join(part for part in (origin, to_markdown(line.why), remark, f"*{line.kind}, {line.checked}*") if part)
    return "\n\n".join([f"### {line.number}. {to_markdown(line.statement)}", *formulas, words])


def problems(sheet: Sheet) -> list[str]:
    """Problems, each with its answer folded."""
    listed = [f"**{line.number}.** {to_markdown(line.statement)}\n\n{_asked(line, sheet)}\n\n"
              f"<details><summary>Answer</summary>\n\n{_display(display(None, line.sign, line.right, sheet.notation))}"
              f"\n\n{to_markdown(line.why)} *{line.checked}*\n\n</details>" for line in sheet.exercises]
    return ["## Problems", *listed] if listed else []


def _asked(line: Line, sheet: Sheet) -> str:
    return "\n\n".join([_display(display(line.left, "", None, sheet.notation)), *_with(line.where, sheet)])


def _with(where: Sequence[tuple[Any, Any]], sheet: Sheet) -> list[str]:
    put = [_display(display(symbol, put_sign(symbol, value), value, sheet.notation)) for symbol, value in where]
    return ["with", *put] if put else []


def _display(formula: str) -> str:
    return f"$$\n{formula}\n$$"


def _inline(value: Any, sheet: Sheet) -> str:
    return f"${latex(value, sheet.notation)}$".replace("|", r"\vert ")


def _symbols(sheet: Sheet) -> str:
    head = ["| symbol | meaning | domain | range of random points | unit |", "| --- | --- | --- | --- | --- |"]
    return "\n".join(head + [f"| {_inline(entry.symbol, sheet)} | {to_markdown(entry.meaning)} | {entry.domain} | "
                             f"{entry.tried} | {entry.unit} |" for entry in sheet.symbols])


def _conditions(sheet: Sheet) -> str:
    return "\n".join(f"- {_inline(relation, sheet)}: {to_markdown(words)}" for relation, words in sheet.conditions)


def _links(around: Neighbours | None) -> str:
    if around is None:
        return ""
    before, after = ("" if link is None else f"[{to_markdown(link[1])}]({link[0]}.md)"
                     for link in (around.before, around.after))
    parts = (before and f"← {before}", "[Contents](index.md)", after and f"{after} →")
    return " | ".join(part for part in parts if part)
