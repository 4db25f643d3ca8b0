"""Smooth systems of two dimensions: fixed points, nullclines, separatrices, maps, continuation.

A flow is given as a callable on arrays or as SymPy expressions:

>>> import sympy as sp
>>> from gateflow.theory.plane import Box, PlanarSystem, SmoothMap, continue_fixed_point, cycles, portrait
>>> x, y = sp.symbols("x y")
>>> bistable = PlanarSystem.from_sympy((x - x**3 + sp.Symbol("p"), -y), (x, y), {"p": 0})
>>> box = Box(x=(-2, 2), y=(-1, 1))
>>> shown = portrait(bistable, box, starts=[(-0.5, 0.9)])
>>> [(round(point.x, 6), point.kind, point.stability) for point in shown.fixed.points]
[(-1.0, 'node', 'stable'), (0.0, 'saddle', 'unstable'), (1.0, 'node', 'stable')]
>>> [len(shown.nullclines.x), len(shown.nullclines.y), len(shown.manifolds)]
[3, 1, 4]
>>> shown.trajectories[0].ending, shown.trajectories[0].points[-1, 0].round(4).item()
('rest', -1.0)

``gateflow.figures.portrait.draw_portrait`` draws it. Followed through its parameter, the fixed point turns around at
two folds, p = ∓2/(3√3):

>>> branch = continue_fixed_point(bistable, (1, 0), "p", (-1, 1), box)
>>> [(point.kind, round(point.p, 6), round(point.x, 6)) for point in branch.special]
[('fold', 0.3849, -0.57735), ('fold', -0.3849, 0.57735)]

Maps have any small number of dimensions; this is Hénon's:

>>> henon = SmoothMap(lambda x, y, a, b: (1 - a * x**2 + y, b * x), {"a": 0.3, "b": 0.3}, analytic=True)
>>> [cycle.stable for cycle in cycles(henon, [[-3.0, 1.0], [0.0, 0.0]])]
[False, True]
"""

from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.continuation import Branch, SpecialPoint, continue_fixed_point
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.fixed_points import FixedCurve, FixedPoint, FixedPoints, fixed_points
from gateflow.theory.plane.manifolds import Manifold, manifolds
from gateflow.theory.plane.maps import Cycle, SmoothMap, cycles, nearest_cycle
from gateflow.theory.plane.nullclines import Nullclines, nullclines, zero_curves
from gateflow.theory.plane.portrait import Portrait, portrait
from gateflow.theory.plane.stability import Linearisation, linearise
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import Trajectory, TrajectoryError, trajectory

__all__ = [
    "Box",
    "Branch",
    "Cycle",
    "FixedCurve",
    "FixedPoint",
    "FixedPoints",
    "Linearisation",
    "Manifold",
    "Nullclines",
    "PlanarSystem",
    "Portrait",
    "SmoothMap",
    "SpecialPoint",
    "Trajectory",
    "TrajectoryError",
    "Walls",
    "continue_fixed_point",
    "cycles",
    "fixed_points",
    "linearise",
    "manifolds",
    "nearest_cycle",
    "nullclines",
    "numeric_jacobian",
    "portrait",
    "trajectory",
    "zero_curves",
]
