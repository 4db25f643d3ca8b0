"""The rows that confront closed forms with runs: they hold, and they fail when a formula is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.sim.gated import closed_forms
from gateflow.sim.gated.closed_forms import onset_rows, symmetric_rows
from gateflow.sim.gated.study import Study
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_start
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GateRegulariser

STUDY = Study.preset("flexible", {"d_in": 8, "d_out": 4, "tau_c": 0.05})
MODEL = STUDY.models["flexible"]


@given(st.floats(-1, 1), st.floats(-2, 2), st.floats(-1, 1))
def test_symmetric_coordinates_undo_the_start(c, w, d):
    W0, c0 = symmetric_start(c, w, d)
    np.testing.assert_allclose(np.concatenate(symmetric_coordinates(W0, c0)), [c, w, d], atol=1e-14)
    assert c0.sum() == pytest.approx(1)
    np.testing.assert_allclose(W0.sum(axis=-1), 1)


def test_gates_outside_their_bounds_are_refused():
    with pytest.raises(InputError, match=r"c must lie between -1 and 1, got 1\.5"):
        symmetric_start([0.0, 1.5], 1.0, 0.0)


def failing(rows):
    return [row.quantity for row in rows if row.holds is False]


def test_the_closed_forms_hold():
    rows = symmetric_rows(STUDY, MODEL)
    assert len(rows) == 9
    assert failing(rows) == []


@pytest.mark.parametrize(("name", "wrong"), [
    ("swing_time", lambda right: lambda *at, **times: 1.05 * right(*at, **times)),
    ("specialised_switching_time", lambda right: lambda *at, **times: 2 * right(*at, **times)),
    ("separatrix_edges", lambda right: lambda *at, **times: tuple(1.3 * edge for edge in right(*at, **times))),
    ("block_map", lambda right: lambda *at, **times: np.multiply(right(*at, **times), [[1], [1.001], [1]])),
    ("multipliers", lambda right: lambda **times: 0.95 * right(**times)),
    ("orbit_constant", lambda right: lambda c, w, tau_w, tau_c: right(c, w, tau_w=tau_w, tau_c=2 * tau_c)),
])
def test_a_wrong_closed_form_fails_its_row(name, wrong, monkeypatch):
    monkeypatch.setattr(closed_forms, name, wrong(getattr(closed_forms, name)))
    assert failing(symmetric_rows(STUDY, MODEL)) != []


def test_the_share_of_onsets_is_predicted_and_a_wrong_one_shows(monkeypatch):
    default = Study.preset("flexible", {"d_in": 10, "d_out": 5})
    model = default.models["flexible"]
    assert failing(onset_rows(default, model)) == []
    monkeypatch.setattr(closed_forms, "onset_probability", lambda *_: 0.9)
    assert failing(onset_rows(default, model)) != []


@pytest.mark.parametrize("changes", [{"n_paths": 3}, {"norm": 2}])
def test_there_is_no_claim_about_the_onset_of_other_networks(changes):
    other = Study.preset("flexible", changes)
    assert onset_rows(other, other.models["flexible"]) == []


def test_gates_that_are_too_slow_have_no_limit_cycle_to_show():
    slow = Study.preset("flexible", {"tau_c": 1.0})
    names = [row.quantity for row in symmetric_rows(slow, slow.models["flexible"])]
    assert not any("limit cycle" in name or "swing" in name for name in names)
    assert MODEL.regulariser == GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=1 / 11)
