"""One chunk of a sweep: the function is called, its result checked, what fails is set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401 - loads SciPy's own matrix library before its threads are limited
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gateflow.sim.sweep.grid import Sweep, check_name, versions
from gateflow.theory.checks import InputError

# What numbers may do to a calculation; anything else is a mistake in the program, and is raised on.
_FAILURES = (ArithmeticError, RuntimeError, ValueError)
_MISTAKES = (NotImplementedError, RecursionError, UnicodeError)
# What stands under a mask, by kind of number.
_NOTHING = {"b": False, "i": 0, "f": np.nan, "c": complex(np.nan, np.nan)}
_TYPES = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float64, "c": np.complex128}

Signature = dict[str, tuple[np.dtype[Any], tuple[int, ...]]]


@dataclass(frozen=True)
class Chunk:
    """Results of n rows. values: arrays (n, ...) by name; masks: of the same shapes, True where there is no value.

    errors: what went wrong, by the row's place in the chunk; such a row is masked in all values. Under a mask there
    is NaN, 0 or False. If no row succeeded there are no names.
    """

    values: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)

    def signature(self) -> Signature:
        """Type and trailing shape of each value."""
        return {name: (values.dtype, values.shape[1:]) for name, values in self.values.items()}


def evaluate(sweep: Sweep, index: int, expected: Mapping[str, str]) -> tuple[int, Chunk]:
    """Return the index, and chunk number ``index`` of a sweep.

    expected: versions under which the sweep runs. A call that raises an error of arithmetic, a RuntimeError or a
    ValueError is repeated row by row, so that only the row at fault is lost; other errors are raised on.
    Raises InputError if the versions here are others, or the function returns something else than it should.
    """
    if versions() != expected:
        raise InputError(f"workers must have the versions that the sweep runs under, {expected}, got {versions()}")
    rows = sweep.chunks()[index]
    # The last bits of matrix products depend on how many threads share the work; and the cores have processes already.
    with threadpool_limits(limits=1):
        chunk = _attempt(sweep, rows)
        if chunk.errors and not chunk.values and len(rows) > 1:
            chunk = _joined(sweep, [_attempt(sweep, [row]) for row in rows])
    return index, chunk


def agreed(sweep: Sweep, first: Signature, second: Signature) -> Signature:
    """Return the signature that two chunks share; an empty one agrees with all. Raises InputError if they differ."""
    if first and second and first != second:
        raise InputError(f"{sweep.function_name} must return the same names, types and shapes for all rows, "
                         f"got {_shown(first)} and {_shown(second)}")
    return first or second


def blank(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array of what stands under a mask."""
    return np.full(shape, _NOTHING[dtype.kind], dtype=dtype)


def _shown(signature: Signature) -> str:
    return ", ".join(f"{name} {dtype} {shape}" for name, (dtype, shape) in signature.items())


def _attempt(sweep: Sweep, rows: Sequence[int]) -> Chunk:
    """Results of one call; without values, and with its error for every row, if it raised."""
    try:
        # What overflows ends in a row that is not finite, which is told with its parameters.
        with np.errstate(all="ignore"):
            result = sweep.call(rows)
    except _MISTAKES:
        raise
    except _FAILURES as failure:
        return Chunk(errors=dict.fromkeys(range(len(rows)), " ".join(f"{type(failure).__name__}: {failure}".split())))
    return _checked(sweep, result, len(rows))


def _checked(sweep: Sweep, result: Any, n: int) -> Chunk:
    function = sweep.function_name
    if not isinstance(result, Mapping) or not result:
        raise InputError(f"{function} must return arrays by name, got {type(result).__name__}")
    values: dict[str, NDArray[Any]] = {}
    masks: dict[str, NDArray[np.bool_]] = {}
    errors: dict[int, str] = {}
    for name in sorted(result, key=str):
        check_name(f"result of {function}", name, ("seed", *sweep.axes))
        array = _masked(result[name])
        if array.dtype.kind not in _TYPES or array.shape[:1] != (n,):
            raise InputError(f"{function} must return an array of numbers with {n} rows as {name}, "
                             f"got {array.dtype} {array.shape}")
        masks[name] = np.ma.getmaskarray(array).copy()
        values[name] = array.data.astype(_TYPES[array.dtype.kind])
        wrong = ~np.isfinite(values[name]) & ~masks[name]
        for row in np.flatnonzero(wrong.reshape(n, -1).any(axis=1)).tolist():
            errors.setdefault(row, f"{name} is not finite")
    for name in values:
        masks[name][list(errors)] = True
        values[name][masks[name]] = _NOTHING[values[name].dtype.kind]
    return Chunk(values, masks, dict(sorted(errors.items())))


def _masked(values: Any) -> Any:
    """The values as an array with a mask; of objects, where their lengths differ."""
    try:
        return np.ma.asarray(values)
    except ValueError:
        return np.ma.empty((), dtype=object)


def _joined(sweep: Sweep, parts: Sequence[Chunk]) -> Chunk:
    """One chunk of many chunks of one row."""
    signature: Signature = {}
    for part in parts:
        signature = agreed(sweep, signature, part.signature())
    values = {name: np.concatenate([part.values.get(name, blank((1, *shape), dtype)) for part in parts])
              for name, (dtype, shape) in signature.items()}
    masks = {name: np.concatenate([part.masks.get(name, np.ones((1, *shape), dtype=bool)) for part in parts])
             for name, (_, shape) in signature.items()}
    return Chunk(values, masks, {row: part.errors[0] for row, part in enumerate(parts) if part.errors})
