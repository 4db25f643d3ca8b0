"""An experiment over one of its parameters: its rows at every value, run and kept as a sweep."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from gateflow.sim.compare import catalogue
from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.parameters import meanings

_NUMBERS = ("theory", "simulation", "low", "high", "error", "tolerance")
# Rows of an experiment, and letters of a quantity, that there is room for: sweeps keep numbers, of one shape.
_ROWS, _LETTERS = 400, 160


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
def sweep_over(room: str, experiment: str, name: str, values: Sequence[float], parameters: Mapping[str, Any]) -> Sweep:
    """The sweep that runs an experiment at each value of a parameter. Raises InputError."""
    kind = catalogue.experiment(room, experiment)
    known = meanings(kind)
    if name not in known or isinstance(known[name][0].default, str | bool | tuple):
        numbers = [key for key, (field, _) in known.items() if not isinstance(field.default, str | bool | tuple)]
        raise InputError(f"over must name one of {', '.join(numbers)}, got {name!r}")
    if name in parameters:
        raise InputError(f"{name} must not be given beside --over {name}")
    for value in values:
        kind(**parameters, **{name: value})
    axes = {"at" if name == "seed" else name: np.asarray(values)}
    return Sweep(f"{room}-{experiment}", axes, row_cells,
                 {"room": room, "experiment": experiment, "over": name, "parameters": dict(parameters)}, chunk=1)


def row_cells(parameters: Mapping[str, NDArray[Any]], streams: Sequence[SeedSequence],
              fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Rows (n, rows) of an experiment at n values of a parameter, as numbers by name."""
    (values,) = parameters.values()
    kind = catalogue.experiment(fixed["room"], fixed["experiment"])
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in fixed["parameters"].items()}
    outcomes = run_experiments([kind(**given, **{fixed["over"]: value}) for value in values.tolist()])
    told: dict[str, Any] = {name: np.full((len(outcomes), _ROWS), np.nan) for name in _NUMBERS}
    told |= {"holds": np.full((len(outcomes), _ROWS), -2), "quantity": np.zeros((len(outcomes), _ROWS, _LETTERS), int)}
    for place, outcome in enumerate(outcomes):
        if len(outcome.rows) > _ROWS:
            raise ValueError(f"{fixed['experiment']} has more than {_ROWS} rows")
        for number, row in enumerate(outcome.rows):
            for name in _NUMBERS:
                told[name][place, number] = _or_nan(getattr(row, name))
            told["holds"][place, number] = -1 if row.holds is None else int(row.holds)
            codes = [ord(letter) for letter in row.quantity[:_LETTERS]]
            told["quantity"][place, number, :len(codes)] = codes
    return {name: np.ma.masked_invalid(array) for name, array in told.items()}


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


@takes()
def curves(result: SweepResult) -> list[Curve]:
    """The quantities of an experiment over the values of a sweep, in their order, with … for the value in their names.

    Raises InputError where no value gave a result.
    """
    if "holds" not in result.values:
        raise InputError(f"no value gave a result: {'; '.join(map(str, result.failures[:1]))}")
    (values,) = result.axes.values()
    holds = np.ma.filled(result.values["holds"], -2)
    letters = np.ma.filled(result.values["quantity"], 0)
    places: dict[str, dict[int, int]] = {}
    for place, value in enumerate(values.tolist()):
        for number in np.flatnonzero(holds[place] > -2).tolist():
            places.setdefault(_name(letters[place, number], value), {})[place] = number
    return [_curve(name, at, result, len(values)) for name, at in places.items()]


def _name(codes: NDArray[np.int64], value: float) -> str:
    """The name of a quantity without the value of the parameter, which is another at every place."""
    text = "".join(map(chr, codes[codes > 0]))
    return re.sub(rf"(?<![\d.]){re.escape(f'{value:g}')}(?![\d.])", "…", text)


def _curve(name: str, at: Mapping[int, int], result: SweepResult, n: int) -> Curve:
    numbers = {field: np.full(n, np.nan) for field in _NUMBERS}
    holds = np.full(n, -1)
    for place, number in at.items():
        for field, array in numbers.items():
            array[place] = np.ma.filled(result.values[field].astype(float), np.nan)[place, number]
        holds[place] = result.values["holds"][place, number]
    return Curve(name, **numbers, holds=holds)
