from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gateflow.sim.gated.measures import (
    adaptation_time,
    matching,
    similarity,
    specialisation,
    total_alignment,
)
from gateflow.sim.gated.teachers import orthogonal_teachers

SIMILARITIES = arrays(np.float64, (4, 3, 3), elements=st.floats(-1, 1))


def test_similarity_is_the_mean_cosine_of_rows_of_every_pair(rng):
    W, W_star = rng.standard_normal((5, 2, 3, 4)), rng.standard_normal((3, 3, 4))
    cosines = [[[np.mean([a @ b / np.sqrt(a @ a * (b @ b)) for a, b in zip(path, teacher, strict=True)])
                 for path in member] for teacher in W_star] for member in W]
    np.testing.assert_allclose(similarity(W, W_star), cosines, atol=1e-14)


def test_a_row_of_zeros_has_no_alignment():
    W = np.stack([np.ones((2, 3)), np.eye(2, 3) * [1, 0, 1]])
    values = similarity(W, np.ones((1, 2, 3)))
    np.testing.assert_allclose(values, [[1, np.nan]])
    assert total_alignment(values) == pytest.approx(1)


@given(arrays(np.float64, (1, 3, 4), elements=st.integers(-9, 9)), st.floats(0.01, 100))
def test_similarity_ignores_scale(W, factor):
    teacher = np.arange(12.0).reshape(1, 3, 4) - 5
    np.testing.assert_allclose(similarity(W, teacher), similarity(factor * W, teacher), atol=1e-12)


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
