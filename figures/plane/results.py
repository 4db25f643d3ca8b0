"""What the plot of a system tells: results by name, lines of a summary, and arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gateflow.figures.plane import diagrams as drawn
from gateflow.theory.checks import Array
from gateflow.theory.plane.basins import Basins
from gateflow.theory.plane.continuation import Branch
from gateflow.theory.plane.diagram import Diagram, described
from gateflow.theory.plane.maps import Cycle, SmoothMap
from gateflow.theory.plane.portrait import Portrait
from gateflow.theory.plane.system import PlanarSystem

_NOT_RESULTS = ("parameters", "box", "walls")


def told(model: PlanarSystem | SmoothMap, shown: Portrait | None, cycles: Sequence[Cycle], shaded: Basins | None,
         diagram: Diagram | None, curves: Sequence[tuple[str, Branch]]) -> tuple[dict[str, Any], list[str]]:
    """Results by name, fit for JSON, and the lines of a summary."""
    names, lines, results = model.names, [], dict[str, Any]()
    if shown is not None:
        results = {key: value for key, value in shown.summary().items() if key not in _NOT_RESULTS}
        lines += [f"{point.name} at {names[0]} = {point.x:.9g}, {names[1]} = {point.y:.9g}"
                  for point in shown.fixed.points]
        lines += [f"curve of fixed points from {curve.points[0].round(4)} to {curve.points[-1].round(4)}"
                  for curve in shown.fixed.curves]
        lines += [f"{'stable' if one.stable else 'unstable'} limit cycle of period {one.period:.9g}, multiplier "
                  f"{one.multiplier:.6g}" for one in shown.cycles]
    else:
        results = {"fixed_points": [cycle_told(cycle, names) for cycle in cycles if len(cycle.points) == 1],
                   "cycles": [cycle_told(cycle, names) for cycle in cycles if len(cycle.points) > 1]}
        lines += [f"{cycle.kind}{f' of period {len(cycle.points)} through' if len(cycle.points) > 1 else ' at'} "
                  f"{', '.join(f'{x:.9g}' for x in cycle.points[0])}, largest multiplier "
                  f"{cycle.multiplier:.6g}" for cycle in cycles]
    if shaded is not None:
        results["basins"] = {"shares": list(shaded.shares), "undecided": float(np.mean(shaded.which == -2)),
                             "far_away": float(np.mean(shaded.which == -1))}
        lines += [f"share of the box that goes to attractor {k + 1}: {share:.4g}"
                  for k, share in enumerate(shaded.shares)]
    if diagram is not None:
        results["diagram"] = diagram.summary()
        lines += [drawn.special_line(point, diagram.parameter, names) for point in diagram.special]
        lines += [f"fold of limit cycles at {diagram.parameter} = {point.p:.9g}" for branch in diagram.cycles
                  for point in branch.special if point.kind == "fold"]
        lines += [f"limit cycles end at {diagram.parameter} = {branch.p[-1]:.9g}: their period grows without end"
                  for branch in diagram.cycles if branch.ends[1] == "period"]
    results |= {"curves": [{"kind": kind, "points": len(curve.p),
                            "special_points": [described(point) for point in curve.special]}
                           for kind, curve in curves]} if curves else {}
    lines += [f"{point.kind} at {curve.parameter} = {point.p:.9g}, second parameter {point.second:.9g}"
              for _, curve in curves for point in curve.special]
    return results, lines


def cycle_told(cycle: Cycle, names: Sequence[str]) -> dict[str, Any]:
    """A cycle of a map as plain values."""
    multipliers = [[float(value.real), float(value.imag)] for value in cycle.multipliers]
    place = {name: float(value) for name, value in zip(names, cycle.points[0], strict=True)}
    return place | {"kind": cycle.kind, "period": len(cycle.points), "points": cycle.points.tolist(),
                    "stable": cycle.stable, "multipliers": multipliers, "multiplier": cycle.multiplier}


def arrays(shown: Portrait | None, cycles: Sequence[Cycle], shaded: Basins | None, diagram: Diagram | None,
          curves: Sequence[tuple[str, Branch]]) -> dict[str, Array]:
    """All lines and fields by name."""
    data: dict[str, Any] = dict(shown.arrays()) if shown else {}
    data |= {f"cycle-{k}": cycle.points for k, cycle in enumerate(cycles)}
    if shaded is not None:
        data |= {"basin_x": shaded.x, "basin_y": shaded.y, "basin": shaded.which}
    for k, branch in enumerate(diagram.branches if diagram else ()):
        data |= {f"branch_{k}_p": branch.p, f"branch_{k}_states": branch.states, f"branch_{k}_stable": branch.stable,
                 f"branch_{k}_eigenvalues": branch.eigenvalues}
    for k, one in enumerate(diagram.cycles if diagram else ()):
        data |= {f"cycles_{k}_p": one.p, f"cycles_{k}_low": one.low, f"cycles_{k}_high": one.high,
                 f"cycles_{k}_period": one.period, f"cycles_{k}_log_multiplier": one.log_multiplier}
    for k, (kind, curve) in enumerate(curves):
        data |= {f"{kind}_curve_{k}_p": curve.p, f"{kind}_curve_{k}_second": curve.second,
                 f"{kind}_curve_{k}_states": curve.states}
    return data
