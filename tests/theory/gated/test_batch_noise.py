import numpy as np
import pytest
import scipy

from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.theory.gated.batch_noise import batch_shape, below, first_passage


def batch_losses(E, batch_size, n, rng):
    X = rng.standard_normal((n, batch_size, E.shape[1]))
    return 0.5 * np.square(X @ E.T).sum(axis=-1).mean(axis=-1)


def test_the_loss_of_a_batch_follows_a_gamma_law_where_singular_values_are_equal(rng):
    E = orthogonal_teachers(1, 4, 6, rng)[0]
    losses, shape = batch_losses(E, 3, 4000, rng), float(batch_shape(E, 3))
    assert shape == pytest.approx(3 * 4 / 2)
    law = scipy.stats.gamma(shape, scale=0.5 * np.square(E).sum() / shape)
    assert scipy.stats.kstest(losses, law.cdf).pvalue > 1e-3


def test_elsewhere_the_law_keeps_mean_and_variance(rng):
    E = rng.standard_normal((3, 5))
    losses, mean = batch_losses(E, 2, 20000, rng), 0.5 * np.square(E).sum()
    assert losses.mean() == pytest.approx(mean, rel=0.03)
    assert losses.var() == pytest.approx(mean**2 / float(batch_shape(E, 2)), rel=0.1)


def test_chances_lie_between_none_and_all():
    assert below(np.array([1.0, 1.0]), 1e-9, shape=np.array([5.0, 50.0])) == pytest.approx([0, 0])
    assert below(np.array([0.01]), 1.0, shape=np.array([50.0])) == pytest.approx([1])


def test_the_first_passage_is_what_many_runs_show(rng):
    loss, shape = np.geomspace(0.3, 0.05, 60), np.full(60, 40.0)
    seen = rng.gamma(shape, loss / shape, (20000, 60)) < 0.1
    mean, ever = first_passage(loss, 0.1, shape=shape)
    assert float(ever) == pytest.approx(seen.any(axis=1).mean(), abs=0.01)
    assert float(mean) == pytest.approx(seen.argmax(axis=1)[seen.any(axis=1)].mean(), rel=0.01)


def test_what_cannot_happen_has_no_time():
    mean, ever = first_passage(np.full((2, 5), [[9.0], [0.01]]), 0.1, shape=np.full((2, 5), 900.0))
    np.testing.assert_array_equal(mean, [np.nan, 0])
    np.testing.assert_array_equal(ever, [0, 1])
