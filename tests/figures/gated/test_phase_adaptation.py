import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gateflow.theory.gated.two_tasks import separatrix_edges, specialised_switching_time, symmetric_flow


def test_times_are_those_of_the_flow(drawn):
    done = drawn("adaptation", "--end=0.4", "--d=0.1", "--points=7")
    checked = 0
    for i, ratio in enumerate(done.data["ratio"]):
        for j, w in enumerate(done.data["w"]):
            def arrives(_, x):
                return x[0] - 0.4

            arrives.terminal = True
            if ratio > 0.01:
                run = solve_ivp(lambda _, x, ratio=ratio: symmetric_flow(*x, task=1, tau_w=1.0, tau_c=ratio), (0, 30),
                                (-1, w, 0.1),
                                events=arrives, rtol=1e-9, atol=1e-11, method="LSODA")
                assert np.isfinite(done.data["time"][i, j]) == (run.status == 1)
                if run.status == 1:
                    assert done.data["time"][i, j] == pytest.approx(run.t[-1], rel=1e-5)
                    checked += 1
    assert checked > 10


def test_gates_switch_where_the_closed_form_of_the_separatrix_says(drawn):
    done = drawn("adaptation", "--points=40")
    edge = separatrix_edges(0.0, tau_w=1.0, tau_c=done.data["ratio"][:, None])[1]
    assert (np.isfinite(done.data["time"]) == (done.data["w"] > edge)).all()
    assert ((done.data["margin"] > 0) == (done.data["w"] > edge)).all()


def test_with_d_held_the_time_from_specialised_weights_is_the_closed_form(drawn):
    done = drawn("adaptation")
    found = done.results["time_from_w_1_at_tau_c_0.01"]
    assert found == pytest.approx(specialised_switching_time(0.0, tau_w=1.0, tau_c=0.01), rel=0.01)
    assert found > 0.01 * np.log(2)


def test_simulated_gates_switch_at_the_predicted_times(drawn):
    done = drawn("adaptation", "--simulate", "--runs=2", "--workers=1")
    assert done.holds is True
    times, predicted = done.data["run_times"], done.data["run_predicted"]
    seen = np.isfinite(times[1])
    assert 0 < seen.sum() < 4
    assert (seen == np.isfinite(predicted)).all()
    np.testing.assert_allclose(times[1][seen], predicted[seen], rtol=1e-3)
    rows = {row.quantity: row for row in done.rows}
    assert rows["gates that switch, of 4 networks"].simulation == seen.sum()
    assert rows["switching time with d held at 0, largest relative distance"].holds is None
    assert done.results["relative_distance_of_simulation"] < 1e-3
