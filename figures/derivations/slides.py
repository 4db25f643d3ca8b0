"""A derivation as slides in one HTML file: a step a screen, its line behind a key."""

from collections.abc import Sequence

from gateflow.figures.derivations import html
from gateflow.figures.derivations.book import TITLE, Neighbours, by_chapter
from gateflow.figures.derivations.javascript import script
from gateflow.figures.derivations.sheet import Sheet
from gateflow.figures.derivations.words import to_html
from gateflow.figures.picture import Drawing
from gateflow.theory.arguments import takes

_KEYS = "Right or space opens a line, then goes on; left goes back."


@takes()
def page(sheet: Sheet, drawing: Drawing | None = None, around: Neighbours | None = None) -> str:
    """The derivation as slides: title, assumptions, a step each, the result, its picture, problems."""
    title = (f'<h1>{to_html(sheet.title, sheet.notation)}</h1>'
             f'<p class="lead">{to_html(sheet.summary, sheet.notation)}</p>'
             f'<p class="quiet">Source: {to_html(sheet.source, sheet.notation)}.</p><p class="quiet">{_KEYS}</p>')
    steps = [f'<ol class="steps">{html.step(line, sheet)}</ol>' for line in sheet.lines]
    problems = [f'<h2>Problem</h2><ol class="steps">{html.step(line, sheet, "exercise")}</ol>'
                for line in sheet.exercises]
    parts = [title, html.assumptions(sheet), *steps, html.result(sheet), html.figure(drawing, sheet), *problems]
    listed = "\n".join(f'<section class="slide">\n{part}\n</section>' for part in parts if part)
    turn = ('<nav class="turn live" aria-label="slides" hidden><button class="back" type="button">←<span> back</span>'
            '</button><output class="place" aria-live="polite"></output>'
            '<button class="next" type="button"><span>on </span>→</button></nav>')
    return html.document(sheet.title, f'<main class="slides">\n{listed}\n</main>\n{turn}\n'
                         f"<script>\n{script('slides')}</script>")


def index(sheets: Sequence[Sheet]) -> str:
    """The contents of a book of slides."""
    listed = "\n".join(f"<h2>{chapter.title}</h2>\n<ol class=\"contents\">\n" + "\n".join(
        f'<li><a href="{sheet.name}-slides.html">{to_html(sheet.title, sheet.notation)}</a></li>'
        for sheet in members) + "\n</ol>" for chapter, members in by_chapter(sheets))
    return html.document(TITLE, f'<main>\n<h1>{TITLE}: slides</h1>\n{listed}\n</main>')
