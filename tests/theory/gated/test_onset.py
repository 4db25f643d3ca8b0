from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.stats import norm

from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import gradient_flow
from gateflow.theory.gated.mean_network import MeanNetwork, multipliers, teacher_coordinates
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible
from gateflow.theory.gated.onset import (
    boost,
    boost_generator,
    boost_matrix,
    composed_gamma,
    first_block_rapidity,
    growth,
    limited_contrast,
    mean_flow,
    onset_share,
    periods_until_onset,
)
from gateflow.theory.gated.threshold import (
    blocks_until_onset,
    critical_contrast,
    linear_onset_probability,
    onset_probabilities,
    onset_probability,
    onset_times,
)

HALF = np.eye(2) / 2
STD = 0.01 / np.sqrt(20)


def setting(tau_c, tau_block=1.0, norm_strength=2.5, **changes):
    """The networks of theory's tables: τ_w = 0.1, two orthogonal teachers of ‖W*‖² = ½."""
    cost = GateRegulariser(1, norm_strength=norm_strength, nonneg_strength=0.5)
    return GatedModel(**{"tau_w": 0.1, "tau_c": tau_c, "tau_block": tau_block, "regulariser": cost, **changes})


def seven(tau_block):
    """Tasks and durations of alternating blocks up to t = 7."""
    n = int(np.ceil(7 / tau_block - 1e-9))
    return [i % 2 for i in range(n)], [tau_block] * (n - 1) + [7 - tau_block * (n - 1)]


def minkowski(model, size):
    """Metric of (δc, δW) that boosts preserve."""
    return np.diag([-model.tau_c, *[model.tau_w] * size])


@pytest.mark.parametrize("name", ["boosts", "onset"])
def test_the_derivations_hold(name, derivation_of):
    built = derivation_of(name)
    assert 5 <= len(built.steps) <= 14
    assert built.test.endswith("predicted" if name == "onset" else "rapidity")


def test_the_results_of_the_derivations_are_the_numeric_functions(derivation_of):
    rapidity = derivation_of("boosts").result
    assert [str(variable.symbol) for variable in rapidity.arguments] == ["s", "P", "tau_B", "tau_w", "tau_c"]
    assert rapidity.function()(0.7, 3, 0.4, 1.3,
                               0.03) == pytest.approx(first_block_rapidity(0.7, tau_w=1.3, tau_c=0.03, tau_block=0.4,
                                                                           n_paths=3))
    share = derivation_of("onset").result
    assert [str(variable.symbol) for variable in share.arguments] == ["rho_1", "rho_2", "varsigma", "C"]
    assert share.function()(3.0, 4.0, 0.1, 1.2) == pytest.approx(onset_share(1.2 / 5, init_std=0.1))


@pytest.mark.parametrize("n_paths", [2, 3])
def test_the_mean_and_small_contrasts_follow_the_gradient_flow(n_paths, rng):
    model = setting(0.04, n_paths=n_paths, d_in=3, d_out=1)
    C, W, target = 0.9, rng.standard_normal(3), rng.standard_normal(3)
    c, paths = np.full(n_paths, C / n_paths), np.tile(W, (n_paths, 1, 1))
    C_dot, W_dot = mean_flow(C, W, target, tau_w=0.1, tau_c=0.04, norm_strength=2.5, n_paths=n_paths)
    seen = gradient_flow(model, paths, c, target[None])
    np.testing.assert_allclose(seen[0][:, 0], np.tile(W_dot, (n_paths, 1)), atol=1e-12)
    assert seen[1].sum() == pytest.approx(C_dot)
    small, gate = 1e-6 * rng.standard_normal(3), 1e-6
    paths[0, 0] += small
    c[0] += gate
    moved = gradient_flow(model, paths, c, target[None])
    expected = np.array(boost_generator(target - C * W, tau_w=0.1, tau_c=0.04)) @ [gate, *small]
    np.testing.assert_allclose([moved[1][0] - moved[1][1], *(moved[0][0] - moved[0][1])[0]], expected, atol=3e-9)


def test_a_boost_is_the_exponential_of_its_generator(rng):
    theta, alpha = 0.8, 0.5
    direction = np.array([np.cos(alpha), np.sin(alpha)])
    found = np.array(boost_matrix(theta, alpha))
    np.testing.assert_allclose(found, expm(theta * np.array(boost_generator(direction, tau_w=1.0, tau_c=1.0))),
                               atol=1e-12)
    x, X = boost(0.3, 0.4, rapidity=theta)
    np.testing.assert_allclose(found @ [0.3, *(0.4 * direction)], [x, *(X * direction)], atol=1e-12)
    metric = np.diag([-1, 1, 1])
    np.testing.assert_allclose(found.T @ metric @ found, metric, atol=1e-12)


def test_boosts_compose_as_in_special_relativity():
    first, second, angle = 0.6, 0.9, 1.1
    product = np.array(boost_matrix(second, angle)) @ np.array(boost_matrix(first, 0.0))
    assert composed_gamma(first, second, angle=angle) == pytest.approx(product[0, 0])
    velocities = np.tanh(first) * np.tanh(second) * np.cos(angle)
    assert product[0, 0] == pytest.approx(np.cosh(first) * np.cosh(second) * (1 + velocities))
    undone = np.array(boost_matrix(first, np.pi)) @ np.array(boost_matrix(first, 0.0))
    np.testing.assert_allclose(undone, np.eye(3), atol=1e-12)
    assert composed_gamma(first, second, angle=0.0) == pytest.approx(np.cosh(first + second))


@pytest.mark.parametrize("n_paths", [2, 5])
def test_the_first_block_collects_its_rapidity(n_paths):
    model = setting(0.03, tau_block=0.15, norm_strength=1e4, n_paths=n_paths)
    path = MeanNetwork(model, HALF).follow([0])
    theta = first_block_rapidity(np.sqrt(0.5), tau_w=0.1, tau_c=0.03, tau_block=0.15, n_paths=n_paths)
    assert path.propagator[-1, 0, 0] == pytest.approx(np.cosh(theta), rel=1e-3)


def test_the_propagator_is_a_lorentz_transformation(rng):
    A = rng.standard_normal((3, 3)) * 0.7
    model = setting(0.03, tau_block=0.2, n_tasks=3)
    path = MeanNetwork(model, A @ A.T).follow([0, 2, 1, 0], [0.2, 0.1, 0.3, 0.2])
    metric = minkowski(model, 3)
    for Lambda in path.propagator[[40, 130, -1]]:
        np.testing.assert_allclose(Lambda.T @ metric @ Lambda, metric, atol=1e-7 * np.abs(Lambda).max() ** 2)


def test_only_inner_products_of_teachers_matter(rng):
    model = setting(0.03, tau_block=0.3)
    vectors = rng.standard_normal((2, 5))
    found = teacher_coordinates(vectors @ vectors.T)
    np.testing.assert_allclose(found @ found.T, vectors @ vectors.T, atol=1e-12)
    assert teacher_coordinates(np.ones((3, 3))).shape == (3, 1)
    gain = MeanNetwork(model, np.full((2, 2), 0.5)).follow([0, 1, 0]).gain()
    assert gain == pytest.approx(MeanNetwork(model, HALF).follow([0, 0, 0]).gain(), rel=1e-7)


@pytest.mark.parametrize(("norm_strength", "tau_block", "tau_c", "expected"), [
    (2.5, 1, 0.005, 128.34), (2.5, 1, 0.04, 1.0838), (2.5, 0.1, 0.005, 1.000646), (2.5, 0.1, 0.04, 1.000021),
    (100, 1, 0.005, 1.1691), (100, 1, 0.04, 1.002224), (0.5, 1, 0.005, 39966), (0.5, 1, 0.04, 1.2645)])
def test_the_multipliers_of_a_period(norm_strength, tau_block, tau_c, expected):
    found = multipliers(MeanNetwork(setting(tau_c, tau_block, norm_strength), HALF), (0, 1))
    assert found[0] - 1 == pytest.approx(expected - 1, rel=0.02)
    np.testing.assert_allclose(found, [found[0], 1, 1 / found[0]])


def test_in_the_default_setting_hardly_anything_grows_from_period_to_period():
    assert multipliers(MeanNetwork(flexible(), HALF), (0, 1))[0] == pytest.approx(1.00119, abs=1e-5)


def test_a_hard_norm_makes_boosts_of_a_period_cancel():
    over = [np.log(multipliers(MeanNetwork(setting(0.02, 0.5, strength), HALF), (0, 1))[0]) for strength in (50, 100)]
    assert over[0] / over[1] == pytest.approx(2, rel=0.1)


def test_three_tasks_have_four_multipliers_in_inverse_pairs():
    found = multipliers(MeanNetwork(setting(0.02, 0.5, n_tasks=3), np.eye(3) / 2), (0, 1, 2))
    assert found.shape == (4,)
    assert abs(found[0]) > 1
    assert abs(found[0] * found[-1]) == pytest.approx(1, abs=1e-4)
    assert np.abs(np.prod(found)) == pytest.approx(1, abs=1e-4)


def test_the_trace_gives_the_multiplier():
    assert growth(3 + 1 / 3 + 1) == pytest.approx(3)


def test_the_gain_settles_to_powers_of_the_multiplier():
    network = MeanNetwork(setting(0.02), HALF)
    multiplier = multipliers(network, (0, 1))[0]
    assert multiplier == pytest.approx(1.32042, abs=1e-5)
    early, late = (network.follow([0, 1] * periods) for periods in (6, 31))
    orbit = network.periodic_orbit((0, 1))
    values, right = np.linalg.eig(orbit.propagator[-1])
    leads = np.argmax(np.abs(values))
    # What the transient leaves along the growing direction, and how much of that direction is of the gates.
    left = np.linalg.norm((np.linalg.inv(right)[leads] @ early.propagator[-1])[1:])
    prefactor = abs(right[0, leads]) * left / orbit.C[-1] / multiplier**6
    assert late.gains()[-1] == pytest.approx(prefactor * multiplier**31, rel=1e-3)
    periods = periods_until_onset(prefactor, multiplier=multiplier, init_std=STD)
    assert np.sqrt(2) * STD * prefactor * multiplier**periods == pytest.approx(1)


def test_the_gain_counts_gates_by_their_sum_where_that_is_not_one():
    """A weak cost on their sum lets the gates of the mean network grow: a contrast counts by its share of them."""
    network = MeanNetwork(setting(0.02, norm_strength=0.5), HALF)
    assert np.abs(network.periodic_orbit((0, 1)).C - 1).max() > 0.05
    path = network.follow([0, 1])
    model, teachers = setting(0.02, norm_strength=0.5, d_in=2, d_out=1), teacher_coordinates(HALF)
    toward = path.propagator[-1, 0, 1:]
    contrast = 1e-6 * toward / np.linalg.norm(toward)
    state = np.concatenate([contrast / 2, -contrast / 2, [path.C[0] / 2] * 2])
    for teacher in teachers:
        def velocity(_, x, teacher=teacher):
            return np.concatenate([part.ravel() for part in gradient_flow(model, x[:4].reshape(2, 1, 2), x[4:],
                                                                          teacher[None])])
        state = solve_ivp(velocity, (0, 1), state, rtol=1e-11, atol=1e-15).y[:, -1]
    assert (state[4] - state[5]) / state[4:].sum() == pytest.approx(1e-6 * path.gains()[-1], rel=1e-4)
    # A hundred times what would go unnoticed.
    assert abs(state[4:].sum() - 1) > 0.01


def test_the_share_is_that_of_a_normal_contrast(rng):
    assert onset_share(0.3, init_std=0.2) == pytest.approx(2 * norm.cdf(-0.3 / (np.sqrt(2) * 0.2)))
    draws = 0.2 * (rng.standard_normal(100_000) - rng.standard_normal(100_000))
    assert np.mean(np.abs(draws) > 0.3) == pytest.approx(onset_share(0.3, init_std=0.2), abs=0.006)


def test_the_contrast_limits_itself_exactly():
    """Two paths whose I is 0, along any errors of the mean: the boosted contrast over one factor."""
    tau_w, tau_c = 0.7, 0.2

    def errors(t):
        return np.array([1 - t, 0.8 * np.sin(2 * t)])

    def velocity(t, x):
        delta, D, linear = x[0], x[1:3], x[3:6]
        E = errors(t) - delta * D / 2
        return [D @ E / tau_c, *(delta * E / tau_w),
                *np.array(boost_generator(errors(t), tau_w=tau_w, tau_c=tau_c)) @ linear,
                linear[0] ** 2]

    start = [0.3, 0.3 * np.sqrt(tau_c / tau_w) * 0.6, 0.3 * np.sqrt(tau_c / tau_w) * 0.8]
    end = solve_ivp(velocity, (0, 1.2), [*start, *start, 0], rtol=1e-11, atol=1e-13).y[:, -1]
    assert end[0] < 0.8 * end[3]
    assert end[0] == pytest.approx(limited_contrast(end[3], area=end[6], tau_w=tau_w), rel=1e-8)


@pytest.mark.parametrize(("tau_block", "tau_c", "linear", "exact"), [
    (1, 0.01, 0.997, 0.975), (1, 0.02, 0.494, 0.126), (1, 0.04, 0, 0), (0.4, 0.01, 0.943, 0.947),
    (0.4, 0.015, 0.492, 0.477)])
def test_shares_of_onsets(tau_block, tau_c, linear, exact):
    model = setting(tau_c, tau_block)
    assert linear_onset_probability(model, HALF, STD, *seven(tau_block)) == pytest.approx(linear, abs=2e-3)
    assert onset_probability(model, HALF, STD, *seven(tau_block)) == pytest.approx(exact, abs=4e-3)


def test_small_contrasts_reach_the_bound_when_the_linear_theory_says_so():
    """In one short block the threshold is one over the gain, but for what the contrast takes off its own error."""
    model = setting(1e-4, tau_block=0.05, norm_strength=200.0)
    network = MeanNetwork(model, HALF)
    gain = network.follow([0]).gain()
    assert critical_contrast(network, 2 / gain, [0]) * gain == pytest.approx(1, abs=0.15)


def test_the_components_across_the_direction_hardly_matter():
    """Averaged over all directions of the initial contrast, the share is that of the one direction."""
    model, std = setting(0.015), STD
    network, (tasks, durations) = MeanNetwork(model, HALF), seven(1)
    angles = (np.arange(4) + 0.5) * np.pi / 4
    critical = [critical_contrast(network, std, tasks, durations, np.array([np.cos(a), np.sin(a)])) for a in angles]
    averaged = np.mean(np.exp(-np.square(critical) / (4 * std**2)))
    assert averaged == pytest.approx(onset_probability(model, HALF, std, tasks, durations), abs=0.03)


@pytest.mark.parametrize("std", [STD, 1e-9])
def test_shares_after_every_block_are_those_of_so_many_blocks(std):
    model, tasks = setting(0.015, tau_block=0.5), (0, 1, 0, 1)
    single = [onset_probability(model, HALF, std, tasks[:blocks + 1]) for blocks in range(4)]
    np.testing.assert_allclose(onset_probabilities(model, HALF, std, tasks), single, rtol=1e-6, atol=1e-30)


def test_certain_and_impossible_onsets():
    model = setting(0.01)
    assert onset_probability(setting(0.005), HALF, STD, *seven(1)) == pytest.approx(1, abs=5e-3)
    assert onset_probability(model, HALF, 1e-9, [0]) == 0
    assert blocks_until_onset(model, HALF, 1e-9, most_blocks=2) == np.inf


def test_more_networks_take_more_blocks():
    model = setting(0.015)
    early, late = (blocks_until_onset(model, HALF, STD, share, 20) for share in (0.3, 0.7))
    assert early < late < 20
    assert onset_probability(model, HALF, STD, [i % 2 for i in range(4)]) == pytest.approx(0.55, abs=0.2)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: MeanNetwork(flexible(regulariser=GateRegulariser(2, norm_strength=1.0)), HALF), "norm must be 1 or None"),
    (lambda: MeanNetwork(flexible(), np.eye(3)), "gram must have n_tasks = 2 rows, got 3"),
    (lambda: teacher_coordinates(-np.eye(2)), "gram must be positive semidefinite and not 0, got an eigenvalue of -1"),
    (lambda: teacher_coordinates(np.triu(np.ones((2, 2)))), "gram must be square and symmetric"),
    (lambda: MeanNetwork(flexible(), HALF).follow([0, 2]), r"tasks\[1\] must be an integer between 0 and 1, got 2"),
    (lambda: MeanNetwork(flexible(), HALF).follow([0], [1, 2]), "durations must have one entry a block"),
    (lambda: onset_probability(replace(flexible(), n_paths=3), HALF, STD, [0]), "n_paths must be 2, got 3"),
    (lambda: blocks_until_onset(flexible(), HALF, STD, 1.0), "share must be above 0 and below 1, got 1.0"),
    (lambda: onset_times(MeanNetwork(flexible(), HALF), np.zeros((1, 3)), [0]), r"contrasts must have shape \(K, 2\)"),
    (lambda: critical_contrast(MeanNetwork(flexible(), HALF), 0, [0]), "init_std must be above 0 and at most 100, got"),
])
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
