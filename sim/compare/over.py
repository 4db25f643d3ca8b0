"""An experiment over one of its parameters: its rows at every value, run and kept as a sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from gateflow.sim.compare import catalogue
from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import Row
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import Array, InputError
from gateflow.theory.parameters import meanings

_NUMBERS = ("theory", "simulation", "low", "high", "error", "tolerance")
# Letters of a quantity that are kept; sweeps keep numbers alone.
_LETTERS = 200


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
    rows = [outcome.rows for outcome in outcomes]
    told: dict[str, Any] = {name: np.ma.masked_invalid([[_or_nan(getattr(row, name)) for row in each] for each in rows])
                            for name in _NUMBERS}
    told["holds"] = np.array([[-1 if row.holds is None else int(row.holds) for row in each] for each in rows])
    told["quantity"] = np.array([[_letters(row) for row in each] for each in rows])
    return told


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _letters(row: Row) -> NDArray[np.int64]:
    letters = np.zeros(_LETTERS, dtype=np.int64)
    codes = [ord(letter) for letter in row.quantity[:_LETTERS]]
    letters[:len(codes)] = codes
    return letters


def curves(result: SweepResult) -> list[Curve]:
    """The quantities of an experiment over the values of a sweep. Raises InputError where none was told."""
    if "holds" not in result.values:
        raise InputError(f"no value gave a result: {'; '.join(map(str, result.failures[:1]))}")
    numbers = {name: np.ma.filled(result.values[name].astype(float), np.nan) for name in _NUMBERS}
    holds = np.ma.filled(result.values["holds"], -1)
    names = np.ma.filled(result.values["quantity"], 0)
    return [Curve(_common(names[:, k]), **{name: array[:, k] for name, array in numbers.items()}, holds=holds[:, k])
            for k in range(holds.shape[1])]


def _common(letters: NDArray[np.int64]) -> str:
    """What the names of a quantity at all values share, with … where they differ."""
    texts = sorted({"".join(map(chr, row[row > 0])) for row in letters} - {""})
    if len(texts) < 2:
        return texts[0] if texts else ""
    start = _shared(texts)
    return f"{start}…{_shared([text[len(start):][::-1] for text in texts])[::-1]}"


def _shared(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    return "".join(letters[0] for letters in takewhile(lambda some: len(set(some)) == 1, zip(*texts, strict=False)))
