"""An experiment over one of its parameters: the numbers of every row at every value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare import catalogue
from gateflow.sim.compare.comparison import Outcome, run_experiments
from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.rows import Row
from gateflow.sim.sweep.run import Execution
from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.parameters import meanings

_NUMBERS = ("theory", "simulation", "low", "high", "error", "tolerance")


@dataclass(frozen=True)
class Curve:
    """One quantity over a parameter: the numbers of its row at every value, arrays (n,), NaN where there is none.

    holds (n,): 1 where it does, 0 where not, −1 where nothing is claimed.
    """

    quantity: str
    theory: Array
    simulation: Array
    low: Array
    high: Array
    error: Array
    tolerance: Array
    holds: NDArray[np.int64]


@takes()
def experiments_over(room: str, experiment: str, name: str, values: Sequence[float],
                     parameters: Mapping[str, Any]) -> list[Experiment[Any]]:
    """The experiment at each value of a parameter. Raises InputError."""
    kind = catalogue.experiment(room, experiment)
    known = meanings(kind)
    if name not in known or isinstance(known[name][0].default, str | bool | tuple):
        numbers = [key for key, (field, _) in known.items() if not isinstance(field.default, str | bool | tuple)]
        raise InputError(f"over must name one of {', '.join(numbers)}, got {name!r}")
    if name in parameters:
        raise InputError(f"{name} must not be given beside --over {name}")
    return [kind(**parameters, **{name: value}) for value in values]


@takes()
def run_over(experiments: Sequence[Experiment[Any]], how: Execution | None = None,
             keep: Path | None = None) -> list[Outcome | Exception]:
    """Run experiments side by side; where one fails, what it raised stands for it. keep: as in ``run_experiments``."""
    try:
        return list(run_experiments(experiments, how, keep))
    except Exception:  # one of them fails, in whatever way: the others stand, and are mostly done
        return [_attempt(experiment, how, keep) for experiment in experiments]


def _attempt(experiment: Experiment[Any], how: Execution | None, keep: Path | None) -> Outcome | Exception:
    try:
        return run_experiments([experiment], how, keep)[0]
    except Exception as failure:
        return failure


@takes()
def curves(values: Sequence[float], outcomes: Sequence[Outcome | Exception]) -> list[Curve]:
    """The quantities of an experiment over values, in their order, with … for the value in their names.

    Raises InputError where no value gave a result.
    """
    rows: dict[str, dict[int, Row]] = {}
    for place, (value, outcome) in enumerate(zip(values, outcomes, strict=True)):
        for row in outcome.rows if isinstance(outcome, Outcome) else ():
            rows.setdefault(_without(value, row.quantity), {})[place] = row
    if not rows:
        raise InputError(f"no value gave a result: {outcomes[0] if outcomes else 'there is none'}")
    return [_curve(quantity, at, len(values)) for quantity, at in rows.items()]


def _without(value: float, quantity: str) -> str:
    """The name of a quantity without the value of the parameter, which is another at every place."""
    return re.sub(rf"(?<![\d.]){re.escape(f'{value:g}')}(?![\d.])", "…", quantity)


def _curve(quantity: str, at: Mapping[int, Row], n: int) -> Curve:
    numbers = {field: np.full(n, np.nan) for field in _NUMBERS}
    holds = np.full(n, -1)
    for place, row in at.items():
        for field, array in numbers.items():
            array[place] = np.nan if getattr(row, field) is None else getattr(row, field)
        holds[place] = -1 if row.holds is None else int(row.holds)
    return Curve(quantity, **numbers, holds=holds)
