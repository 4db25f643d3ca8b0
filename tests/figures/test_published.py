"""Figures of the papers: each exists, runs at its quick size, and shows theory or says that there is none."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from gateflow.figures import cli
from gateflow.figures.figure import figure as make_figure
from gateflow.figures.figure import figure_files, published, titles
from gateflow.figures.gallery_page import page
from gateflow.figures.published import Part, Printed, Published, Reproduction, experiments, reproduce
from gateflow.sim.compare.comparison import Outcome
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.theory.checks import InputError

GALLERY = Path(__file__).parents[2] / "figures" / "gallery"
TRAINING = all(importlib.util.find_spec(name) for name in ("jax", "optax", "mlxtend", "sklearn"))


def is_trained(name):
    return any(isinstance(part.experiment, TrainedExperiment) for part in published(name).parts)


@pytest.fixture(scope="module")
def keep(tmp_path_factory):
    """A folder for runs, which figures share."""
    return tmp_path_factory.mktemp("keep")


@pytest.mark.parametrize("name", figure_files())
def test_every_figure_runs_at_its_quick_size(name, keep):
    if is_trained(name):
        pytest.skip("trained networks have tests of their own, which are as quick as they can be")
    made = reproduce(name, titles()[name], published(name), True, keep=keep)
    assert made.figure.axes or made.figure.subfigs
    for part, outcome in zip(made.published.parts, made.outcomes, strict=True):
        theory = any(row.theory is not None or row.holds is not None for row in outcome.rows)
        assert theory or part.without_theory, part.title
    assert all(line.ours is not None for line in made.lines)
    assert all(word in made.table() for word in ("verdict", "quick")) or not made.lines


@pytest.mark.parametrize("name", figure_files())
def test_quick_sizes_are_sizes_of_the_experiment(name):
    for quick, full in zip(experiments(published(name), quick=True), experiments(published(name)), strict=True):
        assert type(quick) is type(full)


class Doubled:
    @staticmethod
    def name():
        return "doubled"

    @staticmethod
    def parameters():
        return {"seeds": 4}


def made(values, **settings):
    settings = {"low": 0.9, "high": 1.1, **settings}
    printed = Printed("a number", "≈ 1", ours=lambda experiment, result: result,
                      theory=lambda experiment, result: 1.0, **settings)
    figure = Published("NTA", "0", "A number.", (Part("part", Doubled()),), (printed,))
    return Reproduction((Outcome(Doubled(), np.array(values), ()),), "nta-0", "A number", figure, False, seconds=1.0)


@pytest.mark.parametrize(("values", "verdict"), [
    ([1.0, 1.05, 0.95, 1.0], "reproduced"), ([1.0, 1.5, 1.3, 0.9], "within chance"),
    ([2.0, 2.01, 1.99, 2.0], "differs"), (1.0, "reproduced"), (np.nan, "differs")])
def test_a_verdict_follows_from_mean_and_interval(values, verdict):
    line = made(values, why="because").lines[0]
    assert (line.verdict, line.why) == (verdict, "because" if verdict == "differs" else "")
    assert line.theory == 1


@pytest.mark.parametrize(("values", "verdict"), [([1.0, 1.2, 1.1], "reproduced"), ([1.0, -0.6, 0.2], "within chance"),
                                                 ([-1.0, -1.2, -1.1], "differs")])
def test_a_claim_of_a_sign_holds_if_the_whole_interval_says_so(values, verdict):
    line = made(values, low=0.0, high=np.inf).lines[0]
    assert (line.verdict, line.accepted) == (verdict, "≥ 0")


def test_theory_is_starred_where_ours_alone_is_accepted_and_the_table_says_why():
    shown = made([1.2, 1.21, 1.19], low=1.1, high=1.3, why="no", apart="its step is finer")
    assert "1*" in shown.table()
    assert "* Theory is not where ours is accepted: its step is finer." in shown.notes
    for other in (made([1.0, 1.01, 0.99]), made([2.0, 2.01, 1.99], low=1.1, high=1.3, why="no")):
        assert "*" not in other.table()


def test_the_interval_is_that_of_students_mean():
    line = made([1.0, 1.5, 1.3, 0.9]).lines[0]
    half = 3.1824463 * np.std([1.0, 1.5, 1.3, 0.9], ddof=1) / 2
    assert (line.low, line.high) == pytest.approx((1.175 - half, 1.175 + half))


def test_the_page_shows_the_results_that_stand_beside_it():
    made_from = {path.stem.removeprefix("figure-").removesuffix("-quick") for path in GALLERY.glob("figure-*.json")}
    assert made_from <= set(figure_files())
    if made_from:
        assert (GALLERY / "README.md").read_text(encoding="utf-8") == page(GALLERY)


@pytest.mark.parametrize(("quick", "seeds", "words"), [
    (False, 4, []), (False, 2, ["Changed: seeds 2 instead of 4."]), (True, 2, ["A quick run: seeds 2 instead of 4."]),
    (True, 4, ["A quick run: the same as the whole one."])])
def test_a_run_of_another_size_says_what_differs(quick, seeds, words, monkeypatch):
    shorter = Doubled()
    monkeypatch.setattr(shorter, "parameters", lambda: {"seeds": seeds}, raising=False)
    figure = Published("NTA", "0", "A number.", (Part("part", Doubled()),))
    made = Reproduction((Outcome(shorter, np.zeros(2), ()),), "nta-0", "A number", figure, quick, seconds=1.0)
    assert made.notes == words


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match="figure must be one of"):
        make_figure("nta-0")


def test_members_without_a_value_are_counted_and_nothing_is_called_reproduced_then():
    line = made([1.0, 1.02, np.nan, 0.98]).lines[0]
    assert (line.quantity.endswith(" (1 of 4 missing)"), line.verdict) == (True, "within chance")


def test_fields_that_are_given_prevail_over_those_of_a_quick_run():
    made_for = experiments(published("nta-2"), quick=True, seeds=2, seed=7)
    assert [(each.seeds, each.seed, each.blocks) for each in made_for] == [(2, 7, 8)]


def test_the_command_lists_what_there_is(capsys):
    assert cli.main(["figure", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == titles()


@pytest.mark.parametrize("words", [["nta-0"], ["--all", "nta-2"], ["--quick"]])
def test_bad_words_are_one_line(capsys, words):
    assert cli.main(["figure", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
