"""Panels of the experiments that compare gated runs; the command itself is that of tests/figures/test_cli.py."""

import pytest

from gateflow.figures.panels import draw_outcome, panel
from gateflow.sim.compare.catalogue import routine
from gateflow.sim.compare.comparison import compare

SMALL = {"d_in": 8, "d_out": 3, "tau_block": 0.5, "blocks": 2, "seeds": 2}
NAMES = [kind.name() for kind in routine("gated")]


@pytest.fixture(scope="module")
def compared():
    return compare("gated", **SMALL)


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_has_a_panel_with_words(name, compared):
    assert panel("gated", name).words(compared[name])
    assert draw_outcome(compared[name]).get_axes()


@pytest.mark.parametrize("parameters", [{"preset": "forgetful"}, {"tau_c": 1.0, "n_paths": 3}, {"n_paths": 1}])
def test_panels_of_other_networks_are_drawn(parameters):
    for outcome in compare("gated", **{**SMALL, "seeds": 1, **parameters}).outcomes:
        if outcome.rows:
            draw_outcome(outcome)
