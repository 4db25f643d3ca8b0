import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.theory import checks
from gateflow.theory.checks import InputError


@pytest.mark.parametrize(("value", "message"), [
    (-0.1, "tau_c must be positive and finite, got -0.1"),
    (0, "tau_c must be positive and finite, got 0"),
    (math.nan, "tau_c must be positive and finite, got nan"),
    (math.inf, "tau_c must be positive and finite, got inf"),
    ("fast", "tau_c must be positive and finite, got 'fast'"),
    (True, "tau_c must be positive and finite, got True"),
    (None, "tau_c must be positive and finite, got None"),
])
def test_a_bad_number_is_named_with_what_is_allowed(value, message):
    with pytest.raises(InputError) as caught:
        checks.number("tau_c", value, minimum=0, open_below=True)
    assert str(caught.value) == message


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_good_number_passes_unchanged(value):
    assert checks.number("tau_c", value, minimum=0, open_below=True) == value


@pytest.mark.parametrize("value", [0, -1, 1.0, 1.5, True, "2", None, math.nan])
def test_counts_are_positive_integers(value):
    with pytest.raises(InputError, match=r"n_paths must be an integer of at least 1, got"):
        checks.count("n_paths", value)


def test_numpy_integers_count():
    assert checks.count("n_paths", np.int64(3)) == 3


@pytest.mark.parametrize(("value", "message"), [
    (np.zeros((2, 3)), "W0 must have shape (S, 3, 4), got (2, 3)"),
    (np.zeros((2, 3, 5)), "W0 must have shape (S, 3, 4), got (2, 3, 5)"),
    (np.zeros((0, 3, 4)), "W0 must have shape (S, 3, 4), got (0, 3, 4)"),
    (np.full((1, 3, 4), np.nan), "W0 must be finite, got nan at index (0, 0, 0)"),
    ([["a"]], "W0 must be an array of numbers, got list"),
    ([[None, 1.0]], "W0 must be an array of numbers, got list"),
    ([[1.0], [1.0, 2.0]], "W0 must be an array of numbers, got list"),
])
def test_bad_arrays_are_named(value, message):
    with pytest.raises(InputError) as caught:
        checks.array("W0", value, ("S", 3, 4))
    assert str(caught.value) == message


def test_a_checked_array_is_a_copy():
    given = np.zeros((1, 2))
    checks.array("W0", given, ("S", 2))[0, 0] = 1
    assert given[0, 0] == 0


@pytest.mark.parametrize(("sigma", "message"), [
    ([[1.0, 0.5], [0.0, 1.0]], "must be symmetric"),
    ([[1.0, 2.0], [2.0, 1.0]], "must be positive semidefinite, got an eigenvalue of -1"),
    (np.eye(3), "must have shape"),
])
def test_covariances_are_symmetric_and_positive(sigma, message):
    with pytest.raises(InputError, match=message):
        checks.covariance(sigma, 2)


@pytest.mark.parametrize("size", [1e18, np.inf, np.nan, 10**30])
def test_work_beyond_the_memory_of_the_machine_is_refused(size):
    with pytest.raises(InputError, match=r"^a grid needs .* GB of memory, this machine has [\d.e+]+ GB$"):
        checks.check_memory(size, "a grid")
    checks.check_memory(1000, "a grid")
    assert 1e8 < checks.memory() < 1e15
