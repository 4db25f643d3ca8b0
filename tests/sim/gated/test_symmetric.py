import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_start
from gateflow.theory.checks import InputError


@given(st.floats(-1, 1), st.floats(-2, 2), st.floats(-1, 1))
def test_symmetric_coordinates_undo_the_start(c, w, d):
    W0, c0 = symmetric_start(c, w, d)
    np.testing.assert_allclose(np.concatenate(symmetric_coordinates(W0, c0)), [c, w, d], atol=1e-14)
    assert c0.sum() == pytest.approx(1)
    np.testing.assert_allclose(W0.sum(axis=-1), 1)


def test_gates_outside_their_bounds_are_refused():
    with pytest.raises(InputError, match=r"c must lie between -1 and 1, got 1\.5"):
        symmetric_start([0.0, 1.5], 1.0, 0.0)
