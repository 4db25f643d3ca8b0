from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gateflow.sim.gated import (
    adaptation_time,
    alignment,
    matching,
    orthogonal_teachers,
    similarity,
    specialisation,
    total_alignment,
)

SIMILARITIES = arrays(np.float64, (4, 3, 3), elements=st.floats(-1, 1))


def test_alignment_is_the_mean_cosine_of_rows():
    A = np.array([[1.0, 0], [0, 2], [3, 3]])
    B = np.array([[2.0, 0], [5, 0], [0, 1]])
    assert alignment(A, B) == pytest.approx((1 + 0 + np.sqrt(0.5)) / 3)


def test_rows_of_zeros_count_zero():
    assert alignment(np.zeros((2, 3)), np.ones((2, 3))) == 0


@given(arrays(np.float64, (3, 4), elements=st.integers(-9, 9)), st.floats(0.01, 100))
def test_alignment_ignores_scale(A, factor):
    B = np.arange(12.0).reshape(3, 4) - 5
    np.testing.assert_allclose(alignment(A, B), alignment(factor * A, B), atol=1e-12)


def test_similarity_is_the_alignment_of_every_pair(rng):
    W, W_star = rng.standard_normal((5, 2, 3, 4)), rng.standard_normal((3, 3, 4))
    found = similarity(W, W_star)
    assert found.shape == (5, 3, 2)
    for m in range(3):
        for p in range(2):
            np.testing.assert_allclose(found[:, m, p], alignment(W[:, p], W_star[m]), atol=1e-14)


@given(SIMILARITIES)
def test_the_matching_is_the_best_of_all(values):
    best = [max(sum(block[m, order[m]] for m in range(3)) for order in permutations(range(3))) for block in values]
    np.testing.assert_allclose(total_alignment(values), np.array(best) / 3, atol=1e-12)


@given(SIMILARITIES, st.permutations(range(3)))
def test_measures_ignore_the_order_of_paths(values, order):
    np.testing.assert_allclose(total_alignment(values[..., order]), total_alignment(values), atol=1e-12)


def test_one_path_cannot_serve_two_teachers():
    both_match_the_first = np.array([[0.9, 0.8], [0.7, 0.1]])
    np.testing.assert_array_equal(matching(both_match_the_first), [[0, 1], [1, 0]])
    assert total_alignment(both_match_the_first) == pytest.approx((0.8 + 0.7) / 2)


def test_a_teacher_without_a_path_counts_zero():
    assert total_alignment(np.array([[1.0], [0.2]])) == pytest.approx(0.5)


@pytest.mark.parametrize("n_tasks", [2, 3])
def test_unspecialised_networks_align_at_one_over_root_m(n_tasks, rng):
    W_star = orthogonal_teachers(n_tasks, 5, 20, rng)
    mean = np.broadcast_to(W_star.mean(axis=0), W_star.shape)
    assert total_alignment(similarity(mean, W_star)) == pytest.approx(1 / np.sqrt(n_tasks))
    assert specialisation(similarity(mean, W_star)) == pytest.approx(0)
    assert total_alignment(similarity(W_star[::-1], W_star)) == pytest.approx(1)
    assert specialisation(similarity(W_star[::-1], W_star)) == pytest.approx(1)


def test_specialisation_of_a_single_pair_is_undefined():
    assert np.isnan(specialisation(np.ones((1, 1))))


def test_adaptation_is_timed_from_each_switch():
    bounds = np.array([0.0, 1.0, 2.0, 3.0])
    t = np.arange(0, 3, 0.01)
    rate = np.array([[1.0, 2.0], [4.0, 8.0], [0.5, 20.0]])

    def loss(block, since):
        return np.exp(-np.outer(rate[block], since))

    curve = np.concatenate([loss(block, t[t < 1]) for block in range(3)], axis=1)
    ends = np.stack([loss(block, np.array([1.0]))[:, 0] for block in range(3)], axis=1)
    seen = adaptation_time(t, curve, bounds, ends, threshold=0.3)
    expected = np.where(rate > -np.log(0.3), -np.log(0.3) / rate, np.nan).T
    np.testing.assert_allclose(seen, expected, atol=1e-3)


def test_a_threshold_met_from_the_start_takes_no_time():
    assert adaptation_time(np.array([0.0, 0.5]), np.array([[0.05, 0.01]]), np.array([0.0, 1.0]), np.array([[0.0]])) == 0


def test_a_crossing_after_the_last_record_counts():
    seen = adaptation_time(np.array([0.0, 0.5]), np.array([[0.3, 0.2]]), np.array([0.0, 1.0]), np.array([[0.0]]))
    assert seen == pytest.approx(0.75)
