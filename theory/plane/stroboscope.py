"""Stroboscopic maps: what a sequence of flows, each for its time, makes of a state."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gateflow.theory.checks import POSITIVE, Array, InputError
from gateflow.theory.plane.many import follow_many
from gateflow.theory.plane.maps import SmoothMap
from gateflow.theory.plane.system import PlanarSystem

_RTOL = 1e-11


def stroboscopic_map(pieces: Sequence[tuple[PlanarSystem, str | float]], durations: Mapping[str, float] | None = None,
                     *, scale: float = 1.0) -> SmoothMap:
    """The map of a state through planar flows that take turns, with its Jacobian by the variational equation.

    pieces: each flow with its time, a number or the name of a duration, which becomes a parameter of the map besides
    those of the flows; flows share what they call alike. scale: as in SmoothMap. Error about 1e-10 of the scale.

    >>> turn = PlanarSystem(lambda x, y: (-y, x))
    >>> quarter = stroboscopic_map([(turn, "time")], {"time": np.pi / 2})
    >>> (quarter.image([1.0, 0.0]).round(9) + 0).tolist()
    [0.0, 1.0]
    """
    values: dict[str, float] = {name: POSITIVE.check(name, value) for name, value in (durations or {}).items()}
    for system, duration in pieces:
        for name, value in system.parameters.items():
            if values.setdefault(name, float(value)) != value:
                raise InputError(f"{name} must be the same in all flows, got {values[name]:g} and {value:g}")
        if isinstance(duration, str) and duration not in values:
            raise InputError(f"durations must name {duration}")

    def followed(x: Any, y: Any, changes: Mapping[str, Any], slopes: bool) -> Array:
        spread = np.broadcast_arrays(x, y, *changes.values())
        shape, flat = spread[0].shape, [np.ravel(one).astype(float) for one in spread]
        given = dict(zip(changes, flat[2:], strict=True))
        unit = np.ones((4 if slopes else 0, flat[0].size)) * np.array([[1.0], [0.0], [0.0], [1.0]])[:4 if slopes else 0]
        states = np.vstack([flat[0], flat[1], unit])
        for system, duration in pieces:
            own = {name: given[name] for name in system.parameters}
            time = given[duration] if isinstance(duration, str) else duration
            states = _turn(system, own, time, states, scale)
        return states.reshape(-1, *shape)

    def function(x: Any, y: Any, **changes: Any) -> Array:
        return followed(x, y, changes, False)

    def jacobian_of(x: Any, y: Any, **changes: Any) -> Array:
        return followed(x, y, changes, True)[2:]

    return SmoothMap(function, values, 2, scale=scale, jacobian_of=jacobian_of, names=pieces[0][0].names)


def _turn(system: PlanarSystem, own: Mapping[str, Array], time: Any, states: Array, scale: float) -> Array:
    """States (2 or 6, S) after a time, each with parameters (S,) of its own; all take the unit of time for it."""
    places = np.arange(states.shape[1])

    def rates(now: Array) -> Array:
        # Every step is of some of the states only.
        at = chosen[0] if now.shape[1] != len(places) else places
        given = {name: value[at] for name, value in own.items()}
        velocity = system.velocity(*now[:2], **given)
        if len(now) == 2:
            return velocity * (time if np.ndim(time) == 0 else time[at])
        slope = system.jacobian(*now[:2], **given) @ np.moveaxis(now[2:].reshape(2, 2, -1), -1, 0)
        whole = np.vstack([velocity, np.moveaxis(slope, 0, -1).reshape(4, -1)])
        return whole * (time if np.ndim(time) == 0 else time[at])

    chosen: list[Any] = [places]
    unit = np.append(np.full(2, scale), np.ones(len(states) - 2))
    gone = follow_many(rates, states, unit, lambda before, _: np.zeros(before.shape[1], bool), span=1.0,
                       longest=0.1, rtol=_RTOL, most=100_000, chosen=chosen)
    return np.where(gone.s >= 1.0, gone.after, np.nan)
