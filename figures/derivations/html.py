"""A derivation as one HTML file that needs nothing else: no font, no network, and for reading no script.

Each step shows its statement and what it starts from; what follows is folded, so that a class can guess it first. A
switch above the steps and printing open all folds. The page's own script compares lines that a reader types, and moves
the laboratory.
"""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateflow import __version__
from gateflow.figures.derivations import laboratory_html
from gateflow.figures.derivations.book import TITLE, Neighbours, all_steps, by_chapter, verdict
from gateflow.figures.derivations.glyphs import PLAIN
from gateflow.figures.derivations.javascript import NotInJavaScriptError, script
from gateflow.figures.derivations.laboratory import Bench, Laboratory, set_up
from gateflow.figures.derivations.latex import display, longest
from gateflow.figures.derivations.mathml import mathml
from gateflow.figures.derivations.printers import latex
from gateflow.figures.derivations.sheet import Line, Sheet, put_sign
from gateflow.figures.derivations.words import to_html
from gateflow.figures.picture import Drawing
from gateflow.theory.arguments import takes

# Characters, as a terminal would need them, from which a formula is set smaller.
_SMALL = 72
_STYLE = Path(__file__).with_name("page.css")


def document(title: str, body: str) -> str:
    """A whole HTML file around a body."""
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta name="generator" content="gateflow {__version__}">\n<title>{html.escape(title)}</title>\n'
            f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")


@takes()
def page(sheet: Sheet, drawing: Drawing | None = None, around: Neighbours | None = None,
         laboratory: Laboratory | None = None) -> str:
    """The derivation as an HTML file.

    drawing: its picture; around: what comes before and after it in a book; laboratory: what its laboratory shows.
    """
    bench, reason = _bench(sheet, laboratory or Laboratory())
    parts = [
        _links(around, "top"), "<main>", _place(around), f"<h1>{to_html(sheet.title, sheet.notation)}</h1>",
        f'<p class="lead">{to_html(sheet.summary, sheet.notation)}</p>',
        f'<p class="quiet">Source: {to_html(sheet.source, sheet.notation)}.</p>',
        _needs(around), assumptions(sheet), "<h2>Steps</h2>",
        '<div class="switch"><input type="checkbox" id="all"><label for="all">Show all lines. Unless this is ticked, '
        "each line waits behind its sign: guess it, then open it.</label></div>",
        '<ol class="steps">', *(step(line, sheet) for line in sheet.lines), "</ol>",
        result(sheet), laboratory_html.section(bench, reason), figure(drawing, sheet), _test(sheet), _exercises(sheet),
        f'<p class="quiet">{html.escape(sheet.verdict)}.</p>', "</main>",
        _links(around, "foot"), _script(sheet, bench)]
    return document(sheet.title, "\n".join(part for part in parts if part))


def index(sheets: Sequence[Sheet]) -> str:
    """The contents of a book of HTML files."""
    listed = "\n".join(
        f"<h2>{html.escape(chapter.title)}</h2>\n<p class=\"quiet\">To know before: {html.escape(chapter.needs)}.</p>\n"
        '<ol class="contents">\n' + "\n".join(
            f'<li><a href="{sheet.name}.html">{to_html(sheet.title, sheet.notation)}</a>\n'
            f"<p>{to_html(sheet.summary, sheet.notation)}</p></li>"
            for sheet in members) + "\n</ol>" for chapter, members in by_chapter(sheets))
    return document(TITLE, f'<main>\n<h1>{TITLE}</h1>\n<p class="lead">{html.escape(verdict(sheets))}.</p>\n'
                    f"{listed}\n"
                    '<p><a href="steps.html">How each step was checked</a></p>\n</main>')


def steps(sheets: Sequence[Sheet]) -> str:
    """The table of all steps of a book, and how each was checked."""
    listed = "\n".join(
        f'<tr><td><a href="{sheet.name}.html">{sheet.name}</a></td><td><a href="{sheet.name}.html#step-{line.number}" '
        f'aria-label="{sheet.name}, step {line.number}">{line.number}</a></td><td>{html.escape(line.kind)}</td>'
        f"<td>{to_html(line.statement, sheet.notation)}</td><td>{html.escape(line.checked)}</td></tr>"
        for sheet, line in all_steps(sheets))
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("derivation", "step", "kind", "statement", "how"))
    return document("How each step was checked", (
        '<nav aria-label="book"><a href="index.html">Contents</a></nav>\n<main>\n<h1>How each step was checked</h1>\n'
        f'<p>{html.escape(verdict(sheets))}.</p>\n<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{listed}\n</tbody></table></div>\n</main>"))


def math(value: Any, sheet: Sheet) -> str:
    """An expression in the line."""
    return f"<math>{mathml(latex(value, sheet.notation))}</math>"


def _links(around: Neighbours | None, place: str) -> str:
    if around is None:
        return ""
    before, after = ("" if link is None else f'<a rel="{rel}" href="{link[0]}.html">{left}'
                     f"{to_html(link[1], PLAIN)}{right}</a>" for rel, link, left, right in (
                         ("prev", around.before, "← ", ""), ("next", around.after, "", " →")))
    return (f'<nav class="{place}" aria-label="book, {place}"><span>{before}</span><span><a href="index.html">Contents'
            f"</a></span><span>{after}</span></nav>")


def _place(around: Neighbours | None) -> str:
    return f'<p class="quiet">{html.escape(around.chapter)}</p>' if around and around.chapter else ""


def _needs(around: Neighbours | None) -> str:
    """Links to what the page builds on."""
    if around is None or not around.needs:
        return ""
    links = ", ".join(f'<a href="{name}.html">{to_html(title, PLAIN)}</a>' for name, title in around.needs)
    return f'<p class="quiet">Builds on: {links}.</p>'


def assumptions(sheet: Sheet) -> str:
    """Symbols and conditions."""
    return f"<h2>Assumptions</h2>\n{_symbols(sheet)}\n{_conditions(sheet)}"


def _symbols(sheet: Sheet) -> str:
    rows_of = "\n".join(
        f'<tr><th scope="row">{math(entry.symbol, sheet)}</th><td>{to_html(entry.meaning, sheet.notation)}</td>'
        f"<td>{to_html(entry.domain, sheet.notation)}</td><td>{entry.tried}</td><td>{entry.unit}</td></tr>"
        for entry in sheet.symbols)
    return ('<div class="scroll"><table>\n<caption>Symbols; random points are taken from the range</caption>\n'
            '<thead><tr><th scope="col">symbol</th><th scope="col">meaning</th><th scope="col">domain</th>'
            '<th scope="col">range</th><th scope="col">unit</th></tr></thead>\n'
            f"<tbody>\n{rows_of}\n</tbody></table></div>")


def _conditions(sheet: Sheet) -> str:
    if not sheet.conditions:
        return ""
    listed = "\n".join(f"<li>{math(relation, sheet)}: {to_html(words, sheet.notation)}</li>"
                       for relation, words in sheet.conditions)
    return f"<p>It is assumed that</p>\n<ul>\n{listed}\n</ul>"


def _lines(value: Any, sheet: Sheet, sign: str = "") -> str:
    """A displayed expression after a sign, over several lines where it is long."""
    size = longest(value, sheet.notation)
    shrunk = f' style="--size: {size}"' if size > _SMALL else ""
    return f'<div class="formula"{shrunk}>{_displayed(None, sign, value, sheet)}</div>'


def _displayed(left: Any, sign: str, right: Any, sheet: Sheet) -> str:
    return f'<math display="block">{mathml(display(left, sign, right, sheet.notation))}</math>'


def _bench(sheet: Sheet, laboratory: Laboratory) -> tuple[Bench | None, str]:
    """The laboratory of a page, or why there is none."""
    try:
        return set_up(sheet, laboratory), ""
    except NotInJavaScriptError as failure:
        return None, str(failure)


def _script(sheet: Sheet, bench: Bench | None) -> str:
    """Everything that answers back, at the end of the page: nothing waits for it."""
    trials = {f"{kind}-{line.number}": line.trial.plain() for kind, listed in (
        ("step", sheet.lines), ("exercise", sheet.exercises)) for line in listed if line.trial}
    parts = [script("functions"), script("lines"), f"const trials = {_json(trials)};", script("page")]
    if bench is not None:
        parts += [script("laboratory"), 'laboratory.start(document.querySelector(".laboratory"), '
                  f"{_json(bench.data())},\n{bench.script()});"]
    return "<script>\n" + "\n".join(parts).replace("</", "<\\/") + "</script>"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _exercises(sheet: Sheet) -> str:
    if not sheet.exercises:
        return ""
    listed = "\n".join(step(line, sheet, "exercise") for line in sheet.exercises)
    return ("<h2>Problems</h2>\n<p>Their answers are checked as the steps are.</p>\n"
            f'<ol class="steps">\n{listed}\n</ol>')


def _own(line: Line, place: str) -> str:
    """Where a reader may type what comes next."""
    if line.trial is None:
        return ""
    asked = "answer" if place == "exercise" else "line"
    name = f"{place}-{line.number}"
    several = ", its entries separated by semicolons" if len(line.trial.values) > 1 and not line.trial.any else ""
    hint = html.escape(", ".join(names[1 if len(names) > 1 else 0] for names in line.trial.names))
    return (f'<form class="own live" data-line="{name}" hidden><label for="own-{name}">Your {asked}{several}</label> '
            f'<input id="own-{name}" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" '
            f'placeholder="{hint}"> <button>Compare</button> <output aria-live="polite" for="own-{name}"></output>'
            "</form>")


def step(line: Line, sheet: Sheet, place: str = "step") -> str:
    """One step, or an exercise, whose right side is folded."""
    given = _lines(line.left, sheet)
    if line.where:
        given += _with(line.where, sheet)
    said = (f"From {line.origin}." if line.origin else "", line.why,
            f"Remark, not checked: {line.remark}" if line.remark else "")
    why = "".join(f'<p class="why">{to_html(text, sheet.notation)}</p>' for text in said if text)
    shape = "equation apart" if line.where else "equation"
    return (f'<li id="{place}-{line.number}"><span class="number">{line.number}</span>'
            f'<h3>{to_html(line.statement, sheet.notation)}</h3><span class="kind">{html.escape(line.kind)}</span>\n'
            f'<div class="{shape}"><div>{given}</div>\n<details><summary aria-label="line {line.number}"><span>'
            f"{html.escape(line.sign)} ?</span></summary>\n{_lines(line.right, sheet, line.sign)}</details></div>\n"
            f"{_own(line, place)}"
            f'<div class="after">{why}<p class="checked">{html.escape(line.checked)}</p></div></li>')


def _with(where: Sequence[tuple[Any, Any]], sheet: Sheet) -> str:
    put = "".join(f'<div class="formula">{_displayed(symbol, put_sign(symbol, value), value, sheet)}</div>'
                  for symbol, value in where)
    return f'<p>with</p><div class="where">{put}</div>' if put else ""


def result(sheet: Sheet) -> str:
    """What the derivation ends in, and how it is called from Python."""
    example = "" if not sheet.example else f"<pre><code>{html.escape(chr(10).join(sheet.example))}</code></pre>"
    return (f"<h2>Result: {to_html(sheet.result_name, sheet.notation)}</h2>\n{_lines(sheet.result, sheet)}\n"
            f"{_with(sheet.result_where, sheet)}<p>In Python it is "
            f"<code>{html.escape(sheet.signature)}</code>, a function of numbers or arrays that returns "
            f"{html.escape(sheet.returns)}.</p>\n{example}")


def _test(sheet: Sheet) -> str:
    if not sheet.test:
        return ""
    return (f"<h2>Confronted with simulation</h2>\n<p>The test <code>{html.escape(sheet.test)}</code> compares this "
            "result with runs that do not use it.</p>")


def figure(drawing: Drawing | None, sheet: Sheet) -> str:
    """The picture with its caption."""
    if drawing is None:
        return ""
    return f"<figure>\n{drawing.svg()}\n<figcaption>{to_html(drawing.caption, sheet.notation)}</figcaption>\n</figure>"
