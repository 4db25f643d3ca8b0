"""Rows of agents that were laid over a field."""

import numpy as np

from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.inference.field_rows import field_rows


def rows(values, predicted):
    y, x = predicted.shape
    return field_rows(FieldRuns(np.arange(x), np.arange(y), values, predicted, np.ones((y, x), dtype=bool)), "share")


def test_agents_that_failed_are_left_out_and_few_are_not_judged(rng):
    theory = np.array([[0.3, 0.5]])
    values = theory + 0.001 * rng.standard_normal((8, 1, 2))
    gone = values.copy()
    gone[3, 0, 1] = np.nan
    for each, cells in ((values, 2), (gone, 1)):
        first, second = rows(each, theory)
        assert f"mean over {cells} cells" in first.quantity
        assert (first.holds, second.holds) == (True, True)
    assert [row.holds for row in rows(values + 0.01, theory)] == [False, False]
    assert [row.holds for row in rows(values[:3], theory)] == [None, None]
    assert rows(np.full((3, 1, 2), np.nan), theory)[0].holds is None
