"""Experiments that were run, with their rows, and ``compare``, which runs them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from gateflow.sim.compare import catalogue, table
from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.kept import run_kept
from gateflow.sim.compare.rows import Row
from gateflow.sim.processes import Progress, silent
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import InputError, choice
from gateflow.theory.parameters import take_positional

# Seconds of work that are worth processes, which take more than one each to start.
_WORTH = 12.0


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """An experiment that was run: what it gave, and its rows."""

    experiment: Experiment[Any]
    result: Any
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether everything holds that should."""
        return all(row.holds is not False for row in self.rows)

    def __repr__(self) -> str:
        """Name and rows."""
        return table.outcome_table(self.experiment.name(), self.experiment.title(), self.rows)


@dataclass(frozen=True, eq=False, repr=False)
class Outcomes:
    """Experiments that were run together, and the seconds it took."""

    outcomes: tuple[Outcome, ...]
    seconds: float = field(default=0.0, kw_only=True)

    @property
    def rows(self) -> list[Row]:
        """Rows of all experiments: theory against simulation."""
        return [row for outcome in self.outcomes for row in outcome.rows]

    @property
    def holds(self) -> bool:
        """Whether everything holds that should."""
        return all(outcome.holds for outcome in self.outcomes)

    def rows_to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain numbers and strings, each with its experiment's name."""
        return [{**asdict(row), "experiment": outcome.experiment.name()}
                for outcome in self.outcomes for row in outcome.rows]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Outcomes):
    """Experiments of a room that were run, and the files written."""

    scenario: str
    files: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of all experiments, by name: what several have means the same."""
        return {name: value for outcome in self.outcomes for name, value in outcome.experiment.parameters().items()}

    def __getitem__(self, name: str) -> Outcome:
        """The outcome of the named experiment. Raises InputError for one that did not run."""
        known = {outcome.experiment.name(): outcome for outcome in self.outcomes}
        choice("experiment", name, tuple(known))
        return known[name]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain lists, numbers and strings."""
        return {"scenario": self.scenario, "parameters": self.parameters, "rows": self.rows_to_dicts(),
                "files": list(self.files), "seconds": self.seconds}

    def table(self, width: int | None = None, *, all_rows: bool = True) -> str:
        """Rows under their experiments, with a verdict each; all_rows: also those that only observe, or hold."""
        parts = [table.outcome_table(outcome.experiment.name(), outcome.experiment.title(), outcome.rows, width,
                                     all_rows=all_rows) for outcome in self.outcomes]
        return "\n\n".join([*parts, table.verdict(self.rows, self.seconds)])

    def __repr__(self) -> str:
        """The table."""
        return self.table()

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        return "".join(table.outcome_html(outcome.experiment.name(), outcome.experiment.title(), outcome.rows)
                       for outcome in self.outcomes)


def options(kinds: Sequence[type[Experiment[Any]]]) -> dict[str, Any]:
    """Dataclass fields of several experiments, by name. Raises TypeError if two mean different things by one name."""
    together: dict[str, Any] = {}
    for kind in kinds:
        for option in fields(kind):
            other = together.setdefault(option.name, option)
            if (other.metadata, other.default) != (option.metadata, option.default):
                raise TypeError(f"experiments of one room must mean the same by {option.name}, {kind.__name__} does "
                                "not")
    return together


def run_experiments(experiments: Sequence[Experiment[Any]], how: Execution | None = None,
                    keep: Path | None = None) -> list[Outcome]:
    """Run experiments side by side; jobs that they share are done once, the longest first.

    how: who computes; results do not depend on it. keep: folder where results of jobs are kept, and taken from.
    Raises what the experiments raise.
    """
    for experiment in experiments:
        experiment.check_ready()
    asked = [experiment.jobs() for experiment in experiments]
    places: dict[Any, Job] = {}
    for job in (job for jobs in asked for job in jobs):
        places.setdefault(job.key(), job)
    ordered = sorted(places, key=lambda key: -places[key].cost)
    calls, how = [(places[key].function, places[key].arguments) for key in ordered], how or Execution()
    if sum(places[key].seconds for key in ordered) < _WORTH:
        how = replace(how, workers=1)
    done = dict(zip(ordered, run_kept(calls, how, keep), strict=True))
    outcomes = []
    for experiment, jobs in zip(experiments, asked, strict=True):
        result = experiment.gather([done[job.key()] for job in jobs])
        outcomes.append(Outcome(experiment, result, tuple(experiment.rows(result))))
    return outcomes


def compare(room: str, *names: str, workers: int = 1, progress: Progress = silent,
            **parameters: Any) -> Comparison:
    """Run experiments of a room, all routine ones or those named, and return what they gave.

    names: of experiments, or what stands on the command line without an option's name, as the string of a network.
    parameters: of the experiments, by name; each takes those that it has. Raises InputError.

    >>> compare("inference", "one-step", seeds=5).holds  # doctest: +SKIP
    True
    """
    start = time.perf_counter()
    choice("room", room, catalogue.rooms())
    known = tuple(catalogue.experiment_files()[room])
    kinds = [catalogue.experiment(room, name) for name in names if name in known] or catalogue.routine(room)
    given = parameters | take_positional(names, kinds, known)
    return run_comparison(room, made_with(room, kinds, given), Execution(workers, progress=progress), start)


def made_with(room: str, kinds: Sequence[type[Experiment[Any]]], parameters: Mapping[str, Any]) -> list[
        Experiment[Any]]:
    """Experiments of these classes, each with those of the parameters that it has. Raises InputError."""
    known = options(kinds)
    for name in parameters:
        if name not in known:
            raise InputError(f"{name} is no parameter of {room}; parameters are {', '.join(known)}")
    return [kind(**{name: value for name, value in parameters.items() if name in options([kind])}) for kind in kinds]


def run_comparison(room: str, experiments: Sequence[Experiment[Any]], how: Execution, start: float,
                   keep: Path | None = None) -> Comparison:
    """Run experiments of a room; start: when it began, by ``time.perf_counter``; keep: as in ``run_experiments``."""
    outcomes = run_experiments(experiments, how, keep)
    return Comparison(tuple(outcomes), room, seconds=time.perf_counter() - start)
