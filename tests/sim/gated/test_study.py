from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.rows import contrast_steps, study_rows
from gateflow.sim.gated.runs import SettingRuns, StudyRuns, run_study
from gateflow.sim.gated.study import Study
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GateRegulariser

SMALL = {"d_in": 8, "d_out": 3, "tau_block": 0.5}


@pytest.fixture(scope="module")
def study():
    return Study.preset("both", SMALL, blocks=6, seeds=5)


@pytest.fixture(scope="module")
def runs(study):
    return run_study(study)


def test_presets_differ_only_in_gates(study):
    one, other = study.models["flexible"], study.models["forgetful"]
    assert replace(other, tau_c=one.tau_c, regulariser=one.regulariser) == one
    assert other.tau_c == other.tau_w


def test_with_both_presets_the_gates_changed_are_the_flexible_ones():
    models = Study.preset("both", {"tau_c": 0.5, "tau_w": 2.0, "nonneg_strength": 0.7}).models
    assert (models["flexible"].tau_c, models["flexible"].regulariser.nonneg_strength) == (0.5, 0.7)
    assert models["flexible"].regulariser.norm_strength == 10 / 11
    assert (models["forgetful"].tau_c, models["forgetful"].tau_w) == (2.0, 2.0)
    assert models["forgetful"].regulariser == GateRegulariser()


def test_alone_a_preset_takes_every_change():
    model = Study.preset("forgetful", {"tau_c": 0.5, "norm": 2, "norm_strength": 0.3}).models["forgetful"]
    assert (model.tau_c, model.regulariser) == (0.5, GateRegulariser(2, norm_strength=0.3, nonneg_strength=0.0))


def test_no_norm_needs_no_strength():
    regulariser = Study.preset("flexible", {"norm": None}).models["flexible"].regulariser
    assert regulariser == GateRegulariser(None, nonneg_strength=1 / 11)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: Study.preset("rigid"), "preset must be one of flexible, forgetful, both, got 'rigid'"),
    (lambda: Study.preset(seeds=0), "seeds must be an integer of at least 1, got 0"),
    (lambda: Study.preset(seeds=2, blocks=0), "blocks must be an integer of at least 1, got 0"),
    (lambda: Study.preset(seed=-1), "seed must be an integer of at least 0, got -1"),
    (lambda: Study.preset(dt=-1.0), "dt must be positive and finite, got -1.0"),
    (lambda: Study.preset(init_scale=-1.0), "init_scale must be at least 0 and finite, got -1.0"),
    (lambda: Study.preset("flexible", {"tau_c": -0.1}), "tau_c must be positive and finite, got -0.1"),
])
def test_bad_studies_are_refused(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message


def test_members_are_the_same_in_any_company(study):
    W_all, _, streams = study.members(0, 5)
    W_some, _, some = study.members(2, 5)
    np.testing.assert_array_equal(W_all[2:], W_some)
    assert streams[2].standard_normal() == some[0].standard_normal()


def test_results_do_not_depend_on_the_number_of_workers(study, runs):
    other = run_study(study, workers=2)
    for name, setting in runs.settings.items():
        for kind in ("gaussian", "population", "half", "flow", "free"):
            assert getattr(setting, kind).to_bytes() == getattr(other.settings[name], kind).to_bytes()
    np.testing.assert_array_equal(runs.law.gaussian_loss, other.law.gaussian_loss)
    assert study_rows(study, runs) == study_rows(study, other)


def test_everything_that_should_hold_holds(study, runs):
    failed = [row for row in study_rows(study, runs) if row.holds is False]
    assert failed == []


def test_quantities_are_named_once(study, runs):
    names = [row.quantity for row in study_rows(study, runs)]
    assert len(names) == len(set(names))


def corrupted(runs, **changes):
    """The same runs with one run of the flexible setting exchanged."""
    return StudyRuns({**runs.settings, "flexible": replace(runs.settings["flexible"], **changes)}, runs.law)


def failures(study, runs):
    return {row.quantity for row in study_rows(study, runs) if row.holds is False}


@pytest.mark.parametrize("field", ["tau_c", "tau_w"])
def test_a_flow_with_a_wrong_time_constant_fails_the_table(study, runs, field):
    right = study.models["flexible"]
    wrong = replace(right, **{field: 1.2 * getattr(right, field)})
    W0, c0, _ = study.members(0, 5)
    flow = integrate(wrong, study.teachers(), study.curriculum(), W0=W0, c0=c0, t_eval=runs.settings["flexible"].flow.t)
    assert "flexible: gates, flow vs descent, whole run, order in dt" in failures(study, corrupted(runs, flow=flow))


def test_descent_with_a_wrong_time_constant_fails_the_table(study, runs):
    W0, c0, streams = study.members(0, 5)
    slow = replace(study.models["flexible"], tau_w=1.2 * study.models["flexible"].tau_w)
    gaussian = descend(slow, study.teachers(), study.curriculum(), W0=W0, c0=c0, inputs="gaussian", rng=streams,
                       record_every=study.record_every)
    assert "flexible: loss, mean over time" in failures(study, corrupted(runs, gaussian=gaussian))


def test_a_contrast_that_falls_fails_the_table(study, runs):
    flow = runs.settings["flexible"].flow
    falling = replace(flow, gram=flow.gram * (1 - 0.01 * flow.t)[:, None, None])
    assert any("contrast" in name for name in failures(study, corrupted(runs, flow=falling)))


def test_a_law_with_another_spread_fails_the_table(study, runs):
    law = runs.law
    mean = law.gaussian_loss.mean()
    wider = replace(law, gaussian_loss=mean + 2 * (law.gaussian_loss - mean))
    assert any("Wishart" in name for name in failures(study, StudyRuns(runs.settings, wider)))


def test_the_contrast_moves_only_at_the_bound(runs):
    away, _ = contrast_steps(runs.settings["flexible"].flow)
    assert np.abs(away).max() < 1e-8


@pytest.mark.parametrize(("changes", "options"), [
    ({"n_paths": 1, "n_tasks": 1}, {"seeds": 1, "blocks": 1}),
    ({"n_paths": 3, "n_tasks": 2}, {"seeds": 2, "blocks": 3}),
    ({"n_paths": 2, "n_tasks": 3}, {"seeds": 2, "blocks": 3}),
    ({"norm": 2}, {"seeds": 2, "blocks": 2}),
    ({"nonneg_strength": np.inf}, {"seeds": 2, "blocks": 3}),
])
def test_other_networks_can_be_compared(changes, options):
    study = Study.preset("both", {**SMALL, **changes}, **options)
    rows = study_rows(study, run_study(study))
    assert [row.quantity for row in rows if row.holds is False] == []


def test_settings_runs_are_complete(runs):
    assert all(isinstance(setting, SettingRuns) for setting in runs.settings.values())
    forgetful = runs.settings["forgetful"]
    assert forgetful.free is forgetful.population
