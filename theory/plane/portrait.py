"""A phase portrait as data: nullclines, fixed points, separatrices and trajectories in one box."""

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from theory.plane.box import Box, Walls
from theory.plane.fixed_points import FixedPoints, fixed_points
from theory.plane.manifolds import Manifold, manifolds
from theory.plane.nullclines import Nullclines, nullclines
from theory.plane.system import PlanarSystem
from theory.plane.trajectories import Trajectory, trajectory

_NO_WALLS = Walls()


@dataclass(frozen=True)
class Portrait:
    """What a phase portrait shows of a system in a box; nothing of it lies beyond the walls."""

    system: PlanarSystem
    box: Box
    walls: Walls
    nullclines: Nullclines
    fixed: FixedPoints
    manifolds: tuple[Manifold, ...]
    trajectories: tuple[Trajectory, ...]


def portrait(system: PlanarSystem, box: Box, *, walls: Walls = _NO_WALLS, starts: Sequence[ArrayLike] = (),
             duration: float | None = None, resolution: int = 200) -> Portrait:
    """Everything that a phase portrait shows of a system in a box. Raises InputError and TrajectoryError.

    starts: where trajectories begin, (2,) each; duration: how long they last at most. resolution as in ``zero_curves``.
    Fixed points are those of the free flow: a point that rests against a wall is none.
    """
    reachable = walls.inside(box)
    lines = nullclines(system, reachable, resolution=resolution)
    fixed = fixed_points(system, reachable, resolution=resolution, lines=lines)
    halves = tuple(half for point in fixed.points if point.kind == "saddle"
                   for half in manifolds(system, point, box, walls=walls))
    paths = tuple(trajectory(system, start, box, walls=walls, duration=duration) for start in starts)
    return Portrait(system, box, walls, lines, fixed, halves, paths)
