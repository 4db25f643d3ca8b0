"""Systems whose answers are known from algebra, from other methods, or from the literature; errors as stated."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from gateflow.theory.plane.box import Box
from gateflow.theory.plane.continuation import continue_fixed_point, continue_map_cycle
from gateflow.theory.plane.cycles import cycles_from_hopf, limit_cycles
from gateflow.theory.plane.diagram import flow_diagram, map_diagram, two_parameter_curves
from gateflow.theory.plane.expressions import Equations
from gateflow.theory.plane.fixed_points import fixed_points
from gateflow.theory.plane.trajectories import trajectory

SQUARE = Box((-2, 2), (-2, 2))


def flow(text, **values):
    return Equations.of(text).flow(values)


def special(diagram, name):
    return [point.p for point in diagram.special if name in (point.name, point.kind)]


def one_round(velocity, trace, start):
    """Period and logarithm of the multiplier of the cycle that attracts start, by an integrator and a section y = 0."""
    def rates(_, state):
        return [*velocity(*state[:2]), trace(*state[:2])]

    def section(_, state):
        return state[1]

    section.direction = -1
    near = solve_ivp(lambda _, z: velocity(*z), (0, 200), start, method="LSODA", rtol=1e-11, atol=1e-12, events=section)
    state = [near.y_events[0][-1][0], 0.0, 0.0]
    path = solve_ivp(rates, (0, 100), state, method="DOP853", rtol=1e-12, atol=1e-13, events=section)
    times = [t for t in path.t_events[0] if t > 1e-6]
    return times[0], path.y_events[0][list(path.t_events[0]).index(times[0])][2]


@pytest.mark.parametrize(("mu", "height", "period"), [
    (0.1, 4, 2 * np.pi * (1 + 0.1**2 / 16 - 5 * 0.1**4 / 3072)), (1, 4, 6.6632868593231302), (10, 16, 19.0783695669)])
def test_van_der_pol(mu, height, period):
    """Period to 1e-9 of published values (of the series for μ = 0.1), both to 1e-8 of an integrator."""
    (cycle,) = limit_cycles(flow("x' = y, y' = mu*(1 - x**2)*y - x", mu=mu), Box((-3, 3), (-height, height)))
    assert cycle.stable
    assert cycle.period == pytest.approx(period, rel=1e-9)
    measured, log = one_round(lambda x, y: (y, mu * (1 - x**2) * y - x), lambda x, y: mu * (1 - x**2), (2.0, 0.0))
    assert cycle.period == pytest.approx(measured, rel=1e-8)
    assert cycle.log_multiplier == pytest.approx(log, rel=1e-7)
    assert cycle.points[:, 0].max() == pytest.approx({0.1: 2.0001, 1: 2.0086, 10: 2.0142}[mu], abs=2e-4)


def test_three_cycles_in_one_another():
    """r' = r(1 − r)(r − 2)(r − 3)/4, θ' = 1: multipliers exp(2π dr'/dr) to 1e-8."""
    text = ("x' = x*g(x) - y, y' = y*g(x) + x".replace("g(x)", "((1 - sqrt(x**2 + y**2))*(sqrt(x**2 + y**2) - 2)"
                                                       "*(sqrt(x**2 + y**2) - 3)/4)"))
    cycles = limit_cycles(flow(text), Box((-4, 4), (-4, 4)))
    found = sorted((one.points[:, 0].max(), one.log_multiplier, one.stable) for one in cycles)
    slopes = [-1 * (1 - 2) * (1 - 3) / 4 * 1, 2 * (1 - 2) * (2 - 3) / 4, 3 * (1 - 3) * (3 - 2) / 4]
    for (radius, log, stable), exact, slope in zip(found, (1, 2, 3), slopes, strict=True):
        assert radius == pytest.approx(exact, abs=2e-3)
        assert log == pytest.approx(2 * np.pi * slope, abs=1e-8)
        assert stable == (slope < 0)
    assert all(one.period == pytest.approx(2 * np.pi, abs=1e-10) for one in cycles)


def test_a_subcritical_hopf_point_and_the_fold_of_its_cycles():
    """r' = r(p + r² − r⁴): Hopf point at 0, fold at −1/4 to 1e-10, radii to 1e-9."""
    ring = flow("x' = p*x - y + x*(x*x + y*y) - x*(x*x + y*y)**2, y' = x + p*y + y*(x*x + y*y) - y*(x*x + y*y)**2",
                p=-0.1)
    inner, outer = sorted(limit_cycles(ring, SQUARE), key=lambda one: one.points[:, 0].max())
    for cycle, sign, stable in ((inner, -1, False), (outer, 1, True)):
        assert np.hypot(*cycle.points.T) == pytest.approx(np.sqrt((1 + sign * np.sqrt(0.6)) / 2), abs=1e-9)
        assert cycle.stable == stable
    diagram = flow_diagram(ring, "p", (-0.5, 0.5), SQUARE)
    assert special(diagram, "subcritical hopf") == pytest.approx([0], abs=1e-12)
    (branch,) = diagram.cycles
    (fold,) = branch.special
    assert (fold.kind, fold.p) == ("fold", pytest.approx(-0.25, abs=1e-10))
    assert branch.ends == ("hopf", "parameter")
    np.testing.assert_allclose(branch.high[1:, 0] ** 2, (
        1 + np.where(branch.stable[1:], 1, -1) * np.sqrt(1 + 4 * branch.p[1:])) / 2, atol=3e-3)


def test_the_first_lyapunov_coefficient_has_the_sign_and_size_of_its_normal_form():
    """r' = σ r³ and frequency ω: l₁ = σ·(size of the eigenvector)/ω, size 1/√2 squared times 4 sides², to 1e-9."""
    for sigma in (-1.5, 2.0):
        system = flow("x' = p*x - 3*y + s*x*(x*x + y*y), y' = 3*x + p*y + s*y*(x*x + y*y)", p=0.1, s=sigma)
        (hopf,) = continue_fixed_point(system, (0, 0), "p", (-1, 1), Box((-1, 1), (-1, 1))).special
        assert hopf.name == ("supercritical hopf" if sigma < 0 else "subcritical hopf")
        # A vector of which the larger part is 1: z = r/2 in units of half the box, so r = 2·2|z|.
        assert hopf.lyapunov == pytest.approx(sigma * 16 / 3, rel=1e-9)
    degenerate = flow("x' = y, y' = mu*(1 - x**2)*y - x", mu=0.5)
    assert continue_fixed_point(degenerate, (0, 0), "mu", (-1, 1), SQUARE).special[0].name == "degenerate hopf"


def test_a_stirred_tank_has_two_folds_and_two_hopf_points():
    """With y = Bx/(1 + β): folds where x(1 − x) = (1 + β)/B, Hopf points where (Bx − 2 − β)(1 − x) = x; to 1e-11."""
    b, beta = 18.0, 3.0
    tank = flow("x' = -x + D*(1 - x)*exp(y), y' = -y + B*D*(1 - x)*exp(y) - beta*y", D=0.1, B=b, beta=beta)
    diagram = flow_diagram(tank, "D", (0.05, 0.25), Box((0, 1), (0, 6)), cycles=False)

    def at(x):
        return x / (1 - x) * np.exp(-b * x / (1 + beta))

    folds = sorted(at((1 + sign * np.sqrt(1 - 4 * (1 + beta) / b)) / 2) for sign in (1, -1))
    hopfs = sorted(at(x) for x in np.roots([b, -(b + 1 + beta), 2 + beta]))
    assert special(diagram, "fold") == pytest.approx(folds, abs=1e-11)
    assert sorted(point.p for point in diagram.special if point.kind == "hopf") == pytest.approx(hopfs, abs=1e-11)


def test_the_brusselator():
    """Hopf point at b = 1 + a² to 1e-11, supercritical; period 2π/a there, and of the cycle by an integrator."""
    system = flow("x' = a - (b + 1)*x + x**2*y, y' = b*x - x**2*y", a=1, b=3)
    box = Box((0, 5), (0, 6))
    diagram = flow_diagram(system, "b", (1, 3.5), box)
    assert special(diagram, "supercritical hopf") == pytest.approx([2], abs=1e-11)
    assert diagram.cycles[0].period[0] == pytest.approx(2 * np.pi, rel=1e-3)
    (cycle,) = limit_cycles(system, box)
    path = solve_ivp(lambda _, z: (1 - 4 * z[0] + z[0] ** 2 * z[1], 3 * z[0] - z[0] ** 2 * z[1]), (0, 60), (1, 1),
                     method="DOP853", rtol=1e-12, atol=1e-13, events=lambda _, z: z[0] - 1)
    rounds = path.t_events[0]
    assert cycle.period == pytest.approx(rounds[-1] - rounds[-3], abs=1e-8)


def test_fitzhugh_and_nagumo_in_the_region_of_canards():
    """Hopf points to 1e-10 of algebra; folds of cycles symmetric about i = 7/8 to 1e-8."""
    a, b, eps = 0.7, 0.8, 0.08
    neuron = flow("v' = v - v**3/3 - w + i, w' = eps*(v + a - b*w)", i=0, a=a, b=b, eps=eps)
    diagram = flow_diagram(neuron, "i", (0, 1.75), Box((-3, 3), (-2, 3)))
    v = np.array([-1.0, 1.0]) * np.sqrt(1 - b * eps)
    np.testing.assert_allclose(special(diagram, "subcritical hopf"), (v + a) / b - v + v**3 / 3, atol=1e-10)
    folds = sorted(point.p for branch in diagram.cycles for point in branch.special if point.kind == "fold")
    assert len(folds) == 2
    assert sum(folds) == pytest.approx(1.75, abs=1e-8)
    assert folds[0] < special(diagram, "subcritical hopf")[0]
    # Between the fold and the Hopf point rest and firing are both stable.
    assert sorted(one.stable for one in limit_cycles(neuron.replace(i=0.328), Box((-3, 3), (-2, 3)))) == [False, True]


def test_a_homoclinic_orbit_swallows_a_cycle():
    """Where the manifolds of the saddle meet, by shooting: to 1e-7."""
    def gap(a):
        root = a + 1
        unstable = (root + np.sqrt(root**2 + 4)) / 2
        stable = (root - np.sqrt(root**2 + 4)) / 2

        def reach(slope, sign):
            def section(_, z):
                return z[1]

            section.terminal, section.direction = True, 0
            start = np.array([1.0, 0.0]) - 1e-6 * np.array([1.0, slope])
            path = solve_ivp(lambda _, z: sign * np.array([z[1], -z[0] + z[0] ** 2 + a * z[1] + z[0] * z[1]]), (0, 60),
                             start, method="DOP853", rtol=1e-12, atol=1e-14, events=section)
            return path.y[0, -1]

        return reach(unstable, 1) - reach(stable, -1)

    system = flow("x' = y, y' = -x + x**2 + a*y + x*y", a=-0.05)
    box = Box((-1, 1.5), (-1, 1))
    (hopf,) = (point for point in continue_fixed_point(system, (0, 0), "a", (-0.5, 0.3), box).special)
    branch = cycles_from_hopf(system, hopf, "a", (-0.5, 0.3), box)
    assert branch.ends == ("hopf", "period")
    assert branch.p[-1] == pytest.approx(brentq(gap, -0.16, -0.12, xtol=1e-12), abs=1e-7)
    assert branch.period[-1] > 50 * branch.period[0]


def test_lotka_and_volterra_have_no_limit_cycle_and_keep_their_constant():
    system = flow("x' = x*(2 - y), y' = y*(x - 3/2)")
    box = Box((0, 4), (0, 4))
    assert [point.name for point in fixed_points(system, box).points] == ["saddle", "centre"]
    assert limit_cycles(system, box) == ()
    path = trajectory(system, (1.5, 1.0), box, duration=30.0)
    x, y = path.points.T
    constant = x - 1.5 * np.log(x) + y - 2 * np.log(y)
    assert np.ptp(constant) < 1e-7


def test_rosenzweig_and_macarthur_begin_to_cycle_where_algebra_has_it():
    """x' = x(1 − x/K) − xy/(1 + x), y' = y(x/(1 + x) − m): Hopf point at K = (1 + m)/(1 − m); to 1e-11."""
    m = 0.4
    system = flow("x' = x*(1 - x/K) - x*y/(1 + x), y' = y*(x/(1 + x) - m)", K=2, m=m)
    diagram = flow_diagram(system, "K", (1.5, 4), Box((0.05, 4), (0.05, 4)))
    assert special(diagram, "supercritical hopf") == pytest.approx([(1 + m) / (1 - m)], abs=1e-11)
    assert diagram.cycles[0].stable[1:].all()


def test_a_pitchfork_is_followed_on_all_sides():
    diagram = flow_diagram(flow("x' = p*x - x**3, y' = -y", p=0.3), "p", (-1, 1), SQUARE)
    assert special(diagram, "branch point") == pytest.approx([0], abs=1e-9)
    ends = sorted((round(branch.p[k], 9), round(branch.x[k], 9)) for branch in diagram.branches for k in (0, -1))
    assert ends == [(-1, 0), (1, -1), (1, 0), (1, 1)]


def test_folds_meet_in_a_cusp():
    """x' = p + qx − x³: the fold curve 27p² = 4q³ to 1e-10, its cusp at 0 to 1e-7."""
    system = flow("x' = p + q*x - x**3, y' = -y", p=0.0, q=1.0)
    (curve,) = two_parameter_curves(system, flow_diagram(system, "p", (-1, 1), SQUARE), "q", (-1, 2))
    assert curve[0] == "fold"
    np.testing.assert_allclose(27 * curve[1].p ** 2, 4 * curve[1].second ** 3, atol=1e-10)
    (cusp,) = curve[1].special
    assert (cusp.kind, cusp.p, cusp.second) == ("cusp", pytest.approx(0, abs=1e-7), pytest.approx(0, abs=1e-6))


def test_hopf_and_fold_curves_meet_at_a_bogdanov_takens_point():
    """x'' = a + bx + x² − xx': folds 4a = b², Hopf points on a = 0 with b < 0; they meet at 0; to 1e-8."""
    system = flow("x' = y, y' = a + b*x + x**2 - x*y", a=-0.1, b=-1.0)
    diagram = flow_diagram(system, "a", (-1, 1), SQUARE, cycles=False)
    curves = dict(two_parameter_curves(system, diagram, "b", (-2, 2)))
    np.testing.assert_allclose(4 * curves["fold"].p, curves["fold"].second ** 2, atol=1e-10)
    np.testing.assert_allclose(curves["hopf"].p, 0, atol=1e-10)
    assert curves["hopf"].second.max() == pytest.approx(0, abs=1e-7)
    for curve in curves.values():
        assert [point.kind for point in curve.special] == ["bogdanov-takens"]
        assert (curve.special[0].p, curve.special[0].second) == pytest.approx((0, 0), abs=1e-7)


def test_a_bautin_point_is_where_the_coefficient_changes_its_sign():
    system = flow("x' = p*x - y + q*x*(x*x + y*y) - x*(x*x + y*y)**2,"
                  "y' = x + p*y + q*y*(x*x + y*y) - y*(x*x + y*y)**2", p=-0.1, q=0.5)
    diagram = flow_diagram(system, "p", (-1, 1), SQUARE, cycles=False)
    ((kind, curve),) = two_parameter_curves(system, diagram, "q", (-1, 1))
    assert kind == "hopf"
    (point,) = curve.special
    assert (point.kind, point.p, point.second) == ("bautin", pytest.approx(0, abs=1e-10), pytest.approx(0, abs=1e-10))


def test_the_logistic_map_doubles_its_period_again_and_again():
    """3, 1 + √6, and the published next three; to 1e-11."""
    smooth = Equations.of("x -> r*x*(1 - x)").map({"r": 3.2})
    diagram = map_diagram(smooth, "r", (2.9, 3.58), [(0.1, 0.99)])
    flips = special(diagram, "flip")
    exact = [3, 1 + np.sqrt(6), 3.5440903595519229, 3.5644072660954326, 3.5687594195438264]
    assert flips == pytest.approx(exact, abs=1e-11)


def test_henon_has_its_fold_and_its_first_doublings():
    """−(1 − b)²/4, 3(1 − b)²/4, (1 − b)² + (1 + b)²/4; to 1e-11."""
    b = 0.3
    smooth = Equations.of("x -> 1 - a*x**2 + y, y -> b*x").map({"a": 0.3, "b": b})
    diagram = map_diagram(smooth, "a", (-0.5, 1), [(-3, 3), (-1, 1)], longest=2)
    assert special(diagram, "fold") == pytest.approx([-((1 - b) ** 2) / 4], abs=1e-11)
    assert special(diagram, "flip") == pytest.approx([0.75 * (1 - b) ** 2, (1 - b) ** 2 + (1 + b) ** 2 / 4], abs=1e-11)
    curves = two_parameter_curves(smooth, diagram, "b", (-0.5, 0.9))
    for kind, curve in curves:
        beta, period_two = curve.second, kind == "flip" and curve.p.max() > 0.75 * 1.5**2
        exact = {"fold": -((1 - beta) ** 2) / 4, "flip": 0.75 * (1 - beta) ** 2}[kind]
        if not period_two:
            gaps = np.abs(curve.p - exact).max(), np.abs(curve.p - (1 - beta) ** 2 - (1 + beta) ** 2 / 4).max()
            assert min(gaps) < 1e-10


def test_the_delayed_logistic_map_turns_at_a_neimark_sacker_point():
    """x → rx(1 − y), y → x: multipliers exp(±iπ/3) at r = 2; to 1e-10."""
    smooth = Equations.of("x -> r*x*(1 - y), y -> x").map({"r": 1.8})
    branch = continue_map_cycle(smooth, (0.444, 0.444), "r", (1.2, 2.5), [(0.05, 1), (0.05, 1)])
    (point,) = branch.special
    assert (point.kind, point.p) == ("neimark-sacker", pytest.approx(2, abs=1e-10))
    assert point.frequency == pytest.approx(np.pi / 3, abs=1e-9)


def test_the_pendulum_takes_its_time():
    """The period of a swing from rest at 2 by an elliptic integral, from a trajectory; to 1e-8."""
    path = trajectory(flow("x' = y, y' = -sin(x)"), (2.0, 0.0), Box((-4, 4), (-3, 3)), duration=20.0)
    falls = np.flatnonzero((path.points[:-1, 1] < 0) & (path.points[1:, 1] >= 0))
    k = falls[0]
    share = path.points[k, 1] / (path.points[k, 1] - path.points[k + 1, 1])
    half = path.t[k] + share * (path.t[k + 1] - path.t[k])
    exact = quad(lambda u: 2 / np.sqrt(1 - (np.sin(1.0) * np.sin(u)) ** 2), 0, np.pi / 2)[0]
    assert half == pytest.approx(exact, abs=1e-6)
