"""Trajectories of a planar flow as polylines: until they rest, leave the box, or for a given time; along walls."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from gateflow.theory.checks import Array, InputError, array, number
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.system import PlanarSystem, typical_velocity

_NO_WALLS = Walls()
# Relative and absolute accuracy, the latter in units of the box.
_RTOL, _ATOL = 1e-9, 1e-12
# A point rests where each component of the velocity is below this fraction of its typical size; without a given
# duration time ends after so many typical times of the slower one, and the path after so many lengths of the box.
_REST, _LONG, _FAR = 1e-7, 1e4, 10.0
# A component this small, in units of its typical size, vanishes; how far ahead is looked then, in units of the box.
_STILL, _AHEAD = 1e-9, 1e-6
# Longest chord of a polyline in units of the box; pieces between walls; evaluations of the flow in a piece.
_CHORD, _PIECES, _CALLS = 0.005, 1000, 50_000


class TrajectoryError(RuntimeError):
    """The integrator gave up; the message says where."""


@dataclass(frozen=True)
class Trajectory:
    """A solution from points[0].

    t (T,): times from 0; negative if it was followed backward. points (T, 2). held (T, 2): −1 or 1 where a coordinate
    is held at its lower or upper wall, else 0. ending: why it ends: "time", "box" (it leaves the box), "rest", or
    "length" (it goes round and round).
    """

    t: Array
    points: Array
    held: Any
    ending: str


@dataclass(frozen=True)
class _Frame:
    """What all pieces of a trajectory have in common."""

    system: PlanarSystem
    box: Box
    walls: Walls
    sign: int
    typical: tuple[float, float]
    far: float

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height of the box."""
        return self.box.x[1] - self.box.x[0], self.box.y[1] - self.box.y[0]

    def free(self, state: Array) -> tuple[float, float]:
        """The velocity at a state (x, y, length), were there no walls."""
        u, v = self.system.function(state[0], state[1], **self.system.parameters)
        return self.sign * float(u), self.sign * float(v)

    def rates(self, state: Array, held: Any) -> tuple[float, float, float]:
        """What changes x, y and the length, in units of the box, where coordinates are held."""
        u, v = self.free(state)
        # Where the flow is not defined it stands still; the event of leaving ends it there.
        u = u if held[0] == 0 and math.isfinite(u) else 0.0
        v = v if held[1] == 0 and math.isfinite(v) else 0.0
        return u, v, math.hypot(u / self.size[0], v / self.size[1])

    def pace(self, state: Array, held: Any) -> float:
        """How fast the quicker component changes, in units of its typical velocity."""
        u, v, _ = self.rates(state, held)
        return max(abs(u) / self.typical[0], abs(v) / self.typical[1])


def trajectory(system: PlanarSystem, start: ArrayLike, box: Box, *, walls: Walls = _NO_WALLS,
               duration: float | None = None, backward: bool = False, length: float = _FAR) -> Trajectory:
    """Follow the flow from a start (2,) until it leaves the box, rests, or has gone on for a duration or a length.

    Accuracy 1e-9 a step (LSODA, events located to rounding). At a wall the velocity that points outward is 0; the state
    slides along it and comes off where the velocity turns inward. duration: in the unit of time of the system, by
    default without end; length: in units of the box. It rests where both components of the velocity are below 1e-7 of
    their typical size. Backward, a wall is an end, since what slides has no unique past. Raises InputError, and
    TrajectoryError where the flow is not smooth.
    """
    place = array("start", start, (2,))
    if not (box.contains(place) and (place >= walls.low).all() and (place <= walls.high).all()):
        raise InputError(f"start must lie in the box and within the walls, got ({place[0]:g}, {place[1]:g})")
    if backward:
        box, walls = walls.inside(box), _NO_WALLS
    typical = typical_velocity(system, box)
    left = _LONG / (typical / box.size).min() if duration is None else number("duration", duration, minimum=0)
    far = number("length", length, minimum=0, open_below=True)
    frame = _Frame(system, box, walls, -1 if backward else 1, (float(typical[0]), float(typical[1])), far)
    with np.errstate(all="ignore"):
        return _followed(frame, np.append(place, 0.0), float(left))


def _followed(frame: _Frame, state: Array, left: float) -> Trajectory:
    """The pieces of a trajectory between walls, in one."""
    start, held = state, _landed(frame, state, np.zeros(2, int))
    times, states, modes = [np.zeros(1)], [state[None]], [held[None]]
    for number_of_piece in range(_PIECES):
        # At first only what does not move at all rests: the start may lie close to a saddle.
        if frame.pace(state, held) <= (_REST if number_of_piece else 0.0):
            piece, ending = (np.zeros(1), state[None]), "rest"
        else:
            piece, ending = _piece(frame, state, held, left - float(times[-1][-1]))
        times.append(times[-1][-1] + piece[0])
        states.append(piece[1])
        modes.append(np.broadcast_to(held, (len(piece[0]), 2)))
        if ending not in ("wall", "release"):
            break
        state = states[-1][-1].copy()
        # Only one can be released: what is held in both coordinates rests.
        held = _landed(frame, state, held) if ending == "wall" else np.zeros(2, int)
    else:
        raise TrajectoryError(f"the trajectory from ({start[0]:g}, {start[1]:g}) meets walls more than {_PIECES} times")
    # Events are exact to rounding only.
    low, high = np.maximum(frame.walls.low, frame.box.low), np.minimum(frame.walls.high, frame.box.high)
    points = np.concatenate(states)[:, :2].clip(low, high)
    return Trajectory(frame.sign * np.concatenate(times), points, np.concatenate(modes), ending)


def _landed(frame: _Frame, state: Array, held: Array) -> Array:
    """Which coordinates are held where a trajectory begins or meets a wall; puts the state on the wall."""
    margin = 1e-9 * frame.box.size
    free = _inclination(frame, state)
    low, high = state[:2] <= frame.walls.low + margin, state[:2] >= frame.walls.high - margin
    state[:2] = np.where(low, frame.walls.low, np.where(high, frame.walls.high, state[:2]))
    return np.where(held != 0, held, np.where(low & (free < 0), -1, np.where(high & (free > 0), 1, 0)))


def _inclination(frame: _Frame, state: Array) -> Array:
    """The free velocity (2,), and for a component that vanishes what it becomes just ahead.

    Where the flow only touches a wall, this tells whether it goes on against the wall or turns away.
    """
    free = np.array(frame.free(state))
    pace = math.hypot(*(free / frame.box.size))
    if not 0 < pace < math.inf:
        return free
    ahead = np.append(state[:2] + _AHEAD * free / pace, state[2])
    return np.where(np.abs(free) <= _STILL * np.array(frame.typical), frame.free(ahead), free)


def _events(frame: _Frame, held: Array) -> dict[str, Callable[[float, Array], float]]:
    """What ends a piece, by name: functions that fall through 0."""
    # A wall within the box, or on its edge, is no way out.
    low = np.where(frame.walls.low >= frame.box.low, -np.inf, frame.box.low)
    high = np.where(frame.walls.high <= frame.box.high, np.inf, frame.box.high)
    free = held == 0

    def box(_: float, state: Array) -> float:
        if not all(map(math.isfinite, frame.free(state))):
            return -1.0
        return float((np.minimum(state[:2] - low, high - state[:2]) / frame.box.size).min())

    def rest(_: float, state: Array) -> float:
        return frame.pace(state, held) - _REST

    def length(_: float, state: Array) -> float:
        return frame.far - float(state[2])

    def wall(_: float, state: Array) -> float:
        return float(np.minimum(state[:2] - frame.walls.low, frame.walls.high - state[:2])[free].min())

    def release(_: float, state: Array) -> float:
        return float((held * frame.free(state))[~free].min())

    events: dict[str, Callable[[float, Array], float]] = {"box": box, "rest": rest, "length": length}
    if free.any() and np.isfinite([frame.walls.low[free], frame.walls.high[free]]).any():
        events["wall"] = wall
    if not free.all():
        events["release"] = release
    for event in events.values():
        event.terminal, event.direction = True, -1  # type: ignore[attr-defined]
    return events


def _piece(frame: _Frame, state: Array, held: Array, left: float) -> tuple[tuple[Array, Array], str]:
    """Times from 0 (T,) and states (T, 3) after the given one, until an event, whose name comes with them."""
    events, calls = _events(frame, held), itertools.count()

    def rates(_: float, state: Array) -> tuple[float, float, float]:
        if next(calls) > _CALLS:
            raise TrajectoryError(f"no solution near ({state[0]:g}, {state[1]:g}) within {_CALLS} evaluations: "
                                  f"is the flow smooth there?")
        return frame.rates(state, held)

    found = solve_ivp(rates, (0.0, left), state, method="LSODA", rtol=_RTOL,
                      atol=_ATOL * np.append(frame.box.size, 1.0), events=list(events.values()), dense_output=True)
    if found.status < 0:
        raise TrajectoryError(f"no solution near ({found.y[0, -1]:g}, {found.y[1, -1]:g}): {found.message}")
    ending = next((name for name, at in zip(events, found.t_events, strict=True) if at.size), "time")
    t = _refined(found.t, np.abs(np.diff(found.y[2])))
    states = found.sol(t).T
    states[-1] = found.y[:, -1]
    states[:, :2] = np.where(held != 0, state[:2], states[:, :2])
    return (t, states), ending


def _refined(t: Array, lengths: Array) -> Array:
    """Times (T,) without the first, cut so finely that no chord is longer than allowed."""
    parts = np.ceil(lengths / _CHORD).astype(int).clip(1)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    return np.repeat(t[:-1], parts) + within / np.repeat(parts, parts) * np.repeat(np.diff(t), parts)
