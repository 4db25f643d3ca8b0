"""Experiments of networks: rows that hold for every preset, words that make networks, files, and bad input."""

from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.compare.catalogue import experiments
from gateflow.sim.compare.comparison import compare
from gateflow.sim.network.experiments.descent import Descent
from gateflow.sim.network.experiments.self_gating import SelfGatingNetwork
from gateflow.sim.network.presets import PRESETS, Words
from gateflow.sim.storage import read_array
from gateflow.theory.checks import InputError
from gateflow.theory.network.network import Factor

QUICK = {"seeds": 2, "blocks": 2, "tau_block": 0.3}


@pytest.mark.parametrize("preset", PRESETS)
def test_rows_of_every_preset_hold(preset):
    comparison = compare("network", "descent", "laws", "compression", "modes", spec=preset, **QUICK)
    assert comparison.holds, comparison
    assert comparison["laws"].result.certificate.complete is True
    assert comparison["laws"].result.unexplained.max() < 1e-12
    assert comparison["laws"].result.errors.max() < 0.05


def test_the_noise_of_small_batches_is_in_its_interval():
    comparison = compare("network", "laws", spec="ih,hj->ij", sizes="i=2,h=3,j=4", tau="0.3,0.5", batch_size=2,
                         seeds=20,
                         blocks=2, tau_block=0.3, strength=1.0)
    assert comparison.holds, comparison
    row = next(row for row in comparison.rows if "add to the drift" in row.quantity)
    assert row.holds
    assert abs(row.theory) > 3 * row.tolerance / 2


def test_the_two_layer_network_of_figure_6_gates_itself_more_the_coarser_the_step():
    comparison = compare("network", "self-gating", seeds=3, self_gating_blocks=8, flow_members=1)
    assert comparison.holds, comparison
    result = comparison["self-gating"].result
    flexible, forgetful = (result.runs[kind].alignment[:, -1] for kind in ("flexible", "forgetful"))
    assert flexible.min() > 0.7 > result.flow.alignment[:, -1].max()
    assert forgetful.max() < result.finer.alignment[:, -1].min() < flexible.min()
    experiment = comparison["self-gating"].experiment
    for wrong, row in ({"ratchet": result.ratchet[::-1]}, "fall"), ({"held": np.zeros_like(result.held)}, "rise while"):
        failed = [row.quantity for row in experiment.rows(replace(result, **wrong)) if row.holds is False]
        assert any(row in quantity for quantity in failed), failed


def test_what_a_two_layer_network_remembers_shows_in_the_rank_of_its_first_layer():
    network = SelfGatingNetwork(seeds=2, self_gating_blocks=8)
    for kind, rank in (("flexible", 17), ("forgetful", 10)):
        values = network.descended(kind).singular[:, -1]
        count = (values > 0.1 * values[:, :1]).sum(axis=1)
        assert (count >= rank).all() if kind == "flexible" else (count == rank).all()


def test_what_is_not_complete_is_told_and_not_held_against_it():
    comparison = compare("network", "laws", spec="ab,ab,ab->b", sizes="a=2,b=2", **QUICK)
    row = comparison.rows[0]
    assert "not complete: 2 more" in row.quantity
    assert row.holds is None


def test_words_make_factors_with_costs():
    values = {"name": "W_2,W_1", "tau": "0.01,0.06", "norm": "2", "norm_strength": "0.2", "bound": "0",
              "decay": "-,0.1"}
    network = Words("ih,hj->ij", "h=20,i=10,j=20", values).network()
    assert network.sizes == {"i": 10, "h": 20, "j": 20}
    assert network.factors == (Factor("W_2", 0.01, 2, 0.2, bound=0.0), Factor("W_1", 0.06, decay=0.1))
    assert Words("p,pij->ij", None, {"tau": "0.5"}).network().factors[1].tau == 0.5
    assert Words("gates", "j=5", {}).network().sizes["j"] == 5


@pytest.mark.parametrize(("changes", "message"), [
    ({"spec": "gate"}, "spec must be a string as p,pij->ij or one of gates"),
    ({"spec": "ih,hj->ijk"}, "index k of the output"), ({"spec": "ih,hj->ij", "sizes": "h=2,q=3"}, "got q"),
    ({"sizes": "h:2"}, "index=length"), ({"tau": "1,2,3"}, r"tau must have a value for each factor \(2\), got 3"),
    ({"tau": "1,x"}, "tau must be numbers"), ({"norm": "3"}, "norm must be 1, 2 or - for none, got '3'"),
    ({"names": "A,A"}, "different names"), ({"teachers": "good"}, "teachers must be one of orthogonal"),
    ({"teachers": "nothing.npy"}, "cannot read nothing.npy"), ({"context": "q"}, "context must be an index"),
    ({"dt": 0.3}, "must be a multiple of dt"), ({"rank": 99, "teachers": "random"}, "rank must be at most"),
    ({"initial": "nothing.npz"}, "cannot read nothing.npz"),
    ({"bound": "0,0", "norm": "1,1", "norm_strength": "x"}, "numbers")])
def test_bad_words_are_told_in_a_line(changes, message):
    with pytest.raises(InputError, match=message) as told:
        Descent(**changes)
    assert "\n" not in str(told.value)


def test_teachers_and_factors_come_from_files(tmp_path, rng):
    teachers, A, B = rng.standard_normal((3, 2, 4)), rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    np.save(tmp_path / "teachers.npy", teachers)
    np.savez(tmp_path / "start.npz", A=A, B=B)
    experiment = Descent(spec="ih,hj->ij", sizes="i=2,h=3,j=4", teachers=str(tmp_path / "teachers.npy"),
                         initial=tmp_path / "start.npz", seeds=2)
    np.testing.assert_array_equal(experiment.targets, teachers)
    np.testing.assert_array_equal(experiment.start[1], np.stack([B, B]))
    assert len(experiment.tasks) == 3
    np.savez(tmp_path / "two.npz", a=A, b=B)
    np.testing.assert_array_equal(read_array(tmp_path / "two.npz", "b"), B)
    with pytest.raises(InputError, match="has no array c, but a, b"):
        read_array(tmp_path / "two.npz", "c")
    (tmp_path / "bad.npy").write_text("nothing")
    with pytest.raises(InputError, match=r"no \.npy or \.npz file"):
        read_array(tmp_path / "bad.npy", "x")


def test_results_do_not_depend_on_the_number_of_members():
    few, many = (compare("network", "descent", spec="two-layers", seeds=n, blocks=2, tau_block=0.2)["descent"].result
                 for n in (1, 2))
    np.testing.assert_allclose(few.loss[1, 0], many.loss[1, 0], rtol=1e-12)


def test_every_experiment_is_in_the_catalogue():
    assert [kind.name() for kind in experiments("network")] == ["descent", "laws", "compression", "modes",
                                                                "self-gating", "self-gating-plane", "composition"]
