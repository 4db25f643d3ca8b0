"""Stroboscopic maps: what a flow that is switched or forced periodically makes of a state in a period."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Array, InputError, array
from gateflow.theory.plane.maps import SmoothMap
from gateflow.theory.plane.system import PlanarSystem

# What errors of steps grow to in a period, and how far, in units of scale, a state may go.
_GROWTH, _FAR = 10.0, 100.0
_FEWEST_STEPS = 20
Time = str | float | Callable[..., Any]


@takes()
def stroboscopic_map(pieces: Sequence[tuple[PlanarSystem, Time]], durations: Mapping[str, float] | None = None, *,
                     clock: str = "", scale: float = 1.0, rtol: float = 1e-10) -> SmoothMap:
    """The map of a state through planar flows that take turns, with its Jacobian by the variational equation.

    pieces: each flow with its time: a number, the name of a duration, which becomes a parameter of the map besides
    those of the flows, or a function of the parameters by name; flows share what they call alike. clock: the parameter
    of the flows, if any, that is the time since the beginning. scale: as in SmoothMap; what goes further than a hundred
    times this is lost, NaN. rtol: accuracy of a step (DOP853, all states by the same steps).

    >>> turn = PlanarSystem(lambda x, y: (-y, x))
    >>> quarter = stroboscopic_map([(turn, "time")], {"time": np.pi / 2})
    >>> (quarter.image([1.0, 0.0]).round(9) + 0).tolist()
    [0.0, 1.0]
    """
    if not len(pieces):
        raise InputError("pieces must be at least one, got none")
    values: dict[str, float] = {name: POSITIVE.check(name, value) for name, value in (durations or {}).items()}
    for system, duration in pieces:
        for name, value in system.parameters.items():
            if name != clock and values.setdefault(name, float(value)) != value:
                raise InputError(f"{name} must be the same in all flows, got {values[name]:g} and {value:g}")
        if isinstance(duration, str) and duration not in values:
            raise InputError(f"durations must name {duration}")

    def followed(x: Any, y: Any, changes: Mapping[str, Any], slopes: bool) -> Array:
        spread = np.broadcast_arrays(x, y, *changes.values())
        shape, flat = spread[0].shape, [np.ravel(one).astype(float) for one in spread]
        if not flat[0].size:
            return np.empty((6 if slopes else 2, *shape))
        given = dict(zip(changes, flat[2:], strict=True))
        unit = np.ones((4 if slopes else 0, flat[0].size)) * np.array([[1.0], [0.0], [0.0], [1.0]])[:4 if slopes else 0]
        states, now = np.vstack([flat[0], flat[1], unit]), np.zeros_like(flat[0])
        for system, duration in pieces:
            own = {name: given[name] for name in system.parameters if name != clock}
            time = np.broadcast_to(given[duration] if isinstance(duration, str) else duration(**given)
                                   if callable(duration) else duration, now.shape)
            states, now = _turn(system, own, time, states, scale, (clock, now), rtol), now + time
        return states.reshape(-1, *shape)

    def function(x: Any, y: Any, **changes: Any) -> Array:
        return followed(x, y, changes, False)

    def jacobian_of(x: Any, y: Any, **changes: Any) -> Array:
        return followed(x, y, changes, True)[2:]

    return SmoothMap(function, values, 2, scale=scale, jacobian_of=jacobian_of, names=pieces[0][0].names,
                     accuracy=_GROWTH * rtol)


@takes()
def forced_path(system: PlanarSystem, start: ArrayLike, time: float, *, clock: str, samples: int = 400) \
        -> tuple[Array, Array]:
    """Times (T,) and states (T, 2) from a start (2,) at time 0 on, of a flow with the parameter clock as its time."""
    t = np.linspace(0.0, time, samples)
    solved = scipy.integrate.solve_ivp(lambda now, x: system.velocity(*x, **{clock: now}), (0.0, time),
                                       array("start", start, (2,)), method="DOP853", t_eval=t, rtol=1e-8, atol=1e-10)
    return t[:solved.y.shape[1]], solved.y.T


def _turn(system: PlanarSystem, own: Mapping[str, Array], time: Array, states: Array, scale: float,
          clock: tuple[str, Array], rtol: float) -> Array:
    """States (2 or 6, S) after a time (S,), each with parameters (S,) of its own; all take the unit of s for it."""
    shape = states.shape

    def at(s: float) -> Mapping[str, Array]:
        return {**own, clock[0]: clock[1] + s * time} if clock[0] in system.parameters else own

    def rates(s: float, flat: Array) -> Array:
        now, given = flat.reshape(shape), at(s)
        whole = system.velocity(*now[:2], **given)
        if len(now) > 2:
            slope = system.jacobian(*now[:2], **given) @ np.moveaxis(now[2:].reshape(2, 2, -1), -1, 0)
            whole = np.vstack([whole, np.moveaxis(slope, 0, -1).reshape(4, -1)])
        # What is lost stands still, so that the others go on.
        lost = ~np.isfinite(whole).all(axis=0) | (np.abs(now[:2]) > _FAR * scale).any(axis=0)
        return np.where(lost, 0.0, whole * time).ravel()

    size = np.append(np.full(2, scale), np.ones(shape[0] - 2))
    known = np.isfinite(states).all(axis=0)
    with np.errstate(all="ignore"):
        solved = scipy.integrate.solve_ivp(rates, (0.0, 1.0), np.where(known, states, 0.0).ravel(), method="DOP853",
                                           rtol=rtol, atol=np.repeat(0.1 * rtol * size, shape[1]),
                                           max_step=1 / _FEWEST_STEPS)
        after = solved.y[:, -1].reshape(shape)
        rate = system.velocity(*after[:2], **at(1.0))
    known &= (np.isfinite(after) & np.isfinite(rate[0] + rate[1])).all(axis=0) & solved.success
    return np.where(known & (np.abs(after[:2]) <= _FAR * scale).all(axis=0), after, np.nan)
