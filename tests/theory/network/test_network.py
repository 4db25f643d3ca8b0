"""The string, its factors and their costs, and one line for what is wrong with them."""

import re

import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.spec import Spec


@pytest.mark.parametrize(("text", "message"), [
    ("p,pij", "must be letters, commas and one arrow"),
    ("p;pij->ij", "must be letters, commas and one arrow"),
    (3, "must be letters, commas and one arrow"),
    ("pp,pij->ij", "index of a factor once, got p 2 times in factor 1"),
    ("p,pij->ii", "once, got i 2 times in output"),
    ("p,pij->ik", "index k of the output in a factor"),
    ("ph,pij->ij", "must not sum index h, which occurs in one factor only"),
])
def test_a_wrong_string_names_what_is_wrong(text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Spec.parse(text)


@pytest.mark.parametrize(("changes", "message"), [
    ({"sizes": {"i": 2, "h": 2}}, "sizes must have a length for index j, got i, h"),
    ({"sizes": {"i": 2, "h": 2, "j": 2, "k": 2}}, "sizes must have indices of ih,hj->ij only, got k"),
    ({"sizes": {"i": 2, "h": 0, "j": 2}}, "size of index h must be an integer between 1 and 100000, got 0"),
    ({"factors": (Factor("A"), Factor("A"))}, "different names, got A 2 times"),
    ({"factors": (Factor("A"),)}, "as many as in ih,hj->ij (2), got 1"),
    ({"factors": ("A", "B")}, "factors must be Factors, got 'A'"),
    ({"factors": (Factor("A", given=True), Factor("B", given=True))}, "one that learns"),
])
def test_a_wrong_network_names_index_or_factor(changes, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Network(**{"spec": "ih,hj->ij", "sizes": {"i": 2, "h": 2, "j": 2}} | changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"tau": 0}, "tau of A must be positive and finite, got 0"),
    ({"norm": 3}, "norm of A must be one of 1, 2, None, got 3"),
    ({"norm": "L7"}, "norm of A must be one of"),
    ({"norm_strength": 1.0}, "norm of A must be 1 or 2 where norm_strength is 1, got None"),
    ({"norm": 1, "bound": 0.2}, "bound of A must be 0 under an L1 norm, got 0.2"),
    ({"bound_strength": -1.0}, "bound_strength of A must be at least 0"),
    ({"name": "W 1"}, "name of a factor must be a word"),
])
def test_a_wrong_cost_names_factor_and_field(changes, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Factor(**{"name": "A"} | changes)


@pytest.mark.parametrize(("values", "message"), [
    ({"A": np.ones((2, 3))}, "state must have factor B, got A"),
    ({"A": np.ones((2, 3)), "B": np.ones((2, 2))}, "B must have shape (3, 2), got (2, 2)"),
    ({"A": np.full((2, 3), np.nan), "B": np.ones((3, 2))}, "A must be a number and finite, got nan"),
    ({"A": -np.ones((2, 3)), "B": np.ones((3, 2))}, "A must be at least its bound 0, got -1"),
])
def test_a_wrong_state_names_the_factor(values, message):
    network = Network("ih,hj->ij", (Factor("A", bound=0), Factor("B")), {"i": 2, "h": 3, "j": 2})
    with pytest.raises(InputError, match=re.escape(message)):
        network.state(values)


@pytest.mark.parametrize("factor", [
    Factor("A", norm=1, norm_strength=0.7, bound=0, bound_strength=0.3, decay=0.2),
    Factor("A", norm=2, norm_strength=0.7, norm_target=1.5, bound=-0.1, bound_strength=0.3),
    Factor("A", decay=2.0), Factor("A")])
def test_the_gradient_of_a_cost_is_its_derivative(factor, rng):
    theta = rng.standard_normal((3, 5))
    theta[np.abs(theta) < 0.05] = 0.5
    slopes = np.stack([(factor.value(theta + h) - factor.value(theta - h)) / 2e-6 for h in 1e-6 * np.eye(5)], axis=-1)
    np.testing.assert_allclose(factor.gradient(theta), slopes, atol=1e-8)


def test_a_hard_bound_costs_infinitely_much_below_it():
    hard = Factor("A", bound=0.5)
    assert hard.value(np.array([0.4, 1.0])) == np.inf
    assert hard.value(np.array([0.5, 1.0])) == 0
