"""Sweeps over a plane that are computed coarsely first, and in between only where what they give changes."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import SeedSequence
from numpy.typing import NDArray

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import Array

# A grid twice as coarse may miss this much more: a cubic's errors grow sixteenfold.
_MISSED = 4

Places = Sequence[NDArray[np.int64]]


class Look(Protocol):
    """What is to be said between the values of a coarse grid, and where it must be computed.

    apart: how far what is said may lie from what is computed; where it lies further, cells beside are computed too.
    """

    @property
    def apart(self) -> float:
        """That distance."""

    def __call__(self, places: Places, values: Mapping[str, Array],
                 wanted: Places) -> tuple[dict[str, Array], NDArray[np.bool_]]:
        """From values (X, Y, ...) at places of both axes: those at wanted ones, and which runs to compute there."""


def refined(sweep: Sweep, run: Callable[[Sweep], SweepResult], look: Look, *, coarsest: int) -> tuple[SweepResult, int]:
    """A sweep over two axes, and how many of its runs were computed.

    A coarse grid is computed, then grids twice as fine as the last, in which only those runs are computed that look
    asks for, and those beside runs that are not what it said. What look says nothing of is masked where it was not
    computed. run: runs a sweep; coarsest: values a side that the first grid must have, and everything is computed where
    it cannot, or where a run fails.
    """
    step = 1
    while min(sweep.shape) // (2 * step) >= coarsest:
        step *= 2
    if step == 1:
        return run(sweep), sweep.runs
    places = _every(sweep.shape, step)
    coarse = run(replace(sweep, axes={axis: values[at] for (axis, values), at in
                                      zip(sweep.axes.items(), places, strict=True)}))
    values, computed, failed = _numbers(coarse), coarse.runs, coarse.failures
    while step > 1 and not failed:
        step //= 2
        wanted = _every(sweep.shape, step)
        said, missing = look(places, values, wanted)
        finer = {name: said.get(name, np.full(missing.shape, np.nan)).copy() for name in values}
        at = np.ix_(*map(np.searchsorted, wanted, places))
        for name, each in values.items():
            finer[name][at] = each
        known = np.zeros(missing.shape, dtype=bool)
        known[at] = True
        while (missing := missing & ~known).any() and not failed:
            closer = run(_of_runs(sweep, wanted, missing))
            for name, each in _numbers(closer).items():
                finer[name][missing] = each
            computed, failed, known = computed + closer.runs, closer.failures, known | missing
            wrong = [np.abs(finer[name] - each) > look.apart for name, each in said.items()]
            missing = _beside(missing & np.any(wrong, axis=0))
        places, values = wanted, finer
    if failed:
        return run(sweep), sweep.runs
    return replace(coarse, axes=sweep.axes, values={name: np.ma.MaskedArray(each, np.isnan(each))
                                                    for name, each in values.items()}), computed


@dataclass(frozen=True)
class Smooth:
    """A value that is interpolated, but where it bends or is near a level.

    name: of the value; to, back: to the coordinate in which it is interpolated, and from it; apart: cubic interpolation
    may lie so far from linear one, and a grid twice as coarse may miss four times as much; level: a value on whose
    sides cells are told apart, and cells that would be nearer to it are computed.
    """

    name: str
    to: Callable[[Array], Array]
    back: Callable[[Array], Array]
    apart: float
    level: float
    near: float

    def __call__(self, places: Places, values: Mapping[str, Array],
                 wanted: Places) -> tuple[dict[str, Array], NDArray[np.bool_]]:
        """As of ``Look``, for values (X, Y)."""
        known = values[self.name]
        cubic, straight = (self.back(_between(places, self.to(known), wanted, degree)) for degree in (3, 1))
        # What is found at the places beside what every second of them would have said.
        second = [np.unique(np.append(np.arange(0, len(at), 2), len(at) - 1)) for at in places]
        said = self.back(_between([at[some] for at, some in zip(places, second, strict=True)],
                                  self.to(known)[np.ix_(*second)], places, 3))
        missed = _between(places, np.where(np.abs(said - known) > _MISSED * self.apart, 1.0, 0.0), wanted, 1)
        return {self.name: cubic}, (np.abs(cubic - straight) > self.apart) | (missed > 1e-9) | (
            np.abs(cubic - self.level) < self.near)


@dataclass(frozen=True)
class Kinds:
    """Values that tell kinds apart: runs are computed where their cell of the grid, or one beside it, has several."""

    names: tuple[str, ...]
    apart: float = 0.0

    def __call__(self, places: Places, values: Mapping[str, Array],
                 wanted: Places) -> tuple[dict[str, Array], NDArray[np.bool_]]:
        """As of ``Look``, for values (X, Y, ...)."""
        cells = np.ix_(*(np.minimum(np.searchsorted(at, some, side="right") - 1, len(at) - 2)
                         for at, some in zip(places, wanted, strict=True)))
        mixed: Any = False
        for name in self.names:
            known = values[name]
            wide = np.pad(known, [(1, 1), (1, 1)] + [(0, 0)] * (known.ndim - 2), mode="edge")
            near = sliding_window_view(wide, (4, 4), axis=(0, 1))
            mixed = mixed | (near.min(axis=(-2, -1)) != near.max(axis=(-2, -1)))
        return {name: values[name][cells] for name in self.names}, mixed[cells]


def _beside(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells (X, Y, ...) and those beside them in the plane."""
    return np.asarray(scipy.ndimage.maximum_filter(cells, (3, 3) + (1,) * (cells.ndim - 2)))


def _numbers(result: SweepResult) -> dict[str, Array]:
    """Values of a sweep, NaN where they are masked."""
    return {name: np.ma.filled(each.astype(float), np.nan) for name, each in result.values.items()}


def _every(shape: Sequence[int], step: int) -> list[NDArray[np.int64]]:
    """Places of both axes: every so many, and the last."""
    return [np.unique(np.append(np.arange(0, n, step), n - 1)) for n in shape]


def _between(places: Places, values: Array, wanted: Places, degree: int) -> Array:
    """Values (X, Y) at places of both axes, interpolated at others."""
    return np.asarray(scipy.interpolate.RectBivariateSpline(*places, values, kx=degree, ky=degree)(*wanted))


def _of_runs(sweep: Sweep, places: Places, chosen: NDArray[np.bool_]) -> Sweep:
    """The chosen runs (X, Y, ...) of a sweep, given at places of its axes, as a sweep of their numbers."""
    at = np.nonzero(chosen)
    cells = [each[index] for each, index in zip(places, at[:2], strict=True)]
    runs = np.ravel_multi_index((*cells, *at[2:]), (*sweep.shape, *chosen.shape[2:]))
    plane = {"function": f"{sweep.function.__module__}:{sweep.function.__qualname__}", "seeds": sweep.seeds,
             "seed": sweep.seed, "axes": {axis: each.tolist() for axis, each in sweep.axes.items()}}
    return replace(sweep, axes={"run": runs}, function=numbered, fixed={**sweep.fixed, "plane": plane}, seeds=0)


def numbered(parameters: Mapping[str, NDArray[Any]], streams: Sequence[SeedSequence],
             fixed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The function of a sweep over a plane, for runs by their numbers."""
    plane = fixed["plane"]
    module, _, name = plane["function"].partition(":")
    whole = Sweep("plane", plane["axes"], attrgetter(name)(importlib.import_module(module)),
                  {key: value for key, value in fixed.items() if key != "plane"}, plane["seeds"], plane["seed"])
    return whole.call(parameters["run"].tolist())
