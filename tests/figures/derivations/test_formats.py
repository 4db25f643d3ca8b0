"""What must hold for every derivation in every format."""

import json
import re
import xml.dom.minidom
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy as sp
from sympy.printing.pretty.pretty_symbology import line_width

from gateflow import derivations
from gateflow.figures.derivations import html, latex, markdown, notebook, slides
from gateflow.figures.derivations.book import builds_on, neighbours
from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.mathml import mathml
from gateflow.figures.derivations.printers import latex as printed
from gateflow.figures.derivations.printers import linear
from gateflow.figures.derivations.terminal import terminal
from gateflow.figures.derivations.tidy import tidy

MATHML = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
          "mover", "munderover", "mtable", "mtr", "mtd", "mspace"}
RAW = r"[_\\^{}]|^(var.*|diagmatrix|tau|omega|lambda|subs|order|derivative|integral|matadd)$"
VOID = {"meta", "input", "use"}


class Tags(HTMLParser):
    """Checks that tags are closed in order, and collects them."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def made(sheet_of):
    """What a format makes of a derivation, made once."""
    return cache(lambda form, name, *how: form(sheet_of(name), *how))


@pytest.fixture
def page_of(made, picture_of):
    """The page of a derivation with its picture."""
    return lambda name: made(html.page, name, picture_of(name))


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_text_is_no_wider_than_the_terminal(shown, columns, made):
    lines = made(terminal, shown.name, columns).split("\n")
    code = [shown.signature, shown.test, *shown.example]
    wide = [line for line in lines if line_width(line) > columns and line.strip() not in code]
    assert wide == []


def test_text_has_every_statement_and_reason(shown, made):
    text = " ".join(made(terminal, shown.name, 120).split())
    for line in shown.lines:
        assert " ".join(f"{line.number}. {line.statement} [{line.kind}]".split()) in text
        assert " ".join(f"{line.why} [{line.checked}]".split()) in text


def test_a_page_needs_nothing_else(shown, page_of):
    page = page_of(shown.name)
    tags = parsed(page)
    assert not {"link", "img", "iframe"} & set(tags.seen)
    assert [attributes for tag, attributes in tags.attributes if tag == "script"] == [{}]
    assert len(page.encode()) < 300_000
    assert not re.search(r"url\((?!#)|@import", page)
    links = [value for _, attributes in tags.attributes for key, value in attributes.items() if key in ("href", "src")]
    assert all(link.endswith(".html") for link in links if not link.startswith("#"))


def test_a_page_folds_every_step_and_opens_them_in_print(shown, page_of):
    page = page_of(shown.name)
    tags = parsed(page)
    # One more holds the laboratory's values as tables.
    folds = len(shown.lines) + len(shown.exercises) + ("Values as tables" in page)
    assert tags.seen.count("details") == tags.seen.count("summary") == folds
    assert [attributes["id"] for tag, attributes in tags.attributes if tag == "li" and "id" in attributes] == [
        *(f"step-{line.number}" for line in shown.lines), *(f"exercise-{line.number}" for line in shown.exercises)]
    assert "@media print" in page
    assert "prefers-color-scheme: dark" in page
    assert "details::details-content" in page


def test_formulas_of_a_page_are_presentation_mathml(shown, page_of):
    for formula in re.findall(r"<math.*?</math>", page_of(shown.name), re.DOTALL):
        tree = xml.dom.minidom.parseString(formula)
        names = {node.tagName for node in tree.getElementsByTagName("*")}
        assert names <= MATHML, names - MATHML
        words = [node.firstChild.data for node in tree.getElementsByTagName("mi") if node.firstChild]
        raw = [word for word in words if re.search(RAW, word)]
        assert raw == [], raw


@pytest.mark.parametrize("form", [markdown.page, latex.page, notebook.page, slides.page])
def test_other_formats_have_every_statement(shown, form, made, picture_of):
    text = made(form, shown.name, picture_of(shown.name))
    assert text.count("checked") >= len(shown.lines)
    assert text.endswith("\n")


def test_latex_has_balanced_braces_and_delimiters(shown, made, picture_of):
    text = made(latex.page, shown.name, picture_of(shown.name)).replace(r"\{", "").replace(r"\}", "")
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin{") == text.count(r"\end{")


def test_the_example_runs_and_gives_what_it_says(shown, derivation_of, monkeypatch):
    monkeypatch.setattr(derivations, "derivation", derivation_of)
    if shown.name == "medley":
        return
    assert len(shown.example) == 3, "no round numbers satisfy the assumptions"
    room = {}
    exec("\n".join(shown.example[:-1]), room)
    call, said = re.fullmatch(r"print\((f\(.*\))\)  # about (.*)", shown.example[-1]).groups()
    found = eval(call, room)
    values = [np.asarray(value) for value in (found if isinstance(found, tuple) else (found,))]
    told = eval(f"[{said}]", {"nan": np.nan})
    for value, number in zip(values, told, strict=True):
        np.testing.assert_allclose(np.asarray(number), value, rtol=1e-2, atol=2e-4)


def test_a_long_result_is_shown_with_what_its_symbols_stand_for(sheet_of):
    long, short = sheet_of("exact-reduction"), sheet_of("clock")
    assert {"H", "e"} <= {str(symbol) for symbol, _ in long.result_where}
    assert not short.result_where
    for text in (terminal(long), html.page(long), latex.page(long), markdown.page(long)):
        assert "with" in text[text.index(long.result_name):]


def test_what_is_put_in_for_itself_is_shown_with_an_arrow(sheet_of):
    assert "s ↦ k⋅s" in terminal(sheet_of("eigenspaces"))


def test_books_link_their_pages(sheets):
    first, second = sheets
    pages = [html.page(one, None, links) for one, links in zip(sheets, neighbours(sheets), strict=True)]
    assert f'rel="next" href="{second.name}.html"' in pages[0]
    assert 'rel="prev"' not in pages[0]
    assert f'rel="prev" href="{first.name}.html"' in pages[1]
    parsed(html.index(sheets))
    steps = parsed(html.steps(sheets))
    assert steps.seen.count("tr") == 1 + sum(len(one.lines) for one in sheets)
    for line in second.lines:
        assert f"{second.name}.html#step-{line.number}" in html.steps(sheets)
    assert f"({second.name}.md)" in markdown.index(sheets)
    assert markdown.steps(sheets).count("\n| ") == 2 + sum(len(one.lines) for one in sheets)
    assert latex.book(sheets, [None, None]).count(r"\section{") == 3
    assert f"({second.name}.ipynb)" in json.loads(notebook.index(sheets))["cells"][0]["source"]


x, y, t = sp.symbols("x y t", real=True)
tau = sp.Symbol("tau_c", positive=True)
a = sp.Symbol("a", positive=True)
W, E = sp.MatrixSymbol("W", 2, 2), sp.MatrixSymbol("E", 2, 2)
v = sp.MatrixSymbol("v", sp.Symbol("P", integer=True, positive=True), 1)


@pytest.mark.parametrize(("value", "words", "tex"), [
    (sp.Add(tau, sp.Mul(-1, x + y, evaluate=False), evaluate=False), "τc−(x+y)", r"\tau_{c} - \left(x + y\right)"),
    (sp.Limit(sp.sin(x) / x + 1, x, 0, "+"), "limx→0+(1+sin(x)x)", r"\lim_{x \to 0^+}\left(1 + \frac{\sin{\left(x "
     r"\right)}}{x}\right)"),
    (sp.Derivative(x**2 + y**2, t), "ddt(x2+y2)", r"\frac{\mathrm{d}}{\mathrm{d} t} \left(x^{2} + y^{2}\right)"),
    (sp.Derivative(x**2 * y, x), "∂∂x(x2y)", r"\frac{\partial}{\partial x} \left(x^{2} y\right)"),
    (sp.Integral(x + 1, (x, 0, y)), "∫0y(x+1)dx", r"\int\limits_{0}^{y} \left(x + 1\right)\, \mathrm{d}x"),
    (sp.Order(x**2), "O(x2)", r"O\left(x^{2}\right)"),
    (sp.exp(-x / tau) * sp.log(y), "e−xτcln(y)", r"\mathrm{e}^{- \frac{x}{\tau_{c}}} \ln{\left(y \right)}"),
    (1 - 2 * sp.Trace(v.T * v), "1−2v⊤v", r"1 - 2 v^{\top} v"),
    (sp.sqrt(sp.Trace(v.T * v)), "v⊤v", r"\sqrt{v^{\top} v}"),
    (sp.DiagMatrix(v), "diag(v)", r"\operatorname{diag}\left(v\right)"),
    ((tau / a) ** sp.Rational(1, 4), "τca4", r"\sqrt[4]{\frac{\tau_{c}}{a}}"),
    (W.T * E - 2 * W, "W⊤E−2W", r"W^{\top} E - 2 W"),
    (sp.Trace(W * E), "tr(WE)", r"\operatorname{tr}\left(W E \right)"),
    (sp.Function("W")(t), "W(t)", r"W{\left(t \right)}"), (x >= y, "x≥y", r"x \geq y"), (x < y, "x<y", "x < y"),
    (sp.Subs(x * y, (x,), (t,)), "xy|x=t", r"\left. x y \right|_{\substack{ x=t }}"),
    (sp.Max(0, -x), "max(0,−x)", r"\max\left(0, - x\right)"), (y - x, "y−x", "y - x"),
    (sp.Piecewise((x, x > 0), (0, True)), "{xforx>00otherwise",
     r"\begin{cases} x & \text{for}\: x > 0 \\0 & \text{otherwise} \end{cases}"),
])
def test_expressions_in_mathml_and_latex(value, words, tex):
    value = tidy(value)
    tree = xml.dom.minidom.parseString(f"<math>{mathml(tex)}</math>")
    seen = "".join(node.firstChild.data for node in tree.getElementsByTagName("*")
                   if node.firstChild and node.firstChild.nodeType == node.TEXT_NODE)
    assert seen.replace("\u2062", "").replace("\u2061", "") == words
    assert printed(value, Notation()) == tex
    assert linear(value, Notation())


def test_a_book_has_chapters_and_says_what_builds_on_what(sheets, sheet_of):
    for text in (html.index(sheets), markdown.index(sheets), notebook.index(sheets), slides.index(sheets),
                 latex.book(sheets, [None, None])):
        assert "Laws of networks" in text
        assert "Further derivations" in text
    assert builds_on(sheet_of("clock")) == ("symmetric-orbit",)
    around = neighbours([sheet_of("symmetric-orbit"), sheet_of("clock")])[1]
    page = html.page(sheet_of("clock"), None, around)
    assert "Two tasks in closed form" in page
    assert 'Builds on: <a href="symmetric-orbit.html">' in page


def test_problems_are_asked_in_every_format_with_their_answers(sheet_of):
    sheet = sheet_of("turning-time")
    for text in (html.page(sheet), slides.page(sheet), latex.page(sheet), markdown.page(sheet), notebook.page(sheet),
                 terminal(sheet, 100)):
        for line in sheet.exercises:
            assert line.statement[:12] in text
    assert 'id="exercise-2"' in html.page(sheet)
    assert "answer(2, d.exercises[1].after)" in notebook.page(sheet)


def test_what_is_linearised_is_shown(sheet_of):
    line = sheet_of("switching-time").lines[0]
    assert line.kind == "linearise"
    assert line.where
    assert line.left.has(sp.Derivative)
