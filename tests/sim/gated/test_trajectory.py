import numpy as np
import pytest

from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.trajectory import Trajectory, join
from gateflow.theory.checks import InputError
from gateflow.theory.gated.invariants import contrast, gram_matrix
from gateflow.theory.gated.model import GateRegulariser, flexible
from gateflow.theory.gated.reduction import task_coordinates

ARRAYS = ("t", "task", "loss", "c", "a", "gram", "similarity", "total_alignment", "time_at_bound", "W_block", "c_block",
          "loss_block", "W_star")


@pytest.fixture(scope="module")
def run():
    rng = np.random.default_rng(0)
    from gateflow.sim.gated.curriculum import Curriculum
    from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers

    model = flexible(d_in=8, d_out=3, n_paths=3,
                     regulariser=GateRegulariser(1, norm_strength=0.5, nonneg_strength=np.inf))
    case = {"model": model, "W_star": orthogonal_teachers(2, 3, 8, rng), "curriculum": Curriculum((0, 1), (0.1, 0.2)),
            "W0": initial_weights(4, 3, 3, 8, rng), "c0": initial_gates(4, 3)}
    return case, descend(**case, inputs="gaussian", rng=rng, record_every=10)


def test_shapes_are_the_documented_ones(run):
    seen = run[1]
    S, T, P, M, blocks = 4, 30, 3, 2, 2
    shapes = {"t": (T,), "task": (T,), "loss": (S, T), "c": (S, T, P), "a": (S, T, P, M), "gram": (S, T, P, P),
              "similarity": (S, T, M, P), "total_alignment": (S, T), "time_at_bound": (S, T, P),
              "W_block": (S, blocks, P, 3, 8), "c_block": (S, blocks, P), "loss_block": (S, blocks),
              "W_star": (M, 3, 8)}
    assert {name: getattr(seen, name).shape for name in shapes} == shapes
    assert seen.contrast().shape == (S, T, P, P)
    assert seen.specialisation().shape == (S, T)
    assert seen.adaptation_time().shape == (S, blocks)


def test_a_file_gives_back_what_was_saved(run, tmp_path):
    seen = run[1]
    seen.save(tmp_path / "run.npz")
    back = Trajectory.load(tmp_path / "run.npz")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(back, name), getattr(seen, name))
    assert back.model == seen.model
    assert back.curriculum == seen.curriculum
    assert back.settings == dict(seen.settings)
    assert list(tmp_path.iterdir()) == [tmp_path / "run.npz"]


def test_measures_along_the_way_are_those_of_the_weights(run):
    case, _ = run
    seen = integrate(**case, t_eval=[0.1, 0.3])
    W, c = seen.W_block[:, -1], seen.c_block[:, -1]
    np.testing.assert_allclose(seen.gram[:, -1], gram_matrix(W), atol=1e-9)
    np.testing.assert_allclose(seen.a[:, -1], task_coordinates(W, case["W_star"]), atol=1e-8)
    np.testing.assert_allclose(seen.contrast()[:, -1], contrast(case["model"], gram_matrix(W), c), atol=1e-9)


def test_parts_are_joined_member_by_member(run):
    case, _ = run
    whole = descend(**case, inputs="gaussian", rng=np.random.default_rng(3).spawn(4))
    streams = np.random.default_rng(3).spawn(4)
    parts = [descend(**{**case, "W0": case["W0"][k:k + 2], "c0": case["c0"][k:k + 2]}, inputs="gaussian",
                     rng=streams[k:k + 2]) for k in (0, 2)]
    assert join(parts).to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + 18 * b"\0"])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "run.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read .*run.npz: not a trajectory"):
        Trajectory.load(tmp_path / "run.npz")


def test_a_cut_file_is_refused(run, tmp_path):
    (tmp_path / "run.npz").write_bytes(run[1].to_bytes()[:-2000])
    with pytest.raises(InputError, match="not a trajectory"):
        Trajectory.load(tmp_path / "run.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none.npz: No such file"):
        Trajectory.load(tmp_path / "none.npz")
