import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateflow.sim.disentangle.geometry import (
    cross_condition_generalisation,
    latent_directions,
    linear_decoder,
    orthants,
    out_of_distribution_r2,
    parallelism_score,
    r_squared,
)
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.angles import direction_angles


def states(rng, size=2000, dimension=2):
    return rng.random((size, dimension)) - 0.5


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_linear_representations_are_perfect_on_every_measure(seed):
    rng = np.random.default_rng(seed)
    # As many trials as it takes for all orthants; equal means along the other factor by symmetry.
    x = states(rng, 300, 2)
    x = np.concatenate([x * sign for sign in ([1, 1], [1, -1], [-1, 1], [-1, -1])])
    Z = x @ rng.normal(size=(2, 10)) + rng.normal(size=10)
    np.testing.assert_allclose(out_of_distribution_r2(Z, x), 1, atol=1e-9)
    np.testing.assert_allclose(parallelism_score(Z, x), 1, atol=1e-9)
    Q = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    np.testing.assert_allclose(parallelism_score(Z @ Q, x), parallelism_score(Z, x), atol=1e-9)


def test_a_representation_of_every_condition_apart_generalises_by_chance():
    """One unit a condition: perfect inside, no better than chance across conditions."""
    rng = np.random.default_rng(0)
    x = states(rng, 8000)
    which = ((x > 0) @ [1, 2]).astype(int)
    Z = np.eye(4)[which] + 0.05 * rng.normal(size=(8000, 4))
    assert r_squared(np.sign(x), linear_decoder(Z, np.sign(x)).predict(Z)) > 0.98
    np.testing.assert_allclose(parallelism_score(Z, x), 0, atol=0.05)
    np.testing.assert_allclose(cross_condition_generalisation(Z, x), 0.5, atol=0.2)
    assert np.all(out_of_distribution_r2(Z, x) < 0)


def test_an_exclusive_or_turns_coding_around():
    x = states(np.random.default_rng(1), 4000)
    signs = orthants(x)
    Z = np.stack([signs[:, 0] * signs[:, 1], signs[:, 1]], axis=-1)
    assert parallelism_score(Z, x)[0] == pytest.approx(-1)
    assert cross_condition_generalisation(Z, x)[0] == 0.0
    assert cross_condition_generalisation(Z, x)[1] == 1.0


def test_the_score_of_a_held_out_quadrant_depends_on_whose_variance():
    rng = np.random.default_rng(2)
    x = states(rng, 200_000)
    Z = x + 0.05 * rng.normal(size=x.shape)
    # The best decoder on three quadrants shrinks; within errors of the fit its error is known.
    own, box = out_of_distribution_r2(Z, x), out_of_distribution_r2(Z, x, variance=1 / 12)
    np.testing.assert_allclose((1 - own) / (1 - box), 4, rtol=0.02)
    np.testing.assert_allclose(1 - box, 0.05**2 * 12, rtol=0.1)


def test_decoders_are_least_squares():
    rng = np.random.default_rng(3)
    Z, x = rng.normal(size=(50, 4)), rng.normal(size=(50, 2))
    found = linear_decoder(Z, x)
    full = np.linalg.lstsq(np.column_stack([Z, np.ones(50)]), x, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([found.weights, found.offset]), full, atol=1e-12)
    ridge = linear_decoder(Z, x, ridge=0.5)
    centred = Z - Z.mean(axis=0)
    strength = 0.5 * np.mean(centred**2) * 50
    expected = np.linalg.solve(centred.T @ centred + strength * np.eye(4), centred.T @ (x - x.mean(axis=0)))
    np.testing.assert_allclose(ridge.weights, expected, atol=1e-12)
    np.testing.assert_allclose(latent_directions(x, Z), linear_decoder(Z, x).weights, atol=1e-12)
    # More units than trials: the shortest weights.
    Z = rng.normal(size=(5, 20))
    np.testing.assert_allclose(linear_decoder(Z, x[:5]).predict(Z), x[:5], atol=1e-10)


def test_angles_are_angles():
    np.testing.assert_allclose(np.degrees(direction_angles([[1, 0, 0], [0, 2, 0], [1, 1, 0]])), [90, 45, 45])
    for small in (1e-8, 1e-15):
        np.testing.assert_allclose(direction_angles([[2, 0], [np.cos(small), np.sin(small)]]), small, rtol=1e-9)
    assert orthants([0.0, -0.1]).tolist() == [1.0, -1.0]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: linear_decoder(np.ones((3, 2)), np.ones((4, 2))), "Z and x must have as many trials, got 3 and 4"),
    (lambda: linear_decoder(np.ones(3), np.ones((3, 1))), r"Z must have shape \(trials, units\), got \(3,\)"),
    (lambda: out_of_distribution_r2(np.ones((3, 2)), np.ones((3, 2))), "x must have trials in at least two orthants"),
    (lambda: parallelism_score(np.ones((2, 2)), [[0.1], [-0.1]]), "x must have at least 2 factors"),
    (lambda: parallelism_score(np.ones((2, 2)), [[0.1, 1], [-0.1, -1]]), "x must have trials on both sides of"),
    (lambda: r_squared(np.ones((3, 2)), np.ones((3, 2))), "x must vary, or variance be given"),
    (lambda: linear_decoder(np.eye(3), np.eye(3)).predict([1.0]), r"Z must have shape \(\.\.\., 3\), got \(1,\)"),
    (lambda: direction_angles([[0.0, 0.0], [1.0, 0.0]]), "directions must have positive length")])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_ridge_is_least_squares_with_as_many_rows_more(rng):
    x = states(rng, 300)
    Z = x @ rng.standard_normal((2, 8)) + 0.1 * rng.standard_normal((300, 8))
    middle = Z.mean(axis=0)
    rows = np.sqrt(0.05 * np.mean((Z - middle) ** 2) * len(Z)) * np.eye(8)
    wanted = np.concatenate([x - x.mean(axis=0), np.zeros((8, 2))])
    expected = np.linalg.lstsq(np.concatenate([Z - middle, rows]), wanted, rcond=None)[0]
    np.testing.assert_allclose(linear_decoder(Z, x, ridge=0.05).weights, expected, rtol=1e-9)


def test_at_most_so_many_orthants_are_left_out_those_with_most_trials(rng):
    x = np.concatenate([states(rng, 500), np.abs(states(rng, 300))])
    Z = x @ rng.standard_normal((2, 5)) + 0.2 * rng.standard_normal((800, 5))
    every = out_of_distribution_r2(Z, x)
    assert out_of_distribution_r2(Z, x, most=1) == every[3:]
    np.testing.assert_array_equal(out_of_distribution_r2(Z, x, most=9), every)


@pytest.mark.parametrize(("dimension", "ridge"), [(1, 0.0), (2, 0.0), (2, 0.1), (3, 0.0)])
def test_each_orthant_is_scored_by_a_decoder_of_all_others(dimension, ridge):
    rng = np.random.default_rng(11)
    x = rng.random((400, dimension)) - 0.5
    Z = np.tanh(3 * x @ rng.standard_normal((dimension, 5)) + 0.3) + 0.1 * rng.standard_normal((400, 5))
    which = (x >= 0) @ (1 << np.arange(dimension))
    for variance in (None, 1 / 12):
        found = out_of_distribution_r2(Z, x, variance, ridge)
        for orthant, r2 in enumerate(found):
            out = which == orthant
            guess = linear_decoder(Z[~out], x[~out], ridge).predict(Z[out])
            assert r2 == pytest.approx(r_squared(x[out], guess, variance), abs=1e-11)
        most = np.argsort(-np.bincount(which), kind="stable")[:1]
        np.testing.assert_array_equal(out_of_distribution_r2(Z, x, variance, ridge, 1), found[most])
