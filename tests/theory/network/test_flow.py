"""Contractions against NumPy's einsum, the flow against SymPy's derivatives and finite differences."""

import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.network.flow import CustomLoss, Flow, SquaredLoss
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.symbolic import symbolic_network
from tests.theory.network.examples import COMPLETE, KNOWN, costly, covariance, draw

SPECS = [*dict.fromkeys([*(spec for spec, *_ in KNOWN), *(spec for spec, _ in COMPLETE), "a,a,a->"])]
SIZES = dict(zip("pihjkgmabcer", (2, 3, 2, 4, 2, 2, 2, 3, 2, 2, 2, 2), strict=True))


def sized(spec):
    return {index: SIZES[index] for index in spec if index in SIZES}


@pytest.mark.parametrize("spec", SPECS)
def test_maps_and_forces_are_the_einsum_and_its_derivative(spec, rng):
    network = Network(spec, sizes=sized(spec))
    flow, state, downhill = Flow(network), draw(network, rng, (3,)), rng.standard_normal((3, *network.output_shape))
    parts, output = network.parsed.factors, network.parsed.output
    einsum = ",".join(f"...{part}" for part in parts) + f"->...{output}"
    np.testing.assert_allclose(flow.map(state), np.einsum(einsum, *state), atol=1e-12)
    for f, force in enumerate(flow.forces(state, downhill)):
        others = [n for n in range(len(parts)) if n != f]
        one = ",".join([f"...{output}", *(f"...{parts[n]}" for n in others)]) + f"->...{parts[f]}"
        np.testing.assert_allclose(force, np.einsum(one, downhill, *(state[n] for n in others)), atol=1e-12)


@pytest.mark.parametrize(("spec", "sizes"), [(spec, sizes) for spec, sizes, _ in KNOWN] + [("a,a,a->", {"a": 2})])
def test_the_flow_is_minus_the_gradient_that_sympy_finds(spec, sizes, rng):
    network = costly(spec, sizes)
    state, target = draw(network, rng), rng.standard_normal(network.output_shape)
    sigma = covariance(network.output_shape[-1], rng) if network.output_shape else None
    ours = Flow(network).velocity(state, SquaredLoss.checked(network, target, sigma))
    theirs = symbolic_network(network).function()(state, target, sigma)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


def test_any_differentiable_loss_is_followed(rng):
    network = costly("ih,hj->ij", {"i": 2, "h": 3, "j": 4})
    flow, state = Flow(network), draw(network, rng)
    loss = CustomLoss(lambda map: np.sum(np.logaddexp(0, map), axis=(-2, -1)), lambda map: -1 / (1 + np.exp(-map)))

    def total(state):
        return float(loss.value(flow.map(state)) + flow.costs(state))

    for f, (factor, speed) in enumerate(zip(network.factors, flow.velocity(state, loss), strict=True)):
        for at in np.ndindex(*speed.shape):
            moved = [[theta.copy() for theta in state] for _ in range(2)]
            moved[0][f][at] += 1e-6
            moved[1][f][at] -= 1e-6
            slope = (total(tuple(moved[0])) - total(tuple(moved[1]))) / 2e-6
            assert speed[at] == pytest.approx(-slope / factor.tau, abs=1e-7)


def test_a_context_trains_one_head_only(rng):
    network = Network("mih,hj->mij", sizes={"m": 3, "i": 2, "h": 2, "j": 4})
    state, target = draw(network, rng), rng.standard_normal(network.output_shape)
    loss = SquaredLoss.checked(network, target, covariance(4, rng), {"m": 1})
    heads, trunk = Flow(network).velocity(state, loss)
    assert np.all(heads[[0, 2]] == 0)
    assert np.all(heads[1] != 0)
    alone = Network("ih,hj->ij", sizes={"i": 2, "h": 2, "j": 4})
    single = SquaredLoss.checked(alone, target[1], loss.covariance)
    head, other = Flow(alone).velocity((state[0][1], state[1]), single)
    np.testing.assert_allclose(heads[1], head)
    np.testing.assert_allclose(trunk, other)
    assert loss.value(Flow(network).map(state)) == pytest.approx(single.value(Flow(alone).map((state[0][1], state[1]))))


def test_given_gates_stand_still(rng):
    network = Network("p,pij->ij", (Factor("g", given=True), Factor("W")), {"p": 2, "i": 2, "j": 3})
    g_dot, W_dot = Flow(network).velocity(draw(network, rng), SquaredLoss.checked(network, np.ones((2, 3))))
    assert np.all(g_dot == 0)
    assert np.any(W_dot != 0)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"target": np.ones((2, 3))}, "target must have shape"), ({"context": {"j": 0}}, "but the last"),
    ({"context": {"m": 2}}, "between 0 and 1, got 2"), ({"covariance": np.diag([1.0, -1, 1])}, "semidefinite")])
def test_a_wrong_loss_is_told_in_a_line(arguments, message):
    network = Network("mih,hj->mij", sizes={"m": 2, "i": 2, "h": 2, "j": 3})
    with pytest.raises(InputError, match=message):
        SquaredLoss.checked(network, **{"target": np.ones((2, 2, 3))} | arguments)
