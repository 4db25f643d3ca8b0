import io

import numpy as np
import pytest
from PIL import Image

from gateflow.figures.gated import flow_fields as fields
from gateflow.theory.gated.two_tasks import orbit_constant, symmetric_error, symmetric_flow

TIMES = {"tau_c": 0.2, "tau_w": 1.3, "tau_block": 1.0}


def test_the_portrait_has_one_saddle_and_two_branches_that_attract(drawn):
    done = drawn("portrait", "--tau-c=0.2", "--tau-w=1.3", "--d=0.1", "--tasks=1")
    found = done.results
    rate, slope = 0.9 / np.sqrt(2 * 0.2 * 1.3), np.sqrt(0.2 / 2.6)
    assert found["task_1_saddle"] == pytest.approx([0, 0], abs=1e-9)
    assert found["task_1_eigenvalues"] == pytest.approx([-rate, rate])
    assert found["separatrix_slope"] == pytest.approx(slope)
    assert found["task_1_separatrix_slope_found"] == pytest.approx(-slope, rel=1e-4)
    curves = [done.data[f"task_1_fixed_curve_{i}"] for i in range(2)]
    for curve in curves:
        np.testing.assert_allclose(symmetric_error(*curve.T, 0.1, task=1), 0, atol=1e-6)
        assert (np.abs(curve[:, 0]) <= 1).all()
    # On e = 0 the rate is −(w̄²/τ_c + c̄²/2τ_w).
    points = np.concatenate(curves)
    rates = -(points[:, 1] ** 2 / 0.2 + points[:, 0] ** 2 / 2.6)
    assert found["task_1_slowest_rate_to_the_curve"] == pytest.approx(rates.max(), rel=1e-6)
    assert found["task_1_fastest_rate_to_the_curve"] == pytest.approx(rates.min(), rel=1e-6)


def test_trajectories_stay_on_their_orbit_until_a_wall(drawn):
    done = drawn("portrait", "--start=-0.9,0.8", "--start=-1,0.1", "--tasks=1")
    for i in range(2):
        path, way = done.data[f"task_1_trajectory_{i}"], done.data["task_1_ways"][i]
        for points in (path.T, way[:2]):
            free = np.abs(points[0]) < 1
            k = orbit_constant(*points[:, free], tau_w=1.0, tau_c=0.3)
            np.testing.assert_allclose(k, k[0], atol=1e-6)
    assert done.data["task_1_ways"].shape == (2, 3, 400)


def test_both_planes_show_the_same_flow():
    c, w, d = 0.3, 0.7, -0.2
    c_dot, w_dot, d_dot = symmetric_flow(c, w, d, task=-1, tau_w=TIMES["tau_w"], tau_c=TIMES["tau_c"])
    gates = fields.gate_system(-1, d, TIMES).velocity(c, w)
    np.testing.assert_allclose(gates, [c_dot, w_dot])
    paths = fields.path_system(-1, c, TIMES).velocity(*fields.in_paths(np.array([c, w, d])))
    np.testing.assert_allclose(paths, fields.in_paths(np.array([c_dot, w_dot, d_dot])))


def test_simulated_trajectories_are_where_theory_puts_them(drawn):
    done = drawn("portrait", "--simulate", "--tau-block=1", "--start=-1,0.9", "--start=-1,0.1")
    assert done.holds is True
    apart = [max(np.abs(done.data[f"task_{task}_simulated"][strength] - done.data[f"task_{task}_ways"]).max()
                 for task in (1, 2)) for strength in (0, 1)]
    assert apart[1] < 3e-4
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.05)
    assert [row.holds for row in done.rows] == [True, True, None]


@pytest.mark.parametrize("words", [["--plane=paths", "--simulate", "--workers=1"], ["--tasks=overlaid"], ["--tasks=2"]])
def test_other_views_are_drawn(words, phase):
    done = phase("portrait", *words)
    assert done.code == 0
    assert (done.folder / "portrait.png").stat().st_size > 20_000


def test_the_film_has_its_frames_and_the_same_bytes_again(phase):
    first, second = (phase("portrait", "--animate=gif", "--tasks=1", "--frames=2", "--blocks=2", folder=name)
                     for name in "ab")
    content = (first.folder / "portrait.gif").read_bytes()
    assert content == (second.folder / "portrait.gif").read_bytes()
    assert Image.open(io.BytesIO(content)).n_frames == 4
    assert str(first.folder / "portrait.gif") in first.out
