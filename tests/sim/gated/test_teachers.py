import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateflow.sim.gated.teachers import (
    initial_gates,
    initial_weights,
    modal_teachers,
    orthogonal_teachers,
    overlapping_teachers,
    random_teachers,
    with_mixtures,
)
from gateflow.theory.checks import InputError


@pytest.mark.parametrize("sizes", [(2, 10, 20), (3, 6, 20), (2, 10, 10), (5, 10, 8)])
def test_default_teachers_are_orthogonal_row_by_row(sizes, rng):
    n_tasks, d_out, d_in = sizes
    W_star = orthogonal_teachers(*sizes, rng)
    assert W_star.shape == sizes
    np.testing.assert_allclose(np.sum(W_star**2, axis=(1, 2)), d_out / d_in)
    for i in range(d_out):
        rows = W_star[:, i]
        np.testing.assert_allclose(rows @ rows.T, np.eye(n_tasks) / d_in, atol=1e-14)


def test_where_they_fit_all_rows_come_from_one_orthogonal_matrix(rng):
    rows = orthogonal_teachers(2, 10, 20, rng).reshape(20, 20)
    np.testing.assert_allclose(20 * rows @ rows.T, np.eye(20), atol=1e-13)


@given(st.floats(-1, 1))
@settings(max_examples=20)
def test_overlap_is_what_was_asked_for(cosine):
    W_star = overlapping_teachers(cosine, 4, 10, np.random.default_rng(0))
    for row in range(4):
        np.testing.assert_allclose(10 * W_star[:, row] @ W_star[:, row].T, [[1, cosine], [cosine, 1]], atol=1e-12)


def test_three_teachers_may_overlap_in_any_consistent_way(rng):
    wanted = np.array([[1, 0.5, -0.2], [0.5, 1, 0.3], [-0.2, 0.3, 1]])
    flat = overlapping_teachers(wanted, 4, 20, rng).reshape(3, -1)
    np.testing.assert_allclose(flat @ flat.T / (4 / 20), wanted, atol=1e-12)


@pytest.mark.parametrize(("overlap", "message"), [
    (1.5, "overlap must be between -1 and 1, got 1.5"),
    (-2, "overlap must be between -1 and 1, got -2"),
    ([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], "positive semidefinite"),
    ([[1, 0.5], [0.4, 1]], "square and symmetric"),
    ([[2, 0.5], [0.5, 1]], "1 on its diagonal"),
])
def test_impossible_overlaps_are_refused(overlap, message, rng):
    with pytest.raises(InputError, match=message):
        overlapping_teachers(overlap, 4, 10, rng)


def test_modal_teachers_have_the_prescribed_singular_values(rng):
    s = np.array([[3.0, 1.0], [0.5, 2.0]])
    W_star = modal_teachers(s, 4, 6, rng)
    for teacher, values in zip(W_star, s, strict=True):
        np.testing.assert_allclose(np.linalg.svd(teacher)[1][:2], np.sort(values)[::-1], atol=1e-12)
    # Shared singular vectors: W_1 W_2ᵀ and W_1ᵀ W_2 are symmetric.
    np.testing.assert_allclose(W_star[0] @ W_star[1].T, W_star[1] @ W_star[0].T, atol=1e-12)
    np.testing.assert_allclose(W_star[0].T @ W_star[1], W_star[1].T @ W_star[0], atol=1e-12)


def test_random_teachers_have_the_default_norm_on_average():
    W_star = random_teachers(400, 5, 20, np.random.default_rng(0))
    squares = np.sum(W_star**2, axis=(1, 2))
    assert abs(squares.mean() - 5 / 20) < 4 * squares.std() / 20


def test_mixtures_are_further_tasks(rng):
    W_star = random_teachers(3, 2, 4, rng)
    mixed = with_mixtures(W_star, [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])
    assert mixed.shape == (5, 2, 4)
    np.testing.assert_allclose(mixed[:3], W_star)
    np.testing.assert_allclose(mixed[4], 0.25 * W_star[1] + 0.75 * W_star[2])


@pytest.mark.parametrize("call", [
    lambda rng: orthogonal_teachers(21, 10, 20, rng),
    lambda rng: orthogonal_teachers(2, 0, 20, rng),
    lambda rng: modal_teachers([[1.0, 1.0, 1.0]], 2, 5, rng),
    lambda rng: random_teachers(2, 1.5, 20, rng),
    lambda rng: with_mixtures(np.zeros((2, 3, 4)), [[1.0]]),
    lambda rng: initial_weights(2, 2, 3, 4, rng, scale=-1.0),
    lambda rng: initial_gates(0, 2),
])
def test_bad_sizes_are_refused(call, rng):
    with pytest.raises(InputError):
        call(rng)


def test_initial_weights_have_the_stated_spread():
    W0 = initial_weights(50, 2, 10, 20, np.random.default_rng(0), scale=0.3)
    assert W0.std() == pytest.approx(0.3 / np.sqrt(20), rel=4 / np.sqrt(2 * W0.size))
    assert abs(W0.mean()) < 4 * W0.std() / np.sqrt(W0.size)


def test_a_member_starts_alike_whatever_stands_beside_it():
    one = initial_weights(2, 2, 3, 4, np.random.default_rng(5))
    many = initial_weights(9, 2, 3, 4, np.random.default_rng(5))
    np.testing.assert_array_equal(one, many[:2])
