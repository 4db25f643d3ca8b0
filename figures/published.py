"""Figures of the papers, recomputed: experiments with the paper's parameters, and what the paper prints beside ours.

A figure is a file ``figures/ROOM/published/NAME.py`` whose first line is its title, found by its name:

    FIGURE = Published(
        paper="NTA", number="2", shows="Loss and gates of a flexible and a forgetful network over twenty blocks.",
        parts=(Part("loss and gates", Learning(seeds=10), quick={"seeds": 3}),),
        printed=(Printed("time to a loss of .1 in block 20", "≈ .1", low=0.08, high=0.12,
                         ours=lambda experiment, result: result.adaptation[:, -1]),))
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from gateflow.figures.panels import Panel, Placed, draw_panels, panel
from gateflow.sim.compare.comparison import Outcome, Outcomes, run_experiments
from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.rows import half_width
from gateflow.sim.compare.table import Column, count_held, html_table, interval, number, text_table
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import Array

# Lines of the table that the figure itself shows, and letters in a line of it.
_SHOWN, _LETTERS = 16, 172


@dataclass(frozen=True)
class Part:
    """An experiment of a figure, and how it is drawn.

    quick: fields of the experiment that a quick run replaces. picture: how it is drawn, if not as its own panel.
    without_theory: why no theory stands beside the simulation, where none does.
    """

    title: str
    experiment: Experiment[Any]
    quick: Mapping[str, Any] = field(default_factory=dict)
    picture: Panel | None = None
    without_theory: str = ""


@dataclass(frozen=True)
class Printed:
    """A statement of the paper as a number. ours, theory: of a part's experiment and result.

    printed: what the paper prints; where it prints no number, what it says, in our words.
    low, high: where our number must lie for it to be reproduced; what it cannot pass is no bound.
    ours: gives values of members (S,) or one number. part: which part gives it. code: what the released code gives.
    convention: how it is measured, where that changes it. why: why ours differs, where it does. apart: why theory does
    where ours does not.
    """

    quantity: str
    printed: str
    _: KW_ONLY
    ours: Callable[[Any, Any], Any]
    low: float = -np.inf
    high: float = np.inf
    theory: Callable[[Any, Any], Any] | None = None
    part: int = 0
    code: float | None = None
    convention: str = ""
    why: str = ""
    apart: str = ""


@dataclass(frozen=True)
class Published:
    """A figure of a paper. shows: what the published one shows. conventions: of the published code that it follows."""

    paper: str
    number: str
    shows: str
    parts: tuple[Part, ...]
    printed: tuple[Printed, ...] = ()
    conventions: str = ""


@dataclass(frozen=True)
class Line:
    """A printed statement beside ours: mean over members with its 95 % interval, theory, and the verdict.

    least, most: where ours must lie to be called reproduced; None where there is no such bound. why: ours differs, or
    theory alone does, which is then starred.
    """

    quantity: str
    printed: str
    code: float | None
    ours: float | None
    low: float | None
    high: float | None
    theory: float | None
    least: float | None
    most: float | None
    verdict: str
    why: str

    @property
    def accepted(self) -> str:
        """Where ours must lie, in words."""
        if self.least is None or self.most is None:
            return f"≤ {number(self.most)}" if self.least is None else f"≥ {number(self.least)}"
        return f"{number(self.least)} … {number(self.most)}"

    @property
    def starred(self) -> bool:
        """Whether theory lies outside what is accepted where ours does not."""
        least, most = (-np.inf if self.least is None else self.least, np.inf if self.most is None else self.most)
        ours, theory = (value is not None and least <= value <= most for value in (self.ours, self.theory))
        return self.theory is not None and ours and not theory


_QUANTITY: Column[Line] = Column("quantity", lambda line: line.quantity, right=False)
_COLUMNS: tuple[Column[Line], ...] = (
    Column("printed", lambda line: line.printed, right=False), Column("their code", lambda line: number(line.code)),
    Column("ours", lambda line: number(line.ours)), Column("95 % interval", lambda line: interval(line.low, line.high)),
    Column("theory", lambda line: number(line.theory) + "*" * line.starred),
    Column("accepted", lambda line: line.accepted), Column("verdict", lambda line: line.verdict, right=False))


@dataclass(frozen=True, eq=False, repr=False)
class Reproduction(Outcomes):
    """A figure of a paper, made again."""

    name: str
    title: str
    published: Published
    quick: bool

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What the paper prints beside ours."""
        return tuple(_line(each, self.outcomes[each.part]) for each in self.published.printed)

    @property
    def notes(self) -> list[str]:
        """What one must know to read the lines."""
        conventions = dict.fromkeys(f"{each.quantity}: {each.convention}." for each in self.published.printed
                                    if each.convention)
        changed = dict.fromkeys(
            f"{name} {value} instead of {before}"
            for part, outcome in zip(self.published.parts, self.outcomes, strict=True)
            for name, before in part.experiment.parameters().items()
            if (value := outcome.experiment.parameters()[name]) != before)
        kind = "A quick run" if self.quick else "Changed"
        quick = [f"{kind}: {', '.join(changed) or 'the same as the whole one'}."] if self.quick or changed else []
        theory = [f"Theory against simulation: {count_held(self.rows)}."] if self.rows else []
        why = dict.fromkeys(f"Differs: {line.why}." for line in self.lines if line.why and not line.starred)
        apart = dict.fromkeys(f"* Theory is not where ours is accepted{line.why and ': '}{line.why}."
                              for line in self.lines if line.starred)
        return [*quick, *theory, *why, *apart, *filter(None, [self.published.conventions]), *conventions]

    def table(self, width: int | None = None, most: int | None = None) -> str:
        """Printed statements beside ours as text, the first ``most`` of them, and the notes."""
        shown = self.lines[:most]
        parts = [text_table(shown, _QUANTITY, _columns(shown), (), width)] if shown else []
        if len(shown) < len(self.lines):
            parts.append(f"and {len(self.lines) - len(shown)} more lines")
        notes = [line for note in self.notes for line in wrap(note, width or _LETTERS, subsequent_indent="  ")]
        return "\n".join([*parts, *notes])

    @property
    def figure(self) -> Any:
        """The panels with the table under them, a new matplotlib Figure."""
        entries = []
        for part, outcome in zip(self.published.parts, self.outcomes, strict=True):
            room, kind = type(outcome.experiment).__module__.split(".")[2], outcome.experiment.name()
            drawn = part.picture or panel(room, kind)
            if drawn is not None:
                words = f"No theory: {part.without_theory}" if part.without_theory else ""
                entries.append(Placed(drawn, outcome, part.title, words))
        return draw_panels(entries, self.table(_LETTERS, _SHOWN))

    def to_dict(self) -> dict[str, Any]:
        """The reproduction as plain lists, numbers and strings."""
        return {"figure": self.name, "title": self.title, "paper": self.published.paper,
                "number": self.published.number, "shows": self.published.shows, "quick": self.quick,
                "parameters": {str(k): outcome.experiment.parameters() for k, outcome in enumerate(self.outcomes)},
                "lines": [asdict(line) for line in self.lines], "notes": self.notes,
                "rows": self.rows_to_dicts()}

    def __repr__(self) -> str:
        """Title and table."""
        return f"{self.name}: {self.title}.\n{self.table()}"

    def _repr_html_(self) -> str:
        """Title and table, for notebooks."""
        return f"<p><b>{self.name}</b>: {self.title}.</p>{html_table(self.lines, (_QUANTITY, *_COLUMNS))}"


def cells(line: Line) -> list[str]:
    """All cells of a line, beginning with the quantity."""
    return [column.cell(line) for column in (_QUANTITY, *_COLUMNS)]


def _columns(lines: Sequence[Line]) -> list[Column[Line]]:
    """The columns that have something to show."""
    return [column for column in _COLUMNS if any(column.cell(line) != "–" for line in lines)]


def _line(printed: Printed, outcome: Outcome) -> Line:
    given: Array = np.ma.asarray(printed.ours(outcome.experiment, outcome.result), float)
    values = np.ma.masked_invalid(given).compressed()
    missing = given.size - len(values)
    mean = float(values.mean()) if len(values) else float("nan")
    half = half_width(values) if len(values) > 1 else float("nan")
    theory = None if printed.theory is None else float(np.mean(printed.theory(outcome.experiment, outcome.result)))
    verdict = _verdict(printed, mean, half)
    if missing and verdict == "reproduced":
        # What the others would say is not known.
        verdict = "within chance"
    quantity = f"{printed.quantity} ({missing} of {given.size} missing)" if missing else printed.quantity
    words = printed.why if verdict == "differs" else printed.apart
    line = Line(quantity, printed.printed, printed.code, _finite(mean), _finite(mean - half),
                _finite(mean + half), _finite(theory), _finite(printed.low), _finite(printed.high), verdict, words)
    return line if verdict == "differs" or line.starred else replace(line, why="")


def _verdict(printed: Printed, mean: float, half: float) -> str:
    doubt = float(np.nan_to_num(half))
    if printed.low + doubt <= mean <= printed.high - doubt:
        return "reproduced"
    if printed.low - half <= mean <= printed.high + half:
        return "within chance"
    return "differs"


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else value


def experiments(figure: Published, quick: bool = False, **common: Any) -> list[Experiment[Any]]:
    """The experiments of a figure; common: fields, as seeds and seed, that replace theirs. Raises InputError."""
    return [replace(part.experiment, **{**(part.quick if quick else {}), **common}) for part in figure.parts]


def reproduce(name: str, title: str, figure: Published, quick: bool = False, how: Execution | None = None,
              keep: Path | None = None, **common: Any) -> Reproduction:
    """Make a figure again; arguments as those of ``gateflow.figure``. Raises InputError."""
    start = time.perf_counter()
    outcomes = run_experiments(experiments(figure, quick, **common), how, keep)
    return Reproduction(tuple(outcomes), name, title, figure, quick, seconds=time.perf_counter() - start)
