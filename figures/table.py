"""Comparisons as text."""

from collections.abc import Sequence

from gateflow.sim.comparison import Comparison, Row


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _interval(row: Row) -> str:
    return "–" if row.low is None or row.high is None else f"[{row.low:.4g}, {row.high:.4g}]"


def _cells(row: Row) -> list[str]:
    holds = {True: "yes", False: "NO", None: "–"}[row.holds]
    return [row.quantity, _number(row.theory), _number(row.simulation), _interval(row), _number(row.error),
            _number(row.tolerance), row.basis, holds]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) if i in (0, 6, 7) else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip() for line in lines]


def row_table(rows: Sequence[Row]) -> str:
    """Rows under their heads."""
    head = ["quantity", "theory", "simulation", "95 % interval", "error", "tolerance", "basis", "holds"]
    lines = _aligned([head, *(_cells(row) for row in rows)])
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def comparison_table(comparison: Comparison) -> str:
    """The rows of a comparison, the files written and the verdict."""
    judged = [row for row in comparison.rows if row.holds is not None]
    verdict = f"{sum(row.holds is True for row in judged)} of {len(judged)} hold; {comparison.seconds:.1f} s"
    return "\n".join([row_table(comparison.rows), "", *comparison.files, verdict])
