"""Any planar flow, or small map: portraits, limit cycles, continuation, basins.

A flow is given as text, as SymPy expressions or as a callable on arrays:

>>> from gateflow.plane import Box, Equations, PlanarSystem, flow_diagram, limit_cycles, portrait
>>> oscillator = Equations.of("x' = y, y' = mu*(1 - x**2)*y - x").flow({"mu": 1})
>>> (cycle,) = limit_cycles(oscillator, Box((-3, 3), (-4, 4)))
>>> round(cycle.period, 9), round(cycle.multiplier, 9), cycle.stable
(6.663286859, 0.000859695, True)
>>> bistable = PlanarSystem(lambda x, y, p: (x - x**3 + p, -y), {"p": 0}, analytic=True)
>>> box = Box((-2, 2), (-1, 1))
>>> portrait(bistable, box, starts=[(-0.5, 0.9)])
Portrait(stable node, saddle, stable node; 1 trajectories)

Over its parameter the branch of fixed points turns around at two folds, p = ∓2/(3√3):

>>> [(point.name, round(point.p, 6), round(point.x, 6)) for point in flow_diagram(bistable, "p", (-1, 1), box).special]
[('fold', -0.3849, 0.57735), ('fold', 0.3849, -0.57735)]

Maps have any small number of dimensions; this is Hénon's, with its first doublings:

>>> from gateflow.plane import map_diagram
>>> henon = Equations.of("x -> 1 - a*x**2 + y, y -> b*x").map({"a": 0.3, "b": 0.3})
>>> found = map_diagram(henon, "a", (0, 1), [(-3, 3), (-1, 1)], longest=2)
>>> [round(point.p, 6) for point in found.special if point.kind == "flip"]
[0.3675, 0.9125]
"""

from gateflow.figures.plane.diagrams import draw_basins, draw_curves, draw_diagram, draw_map, draw_periods
from gateflow.figures.plane.phase.plane import Plane
from gateflow.figures.portrait import add_legend, draw_portrait, draw_trajectories, legend_handles, math_name
from gateflow.theory.plane.basins import Basins, basins
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.collocation import LimitCycle
from gateflow.theory.plane.continuation import (
    Branch,
    SpecialPoint,
    continue_fixed_point,
    continue_map_cycle,
    continue_special_point,
)
from gateflow.theory.plane.cycles import CycleBranch, cycles_from, cycles_from_hopf, limit_cycles
from gateflow.theory.plane.diagram import Diagram, flow_diagram, map_diagram, two_parameter_curves
from gateflow.theory.plane.expressions import Equations, flow, smooth_map
from gateflow.theory.plane.fixed_points import FixedCurve, FixedPoint, FixedPoints, fixed_points
from gateflow.theory.plane.lyapunov import first_lyapunov
from gateflow.theory.plane.manifolds import Manifold, manifolds
from gateflow.theory.plane.maps import Cycle, SmoothMap, cycle_starts, cycles
from gateflow.theory.plane.nullclines import Nullclines, nullclines, zero_curves
from gateflow.theory.plane.portrait import Portrait, even_starts, portrait
from gateflow.theory.plane.stability import Linearisation, linearise
from gateflow.theory.plane.stroboscope import stroboscopic_map
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import Trajectory, TrajectoryError, trajectory

__all__ = [
    "Basins", "Box", "Branch", "Cycle", "CycleBranch", "Diagram", "Equations", "FixedCurve", "FixedPoint",
    "FixedPoints", "LimitCycle", "Linearisation", "Manifold", "Nullclines", "PlanarSystem", "Plane", "Portrait",
    "SmoothMap", "SpecialPoint", "Trajectory", "TrajectoryError", "Walls", "add_legend", "basins",
    "continue_fixed_point", "continue_map_cycle", "continue_special_point", "cycle_starts", "cycles", "cycles_from",
    "cycles_from_hopf", "draw_basins", "draw_curves", "draw_diagram", "draw_map", "draw_periods", "draw_portrait",
    "draw_trajectories", "even_starts", "first_lyapunov", "fixed_points", "flow", "flow_diagram", "legend_handles",
    "limit_cycles", "linearise", "manifolds", "map_diagram", "math_name", "nullclines", "portrait",
    "smooth_map", "stroboscopic_map", "trajectory", "two_parameter_curves", "zero_curves",
]
