"""Fixed steps of many networks against the integrator of one."""

import numpy as np
import pytest

from gateflow.sim.gated.batched_runge_kutta import Networks, integrate_networks
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GatedModel, GatedModels, GateRegulariser
from gateflow.theory.gated.reduction import reduce_to_teachers

TAU_C = np.array([0.03, 0.05, 0.08, 0.03])
BOUND = np.array([1 / 11, 0.3, 1 / 11, np.inf])
BLOCKS = 8


def cells(rows=slice(None), durations=None):
    rng = np.random.default_rng(3)
    teachers, W0 = orthogonal_teachers(2, 3, 6, rng), initial_weights(4, 2, 3, 6, rng, 0.3)
    models = GatedModels.spread(2, 1, tau_w=1.3, tau_c=TAU_C, norm_strength=10 / 11, nonneg_strength=BOUND).take(rows)
    lengths = np.ones((4, BLOCKS)) if durations is None else durations
    tasks = tuple(block % 2 for block in range(BLOCKS))
    return teachers, W0, Networks(models, reduce_to_teachers(teachers, W0[rows]), initial_gates(4, 2)[rows], tasks,
                               lengths[rows])


@pytest.fixture(scope="module")
def exact():
    """Gates at the end of each block, and time at the bound, by the integrator of one network."""
    teachers, W0, _ = cells()
    runs = []
    for row in range(4):
        model = GatedModel(6, 3, 2, 2, tau_w=1.3, tau_c=float(TAU_C[row]), tau_block=1.0,
                           regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=float(BOUND[row])))
        runs.append(integrate(model, teachers, Curriculum.cyclic(2, BLOCKS), W0=W0[row:row + 1],
                              c0=initial_gates(1, 2), t_eval=[0.0, BLOCKS * (1 - 1e-12)]))
    return np.concatenate([run.c_block for run in runs]), np.concatenate([run.time_at_bound[:, -1] for run in runs])


def test_gates_meet_their_bound_in_these_runs(exact):
    assert (exact[1].max(axis=1) > 0.3).all()


def test_the_order_is_four_through_the_kinks(exact):
    """Soft and hard bounds: gates meet it, slide along it and leave it."""
    errors = np.array([[np.abs(part - whole).max() for part, whole in
                        zip((runs.c, runs.time_at_bound), exact, strict=True)]
                       for runs in (integrate_networks(cells()[2], courant) for courant in (1.0, 0.5, 0.25))])
    assert (errors[0] < 2e-3).all()
    assert (np.log2(errors[0] / errors[2]) / 2 > 3).all()


def test_a_network_is_the_same_whatever_stands_beside_it():
    whole = integrate_networks(cells()[2])
    for rows in ([0], [2, 1], [3, 0, 2]):
        part = integrate_networks(cells(rows)[2])
        for name in ("y", "c", "time_at_bound", "onset"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[rows])


def test_a_network_stops_after_its_last_block():
    durations = np.ones((4, BLOCKS))
    durations[1, 5:] = 0
    whole, stopped = integrate_networks(cells()[2]), integrate_networks(cells(durations=durations)[2])
    np.testing.assert_array_equal(stopped.c[1, :5], whole.c[1, :5])
    assert np.isnan(stopped.c[1, 5:]).all()
    np.testing.assert_array_equal(stopped.c[0], whole.c[0])


def test_onset_is_when_a_gate_first_meets_its_bound():
    runs = integrate_networks(cells()[2])
    met = np.isfinite(runs.onset)
    np.testing.assert_array_equal(met, runs.time_at_bound.max(axis=1) > 0)
    assert (runs.onset[met] > 0).all()
    assert (runs.onset[met] + runs.time_at_bound.max(axis=1)[met] <= BLOCKS * (1 + 1e-12)).all()


@pytest.mark.parametrize(("change", "message"), [
    ({"durations": np.ones((4, 3))}, r"durations must have shape"),
    ({"durations": -np.ones((4, BLOCKS))}, "durations must be at least 0"),
    ({"durations": np.eye(4, BLOCKS)}, "durations must be 0 only after the last block"),
    ({"tasks": (0, 2) * (BLOCKS // 2)}, "tasks must be an integer between 0 and 1"),
    ({"c0": np.ones((4, 3))}, "c0 must have shape"),
])
def test_bad_cells_are_refused(change, message):
    good = cells()[2]
    given = {name: getattr(good, name) for name in ("models", "reduction", "c0", "tasks", "durations")}
    with pytest.raises(InputError, match=message):
        Networks(**{**given, **change})
    with pytest.raises(InputError, match="courant must be above 0 and at most 2, got 3"):
        integrate_networks(good, 3)
