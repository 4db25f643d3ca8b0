import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.continuation import continue_fixed_point, continue_map_cycle
from gateflow.theory.plane.expressions import Equations
from gateflow.theory.plane.fixed_points import fixed_points
from gateflow.theory.plane.maps import cycle_starts, cycles
from gateflow.theory.plane.system import PlanarSystem

BOX = Box((-2, 2), (-1, 1))


def normal_form(function, **parameters):
    return PlanarSystem(lambda x, y, **values: (function(x, **values), -y), parameters, analytic=True)


def residual(system, branch, box):
    values = system.velocity(branch.x, branch.y, **{branch.parameter: branch.p})
    return np.abs(values / box.size[:, None]).max()


def kinds(branch):
    return [point.kind for point in branch.special]


def test_a_saddle_node_turns_around():
    system = normal_form(lambda x, p: p - x**2, p=0.5)
    branch = continue_fixed_point(system, (0.7, 0), "p", (-1, 1), BOX)
    (fold,) = branch.special
    assert (fold.kind, fold.p, fold.x) == ("fold", pytest.approx(0, abs=1e-14), pytest.approx(0, abs=1e-8))
    assert branch.ends == ("parameter", "parameter")
    assert branch.p[[0, -1]].tolist() == [1, 1]
    np.testing.assert_allclose(branch.x**2, branch.p, atol=1e-13)
    np.testing.assert_allclose(np.sort(branch.x[[0, -1]]), [-1, 1], rtol=1e-12)
    away = np.abs(branch.x) > 1e-6
    assert (branch.stable == (branch.x > 0))[away].all()
    np.testing.assert_allclose(np.sort(branch.eigenvalues.real, axis=1)[away],
                               np.sort(np.stack([-2 * branch.x, -np.ones_like(branch.x)], 1), axis=1)[away], atol=1e-12)


@pytest.mark.parametrize("symbolic", [True, False])
def test_a_cusp_has_its_folds_where_the_cubic_has_double_roots(symbolic):
    x, y, p = sp.symbols("x y p")
    system = PlanarSystem.from_sympy((p + x - x**3, -y), (x, y), {p: 0.0}) if symbolic else PlanarSystem(
        lambda x, y, p: (p + x - x**3, -y), {"p": 0.0})
    branch = continue_fixed_point(system, (1, 0), "p", (-1, 1), BOX)
    assert kinds(branch) == ["fold", "fold"]
    at = 2 / (3 * np.sqrt(3))
    assert [point.p for point in branch.special] == pytest.approx([at, -at], abs=1e-13)
    assert [point.x for point in branch.special] == pytest.approx([-1 / np.sqrt(3), 1 / np.sqrt(3)], abs=1e-7)
    assert branch.p[[0, -1]].tolist() == [-1, 1]
    assert residual(system, branch, BOX) < 1e-12
    # Every row of a special point is that point, and folds part stable from unstable.
    for point in branch.special:
        assert (branch.p[point.row], branch.x[point.row]) == (point.p, point.x)
    first, second = (point.row for point in branch.special)
    assert branch.stable[:first].all()
    assert not branch.stable[first + 1:second].any()
    assert branch.stable[second + 1:].all()


def test_the_branch_agrees_with_the_fixed_points_at_every_value():
    system = normal_form(lambda x, p: p + x - x**3, p=0.0)
    branch = continue_fixed_point(system, (1, 0), "p", (-1, 1), BOX)
    for p in (-0.5, -0.2, 0.3):
        at = np.flatnonzero(np.diff(np.sign(branch.p - p)))
        points = fixed_points(system.replace(p=p), BOX).points
        assert len(points) == len(at)
        share = (p - branch.p[at]) / (branch.p[at + 1] - branch.p[at])
        along = np.sort(branch.x[at] + share * (branch.x[at + 1] - branch.x[at]))
        np.testing.assert_allclose([point.x for point in points], along, atol=2e-3)


@pytest.mark.parametrize(("a", "analytic"), [(1.0, True), (1.0, False), (0.7, True)])
def test_the_brusselator_oscillates_beyond_its_hopf_point(a, analytic):
    system = PlanarSystem(lambda x, y, a, b: (a - (b + 1) * x + x**2 * y, b * x - x**2 * y), {"a": a, "b": 1.0},
                          analytic=analytic)
    branch = continue_fixed_point(system, (a, 1 / a), "b", (0.5, 4), Box((0, 6), (0, 6)))
    (hopf,) = branch.special
    assert (hopf.kind, hopf.p) == ("hopf", pytest.approx(1 + a**2, abs=1e-10))
    assert hopf.frequency == pytest.approx(a, abs=1e-10)
    np.testing.assert_allclose(branch.y, branch.p / a, atol=1e-11)
    assert (branch.stable == (branch.p < 1 + a**2))[np.abs(branch.p - 1 - a**2) > 1e-9].all()


def test_fitzhugh_and_nagumo_fire_between_two_hopf_points():
    a, b, epsilon = 0.7, 0.8, 0.08
    system = PlanarSystem(lambda v, w, i: (v - v**3 / 3 - w + i, epsilon * (v + a - b * w)), {"i": 0.0})
    branch = continue_fixed_point(system, (-1.2, -0.6), "i", (-1, 3), Box((-3, 3), (-3, 4)))
    assert kinds(branch) == ["hopf", "hopf"]
    # The trace 1 − v² − εb vanishes.
    v = np.array([-1.0, 1.0]) * np.sqrt(1 - b * epsilon)
    np.testing.assert_allclose([point.x for point in branch.special], v, atol=1e-9)
    np.testing.assert_allclose([point.p for point in branch.special], (v + a) / b - v + v**3 / 3, atol=1e-9)
    np.testing.assert_allclose([point.frequency for point in branch.special], np.sqrt(epsilon - (b * epsilon) ** 2),
                               atol=1e-9)


def test_a_saddle_without_trace_is_no_hopf_point():
    system = PlanarSystem(lambda x, y, p: (x, -(1 + p) * y), {"p": -0.5}, analytic=True)
    branch = continue_fixed_point(system, (0, 0), "p", (-0.9, 0.9), BOX)
    assert kinds(branch) == []
    assert not branch.stable.any()


@pytest.mark.parametrize(("start", "p"), [(0.0, -0.5), (np.sqrt(0.5), 0.5)])
def test_both_branches_of_a_pitchfork_report_it(start, p):
    system = normal_form(lambda x, p: p * x - x**3, p=p)
    branch = continue_fixed_point(system, (start, 0), "p", (-1, 1), BOX)
    (point,) = branch.special
    assert (point.kind, point.p, point.x) == ("branch point", pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    expected = 0 * branch.p if start == 0 else branch.p
    np.testing.assert_allclose(branch.x**2, expected, atol=1e-12)


def test_branches_cross_at_a_transcritical_point():
    branch = continue_fixed_point(normal_form(lambda x, p: p * x - x**2, p=-0.5), (-0.5, 0), "p", (-1, 1), BOX)
    assert kinds(branch) == ["branch point"]
    assert branch.special[0].p == pytest.approx(0, abs=1e-10)
    np.testing.assert_allclose(branch.x, branch.p, atol=1e-12)
    assert (branch.stable == (branch.p > 0))[np.abs(branch.p) > 1e-6].all()


def test_an_isola_closes():
    branch = continue_fixed_point(normal_form(lambda x, p: 1 - p**2 - x**2, p=0.3), (0.9, 0), "p", (-2, 2), BOX)
    assert branch.ends == ("closed", "closed")
    assert [point.p for point in branch.special] == pytest.approx([1, -1], abs=1e-12)
    assert (branch.p[0], branch.x[0]) == pytest.approx((branch.p[-1], branch.x[-1]), abs=1e-12)
    turns = np.unwrap(np.arctan2(branch.x, branch.p))
    assert abs(turns[-1] - turns[0]) == pytest.approx(2 * np.pi, abs=1e-9)


def test_a_branch_ends_where_it_leaves_the_box_and_at_its_bounds():
    system = PlanarSystem(lambda x, y, p: (p - x, p / 2 - y), {"p": 0.3})
    branch = continue_fixed_point(system, (0.3, 0.1), "p", (-4, 1.5), Box((-3, 3), (-1, 1)))
    assert branch.ends == ("y", "parameter")
    assert (branch.p[0], branch.p[-1]) == (pytest.approx(-2, abs=1e-12), 1.5)
    assert (np.diff(branch.p) > 0).all()
    edge = continue_fixed_point(system.replace(p=1.5), (1.5, 0.75), "p", (-4, 1.5), Box((-3, 3), (-1, 1)))
    assert (edge.p[0], edge.p[-1], edge.ends) == (pytest.approx(-2, abs=1e-12), 1.5, ("y", "parameter"))
    few = continue_fixed_point(system, (0.3, 0.1), "p", (-4, 1.5), Box((-3, 3), (-1, 1)), most=3)
    assert (few.ends, len(few.p)) == (("points", "points"), 7)


def test_a_branch_may_begin_at_a_special_point():
    fold = continue_fixed_point(normal_form(lambda x, p: p - x**2, p=0.0), (0, 0), "p", (-1, 1), BOX)
    assert kinds(fold) == ["fold"]
    assert fold.special[0].p == 0
    brusselator = PlanarSystem(lambda x, y, b: (1 - (b + 1) * x + x**2 * y, b * x - x**2 * y), {"b": 2.0})
    hopf = continue_fixed_point(brusselator, (1, 2), "b", (0.5, 4), Box((0, 6), (0, 6)))
    assert kinds(hopf) == ["hopf"]
    assert hopf.special[0].frequency == pytest.approx(1, abs=1e-9)
    assert hopf.p[[0, -1]].tolist() == [0.5, 4]
    cross = continue_fixed_point(normal_form(lambda x, p: p * x - x**2, p=0.0), (0, 0), "p", (-1, 1), BOX)
    assert kinds(cross) == ["branch point"]


def test_a_kink_in_the_parameter_is_no_reason_for_a_wrong_slope():
    x, y, p = sp.symbols("x y p", real=True)
    branch = continue_fixed_point(PlanarSystem.from_sympy((2 * sp.Abs(p + 3) - x, -y), (x, y), {p: 0}), (6, 0), "p",
                                  (-1, 1), Box((0, 9), (-1, 1)))
    np.testing.assert_allclose(branch.x, 2 * branch.p + 6, atol=1e-12)
    # Steps are measured along the branch, so its slope was right.
    assert np.hypot(np.diff(branch.x) / 9, np.diff(branch.p) / 2).max() == pytest.approx(0.02, rel=1e-6)


def test_a_branch_does_not_go_where_there_is_nothing():
    system = normal_form(lambda x, p: np.where(np.real(p) > 0, p - x, np.nan), p=0.5)
    branch = continue_fixed_point(system, (0.5, 0), "p", (-1, 1), BOX)
    assert branch.ends == ("stuck", "parameter")
    assert 0 < branch.p[0] < 1e-6


def test_shorter_steps_find_the_same_folds():
    system = normal_form(lambda x, p: p + x - x**3, p=0.0)
    coarse, fine = (continue_fixed_point(system, (1, 0), "p", (-1, 1), BOX, step=step) for step in (0.05, 0.005))
    assert len(fine.p) > 4 * len(coarse.p)
    np.testing.assert_allclose([point.p for point in coarse.special], [point.p for point in fine.special], atol=1e-13)


@pytest.mark.parametrize(("changes", "message"), [
    ({"parameter": "q"}, "parameter must be one of p, got 'q'"),
    ({"bounds": (1, 2)}, "p must lie within its bounds [1, 2], got 0.5"),
    ({"bounds": (1, 0)}, "bounds must be two increasing numbers, got (1, 0)"),
    ({"start": (5, 5)}, "start must be near a fixed point in the box"),
    ({"start": (1,)}, "start must have shape (2), got (1,)"),
    ({"step": 0}, "step must be at least 0.002 and finite, got 0"),
    ({"most": 0}, "most must be an integer of at least 1, got 0"),
])
def test_what_does_not_fit_is_refused_in_one_line(changes, message):
    given = {"start": (0.7, 0), "parameter": "p", "bounds": (-1, 1), "box": BOX} | changes
    with pytest.raises(InputError) as refused:
        continue_fixed_point(normal_form(lambda x, p: p - x**2 + 0 * x, p=0.5), **given)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(("text", "at", "bounds", "box", "kind", "coefficient"), [
    # Kuznetsov's c = f''²/4 + f'''/6 is 9 for the logistic map, and his a(0) is -2 for the delayed one; both times the
    # square of a side of the box.
    ("x -> r*x*(1 - x)", 2.6, (2.5, 3.2), [(0, 1)], "supercritical flip", -18),
    ("x -> -(1 + r)*x + x**3", -0.2, (-0.5, 0.5), [(-1, 1)], "supercritical flip", -8),
    ("x -> -(1 + r)*x - x**3", -0.2, (-0.5, 0.5), [(-1, 1)], "subcritical flip", 8),
    ("x -> r*x*(1 - y), y -> x", 1.6, (1.5, 2.5), [(-1, 2), (-1, 2)], "supercritical neimark-sacker", -18)])
def test_what_is_born_at_flips_and_neimark_sacker_points_is_stable_or_not(text, at, bounds, box, kind, coefficient):
    smooth, place = Equations.of(text).map({"r": at}), 1 - 1 / at if "(1 - " in text else 0
    start = min((cycle.points[0] for cycle in cycles(smooth, cycle_starts(smooth, box))),
                key=lambda point: np.abs(point - place).max())
    branch = continue_map_cycle(smooth, start, "r", bounds, box)
    (point,) = [point for point in branch.special if kind.endswith(point.kind)]
    assert point.name == kind
    assert point.lyapunov == pytest.approx(coefficient, rel=1e-6)
