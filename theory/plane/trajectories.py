"""Trajectories of a planar flow as polylines: until they rest, leave the box for good, or for a time; along walls.

They are followed in s, ds = (ε + |v|/(1 + beyond)) dt, |v| the speed in sides of the box per unit of time and beyond
the distance from the box: a step of length 0.01 in s moves the state by at most a hundredth of the box, so that events
and pulses wider than that are not stepped over, and what blows up in finite time does so in a finite s.
"""

import itertools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, InputError, array
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.system import PlanarSystem, typical_velocity

_NO_WALLS = Walls()
# Accuracy, absolute in units of the box; longest steps in s; what may be missing from the velocity's integral over one.
_RTOL, _ATOL = 1e-9, 1e-12
_STEPS, _MISSING = (0.01, 0.0025, 0.0006), 1e-7
# The same of rough ones, by a method of lower order.
_ROUGH_RTOL, _ROUGH_ATOL, _ROUGH_STEP, _ROUGH_REST = 1e-4, 1e-6, 0.1, 1e-3
# Rest: each component below this fraction of its typical size; the most typical times, and lengths of the box.
_REST, _LONG, _FAR = 1e-7, 1e4, 10.0
# Below this fraction of the typical speed s goes with time. How far outside the box one goes on, in sides of it.
_SLOW, _OUTSIDE = 1e-3, 20.0
# A component this small, in units of its typical size, vanishes; how far ahead is looked then, in units of the box.
_STILL, _AHEAD = 1e-9, 1e-6
# Longest chord of a polyline in units of the box; pieces between walls; calls of the flow in one, by each method.
_CHORD, _PIECES, _CALLS = 0.005, 1000, 60_000
_BOOLE = np.array([7.0, 32.0, 12.0, 32.0, 7.0]) / 90
_X, _T, _LENGTH = slice(0, 2), 2, 3


class TrajectoryError(RuntimeError):
    """The integrator gave up; the message says where."""


@dataclass(frozen=True)
class Trajectory:
    """A solution from points[0].

    t (T,): times from 0; negative if it was followed backward. points (T, 2), outside the box where it comes back.
    held (T, 2): −1 or 1 where a coordinate is held at its lower or upper wall, else 0. ending: why it ends: "time",
    "box" (it leaves the box), "rest", or "length" (it goes round and round).
    """

    t: Array
    points: Array
    held: Any
    ending: str

    def __repr__(self) -> str:
        """From where to where, how long, and why it ends."""
        return (f"Trajectory({self.points[0].round(6).tolist()} → {self.points[-1].round(6).tolist()}, "
                f"t = {self.t[-1]:.6g}, ending {self.ending!r})")


class _Frame:
    """What all pieces of a trajectory have in common."""

    def __init__(self, system: PlanarSystem, box: Box, walls: Walls, sign: int, far: float, rough: bool) -> None:
        self.system, self.box, self.walls, self.sign, self.far, self.rough = system, box, walls, sign, far, rough
        self.rest = _ROUGH_REST if rough else _REST
        typical = typical_velocity(system, box)
        self.typical = (float(typical[0]), float(typical[1]))
        # The typical time of the slower component.
        self.time = float((box.size / typical).max())
        self.slow = _SLOW / self.time
        self.size = (box.x[1] - box.x[0], box.y[1] - box.y[0])
        self.unit = np.array([*self.size, float((box.size / typical).min()), 1.0])

    def free(self, state: Array) -> tuple[float, float]:
        """The velocity at a state (x, y, …), were there no walls."""
        u, v = self.system.function(state[0], state[1], **self.system.parameters)
        return self.sign * float(u), self.sign * float(v)

    def rates(self, state: Array, held: Any, steady: bool = False) -> tuple[float, float, float, float]:
        """What changes x, y, time and length (in sides) with s; steady: s is time, for |v| is stiff if the flow is."""
        u, v = self.free(state)
        # Where the flow is not defined it stands still; an event ends it there.
        if not (math.isfinite(u) and math.isfinite(v)):
            u = v = 0.0
        u, v = 0.0 if held[0] else u, 0.0 if held[1] else v
        speed = math.hypot(u / self.size[0], v / self.size[1])
        per = self.time if steady else 1 / (self.slow + speed / (1 + self.beyond(state)))
        return u * per, v * per, per, speed * per

    def beyond(self, state: Array) -> float:
        """How far outside the box a state is, in sides."""
        (left, right), (low, high), (wide, tall) = self.box.x, self.box.y, self.size
        x, y = float(state[0]), float(state[1])
        return max((left - x) / wide, (x - right) / wide, (low - y) / tall, (y - high) / tall, 0.0)

    def pace(self, state: Array, held: Any) -> float:
        """How fast the quicker component changes, in units of its typical velocity."""
        u, v = self.free(state)
        return max(abs(u) / self.typical[0] if held[0] == 0 else 0.0, abs(v) / self.typical[1] if held[1] == 0 else 0.0)

    def many_rates(self, states: Array, held: Any, steady: bool) -> Array:
        """The rates (N, 2) of x and y at states (N, 4)."""
        velocity = np.where(np.asarray(held)[:, None] == 0, self.sign * self.system.velocity(*states[:, _X].T), 0.0)
        speed = np.hypot(*(velocity / self.box.size[:, None]))
        per = self.time if steady else 1 / (self.slow + speed / (1 + self.box.beyond(states[:, _X])))
        return np.asarray((velocity * per).T)


@takes()
def trajectory(system: PlanarSystem, start: ArrayLike, box: Box, *, walls: Walls = _NO_WALLS,
               duration: float | None = None, backward: bool = False, length: float = _FAR,
               rough: bool = False) -> Trajectory:
    """Follow the flow from a start (2,) until it leaves the box, rests, or has gone on for a duration or a length.

    walls: where the velocity that points outward is 0; the state slides along them and comes off where the velocity
    turns inward. duration: in the unit of time of the system, by default without end. length: in sides of the box. A
    trajectory that leaves the box is followed up to 20 sides from it, and cut where it leaves if it does not come back.
    It rests where both components of the velocity are below 1e-7 of their typical size. Backward, a wall is an end,
    since what slides has no unique past.

    Accuracy 1e-9 a step (DOP853, for stiff flows LSODA; events and walls to rounding), no step longer than a hundredth
    of the box. After every step the integral of the velocity along it is taken: where that and the step differ by more
    than 1e-7 of the box, all is done again with shorter steps. Not seen: what is narrower than a four-hundredth of the
    box. rough: to 1e-4 a step, no longer than a tenth of the box, and nothing is checked: for pictures that move.
    Raises InputError, and TrajectoryError where the flow is not smooth.
    """
    place = array("start", start, (2,))
    if not (box.contains(place) and (place >= walls.low).all() and (place <= walls.high).all()):
        raise InputError(f"start must lie in the box and within the walls, got ({place[0]:g}, {place[1]:g})")
    if backward:
        box, walls = walls.inside(box), _NO_WALLS
    frame = _Frame(system, box, walls, -1 if backward else 1, POSITIVE.check("length", length), rough)
    available = _LONG * frame.time if duration is None else AT_LEAST_0.check("duration", duration)
    with np.errstate(all="ignore"):
        return _followed(frame, np.array([*place, 0.0, 0.0]), float(available), edge=backward)


def _followed(frame: _Frame, state: Array, available: float, edge: bool) -> Trajectory:
    """The pieces of a trajectory between walls, in one. edge: whether the edge of the box is an end for good."""
    start, held = state.copy(), _landed(frame, state, np.zeros(2, int))
    states, modes, left = [state[None]], [held[None]], None
    for number_of_piece in range(_PIECES):
        # At first only what does not move at all rests: the start may lie close to a saddle.
        if frame.pace(state, held) <= (frame.rest if number_of_piece else 0.0):
            piece, ending, exits = state[None], "rest", list[Array]()
        else:
            piece, ending, exits = _piece(frame, state, held, available)
        if exits:
            left = (len(states), exits[-1])
        states.append(piece)
        modes.append(np.broadcast_to(held, (len(piece), 2)))
        if ending not in ("wall", "release") or (edge and exits):
            break
        state = piece[-1].copy()
        # Only one can be released: what is held in both coordinates rests.
        held = _landed(frame, state, held) if ending == "wall" else np.zeros(2, int)
    else:
        raise TrajectoryError(f"the trajectory from ({start[0]:g}, {start[1]:g}) meets walls more than {_PIECES} times")
    if left and (edge or not frame.box.contains(states[-1][-1, _X])):
        # It does not come back: cut where it left.
        number_of_piece, exit_state = left
        kept = states[number_of_piece][:, _T] < exit_state[_T]
        states = [*states[:number_of_piece], states[number_of_piece][kept], exit_state[None]]
        modes = [*modes[:number_of_piece], modes[number_of_piece][kept], modes[number_of_piece][:1]]
        ending = "box"
    everything = np.concatenate(states)
    t, points = everything[:, _T], everything[:, _X].clip(frame.walls.low, frame.walls.high)
    if ending == "box":
        points[-1] = points[-1].clip(frame.box.low, frame.box.high)
    if ending == "time":
        t[-1] = available
    return Trajectory(frame.sign * t, points, np.concatenate(modes), ending)


def _landed(frame: _Frame, state: Array, held: Array) -> Array:
    """Which coordinates are held where a trajectory begins or meets a wall."""
    free = _inclination(frame, state)
    low, high = state[_X] <= frame.walls.low, state[_X] >= frame.walls.high
    return np.where(held != 0, held, np.where(low & (free < 0), -1, np.where(high & (free > 0), 1, 0)))


def _inclination(frame: _Frame, state: Array) -> Array:
    """The free velocity (2,), and for a component that vanishes, as where a flow touches a wall, what it becomes."""
    free = np.array(frame.free(state))
    pace = math.hypot(*(free / frame.box.size))
    if not 0 < pace < math.inf:
        return free
    ahead = state[_X] + _AHEAD * free / pace
    return np.where(np.abs(free) <= _STILL * np.array(frame.typical), frame.free(ahead), free)


def _events(frame: _Frame, held: Array, available: float) -> dict[str, Callable[[float, Array], float]]:
    """What ends a piece, or is to be known of it, by name: functions that fall through 0."""
    # A wall within the box, or on its edge, is no way out.
    low = np.where(frame.walls.low >= frame.box.low, -np.inf, frame.box.low)
    high = np.where(frame.walls.high <= frame.box.high, np.inf, frame.box.high)
    free = held == 0
    ways = [(k, end, sign, frame.size[k]) for k in (0, 1) for end, sign in
            ((frame.walls.low[k], 1), (frame.walls.high[k], -1)) if free[k] and math.isfinite(end)]

    def box(_: float, state: Array) -> float:
        return float((np.minimum(state[_X] - low, high - state[_X]) / frame.box.size).min())

    def far(_: float, state: Array) -> float:
        return _OUTSIDE - frame.beyond(state) if all(map(math.isfinite, frame.free(state))) else -1.0

    def rest(_: float, state: Array) -> float:
        return frame.pace(state, held) - frame.rest

    def length(_: float, state: Array) -> float:
        return frame.far - float(state[_LENGTH])

    def time(_: float, state: Array) -> float:
        return available - float(state[_T])

    def wall(_: float, state: Array) -> float:
        return min(sign * (float(state[k]) - end) / size for k, end, sign, size in ways)

    def release(_: float, state: Array) -> float:
        return float((held * frame.free(state))[~free].min())

    events: dict[str, Any] = {"box": box, "far": far, "rest": rest, "length": length, "time": time}
    events |= ({"wall": wall} if ways else {}) | ({} if free.all() else {"release": release})
    for name, event in events.items():
        event.terminal, event.direction = name != "box", -1
    return events


def _piece(frame: _Frame, state: Array, held: Array, available: float) -> tuple[Array, str, list[Array]]:
    """States (T, 4) after the given one until an event, its name, and the states at which the box was left."""
    for longest in (_ROUGH_STEP,) if frame.rough else _STEPS:
        solved, events, steady = _solved(frame, state, held, available, longest)
        if frame.rough or _missing(frame, solved, held, steady) <= _MISSING:
            break
    else:
        raise TrajectoryError(f"no solution near ({state[0]:g}, {state[1]:g}): it depends on the length of the steps; "
                              f"is the flow smooth there?")
    ending = next((name for name, at in zip(events, solved.t_events, strict=True) if at.size and name != "box"), "time")
    states = solved.sol(_refined(solved.t, np.abs(np.diff(solved.y[_LENGTH])))).T
    states[-1] = solved.y[:, -1]
    states[:, _X] = np.where(held != 0, state[_X], states[:, _X])
    if ending == "wall":
        states[-1] = _met(frame, solved, held)
    return states, {"far": "box"}.get(ending, ending), list(solved.y_events[list(events).index("box")])


def _solved(frame: _Frame, state: Array, held: Array, available: float,
            longest: float) -> tuple[Any, dict[str, Any], bool]:
    """The solution by the explicit method if it can, else by one for stiff flows, and steadily."""
    events = _events(frame, held, available)
    remaining = available - state[_T]
    ends = (frame.slow * remaining + (frame.far - state[_LENGTH]) * (1 + _OUTSIDE) + 1.0,
            1.01 * remaining / frame.time + 1.0)
    rtol, atol = (_ROUGH_RTOL, _ROUGH_ATOL) if frame.rough else (_RTOL, _ATOL)
    for method, most, end in (("RK45" if frame.rough else "DOP853", _CALLS // 2, ends[0]), ("LSODA", _CALLS, ends[1])):
        calls = itertools.count()

        def rates(_: float, state: Array) -> tuple[float, float, float, float]:
            if next(calls) > most:  # noqa: B023
                raise TrajectoryError(f"no solution near ({state[0]:g}, {state[1]:g}) within {most} evaluations: "  # noqa: B023
                                      f"is the flow smooth there?")
            return frame.rates(state, held, method == "LSODA")  # noqa: B023

        try:
            with warnings.catch_warnings():
                # What LSODA warns of is said by its status too.
                warnings.simplefilter("ignore", UserWarning)
                solved = scipy.integrate.solve_ivp(
                    rates, (0.0, end), state, method=method, rtol=rtol, atol=atol * frame.unit, dense_output=True,
                    events=list(events.values()), max_step=longest if method != "LSODA" else 100 * longest)
        except TrajectoryError as gave_up:
            failure = str(gave_up)
            continue
        if solved.status >= 0:
            return solved, events, method == "LSODA"
        failure = f"no solution near ({solved.y[0, -1]:g}, {solved.y[1, -1]:g}): {solved.message}"
    raise TrajectoryError(failure)


def _missing(frame: _Frame, solved: Any, held: Array, steady: bool) -> float:
    """Most that the integral of the velocity over a step, by Boole's rule, differs from the step; in sides."""
    steps = np.diff(solved.t)
    panels = np.ceil(np.abs(np.diff(solved.y[_LENGTH])) / (2 * _CHORD)).astype(int).clip(1)
    first = np.cumsum(panels) - panels
    step = np.repeat(np.arange(len(steps)), panels)
    width = (steps / panels)[step, None]
    nodes = solved.t[step, None] + width * ((np.arange(len(step)) - first[step])[:, None] + np.linspace(0, 1, 5))
    rates = frame.many_rates(solved.sol(nodes.ravel()).T, held, steady).reshape(len(step), 5, 2)
    gain = np.add.reduceat(np.einsum("j,kja->ka", _BOOLE, rates) * width, first)
    beyond = 1 + frame.box.beyond(solved.y[_X, :-1].T)
    gaps = np.abs(gain - np.diff(solved.y[_X]).T) / frame.box.size / beyond[:, None]
    return float(np.nanmax(gaps, initial=0.0))


def _met(frame: _Frame, solved: Any, held: Array) -> Array:
    """The state (4,) on the wall that a solution meets at its end, by Newton's method from what rounding left."""
    state, s = solved.y[:, -1].copy(), solved.t[-1]
    _, k, end = min((abs(end - state[k]) / frame.size[k], k, end) for k in (0, 1) if held[k] == 0
                    for end in (frame.walls.low[k], frame.walls.high[k]) if math.isfinite(end))
    for _ in range(3):
        rate = frame.rates(state, held)[k]
        if rate == 0 or abs(step := (end - state[k]) / rate) > _AHEAD:
            break
        s += step
        state = solved.sol(s)
    state[k] = end
    return np.where(np.append(held, (0, 0)) != 0, solved.y[:, 0], state)


def _refined(t: Array, lengths: Array) -> Array:
    """Places (T,) without the first, cut so finely that no chord is longer than allowed."""
    parts = np.ceil(lengths / _CHORD).astype(int).clip(1)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    return np.repeat(t[:-1], parts) + within / np.repeat(parts, parts) * np.repeat(np.diff(t), parts)
