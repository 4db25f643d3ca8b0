"""Onset of many cells by fixed steps, against one cell by adaptive ones."""

from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.gated import onset_field as field
from gateflow.sim.gated.onset_field import (
    OnsetCells,
    amplified,
    critical_contrast_field,
    linear_onset_field,
    onset_field,
)
from gateflow.theory.checks import InputError
from gateflow.theory.gated.mean_network import MeanNetwork, teacher_coordinates
from gateflow.theory.gated.model import GateRegulariser, flexible
from gateflow.theory.gated.threshold import critical_contrast, linear_onset_probability, onset_probability

INIT_STD = 0.01 / np.sqrt(20)
# Time constants of gates and block lengths; teachers that overlap by .3.
CELLS = ((0.008, 0.5), (0.012, 0.5), (0.01, 0.25))
GRAM = 0.5 * np.array([[1.0, 0.3], [0.3, 1.0]])


def model(tau_c, tau_block):
    return flexible(tau_w=0.1, tau_c=tau_c, tau_block=tau_block,
                    regulariser=GateRegulariser(1, norm_strength=1.0, nonneg_strength=0.2))


@pytest.fixture(scope="module")
def cells():
    tau_c, tau_block = np.array(CELLS).T
    durations = np.where(np.arange(4) * tau_block[:, None] < 1, tau_block[:, None], 0.0)
    return OnsetCells(np.full(3, 0.1), tau_c, np.ones(3), np.tile(teacher_coordinates(GRAM), (3, 1, 1)),
                      np.full(3, INIT_STD), 198, (0, 1, 0, 1), durations)


def tasks_of(cells, row):
    return (0, 1, 0, 1)[:int((cells.durations[row] > 0).sum())]


def test_linear_shares_are_those_of_one_cell(cells):
    expected = [linear_onset_probability(model(*cell), GRAM, INIT_STD, tasks_of(cells, row))
                for row, cell in enumerate(CELLS)]
    assert 0.1 < min(expected) < max(expected) < 0.999
    np.testing.assert_allclose(linear_onset_field(cells), expected, atol=3e-3)


def test_gain_and_direction_are_those_of_one_cell_to_order_four(cells, monkeypatch):
    paths = [MeanNetwork(model(*cell), GRAM).follow(tasks_of(cells, row)) for row, cell in enumerate(CELLS)]
    rows = np.array([path.gain() * path.direction() for path in paths])
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    errors = []
    for courant in (1.0, 0.5, 0.25):
        monkeypatch.setattr(field, "_COURANT", courant)
        errors.append(np.abs((amplified(cells) - rows) / sizes).max())
    assert errors[0] < 2e-4
    np.testing.assert_allclose(np.log2(errors[1] / errors[2]), 4, atol=0.5)


def test_growth_need_not_go_on_where_an_onset_is_certain(cells, monkeypatch):
    """Of two cells of two blocks, the first is past an onset after one."""
    cells = cells.take(np.array([0, 1]))
    whole, first = amplified(cells), amplified(replace(cells, durations=cells.durations * [1, 0, 0, 0]))
    assert (first != whole).all()
    gains = np.linalg.norm(first, axis=1) * INIT_STD
    assert gains[0] > 1.5 * gains[1]
    monkeypatch.setattr(field, "_CERTAIN", gains.mean())
    np.testing.assert_array_equal(amplified(cells), [first[0], whole[1]])



def test_critical_contrasts_are_those_of_one_cell(cells):
    expected = [critical_contrast(MeanNetwork(model(*cell), GRAM), INIT_STD, tasks_of(cells, row))
                for row, cell in enumerate(CELLS)]
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(critical_contrast_field(cells), expected, rtol=0.02)


def test_shares_are_those_of_one_cell(cells):
    expected = [onset_probability(model(*cell), GRAM, INIT_STD, tasks_of(cells, row)) for row, cell in enumerate(CELLS)]
    assert max(expected) > 0.3
    np.testing.assert_allclose(onset_field(cells), expected, atol=0.02)


def test_a_cell_is_the_same_whatever_stands_beside_it(cells):
    whole = onset_field(cells)
    np.testing.assert_array_equal(onset_field(cells.take(np.array([2, 0]))), whole[[2, 0]])


@pytest.mark.parametrize("tau_c", [1e-12, 1e-300])
def test_more_steps_than_anybody_could_wait_for_are_refused(cells, tau_c):
    with pytest.raises(FloatingPointError, match="steps a block, more than 1e"):
        amplified(replace(cells, tau_c=np.array([0.01, 0.01, tau_c])))


@pytest.mark.parametrize(("name", "value", "message"), [
    ("init_std", np.zeros(3), "init_std must be positive"), ("tau_w", np.ones(2), "tau_w must have shape"),
    ("tau_c", np.array([1.0, 0.0, 1.0]), "tau_c must be positive and finite, got 0"),
    ("norm_strength", -np.ones(3), "norm_strength must be"),
    ("durations", np.ones((3, 1)), "durations must have shape")])
def test_bad_cells_are_refused(cells, name, value, message):
    with pytest.raises(InputError, match=message):
        replace(cells, **{name: value})
