"""Tables fit the terminal, and show what fails."""

import pytest

from gateflow.sim.compare.rows import bound_row, make_row
from gateflow.sim.compare.table import outcome_table, row_table

ROWS = [bound_row(f"a quantity that is told in quite many words, number {k}", k / 100, 0.5) for k in range(20)]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width):
    observed = make_row("another one with numbers of every kind", "observation", theory=-1.2345e-5, simulation=3e100,
                        half=1e99, error=1e100)
    assert max(map(len, outcome_table("name", "A title", [*ROWS, observed], width).splitlines())) <= width


def test_a_row_says_everything_where_there_is_room():
    row = make_row("loss", "limit", theory=1.0, simulation=1.25, half=0.5, error=0.25, tolerance=0.125)
    _, _, line = row_table([row]).splitlines()
    assert line.split() == ["loss", "1", "1.25", "[0.75,", "1.75]", "0.25", "0.125", "limit", "NO"]


def test_what_fails_is_always_shown():
    failing = [bound_row(f"failing {k}", 2.0, 1.0) for k in range(7)]
    short = outcome_table("name", "A title", [*ROWS, *failing], 100, all_rows=False)
    assert all(f"failing {k}" in short for k in range(7))
    assert "20 of 27 hold" in short
    assert "and 20 more (--all-rows)" in short


def test_all_rows_are_shown_where_they_are_asked_for():
    assert sum("number" in line for line in outcome_table("name", "A title", ROWS).splitlines()) == len(ROWS)
