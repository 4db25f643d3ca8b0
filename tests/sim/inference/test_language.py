"""What is made of given likelihoods and slopes needs no network: readings, characters needed, rows, picture."""

from dataclasses import fields

import numpy as np
import pytest

from gateflow.figures.panels import draw_outcome
from gateflow.sim.compare.comparison import Outcome
from gateflow.sim.inference.experiments.language import (
    FIRST,
    LENGTHS,
    SURE,
    VECTORS,
    Language,
    LanguageRuns,
    first_sure,
    found,
)
from gateflow.sim.inference.texts import SOURCES
from gateflow.theory.checks import InputError

K = 3


@pytest.fixture
def coins(rng):
    """Sources (n,) and log-likelihoods (n, T, K) of throws of coins that differ by source."""
    heads = np.array([0.3, 0.5, 0.7])
    sources = np.arange(K).repeat(1000)
    throws = rng.random((len(sources), LENGTHS[-1])) < heads[sources, None]
    return sources, np.cumsum(np.where(throws[..., None], np.log(heads), np.log(1 - heads)), axis=1)


def test_the_exact_posterior_is_right_as_often_as_it_believes(coins):
    sources, ell = coins
    right, belief = found(ell, ell, sources)
    assert np.array_equal(right[0], right[1])
    chance = 4 * np.sqrt(belief[1] * (1 - belief[1]) / len(sources))
    assert (np.abs(right[1] - belief[1]) < chance + 1e-3).all()
    assert (np.diff(right[1]) > 0).all()


def test_any_other_reading_is_right_as_often_as_the_posterior_believes_in_it(coins, rng):
    sources, ell = coins
    wrong = ell + 3 * rng.standard_normal(ell.shape)
    right, belief = found(ell, wrong, sources)
    assert (right[0] < right[1]).all()
    assert np.abs(right[0] - belief[0]).max() < 0.04


def test_sources_are_asked_for_after_just_so_many_characters():
    sources, ell = np.arange(K), np.zeros((K, LENGTHS[-1], K))
    # The character that completes each length tells the source, and the next one takes it back.
    for length in LENGTHS:
        ell[sources, length - 1, sources] = 5.0
    right, _ = found(ell, ell, sources)
    assert (right == 1).all()


def test_a_belief_that_is_reached_is_right_that_often(coins):
    sources, ell = coins
    characters, right = first_sure(ell, sources)
    assert 1 < characters < LENGTHS[-1]
    # The last character goes over the threshold, and some texts end below it.
    assert SURE - 0.03 < right < SURE + 0.05


def test_a_belief_that_is_never_reached_takes_all_characters():
    ell = np.zeros((4, LENGTHS[-1], K))
    assert first_sure(ell, np.array([0, 0, 1, 2])) == (LENGTHS[-1], 0.5)


def result(rng, networks=2):
    shapes = {"right": (2, 6), "belief": (6,), "own_right": (2, 6), "own_belief": (2, 6), "needed": (2,),
              "sure_right": (2,), "drift": (), "early": (len(FIRST),), "loss": (len(VECTORS),),
              "unseen": (1, len(VECTORS)), "mixture": (1, 5), "regret": (), "excess": (), "linear": (2,)}
    values = {name: 0.5 + 0.1 * rng.random((networks, *shape)) for name, shape in shapes.items()}
    unknown = [VECTORS.index(name) for name in ("true source", "wrong source")]
    values["unseen"][..., unknown] = np.nan
    values["regret"], values["excess"], values["linear"] = (np.full(networks, -0.1), np.full(networks, -0.1),
                                                           np.tile([0.4, 0.1], (networks, 1)))
    values["own_right"] = values["own_belief"] + 0.001
    return LanguageRuns(**{field.name: values[field.name] for field in fields(LanguageRuns)})


@pytest.mark.parametrize("networks", [1, 2])
def test_rows_and_picture_follow_from_a_result(rng, networks):
    experiment = Language(seeds=networks)
    runs = result(rng, networks)
    rows = list(experiment.rows(runs))
    assert [row.holds for row in rows if row.holds is not None] == [True] * 5
    said = [row.quantity for row in rows]
    assert not any("manual" in quantity and "true source" in quantity for quantity in said)
    assert sum("manual" in quantity for quantity in said) == len(VECTORS) - 2
    figure = draw_outcome(Outcome(experiment, runs, tuple(rows)))
    assert len(figure.findobj(lambda part: hasattr(part, "get_xscale"))) == 3


@pytest.mark.parametrize(("field", "value"), [("own_right", 0.2), ("regret", 0.1), ("excess", 0.1)])
def test_what_contradicts_theory_fails(rng, field, value):
    runs = result(rng)
    getattr(runs, field)[:] = value
    assert not all(row.holds for row in Language(seeds=2).rows(runs) if row.holds is not None)


def test_a_gradient_that_is_no_gradient_fails(rng):
    runs = result(rng)
    runs.linear[:] = [0.2, 0.1]
    assert not all(row.holds for row in Language(seeds=2).rows(runs) if row.holds is not None)


@pytest.mark.parametrize("held_out", [("manual", "manual"), tuple(SOURCES), tuple(SOURCES)[1:], ("poems",)])
def test_bad_sources_get_one_line(held_out):
    with pytest.raises(InputError, match="held_out"):
        Language(held_out=held_out)


