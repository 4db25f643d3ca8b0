"""Stable and unstable manifolds of a saddle: the separatrices of a portrait."""

from dataclasses import dataclass

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.fixed_points import FixedPoint
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import trajectory

_NO_WALLS = Walls()
# Distance from the saddle along an eigenvector, in units of the box, at which integration begins.
_BESIDE = 1e-5


@dataclass(frozen=True)
class Manifold:
    """One half of a manifold: kind "stable" or "unstable", points (N, 2) from the saddle on, why it ends.

    ending as in Trajectory. Two stable halves separate what flows to one side from what flows to the other.
    """

    kind: str
    points: Array
    ending: str


@takes()
def manifolds(system: PlanarSystem, saddle: FixedPoint, box: Box, *, walls: Walls = _NO_WALLS,
              length: float = 10.0, rough: bool = False) -> tuple[Manifold, ...]:
    """The halves of the stable and unstable manifolds of a saddle that lie in the box: up to four.

    They begin 1e-5 of the box from the saddle along an eigenvector, which leaves them off by its square, and are
    integrated from there (backward in time for the stable ones) up to rest, the edge of the box, or a length in units
    of the box, rough as trajectories may be. Unstable halves slide along walls, stable ones end there. Raises
    InputError unless it is a saddle.
    """
    if saddle.kind != "saddle":
        raise InputError(f"manifolds are those of a saddle, got a {saddle.kind} at ({saddle.x:g}, {saddle.y:g})")
    reachable, place, found = walls.inside(box), np.array([saddle.x, saddle.y]), []
    for kind, vector in zip(("stable", "unstable"), np.real(saddle.eigenvectors.T), strict=True):
        unit = vector / np.linalg.norm(vector / box.size)
        # An eigenvector has no sign of its own.
        unit = unit * np.sign(unit[np.abs(unit / box.size).argmax()])
        for side in (1, -1):
            beside = place + side * _BESIDE * unit
            if not reachable.contains(beside, margin=0):
                continue
            path = trajectory(system, beside, box, walls=walls, backward=kind == "stable", length=length,
                              rough=rough)
            found.append(Manifold(kind, np.concatenate([place[None], path.points]), path.ending))
    return tuple(found)
