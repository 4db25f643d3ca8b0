"""Networks that read: likelihoods, gradients and what a network writes agree, and a source is found by its gradient."""

import numpy as np
import pytest
import scipy
from scipy.special import expit

from gateflow.sim.inference import language
from gateflow.sim.inference.experiments.language import LENGTHS, READINGS, VECTORS, Language
from gateflow.sim.inference.texts import windows
from gateflow.sim.training.loop import Descent


@pytest.fixture(scope="module")
def texts():
    """Two sources of four letters, of other frequencies."""
    rng = np.random.default_rng(1)
    return [[rng.choice(4, size=3000, p=p)] for p in ((0.7, 0.1, 0.1, 0.1), (0.1, 0.1, 0.1, 0.7))]


@pytest.fixture(scope="module")
def net(texts):
    return language.train_networks(texts, 0, [0], Descent(steps=60, rate=0.01), told=True, batch=16,
                                   length=24).member(0)


def test_likelihoods_follow_the_equations_of_a_gated_unit(net, texts, rng):
    x, z, U = windows(texts[0], 3, 8, rng), np.array([0.3, 0.9]), language.UNITS
    h, found = np.zeros((len(x), U)), []
    for t in range(x.shape[1] - 1):
        seen, back = net["see"]["W"][x[:, t]] + net["see"]["b"], h @ net["back"]
        r, keep = expit(seen[:, :U] + back[:, :U]), expit(seen[:, U:2 * U] + back[:, U:2 * U])
        h = keep * h + (1 - keep) * np.tanh(seen[:, 2 * U:] + r * back[:, 2 * U:]) * (z @ net["gates"])
        logits = h @ net["show"]["W"] + net["show"]["b"]
        found.append(scipy.special.log_softmax(logits, axis=1)[np.arange(len(x)), x[:, t + 1]])
    np.testing.assert_allclose(language.log_likelihoods(net, x, z), np.transpose(found), atol=1e-4)


def test_one_step_of_descent_goes_along_the_slope(net, texts, rng):
    x = windows(texts[0], 5, 20, rng)
    aim = scipy.special.softmax(0.05 * language.slopes(net, x).sum(axis=1), axis=1)
    np.testing.assert_allclose(language.descended(net, x, 0.05, 1), aim, atol=1e-4)


def test_slopes_are_derivatives_of_likelihoods(net, texts, rng):
    x, way = windows(texts[0], 5, 20, rng), 0.02
    for k, slope in enumerate(np.moveaxis(language.slopes(net, x), -1, 0)):
        up, down = (language.log_likelihoods(net, x, np.full(2, 0.5) + sign * way * np.eye(2)[k]) for sign in (1, -1))
        np.testing.assert_allclose(slope, (up - down) / (2 * way), atol=2e-3)


def test_a_told_network_expects_its_source(net, texts, rng):
    for k in range(2):
        ell = language.source_likelihoods(net, windows(texts[k], 40, 20, rng)).mean(axis=(0, 1))
        assert ell[k] > ell[1 - k] + 0.3


def test_inference_and_one_step_find_the_source(net, texts, rng):
    for k in range(2):
        x = windows(texts[k], 40, 25, rng)
        assert (language.slopes(net, x).sum(axis=1).argmax(axis=1) == k).mean() > 0.9
        assert (language.descended(net, x, 0.2, 5).argmax(axis=1) == k).mean() > 0.9


def test_what_a_network_writes_is_as_likely_as_it_says(net, rng):
    sources = np.arange(2).repeat(300)
    x = language.written(net, sources, 21, rng)
    ell = np.take_along_axis(language.source_likelihoods(net, x).sum(axis=1), sources[:, None], axis=1)[:, 0]
    letters = [np.bincount(x[sources == k, 1:].ravel(), minlength=4)[:4] / 6000 for k in range(2)]
    assert letters[0][0] > 0.6
    assert letters[1][3] > 0.6
    # The entropy of letters that are drawn on their own, which these nearly are.
    entropy = -sum(0.5 * p @ np.log(p) for p in (np.array([0.7, 0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.1, 0.7])))
    assert -ell.mean() / 20 == pytest.approx(entropy, abs=0.12)


def test_a_network_that_read_little_obeys_theory_and_finds_sources():
    experiment = Language(seeds=1, text_updates=120, text_batch=32, pieces=20)
    runs = experiment.gather([experiment.network(0)])
    assert all(row.holds for row in experiment.rows(runs) if row.holds is not None)
    assert runs.right[0, READINGS.index("one step"), LENGTHS.index(128)] > 0.5
    loss = dict(zip(VECTORS, runs.loss[0], strict=True))
    assert loss["true source"] < loss["wrong source"]
    assert loss["Bayes"] < loss["uniform"]
