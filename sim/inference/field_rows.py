"""How far agents that were laid over a field lie from theory."""

import numpy as np

from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.compare.rows import JUDGED, Row, half_width, make_row
from gateflow.sim.inference.parameters import judged_tolerance

# What shares of decisions and errors may be off beyond chance: sequences are finite.
_ALLOWED = 0.002


def field_rows(runs: FieldRuns, quantity: str) -> list[Row]:
    """How far theory and agents lie apart: on average, and where it is furthest beyond chance.

    Cells in which a seed failed do not count.
    """
    whole = np.isfinite(runs.values).all(axis=0)
    cells = int(whole.sum())
    if not cells:
        return [make_row(f"{quantity}, mean over cells", "observation", error=float("nan"))]
    means, theory = runs.values[:, whole].mean(axis=1), float(runs.predicted[whole].mean())
    chance = runs.half(1 - (1 - JUDGED) / cells)
    beyond = float(np.nanmax(np.maximum(runs.distance - chance, 0)[whole])) if len(means) > 1 else float("nan")
    return [make_row(f"{quantity}, mean over {cells} cells", "exact", theory=theory, simulation=float(means.mean()),
                     half=half_width(means), error=abs(float(means.mean()) - theory),
                     tolerance=judged_tolerance(half_width(means, JUDGED) + _ALLOWED / 2, len(means))),
            make_row(f"{quantity}, largest distance over cells beyond chance", "exact", error=beyond,
                     tolerance=judged_tolerance(_ALLOWED, len(means)))]
