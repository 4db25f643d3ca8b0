"""Sweeps over a plane that are computed coarsely first, and in between only where what they give bends."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np
import scipy
from numpy.random import SeedSequence
from numpy.typing import NDArray

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import Array

# Axes that are shorter are computed whole: cubic interpolation asks for four values, of every fourth.
_SHORT = 13
# A grid twice as coarse may miss this much more: a cubic's errors grow sixteenfold.
_MISSED = 4


def refined(sweep: Sweep, name: str, run: Callable[[Sweep], SweepResult], *, to: Callable[[Array], Array],
            back: Callable[[Array], Array], apart: float, level: float, near: float) -> tuple[SweepResult, int]:
    """The value ``name`` of a deterministic sweep over two axes, and how many of its cells were computed.

    Every second value of both axes is computed; in between it is interpolated, but for cells in which it bends, which
    are computed too. run: runs a sweep; to, back: to the coordinate in which it is interpolated, and from it; apart:
    cubic interpolation may lie so far from linear one, and a grid twice as coarse may miss four times as much; level:
    a value on whose sides cells are told apart, and cells that would be nearer to it are computed.
    Everything is computed where an axis is short or a cell fails.
    """
    if min(sweep.shape) < _SHORT:
        return run(sweep), sweep.runs
    places = [_every_second(np.arange(n)) for n in sweep.shape]
    axes = {axis: values[at] for (axis, values), at in zip(sweep.axes.items(), places, strict=True)}
    coarse = run(replace(sweep, axes=axes))
    if coarse.failures:
        return run(sweep), sweep.runs
    known, everywhere = coarse.values[name].data, [np.arange(n) for n in sweep.shape]
    values, straight = (back(_between(places, to(known), everywhere, degree)) for degree in (3, 1))
    # What is found on the coarse grid beside what every second value of it would have said.
    coarser = [_every_second(at) for at in places]
    said = back(_between(coarser, to(known)[np.ix_(*(np.searchsorted(at, some) for at, some in zip(
        places, coarser, strict=True)))], places, 3))
    missed = _between(places, np.where(np.abs(said - known) > _MISSED * apart, 1.0, 0.0), everywhere, 1)
    bends, at = (np.abs(values - straight) > apart) | (missed > 1e-9) | (np.abs(values - level) < near), np.ix_(*places)
    values[at], bends[at] = known, False
    if bends.any():
        function = f"{sweep.function.__module__}:{sweep.function.__qualname__}"
        plane = {"function": function, "axes": {axis: each.tolist() for axis, each in sweep.axes.items()}}
        closer = run(replace(sweep, axes={"cell": np.flatnonzero(bends)}, function=scattered,
                             fixed={**sweep.fixed, "plane": plane}))
        if closer.failures:
            return run(sweep), sweep.runs
        values[bends] = closer.values[name].data
    return (replace(coarse, axes=sweep.axes, values={name: np.ma.MaskedArray(values, np.zeros(sweep.shape, bool))}),
            known.size + int(bends.sum()))


def _every_second(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every second of some places, and the last."""
    return np.unique(np.append(places[::2], places[-1]))


def _between(places: Sequence[NDArray[np.int64]], values: Array, wanted: Sequence[NDArray[np.int64]],
             degree: int) -> Array:
    """Values (X, Y) at places of both axes, interpolated at others."""
    return np.asarray(scipy.interpolate.RectBivariateSpline(*places, values, kx=degree, ky=degree)(*wanted))


def scattered(parameters: Mapping[str, NDArray[Any]], streams: Sequence[SeedSequence],
              fixed: Mapping[str, Any]) -> Mapping[str, Any]:
    """A function of a sweep at single cells of a plane, counted as its runs are."""
    plane = fixed["plane"]
    module, _, name = plane["function"].partition(":")
    axes = {axis: np.array(values) for axis, values in plane["axes"].items()}
    cells = np.unravel_index(parameters["cell"].astype(int), [len(values) for values in axes.values()])
    call: Any = attrgetter(name)(importlib.import_module(module))
    result: Mapping[str, Any] = call({axis: values[at] for (axis, values), at in zip(axes.items(), cells, strict=True)},
                                     streams, {key: value for key, value in fixed.items() if key != "plane"})
    return result
