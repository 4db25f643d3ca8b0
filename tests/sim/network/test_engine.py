"""The engine follows flows as SciPy's solvers do, through kinks, switches and records, each network by itself."""

import numpy as np
import pytest
import scipy

from gateflow.sim.network.engine import follow
from gateflow.sim.network.flow_kernels import CHANGE, velocity
from gateflow.sim.network.integration import pieced
from gateflow.sim.network.rodas_kernels import jacobian, stiff_step
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.tables import cost_table, runs_of
from gateflow.theory.checks import InputError
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Factor, Network

SIZES = {"p": 2, "i": 3, "h": 2, "j": 4, "k": 3, "a": 4, "m": 2}
SMOOTH = {
    "p,pij->ij": (Factor("c", tau=0.1), Factor("W", tau=1.3)),
    "ih,hj->ij": (Factor("A", tau=0.3, decay=0.2), Factor("B", tau=0.6)),
    "ik,kh,hj->ij": (Factor("A", tau=0.5), Factor("B"), Factor("C", tau=0.7, norm=2, norm_strength=0.3)),
    "a,a->a": (Factor("u", tau=0.2), Factor("v")),
    "p,pih,phj->ij": (Factor("c", tau=0.2, norm=2, norm_strength=1.0), Factor("A"), Factor("B")),
}
KINKED = {
    "L1, soft": ("p,pij->ij", (Factor("c", tau=0.03, norm=1, norm_strength=0.9, bound=0, bound_strength=0.1),
                               Factor("W", tau=1.3))),
    "L1, hard": ("p,pij->ij", (Factor("c", tau=0.03, norm=1, norm_strength=0.9, bound=0), Factor("W", tau=1.3))),
    "L1 alone": ("p,pij->ij", (Factor("c", tau=0.03, norm=1, norm_strength=0.9), Factor("W", tau=1.3))),
    "a matrix, hard": ("ih,hj->ij", (Factor("A", tau=0.05, norm=2, norm_strength=0.2, bound=0), Factor("B", tau=0.5))),
    "a bound elsewhere": ("ih,hj->ij", (Factor("A", tau=0.1, bound=-0.2, bound_strength=0.5), Factor("B", tau=0.5))),
    "two bounded factors": ("a,a->a", (Factor("u", tau=0.1, bound=0), Factor("v", tau=0.3, bound=0))),
}


def network(spec, factors):
    return Network(spec, factors, {index: SIZES[index] for index in SIZES if index in spec})


def drawn(net, members, rng, scale=0.3):
    """Initial factors and two teachers; bounded factors start above their bound."""
    state = [scale * rng.standard_normal((members, *shape)) for shape in net.shapes]
    state = [np.abs(theta) if factor.bound is not None else theta
             for theta, factor in zip(state, net.factors, strict=True)]
    return tuple(state), rng.standard_normal((2, *net.output_shape))


def test_monomials_add_up_to_the_map(rng):
    for spec, factors in SMOOTH.items():
        net = network(spec, factors)
        state, _ = drawn(net, 1, rng)
        runs, flat = runs_of(net), np.concatenate([theta.ravel() for theta in state])
        table = (runs.starts[:, None] + np.arange(runs.length)[:, None] * runs.strides).reshape(-1, len(runs.strides))
        effective = np.bincount(table[:, -1], flat[table[:, :-1]].prod(axis=1), minlength=np.prod(net.output_shape))
        assert effective == pytest.approx(Flow(net).map(state).ravel(), abs=1e-14)


@pytest.mark.parametrize("spec", SMOOTH)
def test_smooth_flows_are_those_of_scipy(spec, rng):
    net = network(spec, SMOOTH[spec])
    state, teachers = drawn(net, 1, rng)
    flow, shapes = Flow(net), [theta.shape for theta in state]
    ends = np.cumsum([np.prod(shape) for shape in shapes])

    def velocity(loss):
        def of(_, x):
            parts = [part.reshape(shape) for part, shape in zip(np.split(x, ends[:-1]), shapes, strict=True)]
            return np.concatenate([theta.ravel() for theta in flow.velocity(tuple(parts), loss)])
        return of

    x = np.concatenate([theta.ravel() for theta in state])
    for teacher in teachers:
        x = scipy.integrate.solve_ivp(velocity(SquaredLoss(teacher)), (0, 1), x, "DOP853", rtol=1e-11,
                                      atol=1e-13).y[:, -1]
    run = follow(net, state, (0, 1), [1.0, 2.0], teachers, rtol=1e-11)
    assert np.concatenate([theta.ravel() for theta in [each[0, -1] for each in run.at_ends]]) == pytest.approx(
        x, abs=2e-9)


@pytest.mark.parametrize("name", KINKED)
@pytest.mark.parametrize("seed", range(4))
def test_flows_through_kinks_are_those_of_one_piece_after_another(name, seed):
    net = network(*KINKED[name])
    state, teachers = drawn(net, 2, np.random.default_rng(seed))
    times = np.linspace(0, 4, 83)[:-1]
    run = follow(net, state, (0, 1, 0, 1), [1.0, 2.0, 3.0, 4.0], teachers, times=times, rtol=1e-11)
    other, _ = pieced(net, squared_tasks(net, teachers), Schedule((0, 1, 0, 1), (1.0,) * 4), state, times, 1e-11)
    assert not run.failed.any()
    for mine, theirs in zip(run.states, other, strict=True):
        assert mine == pytest.approx(theirs, abs=3e-7)


def test_errors_fall_with_the_tolerance():
    net = network(*KINKED["L1, hard"])
    state, teachers = drawn(net, 5, np.random.default_rng(3))
    ends = [follow(net, state, (0, 1), [1.0, 2.0], teachers, rtol=rtol).at_ends[1]
            for rtol in (1e-5, 1e-7, 1e-9, 1e-12)]
    errors = [float(np.abs(each - ends[-1]).max()) for each in ends[:-1]]
    assert errors[0] < 1e-3
    assert errors[1] < 0.1 * errors[0]
    assert errors[2] < 0.1 * errors[1]


@pytest.mark.parametrize("name", [*SMOOTH, *KINKED])
def test_what_is_recorded_between_steps_is_as_exact_as_was_asked(name):
    net = network(*KINKED[name]) if name in KINKED else network(name, SMOOTH[name])
    state, teachers = drawn(net, 5, np.random.default_rng(3))
    exact, *runs = (follow(net, state, (0, 1, 0, 1), [1.0, 2.0, 3.0, 4.0], teachers, rtol=rtol,
                           times=np.linspace(0, 4, 401)[:-1]) for rtol in (1e-12, 1e-3, 1e-5, 1e-9))
    for run, rtol in zip(runs, (1e-3, 1e-5, 1e-9), strict=True):
        for theta, true in zip(run.states, exact.states, strict=True):
            assert theta == pytest.approx(true, abs=30 * rtol)


def test_a_network_does_not_depend_on_those_beside_it(rng):
    net = network(*KINKED["L1, soft"])
    state, teachers = drawn(net, 6, rng)
    together = follow(net, state, (0, 1), [1.0, 2.0], teachers, times=[0.5, 1.5])
    for member in range(6):
        alone = follow(net, tuple(theta[member:member + 1] for theta in state), (0, 1), [1.0, 2.0], teachers,
                       times=[0.5, 1.5])
        for one, many in zip((*alone.states, *alone.time_at_bound, alone.first_bound),
                             (*together.states, *together.time_at_bound, together.first_bound), strict=True):
            assert one[0].tobytes() == many[member].tobytes()


def test_time_at_the_bound_is_that_of_fine_records(rng):
    net = network(*KINKED["L1, hard"])
    state, teachers = drawn(net, 4, rng)
    times = np.linspace(0, 3, 30001)[:-1]
    run = follow(net, state, (0, 1, 0), [1.0, 2.0, 3.0], teachers, times=times)
    held = (run.states[0] <= 1e-12).mean(axis=1) * 3
    assert held.max() > 0.1
    assert run.time_at_bound_end[0] == pytest.approx(held, abs=5e-4)
    first = np.where((run.states[0] <= 1e-12).any(axis=(1, 2)),
                     times[(run.states[0] <= 1e-12).any(axis=2).argmax(axis=1)], np.inf)
    assert run.first_bound == pytest.approx(first, abs=2e-4)


@pytest.mark.parametrize("seed", range(40))
def test_no_short_stay_at_a_bound_is_missed(seed):
    """A bank: gates that only just touch their bound, where a long step could pass by."""
    net = network(*KINKED["L1, hard"])
    rng = np.random.default_rng(seed)
    state, teachers = drawn(net, 1, rng, scale=0.4)
    coarse, fine = (follow(net, state, (0, 1, 0, 1), [0.5, 1.0, 1.5, 2.0], teachers, rtol=rtol)
                    for rtol in (1e-7, 1e-12))
    assert np.isfinite(coarse.first_bound) == np.isfinite(fine.first_bound)
    assert coarse.time_at_bound_end[0] == pytest.approx(fine.time_at_bound_end[0], abs=2e-5)


def test_stiff_networks_are_followed(rng):
    factors = (Factor("c", tau=1e-3, norm=1, norm_strength=10.0, bound=0), Factor("W", tau=1.0))
    net = network("p,pij->ij", factors)
    state, teachers = drawn(net, 2, rng)
    run = follow(net, state, (0, 1), [1.0, 2.0], teachers, rtol=1e-6)
    _, end = pieced(net, squared_tasks(net, teachers), Schedule((0, 1), (1.0, 1.0)), state, np.array([0.0]), 1e-9)
    assert not run.failed.any()
    for mine, theirs in zip(run.at_ends, end, strict=True):
        assert mine[:, -1] == pytest.approx(theirs, abs=1e-4)


def test_networks_may_differ_in_time_constants_and_costs(rng):
    net = network(*KINKED["L1, soft"])
    state, teachers = drawn(net, 3, rng)
    varied = {"c": {"tau": np.array([0.03, 0.1, 0.3]), "norm_strength": np.array([0.9, 2.0, 0.0])}}
    together = follow(net, state, (0, 1), [1.0, 2.0], teachers, varied=varied)
    for member in range(3):
        own = net.with_factors(c={name: values[member] for name, values in varied["c"].items()})
        alone = follow(own, tuple(theta[member:member + 1] for theta in state), (0, 1), [1.0, 2.0], teachers)
        assert together.at_ends[1][member] == pytest.approx(alone.at_ends[1][0], abs=1e-12)


def test_networks_that_met_their_bound_stand_still_where_nothing_else_is_asked(rng):
    net = network(*KINKED["L1, soft"])
    state, teachers = drawn(net, 6, rng)
    blocks = ((0, 1) * 4, np.arange(1, 9) / 4)
    whole, part = (follow(net, state, *blocks, teachers, until_bound=stops) for stops in (False, True))
    np.testing.assert_array_equal(part.first_bound, whole.first_bound)
    met = np.searchsorted(blocks[1], whole.first_bound)
    assert (met < 7).any()
    for member, block in enumerate(met):
        last = min(block, 7)
        np.testing.assert_array_equal(part.at_ends[1][member, :last + 1], whole.at_ends[1][member, :last + 1])
        assert (part.at_ends[1][member, last:] == part.at_ends[1][member, last]).all()


def test_weights_select_what_is_trained_and_given_factors_stay(rng):
    net = network("p,pij->ij", (Factor("c", given=True), Factor("W")))
    state, teachers = drawn(net, 1, rng)
    gates = [{"c": np.array([1.0, 0.0])}, {"c": np.array([0.0, 1.0])}]
    run = follow(net, state, (0, 1), [20.0, 40.0], teachers, given=gates)
    assert run.at_ends[0][0] == pytest.approx(np.eye(2))
    for path in range(2):
        assert run.at_ends[1][0, -1, path] == pytest.approx(teachers[path], abs=1e-6)
    weights = np.ones_like(teachers)
    weights[0, 1:] = 0.0
    masked = follow(net, state, (0,), [20.0], teachers, given=gates, weights=weights)
    assert masked.at_ends[1][0, 0, 0, 0] == pytest.approx(teachers[0][0], abs=1e-6)
    assert masked.at_ends[1][0, 0, 0, 1:].tobytes() == state[1][0, 0, 1:].tobytes()


def test_what_cannot_be_followed_is_marked(rng):
    net = network("a,a->a", (Factor("u"), Factor("v")))
    state, teachers = drawn(net, 2, rng)
    state[0][1] = 1e200
    run = follow(net, state, (0,), [1.0], teachers)
    assert run.failed.tolist() == [False, True]
    assert np.isnan(run.at_ends[0][1]).all()
    assert np.isfinite(run.at_ends[0][0]).all()


@pytest.mark.parametrize(("changes", "message"), [({"tasks": (0, 2)}, "tasks must lie between 0 and 1"),
                                                  ({"rtol": 0.0}, "rtol must be above 1e-13 and below 1, got 0.0")])
def test_bad_input_is_one_line(changes, message, rng):
    net = network("a,a->a", (Factor("u"), Factor("v")))
    state, teachers = drawn(net, 1, rng)
    with pytest.raises(InputError, match=message):
        follow(net, state, **{"tasks": (0, 1), "ends": [1.0, 2.0], "targets": teachers} | changes)


@pytest.mark.parametrize("name", KINKED)
def test_the_jacobian_is_that_of_the_velocity(name, rng):
    net = network(*KINKED[name])
    table, costs = runs_of(net), cost_table(net)[0]
    n, outputs = int(sum(np.prod(shape) for shape in net.shapes)), int(np.prod(net.output_shape))
    x, signs, rates = rng.standard_normal(n), rng.choice([-1.0, 0.0, 1.0], n), rng.uniform(1, 2, n)
    task, errors = np.stack([rng.standard_normal(outputs), rng.uniform(0.5, 2, outputs)]), np.zeros(outputs)
    costs = np.where(np.isinf(costs), 0.0, costs)

    def speed(x):
        v = np.zeros(n)
        velocity(x, signs, rates, table, costs, task, errors, v)
        return v

    found = np.zeros((n, n))
    jacobian(x, signs, rates, table, costs, task, errors, np.zeros((n, outputs)), found)
    steps = 1e-5 * np.eye(n)
    expected = np.stack([(speed(x + step) - speed(x - step)) / 2e-5 for step in steps], axis=1)
    assert found == pytest.approx(expected, abs=1e-7)


def test_stiff_steps_are_of_order_four(rng):
    net = network("a,a->a", (Factor("u", tau=0.5), Factor("v")))
    state, teachers = drawn(net, 1, rng)
    x0, task = np.concatenate([theta.ravel() for theta in state]), np.stack([teachers[0], np.ones(4)])
    ends = []
    for steps in (8, 128, 256, 2048):
        x, h = x0.copy(), 1 / steps
        rooms = np.zeros((16, 8)), np.zeros((7, 8)), np.zeros((7, 8)), np.zeros(4), np.zeros((2, 8, 8))
        for _ in range(steps):
            stiff_step(x, np.ones(8), h, np.repeat([2.0, 1.0], 4), runs_of(net), np.zeros((0, 9)), task, 1e-6,
                               1e-9, *rooms)
            x += rooms[2][CHANGE]
        ends.append(x)
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    assert np.log2(errors[0] / errors[1]) > 4 * 3.7
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.4)
