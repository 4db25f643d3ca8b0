"""A derivation as a LaTeX document that pdflatex and lualatex compile, and many as one."""

from collections.abc import Sequence
from typing import Any

import sympy as sp

from gateflow.figures.derivations.book import TITLE, Neighbours, all_steps, by_chapter, verdict
from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.printers import latex, width
from gateflow.figures.derivations.sheet import Line, Sheet, put_sign
from gateflow.figures.derivations.tidy import Row, rows
from gateflow.figures.derivations.words import code_to_latex, to_latex
from gateflow.figures.picture import Drawing
from gateflow.theory.arguments import takes

# Characters, as a terminal would need them, that fit on a line.
_ROOM = 80
# Lines that fit on a page beside others.
_MOST_LINES = 25
_SIGNS = {"=": "=", ":=": ":=", "⇒": r"\Rightarrow", "≥": r"\geq", "≤": r"\leq", "↦": r"\mapsto", "": ""}
_AFTER = {"(": r"\bigl(", ")": r"\bigr)", "^": "^", "½": "{1/2}", "²": "^{2}", "³": "^{3}"}
_OPERATORS = {"": "", "+": "+", "−": "-", "·": r"\cdot", "∨": r"\vee"}

# \fit shrinks a formula that is still too wide for the line.
_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\fi
\usepackage{amsmath,amssymb,graphicx,longtable,array}
\usepackage[margin=25mm]{geometry}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\setcounter{secnumdepth}{0}
\setcounter{MaxMatrixCols}{40}
\newsavebox{\formula}
\newcommand{\fit}[1]{\par\savebox{\formula}{$\displaystyle#1$}%
  \ifdim\wd\formula>\dimexpr\linewidth-1.5em\relax\resizebox{\linewidth}{!}{\usebox{\formula}}\else\hspace*{1.5em}\usebox{\formula}\fi\par}
\begin{document}
"""


@takes()
def page(sheet: Sheet, drawing: Drawing | None = None, around: Neighbours | None = None) -> str:
    """The derivation as a LaTeX document; its picture is expected beside it as NAME-picture.pdf."""
    return _PREAMBLE + section(sheet, drawing) + "\\end{document}\n"


def book(sheets: Sequence[Sheet], drawings: Sequence[Drawing | None]) -> str:
    """All derivations as one LaTeX document: contents, a section each, and the table of all steps."""
    parts = [_PREAMBLE, rf"\title{{{to_latex(TITLE)}}}\author{{}}\date{{}}\maketitle", f"{to_latex(verdict(sheets))}.",
             r"\tableofcontents"]
    first = {listed[0].name: chapter for chapter, listed in by_chapter(sheets)}
    for number, (sheet, drawing) in enumerate(zip(sheets, drawings, strict=True)):
        if sheet.name in first:
            chapter = first[sheet.name]
            parts += [r"\clearpage", rf"\part*{{{chapter.title}}}\addcontentsline{{toc}}{{part}}{{{chapter.title}}}",
                      f"To know before: {chapter.needs}."]
        links = [rf"\hyperref[{sheets[i].name}]{{{arrow}: {to_latex(sheets[i].title, sheets[i].notation)}}}"
                 for i, arrow in ((number - 1, "Before"), (number + 1, "Next")) if 0 <= i < len(sheets)]
        parts += [r"\clearpage", section(sheet, drawing), r"\par\medskip\noindent " + r"\hfill ".join(links)]
    table = [rf"\hyperref[{sheet.name}]{{{to_latex(sheet.name)}}} & {line.number} & {to_latex(line.kind)} & "
             rf"{_said(line.statement, sheet)} & {to_latex(line.checked)} \\" for sheet, line in all_steps(sheets)]
    parts += [r"\clearpage", r"\section{How each step was checked}",
              r"{\small\begin{longtable}{@{}>{\raggedright\arraybackslash}p{26mm}rl"
              r">{\raggedright\arraybackslash}p{56mm}>{\raggedright\arraybackslash}p{36mm}@{}}",
              r"derivation & step & kind & statement & how it was checked \\ \hline \endhead", *table,
              r"\end{longtable}}", r"\end{document}", ""]
    return "\n".join(parts)


def _said(text: str, sheet: Sheet) -> str:
    return to_latex(text, sheet.notation)


def section(sheet: Sheet, drawing: Drawing | None) -> str:
    """The derivation as a section."""
    example = "\n\n".join(rf"{{\raggedright\hangindent=2em\texttt{{{code_to_latex(line)}}}\par}}"
                          for line in sheet.example)
    picture = "" if drawing is None else "\n".join([
        r"\begin{center}", rf"\includegraphics[width=\linewidth]{{{sheet.name}-picture.pdf}}", r"\end{center}",
        rf"{{\small {_said(drawing.caption, sheet)}}}"])
    test = rf"{{\raggedright Confronted with simulation by \texttt{{{code_to_latex(sheet.test)}}}.\par}}"
    parts = [
        rf"\section{{{_said(sheet.title, sheet)}}}\label{{{sheet.name}}}", _said(sheet.summary, sheet),
        f"Source: {_said(sheet.source, sheet)}.", r"\subsection*{Assumptions}", _symbols(sheet), _conditions(sheet),
        r"\subsection*{Steps}", *(_step(line, sheet) for line in sheet.lines),
        rf"\subsection*{{Result: {_said(sheet.result_name, sheet)}}}",
        *_displays(None, "", sheet.result, sheet.notation),
        *(rf"\fit{{{one}}}" for one in _with(sheet.result_where, sheet.notation)),
        rf"In Python it is \texttt{{{code_to_latex(sheet.signature)}}}, a function of numbers or arrays that returns "
        f"{to_latex(sheet.returns)}.", example, picture,
        test if sheet.test else "", *_problems(sheet),
        f"{to_latex(sheet.verdict)}."]
    return "\n\n".join(part for part in parts if part) + "\n"


def display(left: Any, sign: str, right: Any, notation: Notation) -> str:
    """A formula for display mode; None for a side that there is not; long sides over several lines."""
    mark = _SIGNS.get(sign, to_latex(sign))
    first = [] if left is None or left == "" else _broken(left, notation)
    if right is None:
        return first[0] if len(first) == 1 else _aligned(first)
    last = _broken(right, notation)
    if len(first) < 2 and len(last) == 1 and _together(left, right, notation):
        return " ".join(part for part in (*first, mark, *last) if part)
    return _aligned([*first, f"{mark} {last[0]}", *last[1:]])


def _displays(left: Any, sign: str, right: Any, notation: Notation) -> list[str]:
    """The paragraphs of a formula: one, or of columns too tall for a page one for each entry."""
    whole = display(left, sign, right, notation)
    columns = [side for side in (left, right) if side is not None and side != ""]
    if whole.count(r"\\") < _MOST_LINES or not all(isinstance(side, sp.MatrixBase) for side in columns):
        return [rf"\fit{{{whole}}}"]
    lefts = columns[0] if columns[1:] else [None] * len(columns[0])
    entries = zip(lefts, columns[-1], strict=True)
    return [part for number, (one, other) in enumerate(entries, 1)
            for part in (f"Entry {number}:", rf"\fit{{{display(one, sign, other, notation)}}}")]


def longest(value: Any, notation: Notation) -> int:
    """How many characters the longest line of a displayed expression takes."""
    if _tall(value, notation):
        return 4 + max(longest(entry, notation) for entry in value)
    return max(width(row.part, notation) for row in rows(value, lambda part: width(part, notation), _ROOM)
               if row.part is not None)


def _tall(value: Any, notation: Notation) -> bool:
    """Whether it is a column whose entries are broken themselves."""
    return isinstance(value, sp.MatrixBase) and value.cols == 1 and width(value, notation) > _ROOM


def _together(left: Any, right: Any, notation: Notation) -> bool:
    """Whether both sides fit on a line."""
    return sum(width(side, notation) for side in (left, right) if isinstance(side, sp.Basic | sp.MatrixBase)) <= _ROOM


def _aligned(lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    joined = r" \\ &\quad ".join(lines)
    return rf"\begin{{aligned}} &{joined} \end{{aligned}}"


def _broken(value: Any, notation: Notation) -> list[str]:
    """An expression as lines, of a column too wide each entry."""
    if _tall(value, notation):
        entries = (rf"\begin{{aligned}} &{_joined(entry, notation)} \end{{aligned}}" for entry in value)
        return [r"\left[\begin{gathered}" + r" \\[1ex] ".join(entries) + r"\end{gathered}\right]"]
    return [f"{_OPERATORS[row.operator]} {_row(row, notation)}".strip()
            for row in rows(value, lambda part: width(part, notation), _ROOM)]


def _joined(value: Any, notation: Notation) -> str:
    return r" \\ &\quad ".join(_broken(value, notation))


def _row(row: Row, notation: Notation) -> str:
    inner = "" if row.part is None else latex(row.part, notation)
    if row.fenced:
        inner = rf"\left({inner}\right)"
    return inner + "".join(_AFTER[sign] for sign in row.after)


def _step(line: Line, sheet: Sheet) -> str:
    asked = [display(line.left, "", None, sheet.notation), *_with(line.where, sheet.notation)] if line.where else []
    formulas = [*(rf"\fit{{{formula}}}" for formula in asked),
                *_displays(None if line.where else line.left, line.sign, line.right, sheet.notation)]
    head = rf"\textbf{{{line.number}. {_said(line.statement, sheet)}}} \emph{{({to_latex(line.kind)})}}"
    origin = f"From {_said(line.origin, sheet)}." if line.origin else ""
    remark = f"Remark, not checked: {_said(line.remark, sheet)}" if line.remark else ""
    checked = rf"\emph{{[{to_latex(line.checked)}]}}"
    words = " ".join(part for part in (origin, _said(line.why, sheet), remark, checked) if part)
    return "\n\n".join([head, *formulas, words])


def _problems(sheet: Sheet) -> list[str]:
    """Problems, and after all of them their answers."""
    if not sheet.exercises:
        return []
    asked, answered = [], []
    for line in sheet.exercises:
        number = rf"\textbf{{{line.number}.}}"
        asked += [f"{number} {_said(line.statement, sheet)}",
                  rf"\fit{{{display(line.left, '', None, sheet.notation)}}}",
                  *(rf"\fit{{{one}}}" for one in _with(line.where, sheet.notation))]
        answered += [rf"{number} {_said(line.why, sheet)} \emph{{[{to_latex(line.checked)}]}}",
                     rf"\fit{{{display(None, line.sign, line.right, sheet.notation)}}}"]
    return [r"\subsection*{Problems}", *asked, r"\subsection*{Answers}", *answered]


def _with(where: Sequence[tuple[Any, Any]], notation: Notation) -> list[str]:
    return [rf"\quad\text{{with }} {display(symbol, put_sign(symbol, value), value, notation)}"
            for symbol, value in where]


def _symbols(sheet: Sheet) -> str:
    table = [rf"${latex(entry.symbol, sheet.notation)}$ & {_said(entry.meaning, sheet)} & "
             rf"{to_latex(entry.domain)} & {to_latex(entry.tried)} & {to_latex(entry.unit)} \\"
             for entry in sheet.symbols]
    columns = r"@{}l>{\raggedright\arraybackslash}p{60mm}>{\raggedright\arraybackslash}p{23mm}ll@{}"
    return "\n".join([rf"\begin{{longtable}}{{{columns}}}",
                      r"symbol & meaning & domain & range & unit \\ \hline \endhead", *table, r"\end{longtable}"])


def _conditions(sheet: Sheet) -> str:
    if not sheet.conditions:
        return ""
    listed = [rf"\item ${latex(relation, sheet.notation)}$: {_said(words, sheet)}"
              for relation, words in sheet.conditions]
    return "\n".join([r"\begin{itemize}", *listed, r"\end{itemize}"])
