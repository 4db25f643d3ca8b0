"""Rows as tables: text that fits a terminal, and HTML."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from gateflow.sim.compare.rows import Row

# Rows of an experiment that are shown unless all are asked for.
_SHOWN = 4
# A quantity is told in so many characters, at least; columns that can be missed go first.
_LEAST, _DISPENSABLE = 30, ("basis", "95 % interval")
_GAP = "  "


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _interval(row: Row) -> str:
    return "–" if row.low is None or row.high is None else f"[{row.low:.4g}, {row.high:.4g}]"


@dataclass(frozen=True)
class _Column:
    """A column: its head, what it shows of a row, and whether it is aligned to the right."""

    head: str
    cell: Callable[[Row], str]
    right: bool = True


_COLUMNS = (_Column("theory", lambda row: _number(row.theory)),
            _Column("simulation", lambda row: _number(row.simulation)),
            _Column("95 % interval", _interval),
            _Column("error", lambda row: _number(row.error)),
            _Column("tolerance", lambda row: _number(row.tolerance)),
            _Column("basis", lambda row: row.basis, right=False),
            _Column("holds", lambda row: {True: "yes", False: "NO", None: "–"}[row.holds], right=False))


def row_table(rows: Sequence[Row], width: int | None = None) -> str:
    """Rows under their heads; width: of the terminal, None for no limit.

    Where it is narrow, columns that can be missed are left out; where it is still too narrow, a quantity stands in a
    line of its own above its numbers.
    """
    columns = list(_COLUMNS)
    sizes = {column.head: max(len(column.head), *(len(column.cell(row)) for row in rows)) for column in columns}
    longest = max(len("quantity"), *(len(row.quantity) for row in rows))

    def rest() -> int:
        taken = sum(sizes[column.head] + len(_GAP) for column in columns)
        return longest if width is None else min(longest, width - taken)

    for head in _DISPENSABLE:
        if rest() < min(_LEAST, longest):
            columns = [column for column in columns if column.head != head]
    apart = rest() < min(_LEAST, longest)
    first = 0 if apart else rest()
    lines = [_line("" if apart else "quantity", first, [(c.head, sizes[c.head], c.right) for c in columns])]
    lines.append("─" * (first + sum(sizes[column.head] + len(_GAP) for column in columns)))
    for row in rows:
        words = wrap(row.quantity, (width or longest) if apart else first, subsequent_indent="  ")
        lines += words if apart else words[:-1]
        lines.append(_line("" if apart else words[-1], first, [(c.cell(row), sizes[c.head], c.right) for c in columns]))
    return "\n".join(lines)


def _line(quantity: str, first: int, cells: Sequence[tuple[str, int, bool]]) -> str:
    parts = [quantity.ljust(first), *(text.rjust(size) if right else text.ljust(size) for text, size, right in cells)]
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
    return title if title.endswith("?") else f"{title}."


def outcome_table(name: str, title: str, rows: Sequence[Row], width: int | None = None, *,
                  all_rows: bool = True) -> str:
    """The rows of an experiment under its name and verdict; by default all, else those that fail or come closest."""
    head = "\n".join(wrap(f"{name}: {_sentence(title)} {count_held(rows)}.", width or 10_000, subsequent_indent="  "))
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
    heads = "".join(f"<th>{escape(head)}</th>" for head in ("quantity", *(column.head for column in _COLUMNS)))
    body = "".join(
        "<tr><td style='text-align:left'>" + escape(row.quantity) + "</td>"
        + "".join(f"<td>{escape(column.cell(row))}</td>" for column in _COLUMNS) + "</tr>" for row in rows)
    return (f"<p><b>{escape(name)}</b>: {escape(_sentence(title))} {count_held(rows)}.</p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")
