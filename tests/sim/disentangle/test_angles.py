import numpy as np
import pytest

from gateflow.theory.disentangle.angles import angle_cdf, angle_spread, cosine_variance


def angles(n_tasks, dimension, power, size, rng):
    """Angles between the directions of the first two factors, for random unit normals."""
    C = rng.normal(size=(size, n_tasks, dimension))
    C /= np.linalg.norm(C, axis=2, keepdims=True)
    values, vectors = np.linalg.eigh(np.swapaxes(C, 1, 2) @ C)
    gram = (vectors * values[:, None, :] ** power) @ np.swapaxes(vectors, 1, 2)
    return np.arccos(gram[:, 0, 1] / np.sqrt(gram[:, 0, 0] * gram[:, 1, 1]))


@pytest.mark.parametrize("power", [1.0, 0.5, -1.0])
@pytest.mark.parametrize(("n_tasks", "dimension"), [(24, 2), (24, 3), (48, 5), (60, 8)])
def test_angles_scatter_as_their_law_says(n_tasks, dimension, power):
    rng, size = np.random.default_rng(9), 20_000
    seen = angles(n_tasks, dimension, power, size, rng)
    expected = angle_spread(n_tasks, dimension, power)
    noise = 1 / np.sqrt(2 * size)
    # What the third order adds.
    left = 2 * (abs(power) * dimension / n_tasks) ** 2
    assert abs(seen.std() / expected - 1) < 4 * noise + left
    first = abs(power) * np.sqrt(dimension / ((dimension + 2) * n_tasks))
    assert abs(seen.std() / expected - 1) < abs(seen.std() / first - 1) / 2
    assert abs(seen.mean() - np.pi / 2) < 4 * expected / np.sqrt(size)
    share = angle_cdf(np.sort(seen), n_tasks, dimension, power)
    assert np.abs(share - (np.arange(size) + 0.5) / size).max() < 1.95 / np.sqrt(size) + 0.008


def test_gaussian_rows_have_the_angles_of_random_directions():
    rng, size = np.random.default_rng(10), 40_000
    C = rng.normal(size=(size, 6, 2))
    cos = np.sum(C[..., 0] * C[..., 1], axis=1) / np.prod(np.linalg.norm(C, axis=1), axis=1)
    assert abs(np.mean(cos**2) - 1 / 6) < 4 * np.std(cos**2) / np.sqrt(size)


def test_the_second_order_of_the_cosine_is_seen():
    rng, size = np.random.default_rng(11), 400_000
    seen = np.cos(angles(8, 2, 1.0, size, rng)) ** 2
    error = seen.std() / np.sqrt(size)
    assert abs(seen.mean() - cosine_variance(8, 2, 1)) < 4 * error + 3 / 8**3 / 4
    assert abs(seen.mean() - 1 / 16) > 10 * error
