"""A walk over the public surface: every function of every room, with every argument wrong in every way."""

import dataclasses
import importlib
import inspect
import signal
import sys
import time
import typing
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import InputError
from tests.attack.good import STEPS, good

ROOMS = ("gated", "network", "inference", "disentangle", "sweep", "plane", "derivations")
# Rooms whose functions are called; of the others constructors and classes alone are looked at.
NOT_NUMBERS: dict[str, Any] = {
    "None": None, "text": "x", "bytes": b"x", "an object": object(), "a class": int, "complex": 1j, "a dict": {"a": 1},
    "ragged lists": [[1], [1, 2]], "texts": ["1", "2"], "NaN": np.nan, "an array with NaN": np.array([np.nan, 1.0]),
    "complex numbers": [1j, 2.0], "a set": {1.0}}
NUMBERS: dict[str, Any] = {
    "-1": -1.0, "0": 0.0, "inf": np.inf, "-inf": -np.inf, "1e300": 1e300, "-1e300": -1e300, "1e-300": 1e-300,
    "half": 0.5, "two": 2, "a million": 10**6, "a huge integer": 10**30, "True": True, "no entries": [],
    "a matrix": np.zeros((2, 3)), "five": np.arange(5.0), "a cube": np.full((2, 2, 2), 0.1)}
# Seconds of work that a call may take, and the first one, which may have to compile.
PATIENCE, COMPILING = 5, 120


class Late(BaseException):
    """A call takes too long."""


@dataclass(frozen=True)
class Finding:
    """A call that ended otherwise than with a result or one line."""

    function: str
    argument: str
    value: str
    ending: str

    def __str__(self) -> str:
        """In a line."""
        return f"{self.function} with {self.argument} = {self.value}: {self.ending}"


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All public functions, found by walking the namespaces; classes stand for their constructors."""
    for room in ROOMS:
        namespace = importlib.import_module(f"gateflow.{room}")
        for name in getattr(namespace, "__all__", None) or dir(namespace):
            thing = getattr(namespace, name)
            if name.startswith("_") or not callable(thing) or typing.get_origin(thing):
                continue
            if inspect.isclass(thing) and (issubclass(thing, BaseException) or getattr(thing, "_is_protocol", False)):
                continue
            yield f"{room}.{name}", thing


def arguments(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments that a call must or may have, by name."""
    kinds = inspect.Parameter
    return {name: each for name, each in inspect.signature(function).parameters.items()
            if each.kind not in (kinds.VAR_KEYWORD, kinds.VAR_POSITIONAL)}


def holds(thing: Any) -> bool:
    """Whether this is a class that keeps what it is given and checks nothing: results, which functions make."""
    return inspect.isclass(thing) and (issubclass(thing, tuple) or (
        dataclasses.is_dataclass(thing) and not hasattr(thing, "__post_init__")
        and thing.__init__.__code__.co_filename == "<string>"))


def call(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call with values by name, those that have only a place by place."""
    parameters = arguments(function)
    placed = [given[name] for name, each in parameters.items() if each.kind is each.POSITIONAL_ONLY and name in given]
    named = {name: value for name, value in given.items() if parameters[name].kind is not
             inspect.Parameter.POSITIONAL_ONLY}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*placed, **named)


def good_call(name: str, function: Callable[..., Any]) -> dict[str, Any] | None:
    """Good values of all arguments that a call must have; None where one is not known."""
    short = name.split(".")[-1]
    values = {each: good(short, each) for each, parameter in arguments(function).items()
              if parameter.default is parameter.empty}
    values |= {each: good(short, f"{short}.{each}") for each in arguments(function)
               if good(short, f"{short}.{each}") is not KeyError}
    return None if any(value is KeyError for value in values.values()) else values


def attacks(function: Callable[..., Any], fine: dict[str, Any] | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Argument, name of the value and arguments of each bad call: all at once, then each among good ones."""
    every = arguments(function)
    must = [name for name, each in every.items() if each.default is each.empty]
    for words, value in {**NOT_NUMBERS, **NUMBERS}.items():
        if must:
            yield "all", words, dict.fromkeys(must, value)
        for name in every if fine is not None else ():
            # A class is a function too, and what it does with its arguments is the caller's.
            if value is int and "Callable" in str(every[name].annotation):
                continue
            yield name, words, {**(fine or {}), name: value}


def ending(function: Callable[..., Any], given: dict[str, Any], patience: float = PATIENCE) -> str:
    """How a call ends that may take so many seconds: "" with a result or one line, else in words."""
    def late(*_: Any) -> None:
        raise Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, patience)
    try:
        result = call(function, given)
        if inspect.isgenerator(result):
            result = next(result, None)
    except InputError as refused:
        return "" if str(refused) and "\n" not in str(refused) else f"not one line: {refused}"
    except FloatingPointError as diverged:
        return "" if "FloatingPointError" in (function.__doc__ or "") else f"FloatingPointError: {diverged}"
    except Late:
        return f"nothing in {patience} s"
    except BaseException as failure:
        return f"{type(failure).__name__}: {str(failure)[:90]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return "NaN" if not inspect.isclass(function) and _nan(result) and "NaN" not in (function.__doc__ or "") else ""


def _nan(result: Any) -> bool:
    if isinstance(result, float | np.ndarray):
        return bool(np.asarray(result).dtype.kind == "f" and np.isnan(result).any())
    return isinstance(result, tuple) and any(map(_nan, result))


def walk(only: str = "", tell: Callable[[str], None] = lambda line: None) -> tuple[int, list[Finding], list[str]]:
    """How many calls were made, what went wrong, and functions of which no good call is known; none should be."""
    calls, findings, unknown = 0, [], []
    for name, function in functions():
        if not name.startswith(only) or holds(function):
            continue
        begun = time.monotonic()
        fine = good_call(name, function)
        if fine is None and name.split(".")[-1] not in STEPS:
            unknown.append(name)
        elif fine is not None and (words := ending(function, fine, COMPILING)):
            findings.append(Finding(name, "none", "good values", words))
            tell(str(findings[-1]))
        for argument, value, given in attacks(function, fine):
            calls += 1
            words = ending(function, given)
            if words:
                findings.append(Finding(name, argument, value, words))
                tell(str(findings[-1]))
        if time.monotonic() - begun > 3 * PATIENCE:
            tell(f"{name} took {time.monotonic() - begun:.0f} s")
    return calls, findings, unknown


def main(only: str) -> int:
    """Walk, and tell what was found; 1 if anything was."""
    calls, found, unknown = walk(only, lambda line: print(line, flush=True))
    names = {each.function for each in found}
    print(f"{calls} calls, {len(found)} findings in {len(names)} functions; no good call of {unknown} is known")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
