"""Laws: conserved along the flow, counted by a certificate, and drifting as predicted."""

import time

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad, solve_ivp

from gateflow.theory.checks import InputError
from gateflow.theory.network.certificate import count_laws
from gateflow.theory.network.drift import batch_drift, step_change
from gateflow.theory.network.flow import CustomLoss, Flow, SquaredLoss
from gateflow.theory.network.laws import conservation_laws, contrast, law_between
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.scalar_parts import scalar_parts, unit_clock
from gateflow.theory.network.symbolic import symbolic_network
from tests.theory.network.examples import COMPLETE, KNOWN, costly, covariance, draw, network

INCOMPLETE = [("a,a,a->", {"a": 2}, 1), ("a,a,a->", {"a": 3}, 2), ("a,a,a,a->", {"a": 2}, 1),
              ("k,kh,h->", {"k": 2, "h": 2}, 1), ("a,a,a,b->b", {"a": 2, "b": 2}, 1),
              ("ab,ab,ab->b", {"a": 2, "b": 2}, 2),
              ("a,ab,ab,ab->a", {"a": 2, "b": 2}, 2), ("ik,kh,hj->ij", {"i": 1, "k": 2, "h": 2, "j": 1}, 1)]


@pytest.mark.parametrize(("spec", "sizes", "independent"), KNOWN)
def test_the_index_rule_counts_what_is_known(spec, sizes, independent):
    certificate = count_laws(Network(spec, sizes=sizes))
    assert (certificate.independent, certificate.complete, certificate.conserved) == (independent, True, True)


@pytest.mark.parametrize(("spec", "sizes"), COMPLETE)
def test_the_index_rule_is_complete(spec, sizes):
    model = Network(spec, sizes=sizes)
    assert count_laws(model).verdict == count_laws(model, seed=1).verdict == "complete"
    assert scalar_parts(model) == ()


@pytest.mark.parametrize(("spec", "sizes", "missing"), INCOMPLETE)
def test_scalar_parts_have_laws_that_the_index_rule_lacks(spec, sizes, missing):
    certificate = count_laws(Network(spec, sizes=sizes))
    assert (certificate.complete, certificate.missing) == (False, missing)
    assert scalar_parts(Network(spec, sizes=sizes))


def test_random_strings_are_complete_exactly_where_there_is_no_scalar_part():
    rng, seen = np.random.default_rng(7), {True: 0, False: 0}
    while sum(seen.values()) < 150:
        factors = ["".join(i for i in "abcd" if rng.random() < 0.5) for _ in range(rng.integers(2, 5))]
        output = "".join(i for i in "abcd" if rng.random() < 0.4)
        try:
            model = Network(f"{','.join(factors)}->{output}",
                            sizes={i: int(rng.integers(1, 4)) for i in "abcd" if any(i in f for f in factors)})
            certificate = count_laws(model) if model.n_parameters <= 20 else None
        except InputError:
            continue
        if certificate is not None:
            assert certificate.complete is (not scalar_parts(model)), model
            seen[bool(certificate.complete)] += 1
    assert min(seen.values()) > 5


@pytest.mark.parametrize("corrupt", ["tau", "index"])
def test_a_corrupted_law_fails_the_certificate(corrupt):
    model = network("ih,hj->ij", {"i": 2, "h": 2, "j": 2})
    if corrupt == "tau":
        wrong = conservation_laws(model.with_factors(A={"tau": 0.31}))
    else:
        # Rows where columns belong.
        wrong = conservation_laws(Network("hi,hj->ij", model.factors, model.sizes))
    certificate = count_laws(model, wrong)
    assert (certificate.conserved, certificate.complete) == (False, None)
    assert "wrong" in certificate.verdict


def test_given_gates_are_no_variables():
    model = Network("p,pih,phj->ij", (Factor("g", given=True), Factor("W"), Factor("V")),
                    {"p": 2, "i": 2, "h": 1, "j": 2})
    certificate = count_laws(model)
    assert (certificate.parameters, certificate.independent, certificate.complete) == (8, 2, True)


def test_twenty_parameters_take_seconds():
    start = time.process_time()
    assert count_laws(Network("ik,kh,hj->ij", sizes={"i": 2, "k": 2, "h": 4, "j": 2})).parameters == 20
    assert count_laws(Network("ik,kh,hg,gj->ij", sizes={"i": 2, "k": 2, "h": 3, "g": 2, "j": 2})).complete
    assert time.process_time() - start < 10


def test_too_large_a_network_is_refused():
    with pytest.raises(InputError, match="at most 60 parameters"):
        count_laws(Network("ih,hj->ij", sizes={"i": 10, "h": 10, "j": 10}))


@pytest.mark.parametrize(("spec", "sizes", "_"), KNOWN)
def test_laws_are_constant_along_the_symbolic_flow(spec, sizes, _, rng):
    """Any target, any covariance: the derivative of every entry, evaluated exactly at a random rational point."""
    model = Network(spec, sizes=sizes)
    symbolic = symbolic_network(model)
    entries = [x for array in symbolic.factors for x in array.ravel()]
    speeds = [x for array in symbolic.velocity for x in array.ravel()]
    symbols = sorted(set().union(*(speed.free_symbols for speed in speeds)), key=str)
    point = {symbol: sp.Rational(int(rng.integers(1, 50)), 7) for symbol in symbols}
    values = [speed.subs(point) for speed in speeds]
    for law in conservation_laws(model):
        for entry in law.symbolic(symbolic.factors, symbolic.taus):
            rate = sum(sp.diff(entry, x).subs(point) * value for x, value in zip(entries, values, strict=True))
            assert rate == 0


@pytest.mark.parametrize(("spec", "sizes", "_"), KNOWN)
def test_a_step_changes_laws_as_derived(spec, sizes, _, rng):
    """Costs, a projection on bounds and a loss that is not squared: 400 steps are explained to rounding."""
    model = costly(spec, sizes).with_factors(A={"bound_strength": np.inf})
    flow, laws = Flow(model), conservation_laws(model)
    state = tuple(0.3 * theta for theta in draw(model, rng))
    state = (np.abs(state[0]), *state[1:])
    loss = CustomLoss(lambda map: map, lambda map: np.cos(3 * map) - map)
    start, change, dt = [law.matrix(state) for law in laws], [0.0] * len(laws), 5e-3
    for _ in range(400):
        noise = rng.standard_normal(model.output_shape)
        forces = flow.forces(state, loss.downhill(flow.map(state)) + noise)
        after = tuple(theta + dt / factor.tau * (force - slope) for theta, factor, force, slope in
                      zip(state, model.factors, forces, flow.cost_gradients(state), strict=True))
        after = (np.maximum(after[0], 0), *after[1:])
        change = [total + step_change(law, state, after, forces, dt) for total, law in zip(change, laws, strict=True)]
        state = after
    for law, first, total in zip(laws, start, change, strict=True):
        np.testing.assert_allclose(law.matrix(state) - first, total, rtol=0, atol=1e-12)


def test_costs_move_laws_at_the_rate_of_the_flow(rng):
    model = costly("p,pih,phj->ij", {"p": 2, "i": 2, "h": 2, "j": 2})
    flow, state = Flow(model), draw(model, rng)
    loss = SquaredLoss.checked(model, rng.standard_normal((2, 2)))
    velocity = flow.velocity(state, loss)
    for law in conservation_laws(model):
        ahead, behind = (law.matrix(tuple(x + h * v for x, v in zip(state, velocity, strict=True)))
                         for h in (1e-6, -1e-6))
        np.testing.assert_allclose(law.drift(state, flow.cost_gradients(state)), (ahead - behind) / 2e-6, atol=1e-7)


@pytest.mark.parametrize(("spec", "sizes"), [("ih,hj->ij", {"i": 2, "h": 2, "j": 3}), ("p,p->", {"p": 2})])
def test_noise_of_batches_moves_laws_as_its_variance_says(spec, sizes, rng):
    """Against 40,000 batches, drawn one by one."""
    model, batch, dt = network(spec, sizes), 5, 0.01
    n = model.output_shape[-1] if model.output_shape else 1
    sigma = covariance(n, rng) if model.output_shape else None
    flow, state = Flow(model), draw(model, rng)
    loss = SquaredLoss.checked(model, rng.standard_normal(model.output_shape), sigma)
    root = np.linalg.cholesky(sigma) if sigma is not None else np.eye(1)
    X = rng.standard_normal((40_000, batch, n)) @ root.T
    moments = np.swapaxes(X, 1, 2) @ X / batch - root @ root.T
    error = loss.error(flow.map(state))
    forces = flow.forces(tuple(theta[None] for theta in state),
                         error @ moments if model.output_shape else error * moments[:, 0, 0])
    for law in conservation_laws(model):
        speeds = tuple(force / factor.tau for force, factor in zip(forces, model.factors, strict=True))
        seen = dt * law.second_order(speeds)
        predicted = batch_drift(law, flow, state, loss, batch, dt)
        assert np.all(np.abs(seen.mean(0) - predicted) < 4.5 * seen.std(0) / np.sqrt(len(seen)) + 1e-15)


def test_contrast_is_the_distance_of_two_units(rng):
    model = network("ih,hj->ij", {"i": 2, "h": 3, "j": 4})
    A, B = draw(model, rng)
    law, (a, b) = law_between(model, "B", "A"), (factor.tau for factor in model.factors)
    distance = a * np.sum((A[:, 0] - A[:, 2])**2) - b * np.sum((B[0] - B[2])**2)
    assert contrast(law.matrix((A, B)))[0, 0, 2] == pytest.approx(distance)


def test_records_and_words_say_what_a_law_is_between():
    law, *_ = conservation_laws(Network("pi,pij->ij", sizes={"p": 2, "i": 3, "j": 2}))
    assert law.record() == {"factors": ["A", "B"], "indices": ["p"], "shared": ["i"], "words": law.words}
    assert law.words == ("τ_A A[p;i]A[p';i] − τ_B Σ B[p;i,j]B[p';i,j]: a symmetric matrix over units p (2 × 2) "
                         "for every i")
    with pytest.raises(InputError, match="no law between A and A"):
        law_between(law.network, "A", "A")


def test_unit_clocks_are_the_elliptic_integral_and_run_together(rng):
    model = network("a,a,a->", {"a": 3})
    state = tuple(np.abs(theta) + 0.3 for theta in draw(model, rng))
    # The integral that is behind it: time at unit force from the state of one unit to infinity.
    one, (a, b, c) = [theta[0] for theta in state], (factor.tau for factor in model.factors)
    p, q = a * one[0]**2 - b * one[1]**2, a * one[0]**2 - c * one[2]**2
    left = quad(lambda x: a * np.sqrt(b * c / ((a * x**2 - p) * (a * x**2 - q))), one[0], np.inf, epsabs=1e-11)[0]
    assert unit_clock(model, state)[0] == pytest.approx(-left, abs=1e-9)

    flow, loss = Flow(model), SquaredLoss(np.array(2.0))

    def velocity(_, x):
        return np.concatenate(flow.velocity(tuple(x.reshape(3, 3)), loss))

    done = solve_ivp(velocity, (0, 0.2), np.concatenate(state), rtol=1e-11, atol=1e-13)
    after = unit_clock(model, tuple(done.y[:, -1].reshape(3, 3)))
    assert np.all(np.abs(done.y[:, -1] - done.y[:, 0]) > 0.01)
    moved = after - unit_clock(model, state)
    np.testing.assert_allclose(moved, moved[0], atol=1e-9)
    with pytest.raises(InputError, match="a,a,a->"):
        unit_clock(network("a,a->", {"a": 3}), state[:2])
