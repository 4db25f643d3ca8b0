"""Basins of attraction: to which attractor each point of a box goes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, Array
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.collocation import LimitCycle
from gateflow.theory.plane.cycles import limit_cycles
from gateflow.theory.plane.fixed_points import FixedPoint, fixed_points
from gateflow.theory.plane.many import follow_many
from gateflow.theory.plane.system import PlanarSystem, typical_velocity

# A point belongs to an attractor within this distance, in sides of the box, or within a quarter of the distance of what
# repels; outside the box by so many sides it is gone; the flow is followed for so many sides.
_NEAR, _GONE, _SPAN, _SLOW = 0.01, 10.0, 60.0, 1e-3
_DENSE, _STEPS = 2000, 600


@dataclass(frozen=True)
class Basins:
    """Basins over a grid: x (X,), y (Y,), which (Y, X): number of the attractor, −1 where it goes far away, −2 where it
    is undecided. attractors: stable fixed points, then stable cycles."""

    x: Array = field(repr=False)
    y: Array = field(repr=False)
    which: Any = field(repr=False)
    attractors: tuple[FixedPoint | LimitCycle, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the box in each basin."""
        return tuple(float(np.mean(self.which == k)) for k in range(len(self.attractors)))


@takes()
def basins(system: PlanarSystem, box: Box, *, fixed: Sequence[FixedPoint] | None = None,
           cycles: Sequence[LimitCycle] | None = None, resolution: int = 100) -> Basins:
    """Follow the flow from the centres of resolution² cells of a box to its stable fixed points and limit cycles.

    fixed, cycles: those in the box, if they are known. Not seen: attractors outside the box, and those that are no
    hyperbolic points or cycles; what goes there is undecided. Raises InputError.
    """
    COUNT.check("resolution", resolution)
    fixed = fixed_points(system, box).points if fixed is None else fixed
    cycles = limit_cycles(system, box, fixed) if cycles is None else cycles
    attractors: list[FixedPoint | LimitCycle] = [point for point in fixed if point.stability == "stable"]
    attractors += [cycle for cycle in cycles if cycle.stable]
    everything: list[FixedPoint | LimitCycle] = [*fixed, *cycles]
    others = [_points(one, box) for one in everything if not any(one is other for other in attractors)]
    x, y = ((np.arange(resolution) + 0.5) / resolution * (side[1] - side[0]) + side[0] for side in (box.x, box.y))
    starts = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    which = np.full(starts.shape[1], -2)
    if attractors:
        which = _followed(system, box, starts, [_points(one, box) for one in attractors], others)
    return Basins(x, y, which.reshape(resolution, resolution), tuple(attractors))


def _points(one: FixedPoint | LimitCycle, box: Box) -> Array:
    """Points (N, 2), in sides of the box, dense on a cycle."""
    if isinstance(one, FixedPoint):
        return np.array([[one.x, one.y]]) / box.size
    points = one.points / box.size
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    at = np.linspace(0, length[-1], _DENSE)
    return np.stack([np.interp(at, length, part) for part in points.T], axis=1)


def _followed(system: PlanarSystem, box: Box, starts: Array, attractors: list[Array], others: list[Array]) -> Any:
    tree = scipy.spatial.cKDTree(np.concatenate(attractors))
    owner = np.repeat(np.arange(len(attractors)), [len(points) for points in attractors])
    radius = np.full(len(tree.data), _NEAR)
    rest = [*others, *attractors]
    for k, points in enumerate(attractors):
        apart = [scipy.spatial.cKDTree(other).query(points)[0].min() for n, other in enumerate(rest)
                 if n != len(others) + k]
        radius[owner == k] = min([_NEAR, *(distance / 4 for distance in apart)])
    slow = _SLOW * float((typical_velocity(system, box) / box.size).min())

    def rates(states: Array) -> Array:
        with np.errstate(all="ignore"):
            velocity = system.velocity(*states)
            return velocity / (slow + np.hypot(*(velocity / box.size[:, None])) / (1 + box.beyond(states.T)))

    def stop(_: Array, after: Array) -> Any:
        distance, nearest = tree.query(after.T / box.size, distance_upper_bound=_NEAR)
        inside = np.isfinite(distance)
        inside[inside] = distance[inside] < radius[nearest[inside]]
        return inside | (box.beyond(after.T) > _GONE)

    gone = follow_many(rates, starts, box.size, stop, span=_SPAN, longest=0.25, rtol=1e-5, most=_STEPS)
    distance, nearest = tree.query(gone.after.T / box.size)
    which = np.where(gone.done & (distance < _NEAR), owner[nearest], -2)
    return np.where(box.beyond(gone.after.T) > _GONE, -1, which)
