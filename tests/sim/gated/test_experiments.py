"""Experiments of the gated network: their rows hold, and a wrong run or formula fails them."""

from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.compare.catalogue import routine
from gateflow.sim.compare.comparison import compare, run_experiments
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.experiments import onset, two_tasks
from gateflow.sim.gated.experiments.conservation import contrast_steps
from gateflow.sim.gated.experiments.learning import Learning
from gateflow.sim.gated.experiments.onset import Onset
from gateflow.sim.gated.experiments.two_tasks import TwoTasks
from gateflow.sim.gated.integration import integrate
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GateRegulariser

SMALL = {"d_in": 8, "d_out": 3, "tau_block": 0.5, "blocks": 6, "seeds": 5}


@pytest.fixture(scope="module")
def outcomes():
    return {outcome.experiment.name(): outcome for outcome in compare("gated", **SMALL).outcomes}


def failing(rows):
    return [row.quantity for row in rows if row.holds is False]


def changed(outcome, **runs):
    """Rows of the outcome with some runs of the flexible setting exchanged."""
    settings = getattr(outcome.result, "settings", outcome.result)
    others = {**settings, "flexible": replace(settings["flexible"], **runs)}
    result = others if settings is outcome.result else replace(outcome.result, settings=others)
    return failing(outcome.experiment.rows(result))


def test_presets_differ_only_in_gates():
    models = Learning(**SMALL).models()
    one, other = models["flexible"], models["forgetful"]
    assert replace(other, tau_c=one.tau_c, regulariser=one.regulariser) == one
    assert other.tau_c == other.tau_w


def test_with_both_presets_the_gates_changed_are_the_flexible_ones():
    models = Learning(tau_c=0.5, tau_w=2.0, nonneg_strength=0.7).models()
    assert (models["flexible"].tau_c, models["flexible"].regulariser.nonneg_strength) == (0.5, 0.7)
    assert models["flexible"].regulariser.norm_strength == 10 / 11
    assert (models["forgetful"].tau_c, models["forgetful"].tau_w) == (2.0, 2.0)
    assert models["forgetful"].regulariser == GateRegulariser()


def test_alone_a_preset_takes_every_change():
    model = Learning(preset="forgetful", tau_c=0.5, norm=2, norm_strength=0.3).models()["forgetful"]
    assert (model.tau_c, model.regulariser) == (0.5, GateRegulariser(2, norm_strength=0.3))


def test_no_norm_needs_no_strength():
    regulariser = Learning(preset="flexible", norm=None).models()["flexible"].regulariser
    assert regulariser == GateRegulariser(None, nonneg_strength=1 / 11)


@pytest.mark.parametrize(("parameters", "message"), [
    ({"preset": "rigid"}, "preset must be one of both, flexible, forgetful, got 'rigid'"),
    ({"seeds": 0}, "seeds must be an integer between 1 and 100000, got 0"),
    ({"blocks": 0}, "blocks must be an integer between 1 and 10000, got 0"),
    ({"dt": -1.0}, "dt must be between 1e-06 and 1e+06, got -1.0"),
    ({"init_scale": -1.0}, "init_scale must be between 0 and 1e+06, got -1.0"),
    ({"preset": "flexible", "tau_c": -0.1}, "tau_c must be between 1e-06 and 1e+06, got -0.1"),
    ({"preset": "forgetful", "norm_strength": 1.0}, "norm_strength must be 0 where norm is None, got 1.0"),
])
def test_bad_parameters_are_refused(parameters, message):
    with pytest.raises(InputError) as caught:
        Learning(**parameters)
    assert str(caught.value) == message


def test_members_are_the_same_in_any_company():
    setting = Learning(**SMALL).first()
    np.testing.assert_array_equal(setting.initial(0, 5)["W0"][2:], setting.initial(2, 5)["W0"])
    assert setting.inputs(0, 5)[2].standard_normal() == setting.inputs(2, 5)[0].standard_normal()


def test_everything_that_should_hold_holds(outcomes):
    assert [failing(outcome.rows) for outcome in outcomes.values()] == [[]] * len(routine("gated"))


def test_quantities_are_named_once(outcomes):
    names = [row.quantity for outcome in outcomes.values() for row in outcome.rows]
    assert len(names) == len(set(names))


def test_results_do_not_depend_on_the_number_of_workers(outcomes):
    names = ("learning", "reduction", "sampling-law")
    for outcome in run_experiments([outcomes[name].experiment for name in names], Execution(2)):
        before = outcomes[outcome.experiment.name()]
        assert outcome.rows == before.rows
        assert outcome.experiment.files(outcome.result) == before.experiment.files(before.result)


@pytest.mark.parametrize("field", ["tau_c", "tau_w"])
def test_a_flow_with_a_wrong_time_constant_fails_its_rows(outcomes, field):
    setting = outcomes["reduction"].experiment.first()
    wrong = replace(setting.model, **{field: 1.2 * getattr(setting.model, field)})
    t = outcomes["reduction"].result["flexible"].flow.t
    flow = integrate(wrong, setting.teachers(), setting.curriculum(), **setting.initial(0, 5), t_eval=t)
    assert "flexible: gates, flow vs descent, whole run, order in dt" in changed(outcomes["reduction"], flow=flow)


def test_descent_with_a_wrong_time_constant_fails_its_rows(outcomes):
    setting = outcomes["learning"].experiment.first()
    slow = replace(setting.model, tau_w=1.2 * setting.model.tau_w)
    gaussian = descend(slow, setting.teachers(), setting.curriculum(), **setting.initial(0, 5), inputs="gaussian",
                       rng=setting.inputs(0, 5), record_every=setting.record_every)
    assert "flexible: loss, mean over time" in changed(outcomes["learning"], gaussian=gaussian)


def test_a_contrast_that_falls_fails_its_rows(outcomes):
    flow = outcomes["conservation"].result.settings["flexible"].flow
    falling = replace(flow, gram=flow.gram * (1 - 0.01 * flow.t)[:, None, None])
    assert any("contrast" in name for name in changed(outcomes["conservation"], flow=falling))


def test_the_contrast_moves_only_at_the_bound(outcomes):
    away, _ = contrast_steps(outcomes["conservation"].result.settings["flexible"].flow)
    assert np.abs(away).max() < 1e-8


def test_a_law_with_another_spread_fails_its_rows(outcomes):
    law = outcomes["sampling-law"].result
    mean = law.gaussian_loss.mean()
    wider = replace(law, gaussian_loss=mean + 2 * (law.gaussian_loss - mean))
    assert any("Wishart" in name for name in failing(outcomes["sampling-law"].experiment.rows(wider)))


@pytest.mark.parametrize("changes", [
    {"n_paths": 1, "n_tasks": 1, "seeds": 1, "blocks": 1}, {"n_paths": 3, "n_tasks": 2}, {"n_paths": 2, "n_tasks": 3},
    {"norm": 2, "blocks": 2}, {"nonneg_strength": np.inf}])
def test_other_networks_can_be_compared(changes):
    assert failing(compare("gated", **{**SMALL, "blocks": 3, "seeds": 2, **changes}).rows) == []


SYMMETRIC = TwoTasks(d_in=8, d_out=4, tau_c=0.05)


def rows_of(experiment):
    return run_experiments([experiment])[0].rows


def test_there_are_closed_forms_of_the_default_setting():
    assert len(rows_of(SYMMETRIC)) == 9


@pytest.mark.parametrize(("name", "wrong"), [
    ("swing_time", lambda right: lambda *at, **times: 1.05 * right(*at, **times)),
    ("specialised_switching_time", lambda right: lambda *at, **times: 2 * right(*at, **times)),
    ("separatrix_edges", lambda right: lambda *at, **times: tuple(1.3 * edge for edge in right(*at, **times))),
    ("block_map", lambda right: lambda *at, **times: np.multiply(right(*at, **times), [[1], [1.001], [1]])),
    ("multipliers", lambda right: lambda **times: 0.95 * right(**times)),
    ("orbit_constant", lambda right: lambda c, w, tau_w, tau_c: right(c, w, tau_w=tau_w, tau_c=2 * tau_c)),
])
def test_a_wrong_closed_form_fails_its_row(name, wrong, monkeypatch):
    monkeypatch.setattr(two_tasks, name, wrong(getattr(two_tasks, name)))
    assert failing(rows_of(SYMMETRIC)) != []


def test_the_share_of_onsets_is_predicted_and_a_wrong_one_shows(monkeypatch):
    experiment = Onset(d_in=10, d_out=5)
    assert failing(rows_of(experiment)) == []
    monkeypatch.setattr(onset, "onset_probabilities", lambda *_: np.full(4, 0.9))
    assert failing(rows_of(experiment)) != []


@pytest.mark.parametrize("changes", [{"n_paths": 3}, {"norm": 2}, {"preset": "forgetful"}])
def test_there_is_no_claim_about_the_onset_of_other_networks(changes):
    assert rows_of(Onset(**changes)) == ()


def test_gates_that_are_too_slow_have_no_limit_cycle_to_show():
    names = [row.quantity for row in rows_of(TwoTasks(tau_c=1.0))]
    assert not any("limit cycle" in name or "swing" in name for name in names)


@pytest.mark.parametrize("tau_c", [0.4, 3.0])
def test_slow_gates_have_no_switching_time_of_the_closed_form(tau_c):
    rows = rows_of(TwoTasks(tau_c=tau_c))
    assert [("switching time" in row.quantity, row.holds) for row in rows] == [(False, True)]


def test_teachers_weights_and_covariance_come_from_files(tmp_path, rng):
    teachers, weights, root = (rng.standard_normal(shape) for shape in ((3, 2, 4), (2, 2, 4), (4, 4)))
    np.save(tmp_path / "teachers.npy", teachers)
    np.savez(tmp_path / "more.npz", weights=weights, covariance=root @ root.T)
    more = tmp_path / "more.npz"
    experiment = Learning(teachers=tmp_path / "teachers.npy", weights=more, covariance=more, seeds=2, blocks=1,
                          tau_block=0.1)
    runs = run_experiments([experiment])[0].result["flexible"]
    np.testing.assert_array_equal(runs.flow.W_star, teachers)
    np.testing.assert_allclose(runs.flow.gram[:, 0], [np.einsum("pij,qij->pq", weights, weights)] * 2)
    assert np.shape(runs.gaussian.settings["covariance"]) == (4, 4)
    assert Onset(weights=more, d_in=4, d_out=2).jobs() == []
    with pytest.raises(InputError, match=r"weights must have shape \(2, 10, 20\), got \(2, 2, 4\)"):
        Learning(weights=more)
    with pytest.raises(InputError, match=r"cannot read .*: No such file"):
        Learning(teachers=tmp_path / "none.npy")
