"""A phase portrait as data: nullclines, fixed points, separatrices and trajectories in one box."""

import math
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, Range
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.collocation import LimitCycle
from gateflow.theory.plane.cycles import limit_cycles
from gateflow.theory.plane.fixed_points import FixedPoints, fixed_points
from gateflow.theory.plane.manifolds import Manifold, manifolds
from gateflow.theory.plane.nullclines import Nullclines, nullclines
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import Trajectory, TrajectoryError, trajectory

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
    cycles: tuple[LimitCycle, ...] = ()

    def __repr__(self) -> str:
        """What rests and cycles."""
        parts = [point.name for point in self.fixed.points] + [f"{len(self.fixed.curves)} curves"] * bool(
            self.fixed.curves) + [f"{'stable' if one.stable else 'unstable'} cycle" for one in self.cycles]
        return f"Portrait({', '.join(parts) or 'nothing rests'}; {len(self.trajectories)} trajectories)"

    def arrays(self) -> dict[str, Array]:
        """All polylines (N, 2) by name, such as "nullcline-x-0" or "separatrix-1", and the times of trajectories (N,).

        Separatrices are the stable halves of manifolds, "unstable-0" and so on the others.
        """
        named = {"nullcline-x": self.nullclines.x, "nullcline-y": self.nullclines.y,
                 "fixed-curve": tuple(curve.points for curve in self.fixed.curves),
                 "separatrix": tuple(half.points for half in self.manifolds if half.kind == "stable"),
                 "unstable": tuple(half.points for half in self.manifolds if half.kind == "unstable"),
                 "trajectory": tuple(path.points for path in self.trajectories),
                 "time": tuple(path.t for path in self.trajectories),
                 "cycle": tuple(cycle.points for cycle in self.cycles),
                 "cycle-time": tuple(cycle.t for cycle in self.cycles)}
        return {f"{name}-{number}": line for name, lines in named.items() for number, line in enumerate(lines)}

    def summary(self) -> dict[str, Any]:
        """What a reader wants in words, fit for JSON: parameters, box, walls, fixed points, ends of trajectories.

        Eigenvalues are pairs of real and imaginary part; walls that are not there are None.
        """
        points = [{"x": point.x, "y": point.y, "kind": point.name, "stability": point.stability,
                   "eigenvalues": _pairs(point.eigenvalues)} | (
                      {"sides": [_pairs(side.eigenvalues) for side in point.sides]} if point.sides else {})
                  for point in self.fixed.points]
        cycles = [{"period": cycle.period, "multiplier": cycle.multiplier,
                   "multipliers": [[cycle.multiplier, 0.0]], "log_multiplier": cycle.log_multiplier,
                   "stable": cycle.stable, "x": [float(end(cycle.points[:, 0])) for end in (np.min, np.max)],
                   "y": [float(end(cycle.points[:, 1])) for end in (np.min, np.max)]} for cycle in self.cycles]
        curves = [{"from": curve.points[0].tolist(), "to": curve.points[-1].tolist(),
                   "attracts": bool((curve.rate < 0).all())} for curve in self.fixed.curves]
        walls = {name: [end if math.isfinite(end) else None for end in side]
                 for name, side in (("x", self.walls.x), ("y", self.walls.y))}
        paths = [{"start": path.points[0].tolist(), "end": path.points[-1].tolist(), "duration": float(path.t[-1]),
                  "ending": path.ending} for path in self.trajectories]
        return {"parameters": dict(self.system.parameters), "box": {"x": list(self.box.x), "y": list(self.box.y)},
                "walls": walls, "fixed_points": points, "fixed_curves": curves, "cycles": cycles, "trajectories": paths}


def _pairs(values: Any) -> list[list[float]]:
    return [[float(value.real), float(value.imag)] for value in values]


@takes(across=Range(1, 1000, whole=True))
def even_starts(box: Box, across: int = 4) -> list[Array]:
    """Starts (2,) of trajectories that are spread evenly over a box, rows shifted by half a cell from one another."""
    shares = (np.arange(across) + 0.5) / across
    return [box.low + box.size * np.array([(share + 0.5 * (row % 2) / across) % 1.0, height])
            for row, height in enumerate(shares) for share in shares]


@takes()
def portrait(system: PlanarSystem, box: Box, *, walls: Walls = _NO_WALLS, starts: Sequence[ArrayLike] | None = (),
             duration: float | None = None, resolution: int = 200, cycles: bool = False,
             length: float = 10.0, rough: bool = False) -> Portrait:
    """Everything that a phase portrait shows of a system in a box. Raises InputError and TrajectoryError.

    starts: where trajectories begin, (2,) each; None: evenly, without those that cannot be followed.
    duration, length: how long they are at most, the latter in sides of the box. resolution as in ``zero_curves``.
    cycles: look for limit cycles too, where there are no walls. rough: as in ``trajectory``.
    Fixed points are those of the free flow: a point that rests against a wall is none.
    """
    with np.errstate(all="ignore"):
        reachable = walls.inside(box)
        lines = nullclines(system, reachable, resolution=resolution)
        fixed = fixed_points(system, reachable, resolution=resolution, lines=lines)
        halves = tuple(half for point in fixed.points if point.kind == "saddle"
                       for half in manifolds(system, point, box, walls=walls, rough=rough))
        paths = []
        for start in even_starts(reachable) if starts is None else starts:
            with nullcontext() if starts is not None else suppress(TrajectoryError):
                paths.append(trajectory(system, start, box, walls=walls, duration=duration, length=length,
                                        rough=rough))
        orbits = limit_cycles(system, box, fixed.points) if cycles and walls == _NO_WALLS else ()
    return Portrait(system, box, walls, lines, fixed, halves, tuple(paths), orbits)
