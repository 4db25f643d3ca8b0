"""Arguments of public functions, checked before they run; what comes out is numbers, or an error that says why not.

    @takes(distance=AT_LEAST_0, sigma=POSITIVE)
    def two_task_accuracy(distance: Any, sigma: Any, m: Any = np) -> Any: ...

    @takes(W=Axes("P", "d_out", "d_in"), c=Axes("P"))
    def effective_weights(W: Array, c: Array) -> Array: ...

What is named has a range or axes; what is not is checked by its annotation: a float is one finite number, an int a
whole one, an array finite numbers, a class its instances. Defaults and SymPy's symbols are passed on as they are. Loops
that call such a function with what they have checked take ``unchecked``.
"""

import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import REAL, TOO_LARGE, Array, InputError, Range, as_numbers, shown, together

F = TypeVar("F", bound=Callable[..., Any])
# Given first to ``takes``: the function gives NaN where there is no value, and says so.
MAY_BE_NAN = True

_WHOLE = Range(whole=True)
# Imaginary parts below this are those of a derivative by a complex step: such arrays are judged by their real part.
_COMPLEX_STEP = 1e-15


@dataclass(frozen=True, init=False)
class Axes:
    """The last axes of an array, any axes before: a word stands for a length, the same in all arguments of a call."""

    axes: tuple[str | int, ...]
    allowed: Range
    alone: bool

    def __init__(self, *axes: str | int, allowed: Range = REAL, alone: bool = False) -> None:
        """Keep the axes. allowed: the range of every entry; alone: that there are no axes before."""
        object.__setattr__(self, "alone", alone)
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "allowed", allowed)

    def check(self, name: str, value: Any, lengths: dict[str, int], nan: bool = False) -> Array:
        """Return a float64 array.

        lengths: of the axes that arguments before have, which this one adds to; nan: whether it may hold NaN.
        """
        result = _array(name, value, self.allowed, nan)
        last = result.shape[max(result.ndim - len(self.axes), 0):]
        wanted = [lengths.get(axis, axis) if isinstance(axis, str) else axis for axis in self.axes]
        fits, found = result.ndim == len(wanted) if self.alone else len(last) == len(wanted), dict(lengths)
        for axis, have in zip(self.axes, last, strict=False):
            fits &= have > 0 and have == (found.setdefault(axis, have) if isinstance(axis, str) else axis)
        if not fits:
            shape = ", ".join(f"{axis} = {want}" if want != axis else str(axis)
                              for axis, want in zip(self.axes, wanted, strict=True))
            before = "" if self.alone else "..., "
            raise InputError(f"{name} must have shape ({before}{shape}) and at least one entry, got {result.shape}")
        lengths.update(found)
        return result


Allowed = Range | Axes


def takes(nan: bool = False, /, **allowed: Allowed) -> Callable[[F], F]:
    """Check the arguments of a function whenever it is called.

    nan: MAY_BE_NAN for a function that says where it gives NaN, and may be given it in arrays; of others NaN is an
    error.
    allowed: a range for an argument that is a number or an array, all of which must broadcast, or the axes of an array.
    The function raises InputError for what is not allowed, and where numbers so large or small overflow inside.
    """
    def decorate(function: F) -> F:
        parameters = inspect.signature(function).parameters
        kinds = {name: allowed.get(name, parameter.annotation) for name, parameter in parameters.items()}
        defaults = {name: parameter.default for name, parameter in parameters.items()}
        # What *args takes is passed on as it is.
        names = [name for name, each in parameters.items() if each.kind not in (each.VAR_POSITIONAL, each.KEYWORD_ONLY)]

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            seen = _Seen(nan, {}, {})
            for name, value in given.items():
                if name in kinds and value is not defaults[name]:
                    one = parameters[name].annotation in (float, int)
                    given[name] = seen.check(name, value, kinds[name], defaults[name], one)
            together(**seen.leading)
            if any(map(_symbolic, given.values())):
                return function(*args, **kwargs)
            try:
                with np.errstate(all="ignore"):
                    result = function(*(given[name] for name in names[:len(args)]), *args[len(names):],
                                      **{k: given[k] for k in kwargs})
            except (ZeroDivisionError, OverflowError, MemoryError, np.linalg.LinAlgError) as failure:
                raise InputError(f"{_said(function, given)} is too large or small for numbers ({failure})") from failure
            except ValueError as failure:
                if any(words in str(failure) for words in TOO_LARGE):
                    raise InputError(f"{_said(function, given)} is too large for any memory ({failure})") from failure
                raise
            if not nan and _has_nan(result):
                raise InputError(f"{_said(function, given)} has no value")
            return result

        return cast(F, checked)

    return decorate


def check_fields(instance: Any) -> None:
    """Check the fields of a dataclass when it is made, each by its annotation. Raises InputError."""
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name, field.default)
        if field.init and value is not field.default:
            _by_annotation(field.name, value, field.type)


def unchecked(function: F) -> F:
    """The function without its checks, for loops whose arguments are known to be allowed."""
    return cast(F, inspect.unwrap(function))


@dataclass(frozen=True)
class _Seen:
    """What a call has shown so far. nan: whether arrays may hold NaN; leading: what must have one shape together;
    lengths: of axes."""

    nan: bool
    leading: dict[str, Any]
    lengths: dict[str, int]

    def check(self, name: str, value: Any, kind: Any, default: Any, one: bool) -> Any:
        """The value of an argument, checked; one: that it is a single number."""
        if _symbolic(value):
            return value
        if isinstance(kind, Axes):
            result = kind.check(name, value, self.lengths, self.nan)
            self.leading[name] = np.broadcast_to(0.0, result.shape[:result.ndim - len(kind.axes)])
            return result
        if isinstance(kind, Range):
            result = kind.check(name, value) if one else _numbers(name, value, kind, self.nan)
            self.leading[name] = result
            return result
        if isinstance(default, types.ModuleType):
            return _one_of(name, value, types.ModuleType, "a module, as numpy or sympy")
        return _by_annotation(name, value, kind)


def _array(name: str, value: Any, allowed: Range, nan: bool) -> Array:
    """Numbers of a range, with NaN where allowed."""
    result = as_numbers(name, value)
    allowed.check_all(name, result[~np.isnan(result)] if nan else result)
    return result


def _numbers(name: str, value: Any, allowed: Range, nan: bool) -> Any:
    """A number, an integer as a float unless the range is of integers; several as an array, with NaN where allowed."""
    if isinstance(value, np.ndarray) and np.iscomplexobj(value) and (np.abs(value.imag) < _COMPLEX_STEP).all():
        allowed.check_all(name, value.real)
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return _array(name, value, allowed, nan)
    checked = allowed.check(name, value)
    # What is neither, as a fraction or a number of mpmath, keeps its digits.
    return checked if isinstance(value, int | np.integer) else value


def _by_annotation(name: str, value: Any, kind: Any) -> Any:
    """The value, if it is what the annotation says; annotations that say less than a type let everything pass."""
    if get_origin(kind) in (Union, types.UnionType):
        kinds = get_args(kind)
        if value is None and type(None) in kinds:
            return value
        if set(get_args(ArrayLike)) <= set(kinds):
            return REAL.check_all(name, value)
        return _one_of_kinds(name, value, [each for each in kinds if each is not type(None)])
    origin = get_origin(kind) or kind
    if kind in (Any, inspect.Parameter.empty):
        return value
    if kind is float:
        REAL.check(name, value)
    elif kind is int:
        _WHOLE.check(name, value)
    elif origin is np.ndarray:
        return REAL.check_all(name, value) if kind == Array else _one_of(name, value, np.ndarray, "an array")
    elif origin in (Sequence, list, tuple):
        return _several(name, value, get_args(kind), origin is tuple)
    elif origin is Callable or kind is Callable:
        return _one_of(name, value, types.FunctionType, "a function") if not callable(value) else value
    elif origin is Mapping and isinstance(value, Mapping):
        for key, entry in value.items():
            _by_annotation(f"{name}[{key!r}]", entry, get_args(kind)[1])
    elif isinstance(origin, type):
        return _one_of(name, value, origin, f"a {origin.__name__}")
    return value


def _one_of(name: str, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, type) and kind is not type):
        raise InputError(f"{name} must be {words}, got {shown(value)}")
    return value


def _one_of_kinds(name: str, value: Any, kinds: list[Any]) -> Any:
    """The value, if one of several annotations allows it; the error is that of the last."""
    for kind in kinds[:-1]:
        try:
            return _by_annotation(name, value, kind)
        except InputError:
            continue
    return _by_annotation(name, value, kinds[-1])


def _several(name: str, value: Any, kinds: tuple[Any, ...], each_its_own: bool) -> Any:
    if isinstance(value, str | bytes | set | frozenset | Mapping) or not hasattr(value, "__len__") or (
            isinstance(value, np.ndarray) and not value.ndim):
        raise InputError(f"{name} must be several values, got {shown(value)}")
    if not (each_its_own and kinds and Ellipsis not in kinds):
        kinds = kinds[:1] * len(value)
    elif len(kinds) != len(value):
        raise InputError(f"{name} must be {len(kinds)} values, got {shown(value)}")
    for entry, kind in zip(value, kinds, strict=False):
        _by_annotation(name, entry, kind)
    return value


def _symbolic(value: Any) -> bool:
    """Whether this is an expression of SymPy, or an array of them, which nothing here needs to import."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(map(_symbolic, value.ravel()))
    return hasattr(value, "free_symbols")


def _has_nan(result: Any) -> bool:
    if isinstance(result, float | np.ndarray):
        return bool(getattr(result, "dtype", np.dtype(float)).kind == "f" and np.isnan(result).any())
    return isinstance(result, tuple) and any(map(_has_nan, result))


def _said(function: Callable[..., Any], given: Mapping[str, Any]) -> str:
    return f"{function.__name__} at {', '.join(f'{name} = {shown(value)}' for name, value in given.items())}"
