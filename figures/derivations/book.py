"""Many derivations as a small book: their order, neighbours, and the table of all their steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateflow.figures.derivations.sheet import Line, Sheet, tally

TITLE = "Derivations, every step checked"


@dataclass(frozen=True)
class Neighbours:
    """Name and title of the pages before and after a page of a book."""

    before: tuple[str, str] | None
    after: tuple[str, str] | None


def neighbours(sheets: Sequence[Sheet]) -> list[Neighbours]:
    """What comes before and after each page."""
    links = [None, *((sheet.name, sheet.title) for sheet in sheets), None]
    return [Neighbours(links[i], links[i + 2]) for i in range(len(sheets))]


def all_steps(sheets: Sequence[Sheet]) -> list[tuple[Sheet, Line]]:
    """All steps of all derivations, in teaching order."""
    return [(sheet, line) for sheet in sheets for line in sheet.lines]


def verdict(sheets: Sequence[Sheet]) -> str:
    """How many steps were checked how, over the whole book."""
    return f"{len(sheets)} derivations, {tally([line.check for _, line in all_steps(sheets)])}"
