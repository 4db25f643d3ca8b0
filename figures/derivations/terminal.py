"""A derivation in a terminal: formulas drawn with Unicode, no wider than asked, readable without colour."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp
from sympy.printing.pretty.pretty_symbology import line_width
from sympy.printing.pretty.stringpict import prettyForm

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.printers import drawing, linear, width
from gateflow.figures.derivations.sheet import Line, Sheet, put_sign
from gateflow.figures.derivations.tidy import Row, rows
from gateflow.theory.arguments import takes

_INDENT = 4
_NARROWEST, _WIDEST = 40, 120


@takes()
def terminal(sheet: Sheet, columns: int = 80) -> str:
    """The derivation as text of at most so many columns where its words and formulas can be broken."""
    columns = min(max(columns, _NARROWEST), _WIDEST)
    title = _wrapped(sheet.title, columns)
    parts = [[*title, "═" * max(map(line_width, title))], _wrapped(sheet.summary, columns),
             _wrapped(f"Source: {sheet.source}.", columns), ["Symbols", *_symbols(sheet, columns)]]
    if sheet.conditions:
        parts.append(["Conditions", *_conditions(sheet, columns)])
    parts += [list(_line(line, sheet.notation, columns)) for line in sheet.lines]
    parts += [[*_wrapped("Result: " + sheet.result_name, columns), "",
               *_formula(None, "", sheet.result, sheet.notation, columns),
               *_with(sheet.result_where, sheet.notation, columns)],
              ["In Python", *(f"    {line}" for line in sheet.example or (sheet.signature,))],
              *([["Confronted with simulation by", f"    {sheet.test}"]] if sheet.test else []),
              *([["Problems, each with its answer"]] if sheet.exercises else []),
              *(list(_line(line, sheet.notation, columns)) for line in sheet.exercises),
              _wrapped(sheet.verdict + ".", columns)]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _wrapped(text: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _padded(text: str, size: int) -> str:
    return text + " " * (size - line_width(text))


def _symbols(sheet: Sheet, columns: int) -> list[str]:
    shown = [linear(entry.symbol, sheet.notation) for entry in sheet.symbols]
    left = max(map(line_width, shown), default=0)
    found: list[str] = []
    for name, entry in zip(shown, sheet.symbols, strict=True):
        unit = "" if entry.unit == "1" else f", {entry.unit}"
        words = f"{entry.meaning} ({entry.domain}{unit}; tried in {entry.tried})"
        found += _wrapped(words, columns, "  " + _padded(name, left) + "  ", " " * (left + 4))
    return found


def _conditions(sheet: Sheet, columns: int) -> Iterator[str]:
    for relation, words in sheet.conditions:
        yield from _wrapped(f"{linear(relation, sheet.notation)}: {words}", columns, "  ", "    ")


def _line(line: Line, notation: Notation, columns: int) -> Iterator[str]:
    head = f"{line.number}. "
    yield from _wrapped(f"{line.statement} [{line.kind}]", columns, head, " " * len(head))
    yield ""
    left: Any = line.left
    if line.where:
        yield from _formula(None, "", line.left, notation, columns)
        yield from _with(line.where, notation, columns)
        yield ""
        left = None
    yield from _formula(left, line.sign, line.right, notation, columns)
    yield ""
    origin = f"From {line.origin}." if line.origin else ""
    remark = f"Remark, not checked: {line.remark}" if line.remark else ""
    words = " ".join(part for part in (origin, line.why, f"[{line.checked}]", remark) if part)
    yield from _wrapped(words, columns, "   ", "   ")


def _with(where: Sequence[tuple[Any, Any]], notation: Notation, columns: int) -> Iterator[str]:
    for i, (symbol, value) in enumerate(where):
        sign = f"{'with' if i == 0 else ' and'} {linear(symbol, notation)} {put_sign(symbol, value)}"
        yield from _formula(None, sign, value, notation, columns)


def _text(form: Any) -> list[str]:
    return [(" " * _INDENT + line).rstrip() for line in str(form).split("\n")]


def _after(words: str, form: Any) -> Any:
    """A picture with words before it, on its baseline."""
    return prettyForm(*form.left(words + " ")) if words else form


def _formula(left: Any, sign: str, right: Any, notation: Notation, columns: int) -> list[str]:
    """A formula on one line if it fits, else its right side below, broken at sums and products."""
    room = columns - _INDENT
    whole = _after(sign, drawing(right, notation))
    if left is not None:
        whole = prettyForm(*whole.left(prettyForm(*drawing(left, notation).right(" "))))
    if whole.width() <= room:
        return _text(whole)
    begin = [] if left is None else _broken(left, notation, room, "")
    return [*begin, *_broken(right, notation, room, sign)]


def _broken(value: Any, notation: Notation, room: int, sign: str) -> list[str]:
    """An expression over several lines, the first after a sign."""
    margin = line_width(sign) + 3
    if isinstance(value, sp.MatrixBase) and width(value, notation) > room - margin:
        return _entries(value, notation, room, sign)
    listed = rows(value, lambda part: width(part, notation), room - margin)
    operators = [f"{'' if i else sign} {row.operator}".strip() for i, row in enumerate(listed)]
    size = max(map(line_width, operators))
    return [line for operator, row in zip(operators, listed, strict=True)
            for line in _text(_after(_padded(operator, size), _row(row, notation, room - margin)))]


def _row(row: Row, notation: Notation, room: int) -> Any:
    if row.part is None:
        return prettyForm(row.after)
    drawn = drawing(row.part, notation)
    if row.fenced:
        drawn = prettyForm(*drawn.parens())
    if drawn.width() + len(row.after) > room:
        lines = textwrap.wrap(linear(row.part, notation), room - len(row.after) - 1, break_on_hyphens=False)
        drawn = prettyForm("\n".join(_padded(line, max(map(line_width, lines))) for line in lines))
    gap = " " if row.after.startswith("(") else ""
    return prettyForm(*drawn.right(gap + row.after)) if row.after else drawn


def _entries(value: Any, notation: Notation, room: int, sign: str) -> list[str]:
    """A matrix that is too wide, entry by entry."""
    found = _text(f"{sign} a matrix of {value.rows} × {value.cols} with entries".strip())
    for i in range(value.rows):
        for j in range(value.cols):
            place = f"({i + 1}, {j + 1})" if value.cols > 1 else f"({i + 1})"
            found += _broken(value[i, j], notation, room, place)
    return found
