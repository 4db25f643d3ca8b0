"""Many derivations as a small book: its chapters, what builds on what, neighbours, and the table of all steps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateflow.figures.derivations.sheet import Line, Sheet, tally
from gateflow.theory.proofs import catalogue

TITLE = "Derivations, every step checked"


@dataclass(frozen=True)
class Neighbours:
    """Name and title of the pages before and after a page of a book, its chapter, and the pages on which it builds."""

    before: tuple[str, str] | None
    after: tuple[str, str] | None
    chapter: str = ""
    needs: tuple[tuple[str, str], ...] = ()


def by_chapter(sheets: Sequence[Sheet]) -> list[tuple[catalogue.Chapter, list[Sheet]]]:
    """The sheets of each chapter that has any."""
    chapters = catalogue.chapters()
    further = tuple(sheet.name for sheet in sheets if sheet.name not in catalogue.NAMES)
    chapters = (*chapters, catalogue.Chapter("Further derivations", "", further, "what each of them says"))
    found = [(chapter, [sheet for sheet in sheets if sheet.name in chapter.names]) for chapter in chapters]
    return [(chapter, listed) for chapter, listed in found if listed]


def builds_on(sheet: Sheet) -> tuple[str, ...]:
    """Derivations of the project that this one names where it says what follows from what."""
    said = [f"{line.statement} {line.origin} {line.why}" for line in sheet.lines]
    words = " ".join([sheet.source, sheet.summary, *said])
    named = re.findall(r"derivations? ((?:[a-z-]+(?:, | and )?)+)", words)
    listed = {name for text in named for name in re.split(", | and ", text)}
    return tuple(name for name in catalogue.NAMES if name in listed and name != sheet.name)


def neighbours(sheets: Sequence[Sheet]) -> list[Neighbours]:
    """What comes before and after each page."""
    links = [None, *((sheet.name, sheet.title) for sheet in sheets), None]
    chapters = {sheet.name: chapter.title for chapter, listed in by_chapter(sheets) for sheet in listed}
    titles = {sheet.name: sheet.title for sheet in sheets}
    needs = [tuple((name, titles[name]) for name in builds_on(sheet) if name in titles) for sheet in sheets]
    return [Neighbours(links[i], links[i + 2], chapters.get(sheet.name, ""), needs[i])
            for i, sheet in enumerate(sheets)]


def all_steps(sheets: Sequence[Sheet]) -> list[tuple[Sheet, Line]]:
    """All steps of all derivations, in teaching order."""
    return [(sheet, line) for sheet in sheets for line in sheet.lines]


def verdict(sheets: Sequence[Sheet]) -> str:
    """How many steps were checked how, over the whole book."""
    return f"{len(sheets)} derivations, {tally([line.check for _, line in all_steps(sheets)])}"
