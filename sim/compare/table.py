"""Rows as tables: text that fits a terminal, and HTML."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Generic, TypeVar

from gateflow.sim.compare.rows import Row

T = TypeVar("T")

# Rows of an experiment that are shown unless all are asked for.
_SHOWN = 4
# A quantity is told in so many characters, at least; columns that can be missed go first.
_LEAST, _DISPENSABLE = 30, ("basis", "95 % interval")
_GAP = "  "


def number(value: float | None) -> str:
    """A number as tables show it; a dash where there is none."""
    return "–" if value is None else f"{value:.4g}"


def interval(low: float | None, high: float | None) -> str:
    """An interval as tables show it; a dash where there is none."""
    return "–" if low is None or high is None else f"[{low:.4g}, {high:.4g}]"


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column: its head, what it shows of an entry, and whether it is aligned to the right."""

    head: str
    cell: Callable[[T], str]
    right: bool = True


_QUANTITY: Column[Row] = Column("quantity", lambda row: row.quantity, right=False)
_COLUMNS: tuple[Column[Row], ...] = (
    Column("theory", lambda row: number(row.theory)), Column("simulation", lambda row: number(row.simulation)),
    Column("95 % interval", lambda row: interval(row.low, row.high)), Column("error", lambda row: number(row.error)),
    Column("tolerance", lambda row: number(row.tolerance)), Column("basis", lambda row: row.basis, right=False),
    Column("holds", lambda row: {True: "yes", False: "NO", None: "–"}[row.holds], right=False))


def row_table(rows: Sequence[Row], width: int | None = None) -> str:
    """Rows under their heads; width: of the terminal, None for no limit."""
    return text_table(rows, _QUANTITY, _COLUMNS, _DISPENSABLE, width)


def text_table(entries: Sequence[T], name: Column[T], columns: Sequence[Column[T]], dispensable: Sequence[str] = (),
               width: int | None = None) -> str:
    """Entries under their heads, a line each.

    name: the first column, in several lines where it must. columns: the others.
    dispensable: heads of columns that are left out, in this order, where it is narrow; where it is still too narrow,
    a name stands in a line of its own above its numbers. width: of the terminal, None for no limit.
    """
    columns = list(columns)
    sizes = {column.head: max(len(column.head), *(len(column.cell(entry)) for entry in entries)) for column in columns}
    longest = max(len(name.head), *(len(name.cell(entry)) for entry in entries))

    def rest() -> int:
        taken = sum(sizes[column.head] + len(_GAP) for column in columns)
        return longest if width is None else min(longest, width - taken)

    for head in dispensable:
        if rest() < min(_LEAST, longest):
            columns = [column for column in columns if column.head != head]
    apart = rest() < min(_LEAST, longest)
    first = 0 if apart else rest()
    lines = [_line("" if apart else name.head, first, [(c.head, sizes[c.head], c.right) for c in columns])]
    lines.append("─" * (first + sum(sizes[column.head] + len(_GAP) for column in columns)))
    for entry in entries:
        words = wrap(name.cell(entry), (width or longest) if apart else first, subsequent_indent="  ")
        lines += words if apart else words[:-1]
        lines.append(_line("" if apart else words[-1], first,
                           [(c.cell(entry), sizes[c.head], c.right) for c in columns]))
    return "\n".join(lines)


def html_table(entries: Sequence[T], columns: Sequence[Column[T]]) -> str:
    """Entries as an HTML table, for notebooks."""
    heads = "".join(f"<th>{escape(column.head)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td style='text-align:{'right' if column.right else 'left'}'>"
                                    f"{escape(column.cell(entry))}</td>" for column in columns) + "</tr>"
                   for entry in entries)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _line(first_cell: str, first: int, cells: Sequence[tuple[str, int, bool]]) -> str:
    parts = [first_cell.ljust(first), *(text.rjust(size) if right else text.ljust(size) for text, size, right in cells)]
    return _GAP.join(parts).rstrip()


def count_held(rows: Sequence[Row]) -> str:
    """How many of the rows that claim something hold, in words."""
    judged = [row for row in rows if row.holds is not None]
    return f"{sum(row.holds is True for row in judged)} of {len(judged)} hold" if judged else "nothing is claimed"


def verdict(rows: Sequence[Row], seconds: float) -> str:
    """How many rows hold, and how long it took."""
    return f"{count_held(rows)}; {seconds:.1f} s"


def _closeness(row: Row) -> float:
    """How much of its tolerance a row uses, for rows that claim something; more than all of it if it fails."""
    if row.holds is None or row.error is None or row.tolerance is None:
        return -1.0
    return row.error / row.tolerance if row.tolerance else float(row.error > 0)


def _sentence(title: str) -> str:
    return f"{title} " if title.endswith("?") else f"{title}. " if title else ""


def outcome_table(name: str, title: str, rows: Sequence[Row], width: int | None = None, *,
                  all_rows: bool = True) -> str:
    """The rows of an experiment under its name and verdict; by default all, else those that fail or come closest."""
    head = "\n".join(wrap(f"{name}: {_sentence(title)}{count_held(rows)}.", width or 10_000, subsequent_indent="  "))
    if not rows:
        return f"{head}\n  no rows for these parameters"
    failing = sum(row.holds is False for row in rows)
    chosen = sorted(rows, key=_closeness, reverse=True)[:max(_SHOWN, failing)]
    shown = [row for row in rows if all_rows or any(row is each for each in chosen)]
    lines = [head, row_table(shown, width)]
    if len(shown) < len(rows):
        lines.append(f"  and {len(rows) - len(shown)} more (--all-rows)")
    return "\n".join(lines)


def outcome_html(name: str, title: str, rows: Sequence[Row]) -> str:
    """The rows of an experiment as an HTML table, for notebooks."""
    return (f"<p><b>{escape(name)}</b>: {escape(_sentence(title))}{count_held(rows)}.</p>"
            + html_table(rows, (_QUANTITY, *_COLUMNS)))
