"""Regimes over a plane, from theory or from flows, computed no more often than it takes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gateflow.sim.gated import regimes
from gateflow.sim.sweep.grid import Function, Sweep
from gateflow.sim.sweep.refined import Kinds, Smooth, refined
from gateflow.sim.sweep.result import SweepResult

# Where a field comes from.
FIELDS = {"theory": regimes.onset_cells, "linear": regimes.linear_cells, "flow": regimes.flow_cells}
# A field is computed where cubic and linear interpolation lie so far apart, and so near to one half.
_APART, _NEAR = 0.01, 0.1
# Values a side of the first grid: of what is smooth, and of networks, whose regimes have narrow parts.
_SMOOTH, _KINDS = 7, 40


def computed_field(kind: str, sweep_of: Callable[[Function], Sweep],
                   run: Callable[[Sweep], SweepResult]) -> tuple[SweepResult, int]:
    """The field of a kind of FIELDS, and how many of its runs were computed.

    sweep_of: the sweep of a function over the plane; run: runs a sweep.
    """
    if kind == "linear":
        sweep = sweep_of(regimes.linear_cells)
        return run(sweep), sweep.runs
    if kind == "flow":
        return refined(sweep_of(regimes.flow_cells), run, Kinds(("onset", "regime")), coarsest=_KINDS)
    sweep = sweep_of(regimes.onset_shares)
    share = Smooth("onset", regimes.log_contrast, regimes.share_of, _APART, 0.5, _NEAR)
    result, computed = refined(sweep, run, share, coarsest=_SMOOTH)
    if not result.values:
        return result, computed
    onset = result.values["onset"]
    cells = dict(zip(sweep.axes, map(np.ravel, np.meshgrid(*sweep.axes.values(), indexing="ij")), strict=True))
    values = regimes.with_regimes(cells, sweep.fixed, onset.data.ravel())
    return replace(result, values={name: np.ma.MaskedArray(value.reshape(sweep.shape), onset.mask)
                                   for name, value in values.items()}), computed
