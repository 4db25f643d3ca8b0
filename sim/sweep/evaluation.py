"""One chunk of a sweep: the function is called, its result checked, what fails is set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gateflow.sim.sweep.grid import Sweep, check_name, versions
from gateflow.theory.checks import InputError

# What numbers may do to a calculation; anything else is a mistake in the program, and is raised on.
_FAILURES = (ArithmeticError, RuntimeError, ValueError)
_MISTAKES = (NotImplementedError, RecursionError, UnicodeError)
# What stands under a mask, by kind of number.
_NOTHING = {"b": False, "i": 0, "f": np.nan, "c": complex(np.nan, np.nan)}
_TYPES = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float64, "c": np.complex128}
_LARGEST = np.iinfo(np.int64).max

Masked = np.ma.MaskedArray[Any, Any]
Signature = dict[str, tuple[np.dtype[Any], tuple[int, ...]]]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Results of n runs. values: masked arrays (n, ...) by name; errors: what went wrong, by place among the runs.

    A run that failed is masked in all values. Under a mask there is NaN, 0 or False. If no run succeeded there are
    no names.
    """

    n: int
    values: Mapping[str, Masked] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)

    def signature(self) -> Signature:
        """Type and trailing shape of each value."""
        return {name: (values.dtype, values.shape[1:]) for name, values in self.values.items()}


def evaluate(sweep: Sweep, index: int, expected: Mapping[str, str]) -> Chunk:
    """Return chunk number ``index`` of a sweep.

    expected: versions under which the sweep runs. A call that raises an error of arithmetic, a RuntimeError or a
    ValueError is repeated run by run, so that only the run at fault is lost; other errors are raised on.
    Raises InputError if the versions here are others, or the function returns something else than it should.
    """
    if versions() != expected:
        raise InputError(f"workers must have the versions that the sweep runs under, {expected}, got {versions()}")
    runs = sweep.chunks()[index]
    chunk = _attempt(sweep, runs)
    if chunk.errors and not chunk.values and len(runs) > 1:
        chunk = joined(sweep, [_attempt(sweep, [run]) for run in runs])
    return chunk


def agreed(sweep: Sweep, first: Signature, second: Signature) -> Signature:
    """Return the signature that two chunks share; an empty one agrees with all. Raises InputError if they differ."""
    if first and second and first != second:
        one, other = (", ".join(f"{name} {dtype} {shape}" for name, (dtype, shape) in signature.items())
                      for signature in (first, second))
        raise InputError(f"{sweep.function_name} must return the same names, types and shapes for all runs, "
                         f"got {one} and {other}")
    return first or second


def joined(sweep: Sweep, chunks: Iterable[Chunk]) -> Chunk:
    """One chunk of many, in their order. Raises InputError if they do not agree with each other."""
    parts, first = list(chunks), 0
    signature: Signature = {}
    errors: dict[int, str] = {}
    for part in parts:
        signature = agreed(sweep, signature, part.signature())
        errors |= {first + place: error for place, error in part.errors.items()}
        first += part.n
    values = {}
    for name, (dtype, shape) in signature.items():
        arrays = [part.values[name] if part.values else _blank((part.n, *shape), dtype) for part in parts]
        values[name] = np.ma.MaskedArray(np.concatenate([array.data for array in arrays]),
                                         np.concatenate([np.ma.getmaskarray(array) for array in arrays]))
    return Chunk(first, values, errors)


def _blank(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Masked:
    return np.ma.MaskedArray(np.full(shape, _NOTHING[dtype.kind], dtype=dtype), mask=True)


def _attempt(sweep: Sweep, runs: Sequence[int]) -> Chunk:
    """Results of one call; without values, and with its error for every run, if it raised."""
    try:
        # What overflows ends in a run that is not finite, which is told with its parameters.
        with np.errstate(all="ignore"):
            result = sweep.call(runs)
    except _MISTAKES:
        raise
    except _FAILURES as failure:
        error = " ".join(f"{type(failure).__name__}: {failure}".split())
        return Chunk(len(runs), errors=dict.fromkeys(range(len(runs)), error))
    return _checked(sweep, result, len(runs))


def _checked(sweep: Sweep, result: Any, n: int) -> Chunk:
    function = sweep.function_name
    if not isinstance(result, Mapping) or not result:
        raise InputError(f"{function} must return arrays by name, got {type(result).__name__}")
    values: dict[str, Masked] = {}
    errors: dict[int, str] = {}
    for name in sorted(result, key=str):
        check_name(f"result of {function}", name, ("seed", *sweep.axes))
        array = _masked(result[name])
        if array.dtype.kind not in _TYPES or array.shape[:1] != (n,):
            raise InputError(f"{function} must return an array of numbers for {n} runs as {name}, "
                             f"got {array.dtype} {array.shape}")
        if array.dtype.kind == "u" and (array > _LARGEST).any():
            raise InputError(f"{function} must return integers below 2^63 as {name}, got {array.max()}")
        # A copy, mask and all: what a function returns is its own.
        values[name] = np.ma.MaskedArray(array.data.astype(_TYPES[array.dtype.kind]), np.ma.getmaskarray(array).copy())
        wrong = ~np.isfinite(values[name].data) & ~values[name].mask
        for place in np.flatnonzero(wrong.reshape(n, -1).any(axis=1)).tolist():
            errors.setdefault(place, f"{name} is not finite")
    for array in values.values():
        array[list(errors)] = np.ma.masked
        array.data[array.mask] = _NOTHING[array.dtype.kind]
    return Chunk(n, values, dict(sorted(errors.items())))


def _masked(values: Any) -> Any:
    """The values as an array with a mask; of objects, where their lengths differ."""
    try:
        return np.ma.asarray(values)
    except ValueError:
        return np.ma.empty((), dtype=object)
