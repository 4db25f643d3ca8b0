"""Compression and modes: smaller networks that do exactly the same."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from gateflow.sim.network.descent import descend
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.teachers import make_teachers, orthogonal_matrix
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import reduce_to_teachers
from gateflow.theory.network.compression import compress
from gateflow.theory.network.flow import Flow
from gateflow.theory.network.modes import modes
from gateflow.theory.network.network import Factor, Network
from tests.theory.network.examples import draw

GATES = Factor("c", 0.05, norm=1, norm_strength=0.9, bound=0, bound_strength=0.1)
CASES = [
    ("p,pij->ij", (GATES, Factor("W", 0.6)), {"p": 2, "i": 6, "j": 8}, {"i": 4}),
    ("pi,pij->ij", (Factor("c", 0.1, norm=2, norm_strength=0.3, bound=0), Factor("W", 0.6)), {"p": 2, "i": 3, "j": 20},
     {"j": 12}),
    ("ih,hj->ij", (Factor("A", 0.3, norm=2, norm_strength=0.2), Factor("B", 0.6, decay=0.1)),
     {"i": 20, "h": 2, "j": 30}, {"i": 10, "j": 10}),
    ("p,pih,phj->ij", (GATES, Factor("V", 0.3), Factor("W", 0.6)), {"p": 2, "i": 30, "h": 2, "j": 20},
     {"i": 12, "j": 12}),
    ("mih,hj->mij", (Factor("A", 0.4), Factor("B", 0.5)), {"m": 2, "i": 2, "h": 3, "j": 40}, {"j": 11}),
    ("ji,p,pn->ijn", (), {"j": 2, "i": 2, "p": 2, "n": 30}, {"n": 10}),
]


@pytest.mark.parametrize(("spec", "factors", "sizes", "shrunk"), CASES)
@pytest.mark.parametrize("white", [True, False])
def test_compression_is_exact(spec, factors, sizes, shrunk, white, rng):
    network = Network(spec, factors, sizes)
    n = network.output_shape[-1]
    values = np.repeat([2.0, 0.5], [n // 2, n - n // 2])
    basis = orthogonal_matrix(n, rng)
    sigma = None if white else basis @ np.diag(values) @ basis.T
    rows = int(np.prod(network.output_shape)) // n
    teachers = (make_teachers("random", 2, (rows, n), rng, rank=min(4, rows)) * n / 4).reshape(2, *network.output_shape)
    start = tuple(np.abs(0.3 * theta) for theta in draw(network, rng))
    small = compress(network, teachers, start, sigma)
    if white:
        assert {index: small.network.sizes[index] for index in shrunk} == shrunk
    assert small.network.n_parameters <= network.n_parameters
    full_run = descend(network, squared_tasks(network, teachers, covariance=sigma), Schedule.cyclic(2, 3, 0.5),
                       tuple(x[None] for x in start), dt=2e-3)
    run = descend(small.network, squared_tasks(small.network, small.targets, covariance=small.covariance),
                  Schedule.cyclic(2, 3, 0.5), tuple(x[None] for x in small.initial), dt=2e-3)
    for one, other in zip(small.lift(run.factors), full_run.factors, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.loss, full_run.loss, rtol=0, atol=1e-12)
    for one, other in zip(small.lift(small.initial), start, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-13)


def test_the_reduction_of_the_gated_room_is_the_compression_of_its_einsum(rng):
    teachers, W0 = rng.standard_normal((2, 4, 5)), rng.standard_normal((3, 4, 5))
    small = compress(Network("p,pij->ij", (GATES, Factor("W", 0.6)), {"p": 3, "i": 4, "j": 5}), teachers,
                     (np.ones(3), W0))
    assert (small.network.spec, small.network.shape("W")) == ("p,pi->i", (3, 5))
    reduction = reduce_to_teachers(teachers, W0)
    c = np.array([0.2, 0.5, 0.4])
    force, _ = Flow(reduction.network(GatedModel(5, 4, 3))).net_forces((c, reduction.weights), reduction.loss(1))
    E = small.targets[1] - c @ small.initial[1]
    np.testing.assert_allclose(small.initial[1] @ E, force, atol=1e-12)


def test_factors_whose_costs_know_their_entries_stay_as_they_are(rng):
    network = Network("ih,hj->ij", (Factor("A", bound=0), Factor("B")), {"i": 30, "h": 2, "j": 30})
    small = compress(network, make_teachers("random", 1, (30, 30), rng, rank=2),
                     (np.ones((30, 2)), rng.standard_normal((2, 30))))
    assert (small.network.sizes["i"], small.network.sizes["j"]) == (30, 4)
    heads = Network("mih,hj->mij", sizes={"m": 30, "i": 1, "h": 1, "j": 2})
    targets, start = rng.standard_normal((1, 30, 1, 2)), draw(heads, rng)
    assert compress(heads, targets, start).network.sizes["m"] < 30
    assert compress(heads, targets, start, contexts="m").network.sizes["m"] == 30


@pytest.mark.parametrize("bad", [{"targets": np.ones((2, 3))}, {"covariance": np.eye(3)}])
def test_bad_input_to_compression_is_refused(bad, rng):
    network = Network("ih,hj->ij", sizes={"i": 2, "h": 2, "j": 2})
    with pytest.raises(InputError, match=r"targets must have shape|covariance must have shape"):
        compress(network, **{"targets": np.ones((1, 2, 2)), "initial": draw(network, rng)} | bad)


def test_a_wide_network_with_teachers_of_low_rank_is_integrated_many_times_faster(rng):
    factors = Factor("A", 0.01, norm=2, norm_strength=0.2), Factor("B", 0.06)
    network = Network("ih,hj->ij", factors, {"i": 100, "h": 10, "j": 100})
    teachers = make_teachers("random", 2, (100, 100), rng, rank=4) * 10
    start, schedule = tuple(0.01 * x for x in draw(network, rng)), Schedule.cyclic(2, 1, 1.0)
    small = compress(network, teachers, start)
    assert small.network.sizes == {"i": 18, "h": 10, "j": 18}
    seconds, runs = [], []
    for net, targets, initial in ((network, teachers, start), (small.network, small.targets, small.initial)):
        # Threads of linear algebra that wait count as CPU time.
        with threadpool_limits(1):
            begin = time.process_time()
            runs.append(integrate(net, squared_tasks(net, targets), schedule, tuple(x[None] for x in initial)))
            seconds.append(time.process_time() - begin)
    np.testing.assert_allclose(runs[1].loss, runs[0].loss, atol=1e-6)
    # About 30 on a quiet machine (CPU times).
    assert seconds[0] > 8 * seconds[1]


CHAINS = [("p,pij->ij", (GATES, Factor("W", 0.6)), {"p": 2, "i": 4, "j": 6}, "p,pa->a"),
          ("ih,hj->ij", (Factor("A", 0.3), Factor("B", 0.6, norm=2, norm_strength=0.2)), {"i": 4, "h": 5, "j": 6},
           "a,a->a"),
          ("p,pih,phj->ij", (GATES, Factor("V", 0.3), Factor("W", 0.6)), {"p": 2, "i": 4, "h": 4, "j": 6},
           "p,pa,pa->a"),
          ("ik,kh,hj->ij", (), {"i": 4, "k": 5, "h": 4, "j": 6}, "a,a,a->a")]


@pytest.mark.parametrize(("spec", "factors", "sizes", "collapsed"), CHAINS)
@pytest.mark.parametrize("white", [True, False])
def test_modes_are_exact(spec, factors, sizes, collapsed, white, rng):
    network = Network(spec, factors, sizes)
    teachers = make_teachers("shared", 2, (4, 6), rng, rank=3) * 3
    _, _, right = np.linalg.svd(teachers[0])
    sigma = None if white else right.T @ np.diag([2.0, 1.5, 1.2, 0.3, 0.3, 0.3]) @ right
    small = modes(network, teachers, sigma)
    assert small.network.spec == collapsed
    start = tuple(np.abs(theta) * 0.3 for theta in draw(small.network, rng))
    full_start, schedule = small.lift(start), Schedule.cyclic(2, 3, 0.5)
    again, rest = small.project(full_start)
    assert rest < 1e-14
    np.testing.assert_allclose(again[-1], start[-1], atol=1e-13)
    run = descend(small.network, squared_tasks(small.network, small.targets, covariance=small.covariance), schedule,
                  tuple(x[None] for x in start), dt=2e-3)
    full = descend(network, squared_tasks(network, teachers, covariance=sigma), schedule,
                   tuple(x[None] for x in full_start), dt=2e-3)
    for one, other in zip(small.lift(run.factors), full.factors, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.loss, full.loss, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("network", "message"), [
    (Network("pi,pij->ij", sizes={"p": 2, "i": 4, "j": 6}), "chain of matrices"),
    (Network("mih,hj->mij", sizes={"m": 1, "i": 4, "h": 2, "j": 6}), "modes need a map of two indices|W_star"),
    (Network("ih,hj->ij", sizes={"i": 4, "h": 2, "j": 6}), "at most 2 modes"),
    (Network("ih,hj->ij", (Factor("A", bound=0), Factor("B")), {"i": 4, "h": 4, "j": 6}), "A has others")])
def test_what_has_no_modes_says_why(network, message, rng):
    teachers = make_teachers("shared", 2, (4, 6), rng, rank=3).reshape(2, *network.output_shape)
    with pytest.raises(InputError, match=message):
        modes(network, teachers)


def test_teachers_without_common_vectors_have_no_modes(rng):
    with pytest.raises(InputError, match="must share singular vectors"):
        modes(Network("ih,hj->ij", sizes={"i": 4, "h": 4, "j": 6}), rng.standard_normal((2, 4, 6)))


def test_names_of_indices_change_nothing(rng):
    targets = make_teachers("shared", 2, (3, 4), rng, rank=2)
    state = {}
    for spec in ("ab,bc,cd->ad", "xy,yz,zw->xw"):
        sizes = dict(zip(dict.fromkeys(c for c in spec if c.isalpha()), (3, 2, 2, 4), strict=True))
        small = modes(Network(spec, sizes=sizes), targets)
        state[spec] = small.lift(tuple(np.full((1, 2), value) for value in (0.1, 0.2, 0.3)))
        assert [theta.shape for theta in state[spec]] == [(1, 3, 2), (1, 2, 2), (1, 2, 4)]
    for one, other in zip(*state.values(), strict=True):
        np.testing.assert_array_equal(one, other)
