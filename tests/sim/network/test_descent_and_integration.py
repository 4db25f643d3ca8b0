"""Descent and integration of any network: against the gated room's, against each other, and through kinks."""

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend as gated_descend
from gateflow.sim.gated.integration import integrate as gated_integrate
from gateflow.sim.network import compiled_descent, descent
from gateflow.sim.network.descent import descend, descent_pieces, descent_steps
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.schedule import Schedule, Task, squared_tasks
from gateflow.sim.network.teachers import make_teachers
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.network.drift import step_change
from gateflow.theory.network.flow import CustomLoss
from gateflow.theory.network.laws import conservation_laws, contrast, law_between
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.scalar_parts import unit_clock
from tests.theory.network.examples import covariance, draw

REGULARISERS = [GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=1 / 11),
                GateRegulariser(2, norm_strength=1.0, nonneg_strength=0.3),
                GateRegulariser(1, norm_strength=2.0, nonneg_strength=np.inf), GateRegulariser()]


def gated(regulariser, rng, sizes=(5, 3)):
    """A gated network twice: in its own room, and as the einsum p,pij->ij."""
    d_in, d_out = sizes
    model = GatedModel(d_in=d_in, d_out=d_out, tau_w=0.5, tau_c=0.05, regulariser=regulariser)
    bound = 0.0 if regulariser.nonneg_strength > 0 else None
    gates = Factor("c", 0.05, regulariser.norm, regulariser.norm_strength, bound=bound,
                   bound_strength=regulariser.nonneg_strength)
    network = Network("p,pij->ij", (gates, Factor("W", 0.5)), {"p": 2, "i": d_out, "j": d_in})
    teachers = make_teachers("random", 2, (d_out, d_in), rng) * 3
    W0, c0 = 0.1 * rng.standard_normal((2, 2, d_out, d_in)), np.full((2, 2), 0.5)
    return model, network, teachers, W0, c0


@pytest.mark.parametrize("regulariser", REGULARISERS)
@pytest.mark.parametrize("inputs", ["population", "gaussian", "batch"])
def test_descent_is_that_of_the_gated_room(regulariser, inputs, rng):
    model, network, teachers, W0, c0 = gated(regulariser, rng)
    sigma = covariance(5, rng)
    theirs = gated_descend(model, teachers, Curriculum.cyclic(2, 3, 0.5), W0=W0, c0=c0, dt=1e-3, inputs=inputs,
                           batch_size=20, rng=np.random.default_rng(3), covariance=sigma)
    ours = descend(network, squared_tasks(network, teachers, covariance=sigma), Schedule.cyclic(2, 3, 0.5),
                   {"c": c0, "W": W0},
                   dt=1e-3, inputs=inputs, batch_size=20, rng=np.random.default_rng(3))
    np.testing.assert_allclose(ours["c"], theirs.c, atol=1e-12)
    np.testing.assert_allclose(ours.loss, theirs.loss, atol=1e-12)
    np.testing.assert_allclose(ours.end[1], theirs.W_block[:, -1], atol=1e-12)


STEPWISE = {
    "gates": ("p,pij->ij", (Factor("c", 0.1, 1, 0.5, bound=0, bound_strength=0.2), Factor("W", 0.3)), None, 20),
    "weights with costs": ("p,pij->ij", (Factor("c", 0.1), Factor("W", 0.3, 2, 0.4, decay=0.2)), None, 20),
    "weights in the middle": (
        "p,pij,p->ij", (Factor("c", 0.1, bound=-0.1), Factor("W", 0.3), Factor("s", 0.2)), None, 20),
    "weights that outputs share": ("p,ij->pij", (Factor("c", 0.1), Factor("W", 0.3)), None, 20),
    "norms, hard bound, small batch": (
        "ih,hj->ij", (Factor("U", 0.1, bound=-0.1), Factor("V", 0.3, 2, 0.4, decay=0.2)), None, 2),
    "context": ("mih,hj->mij", (Factor("U", 0.1), Factor("V", 0.3)), [{"m": 0}, {"m": 1}], 20),
    "given": ("p,pih,phj->ij", (Factor("g", bound=1e-3, given=True), Factor("U", 0.1), Factor("V", 0.3, 1, 0.3)),
              None, 20),
    "one number": ("a,a,a->", (Factor("u"), Factor("v"), Factor("w", 0.4)), None, 20),
    "one row": ("a,a->a", (Factor("u"), Factor("v", 0.4)), None, 20)}


@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize("inputs", ["population", "gaussian"])
@pytest.mark.parametrize("name", STEPWISE)
def test_compiled_descent_takes_the_steps_of_descent(name, inputs, coloured, rng):
    spec, factors, contexts, batch_size = STEPWISE[name]
    network = Network(spec, factors, {k: v for k, v in {"p": 2, "i": 3, "h": 2, "j": 5, "m": 2, "a": 4}.items()
                                      if k in spec})
    sigma = covariance(network.output_shape[-1], rng) if coloured and network.output_shape else None
    given = {"g": np.eye(2)} if name == "given" else None
    tasks = squared_tasks(network, rng.standard_normal((2, *network.output_shape)), covariance=sigma,
                          contexts=contexts, given=given)
    start = [np.abs(theta) for theta in draw(network, rng, (3,))]
    how = {"dt": 2e-3, "inputs": inputs, "batch_size": batch_size}
    schedule = Schedule((0, 1, 0), (0.5, 0.3, 0.2))
    run = descend(network, tasks, schedule, start, **how, rng=np.random.default_rng(5), record_every=7)
    for step in descent_steps(network, tasks, schedule, start, **how, rng=np.random.default_rng(5)):
        if step.number % 7 == 0:
            for stored, theta in zip(run.factors, step.before, strict=True):
                np.testing.assert_allclose(stored[:, step.number // 7], theta, rtol=1e-11, atol=1e-12)
    for end, theta in zip(run.end, step.after, strict=True):
        np.testing.assert_allclose(end, theta, rtol=1e-11, atol=1e-12)


def test_members_shared_out_between_cores_come_to_the_same_bytes(rng, monkeypatch):
    network = two_layers(norm=2, norm_strength=0.3)
    tasks, start = squared_tasks(network, make_teachers("random", 2, (3, 5), rng)), draw(network, rng, (5,))
    def run(shares):
        monkeypatch.setattr(compiled_descent, "cores", lambda: shares)
        return descend(network, tasks, Schedule.cyclic(2, 2, 0.2), start, inputs="gaussian", batch_size=20,
                       rng=np.random.default_rng(2)).factors
    monkeypatch.setattr(compiled_descent, "_WORTH", 1.0)
    for one, other in zip(run(1), run(3), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("regulariser", REGULARISERS)
def test_the_flow_is_that_of_the_gated_room(regulariser, rng):
    model, network, teachers, W0, c0 = gated(regulariser, rng)
    theirs = gated_integrate(model, teachers, Curriculum.cyclic(2, 4, 2.0), W0=W0, c0=c0, rtol=1e-11)
    ours = integrate(network, squared_tasks(network, teachers), Schedule.cyclic(2, 4, 2.0), {"c": c0, "W": W0},
                     rtol=1e-11)
    np.testing.assert_allclose(ours["c"], theirs.c, atol=2e-6)
    np.testing.assert_allclose(ours.loss, theirs.loss, atol=2e-6)
    np.testing.assert_allclose(ours.end[1], theirs.W_block[:, -1], atol=2e-6)
    np.testing.assert_allclose(ours.t, theirs.t)
    assert np.array_equal(ours.task, theirs.task)


def two_layers(**second):
    return Network("ih,hj->ij", (Factor("W_2", 0.05, **second), Factor("W_1", 0.2)), {"i": 3, "h": 4, "j": 5})


@pytest.mark.parametrize("second", [
    {"bound": 0}, {"bound": 0, "bound_strength": 0.2, "norm": 2, "norm_strength": 0.3},
    {"norm": 1, "norm_strength": 0.05, "bound": 0, "bound_strength": 0.1}, {"bound": 0.1, "bound_strength": 0.3},
    {"norm": 1, "norm_strength": 0.1}])
def test_descent_goes_to_the_flow_with_order_one_through_kinks_of_a_matrix(second, rng):
    network = two_layers(**second)
    teachers = 2 * make_teachers("random", 2, (3, 5), rng) * 5
    tasks, schedule = squared_tasks(network, teachers, covariance=covariance(5, rng)), Schedule.cyclic(2, 3, 0.4)
    start = tuple(0.3 * theta for theta in draw(network, rng, (1,)))
    start = (np.abs(start[0]) + 0.1, start[1])
    flow = integrate(network, tasks, schedule, start)
    at_bound = np.abs(flow["W_2"] - network.factors[0].kink) < 1e-12
    assert at_bound[:, -1].any() or at_bound.any(axis=(0, 2, 3)).sum() > 3
    errors = []
    for dt in (4e-4, 2e-4):
        end = descend(network, tasks, schedule, start, dt=dt, record_every=1000).end
        errors.append(max(np.abs(x - y).max() for x, y in zip(end, flow.end, strict=True)))
    assert errors[1] < 0.02
    assert 0.4 < np.log2(errors[0] / errors[1]) < 1.6


def test_the_contrast_of_hidden_units_never_falls_and_rises_while_an_entry_is_held(rng):
    network = two_layers(bound=0)
    tasks, schedule = squared_tasks(network, make_teachers("random", 2, (3, 5), rng) * 5), Schedule.cyclic(2, 6, 0.5)
    start = tuple(0.3 * theta for theta in draw(network, rng, (1,)))
    run = integrate(network, tasks, schedule, (np.abs(start[0]), start[1]))
    rise = np.diff(contrast(run.law(law_between(network, "W_2", "W_1")) * -1)[0, :, 0], axis=0)
    assert rise.min() > -1e-7
    free = (run["W_2"][0] > 1e-12).all(axis=1)
    quiet = free[1:] & free[:-1]
    pairs = quiet[:, :, None] & quiet[:, None, :]
    assert np.abs(rise[pairs]).max() < 1e-6
    assert rise.max() > 1e-3


def test_without_costs_the_flow_keeps_every_law(rng):
    network = Network("p,pih,phj->ij", (Factor("c", 0.1), Factor("W", 0.3), Factor("V", 0.7)),
                      {"p": 2, "i": 2, "h": 2, "j": 3})
    tasks = squared_tasks(network, make_teachers("random", 2, (2, 3), rng) * 3)
    run = integrate(network, tasks, Schedule.cyclic(2, 3, 1.0), draw(network, rng, (2,)))
    for law in conservation_laws(network):
        Q = run.law(law)
        np.testing.assert_allclose(Q, np.broadcast_to(Q[:, :1], Q.shape), atol=1e-7)
    np.testing.assert_allclose(run.norms()[1, -1, 1], np.linalg.norm(run["W"][1, -1]))


def test_every_step_on_a_batch_changes_laws_exactly_as_derived(rng):
    network = two_layers(bound=0, bound_strength=0.2, norm=2, norm_strength=0.3)
    tasks = squared_tasks(network, make_teachers("random", 2, (3, 5), rng) * 3)
    start = tuple(0.3 * theta for theta in draw(network, rng, (2,)))
    law, total, last = law_between(network, "W_2", "W_1"), 0.0, None
    for step in descent_steps(network, tasks, Schedule.cyclic(2, 4, 0.5), start, dt=1e-3, inputs="gaussian",
                              batch_size=4,
                              rng=rng):
        total, last = total + step_change(law, step.before, step.after, step.forces, 1e-3), step.after
    np.testing.assert_allclose(law.matrix(last) - law.matrix(start), total, rtol=0, atol=1e-12)
    assert np.abs(total).max() > 1e-2


def test_members_do_not_depend_on_those_beside_them(rng):
    network = two_layers(norm=2, norm_strength=0.3)
    tasks, start = squared_tasks(network, make_teachers("random", 2, (3, 5), rng)), draw(network, rng, (3,))
    def run(rows, streams):
        return descend(network, tasks, Schedule.cyclic(2, 2, 0.2), tuple(x[rows] for x in start), inputs="gaussian",
                       batch_size=1, rng=streams)
    together = run([0, 1, 2], [np.random.default_rng(k) for k in range(3)])
    alone = run([2], [np.random.default_rng(2)])
    np.testing.assert_allclose(alone.loss[0], together.loss[2], rtol=1e-12)


@pytest.mark.parametrize("coloured", [False, True])
def test_members_that_share_inputs_descend_as_each_alone(coloured, rng, monkeypatch):
    """Time constants, costs, bounds and blocks of their own; pieces of three records."""
    network = Network("p,pij->ij", (Factor("c", 0.1, 1, 0.5, bound=0, bound_strength=0.2), Factor("W", 0.3)),
                      {"p": 2, "i": 3, "j": 5})
    sigma = covariance(5, rng) if coloured else None
    tasks = squared_tasks(network, rng.standard_normal((2, 3, 5)), covariance=sigma)
    start = [np.abs(theta) for theta in draw(network, rng, (4,))]
    varied = {"c": {"tau": np.array([0.1, 0.2, 0.05, 0.1]), "bound_strength": np.array([0.2, np.inf, 0.0, 0.2])},
              "W": {"tau": np.array([0.3, 0.2, 0.3, 0.4])}}
    schedules = [Schedule((0, 1, 0), (0.02, 0.03, 0.05)), Schedule((0, 1), (0.06, 0.01)), Schedule((0, 1, 0, 1), 0.025),
                 Schedule((0,), 0.1)]
    sees = np.array([0, 1, 0, 0])
    how = {"dt": 1e-3, "inputs": "gaussian", "batch_size": 20, "record_every": 7}
    monkeypatch.setattr(descent, "_BUFFER", 3 * sum(theta.size for theta in start))
    pieces = list(descent_pieces(network, tasks, schedules, start, varied=varied, sees=sees, **how,
                                 rng=[np.random.default_rng(k) for k in range(2)]))
    assert len(pieces) > 2
    for member, schedule in enumerate(schedules):
        own = network.with_factors(**{name: {key: values[member] for key, values in one.items()}
                                      for name, one in varied.items()})
        alone = list(descent_pieces(own, tasks, schedule, [theta[member:member + 1] for theta in start], **how,
                                    rng=[np.random.default_rng(sees[member])]))
        for f in range(2):
            states, held = ([np.concatenate([getattr(piece, name)[f][m] for piece in run])
                             for run, m in ((pieces, member), (alone, 0))] for name in ("states", "held"))
            np.testing.assert_allclose(states[0][:len(states[1])], states[1], rtol=1e-11, atol=1e-12)
            np.testing.assert_array_equal(held[0][:len(held[1])], held[1])
            np.testing.assert_allclose(pieces[-1].end[f][member], alone[-1].end[f][0], rtol=1e-11, atol=1e-12)
            ended = [{int(block): state for piece in run for block, state in zip(
                piece.blocks[min(m, len(piece.blocks) - 1)], piece.at_ends[f][m], strict=True)
                if block < len(schedule.tasks)} for run, m in ((pieces, member), (alone, 0))]
            assert list(ended[1]) == list(range(len(schedule.tasks)))
            for block, state in ended[1].items():
                np.testing.assert_allclose(ended[0][block], state, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("schedules", "message"), [
    (2, "schedule must be one, or one for each of 3 members, got 2"),
    ([Schedule((0, 1), 0.1)] * 2 + [Schedule((1,), 0.1)], "schedule must have tasks that begin alike for all members")])
def test_members_have_schedules_of_like_tasks(schedules, message, rng):
    network = two_layers()
    schedules = [Schedule((0,), 0.1)] * schedules if isinstance(schedules, int) else schedules
    with pytest.raises(InputError, match=message):
        next(descent_pieces(network, squared_tasks(network, rng.standard_normal((2, 3, 5))), schedules,
                            draw(network, rng, (3,)), dt=1e-3))


def test_only_the_head_of_the_active_task_learns(rng):
    network = Network("mih,hj->mij", sizes={"m": 2, "i": 2, "h": 3, "j": 4})
    tasks = squared_tasks(network, rng.standard_normal((2, 2, 2, 4)), contexts=[{"m": 0}, {"m": 1}])
    start, schedule = draw(network, rng, (1,)), Schedule((0, 1), 0.3)
    run = integrate(network, tasks, schedule, start, t_eval=[0, 0.15, 0.29, 0.3, 0.5])
    heads = run["A"][0]
    np.testing.assert_array_equal(heads[:4, 1], np.broadcast_to(heads[0, 1], (4, 2, 3)))
    np.testing.assert_allclose(heads[3, 0], heads[4, 0], atol=0)
    assert np.abs(heads[2, 0] - heads[0, 0]).max() > 0.01
    stepped = descend(network, tasks, schedule, start, dt=1e-4)
    np.testing.assert_allclose(stepped.end[0], run.end[0], atol=2e-3)


def test_gates_that_tasks_set_make_two_networks_of_one(rng):
    network = Network("p,pij->ij", (Factor("g", given=True), Factor("W")), {"p": 2, "i": 2, "j": 3})
    teachers, start = rng.standard_normal((2, 2, 3)), draw(network, rng, (1,))
    tasks = squared_tasks(network, teachers, given={"g": np.eye(2)})
    run = integrate(network, tasks, Schedule.cyclic(2, 4, 1.0), start)
    np.testing.assert_array_equal(run["g"][0], np.eye(2)[run.task])
    # Each path relaxes to its own teacher, half of the time.
    for p in range(2):
        np.testing.assert_allclose(run.end[1][0, p], teachers[p] + np.exp(-2) * (start[1][0, p] - teachers[p]),
                                   atol=1e-8)
    np.testing.assert_allclose(descend(network, tasks, Schedule.cyclic(2, 4, 1.0), start, dt=1e-3).end[1], run.end[1],
                               atol=2e-3)


def test_any_loss_is_descended_and_integrated(rng):
    network = two_layers()
    loss = CustomLoss(lambda map: np.sum(np.logaddexp(0, map) - 0.3 * map, axis=(-2, -1)),
                      lambda map: 0.3 - 1 / (1 + np.exp(-map)))
    start = draw(network, rng, (1,))
    runs = [method(network, (Task(loss),), Schedule((0,), 0.5), start, **more) for method, more in
            ((integrate, {}), (descend, {"dt": 1e-5, "record_every": 1000}))]
    np.testing.assert_allclose(runs[0].end[1], runs[1].end[1], atol=1e-3)
    assert runs[0].loss[0, -1] < runs[0].loss[0, 0]


@pytest.mark.parametrize(("change", "message"), [
    ({"schedule": Schedule((0, 2), 1.0)}, r"tasks\[1\] must be below the number of tasks 2, got 2"),
    ({"schedule": Schedule((0,), 0.00105)}, "must be a multiple of dt"),
    ({"dt": 0}, "dt must be positive"), ({"inputs": "all"}, "inputs must be one of"),
    ({"initial": {"W_2": np.ones((1, 3, 4))}}, "state must have factor W_1"),
    ({"initial": {"W_2": np.ones((1, 3, 4)), "W_1": np.ones((2, 4, 5))}}, "W_1 must have shape"),
    ({"rng": [np.random.default_rng(0)] * 2, "inputs": "batch"}, "or 1 of them")])
def test_bad_input_is_told_in_a_line(change, message, rng):
    network = two_layers()
    arguments = {"tasks": squared_tasks(network, rng.standard_normal((2, 3, 5))), "schedule": Schedule((0,), 1.0),
                 "initial": draw(network, rng, (1,))} | change
    with pytest.raises(InputError, match=message):
        descend(network, **arguments)


def test_tasks_must_set_what_is_given():
    network = Network("p,pij->ij", (Factor("g", given=True), Factor("W")), {"p": 1, "i": 1, "j": 1})
    with pytest.raises(InputError, match=r"task 0 must set the given factors \(g\), got none"):
        descend(network, squared_tasks(network, np.ones((1, 1, 1))), Schedule((0,), 1.0),
                {"g": np.ones((1, 1)), "W": np.ones((1, 1, 1, 1))})
    with pytest.raises(InputError, match="given g must have shape"):
        squared_tasks(network, np.ones((1, 1, 1)), given={"g": np.ones(3)})


def test_divergence_is_told(rng):
    network = two_layers()
    tasks = squared_tasks(network, rng.standard_normal((1, 3, 5)))
    with pytest.raises(FloatingPointError, match="a smaller dt than 1 may help"):
        descend(network, tasks, Schedule((0,), 200.0), tuple(5 * x for x in draw(network, rng, (1,))), dt=1.0)


def test_clocks_of_units_run_together_through_every_switch():
    network = Network("a,a,a->", (Factor("x", 0.2), Factor("y", 0.5), Factor("z", 0.9)), {"a": 3})
    start = [[0.5, 0.9, 0.7]], [[0.8, 0.6, 0.7]], [[0.9, 0.8, 0.5]]
    run = integrate(network, squared_tasks(network, [2.0, 1.0]), Schedule.cyclic(2, 4, 0.3), start)
    clocks = unit_clock(network, run.factors)[0]
    assert np.ptp(clocks[:, 0]) > 0.05
    differences = clocks - clocks[:, :1]
    np.testing.assert_allclose(differences, np.broadcast_to(differences[0], differences.shape), atol=1e-8)


def test_a_descent_without_a_seed_writes_down_what_it_drew(rng):
    _, network, teachers, W0, c0 = gated(GateRegulariser(), rng)
    what = (network, squared_tasks(network, teachers), Schedule.cyclic(2, 2, 0.1), (c0, W0))
    first = descend(*what, dt=0.01, inputs="gaussian", batch_size=5)
    written = first.settings["rng"]
    again = descend(*what, dt=0.01, inputs="gaussian", batch_size=5,
                    rng=np.random.default_rng(np.random.SeedSequence(written["entropy"])))
    np.testing.assert_array_equal(first.end[1], again.end[1])
