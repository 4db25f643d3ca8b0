import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import flexible


def test_blocks_default_to_the_length_of_the_model():
    resolved = Curriculum((0, 1, 0)).resolve(flexible(tau_block=0.5))
    assert resolved.durations == (0.5, 0.5, 0.5)
    np.testing.assert_allclose(resolved.bounds(), [0, 0.5, 1, 1.5])


def test_any_sequence_serves():
    assert Curriculum([0, np.int64(1)], np.array([1.0, 2.0])) == Curriculum((0, 1), (1.0, 2.0))
    assert Curriculum((0, 1), 0.5) == Curriculum((0, 1), (0.5, 0.5))
    assert Curriculum.cyclic(3, 7).tasks == (0, 1, 2, 0, 1, 2, 0)


def test_times_on_a_boundary_belong_to_the_block_that_begins():
    t = np.array([0, 0.1, 0.15, 0.2, 0.3 - 1e-12, 0.3])
    np.testing.assert_array_equal(block_index(t, np.cumsum([0, 0.1, 0.1, 0.1])), [0, 1, 1, 2, 2, 2])


def test_blocks_are_whole_numbers_of_steps():
    curriculum = Curriculum((0, 1), (0.3, 0.7))
    np.testing.assert_array_equal(curriculum.steps(0.1), [3, 7])
    with pytest.raises(InputError, match=r"durations\[0\] must be a multiple of dt = 0.2, got 0.3"):
        curriculum.steps(0.2)
    with pytest.raises(InputError, match=r"durations\[0\] must be a multiple of dt = 5, got 0.3"):
        curriculum.steps(5.0)


@pytest.mark.parametrize(("arguments", "message"), [
    (((),), "tasks must be a sequence of at least one task, got ()"),
    (("01",), "tasks must be a sequence of at least one task, got '01'"),
    ((3,), "tasks must be a sequence of at least one task, got 3"),
    (((0, -1),), "tasks[1] must be an integer of at least 0, got -1"),
    (((0, 0.5),), "tasks[1] must be an integer of at least 0, got 0.5"),
    (((0, 1), (1.0,)), "durations must have one entry a block (2), got 1"),
    (((0, 1), (1.0, -1.0)), "durations[1] must be positive and finite, got -1.0"),
])
def test_bad_curricula_are_refused(arguments, message):
    with pytest.raises(InputError) as caught:
        Curriculum(*arguments)
    assert str(caught.value) == message


def test_a_task_that_the_model_lacks_is_refused():
    with pytest.raises(InputError, match=r"tasks\[2\] must be below n_tasks = 2, got 2"):
        Curriculum((0, 1, 2)).resolve(flexible())
