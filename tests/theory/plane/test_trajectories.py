import json

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import InputError
from gateflow.theory.gated.two_tasks import (
    clock_state,
    orbit_constant,
    rapidity,
    separatrix,
    switching_time,
    symmetric_flow,
)
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.fixed_points import fixed_points
from gateflow.theory.plane.manifolds import manifolds
from gateflow.theory.plane.portrait import portrait
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import TrajectoryError, trajectory

GATES, BOUND = Box((-1.2, 1.2), (0, 1.5)), Walls(x=(-1, 1))
GATES_BELOW = Box((-1.2, 1.2), (-1.5, 1.5))
PENDULUM = PlanarSystem(lambda x, y: (y, -np.sin(x)), analytic=True)
SQUARE = Box((-2, 2), (-2, 2))


def gated(tau_c, d=0.0, task=1):
    flow = unchecked(symmetric_flow)
    return PlanarSystem(lambda c, w: flow(c, w, d, task=task, tau_w=1.0, tau_c=tau_c)[:2], analytic=True)


def at(path, t):
    return np.array([np.interp(t, path.t, part) for part in path.points.T])


def test_a_trajectory_is_the_solution():
    path = trajectory(PENDULUM, (1.0, 0.0), Box((-4, 4), (-3, 3)), duration=7.0)
    exact = solve_ivp(lambda _, z: (z[1], -np.sin(z[0])), (0, 7), (1, 0), rtol=1e-12, atol=1e-14, method="DOP853",
                      t_eval=path.t)
    np.testing.assert_allclose(path.points, exact.y.T, atol=3e-7)
    assert (path.ending, path.t[0], path.t[-1]) == ("time", 0, 7)
    assert np.linalg.norm(np.diff(path.points, axis=0) / (8, 6), axis=1).max() <= 0.0051


def test_backward_undoes_forward():
    forth = trajectory(PENDULUM, (1.0, 0.5), Box((-4, 4), (-3, 3)), duration=3.0)
    back = trajectory(PENDULUM, forth.points[-1], Box((-4, 4), (-3, 3)), duration=3.0, backward=True)
    assert back.t[-1] == -3
    np.testing.assert_allclose(back.points[-1], (1, 0.5), atol=1e-7)


def test_why_a_trajectory_ends():
    line = PlanarSystem(lambda x, y: (1 + 0 * x, 0 * y))
    path = trajectory(line, (0.5, 1.0), SQUARE)
    assert (path.ending, path.t[-1]) == ("box", pytest.approx(1.5, rel=1e-9))
    np.testing.assert_allclose(path.points[-1], (2, 1), atol=1e-12)
    sink = trajectory(PlanarSystem(lambda x, y: (-x, -2 * y)), (1, 1), SQUARE)
    assert sink.ending == "rest"
    assert np.abs(sink.points[-1]).max() < 1e-6
    turning = trajectory(PlanarSystem(lambda x, y: (y, -x)), (1, 0), SQUARE, length=3.0)
    assert turning.ending == "length"
    assert turning.t[-1] == pytest.approx(3 * 4, rel=1e-8)
    half = trajectory(PlanarSystem(lambda x, y: (-1 + 0 * x, np.where(x > 0.25, 0.0, np.nan))), (1, 0), SQUARE)
    assert half.ending == "box"
    assert half.points[-1, 0] == pytest.approx(0.25, abs=1e-6)


def test_what_begins_at_rest_rests_and_fast_gates_do_not_hide_slow_weights():
    path = trajectory(PENDULUM, (0, 0), SQUARE)
    assert (path.ending, path.t[-1]) == ("rest", 0)
    stiff = trajectory(PlanarSystem(lambda x, y: (1e6 * (y - x), x - y**3)), (1.0, 0.5), SQUARE)
    assert stiff.ending == "rest"
    np.testing.assert_allclose(stiff.points[-1], 1, atol=1e-6)


def test_a_flow_that_is_not_smooth_is_given_up(monkeypatch):
    monkeypatch.setattr("gateflow.theory.plane.trajectories._CALLS", 2000)
    with pytest.raises(TrajectoryError, match="within 2000 evaluations: is the flow smooth there"):
        trajectory(PlanarSystem(lambda x, y: (-np.sign(x), 1 + 0 * y)), (1.0, 0.5), SQUARE)


@pytest.mark.parametrize(("tau_c", "w"), [(0.1, 0.8), (1.0, 0.9)])
def test_gates_meet_their_wall_after_the_switching_time_and_slide_up_it(tau_c, w):
    path = trajectory(gated(tau_c), (-1, w), GATES, walls=BOUND)
    held = path.held[:, 0] == 1
    landed = path.t[~held][-1]
    assert landed == pytest.approx(switching_time(-1, 1, w=w, tau_w=1, tau_c=tau_c), rel=1e-7)
    np.testing.assert_array_equal(path.points[held][:, 0], 1.0)
    # Held at c̄ = 1, 1 − w̄ decays at the rate 1/2τ_w.
    np.testing.assert_allclose(path.points[held][:, 1], 1 - (1 - w) * np.exp(-(path.t[held] - landed) / 2), atol=1e-8)
    constant = orbit_constant(*path.points[~held].T, tau_w=1, tau_c=tau_c)
    np.testing.assert_allclose(constant, constant[0], atol=1e-8)
    assert path.ending == "rest"


def test_the_swing_is_the_clock():
    tau_c, d = 0.3, 0.2
    path = trajectory(gated(tau_c, d), (-0.9, 0.8), GATES, walls=BOUND, duration=0.4)
    s = (rapidity(*path.points.T, tau_w=1, tau_c=tau_c) - rapidity(-0.9, 0.8, tau_w=1,
                                                                   tau_c=tau_c)) * np.sqrt(2 * tau_c)
    c, w, _ = clock_state(s, -0.9, 0.8, d, tau_w=1, tau_c=tau_c)
    np.testing.assert_allclose(path.points, np.stack([c, w], axis=1), atol=1e-8)

    def slowness(s):
        c, w, _ = clock_state(s, -0.9, 0.8, d, tau_w=1, tau_c=tau_c)
        return 1 / (1 - d - c * w)

    assert quad(slowness, 0, s[-1])[0] == pytest.approx(0.4, rel=1e-7)


def test_what_slides_comes_off_where_the_velocity_turns():
    wave = PlanarSystem(lambda x, y: (np.cos(y), 1 + 0 * x))
    path = trajectory(wave, (0, 0), Box((-2, 2), (0, 20)), walls=Walls(x=(-0.5, 0.5)))
    held = path.held[:, 0]
    changes = np.flatnonzero(np.diff(held)) + 1
    on, off = np.arcsin(0.5), np.pi / 2
    # From the left wall, at 3π/2, it crosses by 1 and so on.
    expected = [on, off, np.pi, 3 * np.pi / 2, 2 * np.pi, 5 * np.pi / 2, 3 * np.pi, 7 * np.pi / 2]
    np.testing.assert_allclose(path.points[changes - 1, 1][:8], expected, atol=1e-7)
    assert held[changes[:8]].tolist() == [1, 0, -1, 0, 1, 0, -1, 0]
    assert path.points[:, 0].min() >= -0.5
    assert path.points[:, 0].max() <= 0.5


@pytest.mark.parametrize("side", [-1, 1])
def test_what_only_touches_a_wall_goes_on_as_the_flow_does_next(side):
    """At w̄ = 0 the gates rest for a moment: the weights push them against the wall, or away from it, just after."""
    path = trajectory(gated(0.3), (side, 0.0), GATES_BELOW, walls=BOUND, duration=1.0)
    np.testing.assert_array_equal(path.points[:, 0], side)
    # Held at c̄ = ±1, 1 ∓ w̄ decays at the rate 1/2τ_w.
    np.testing.assert_allclose(path.points[:, 1], side * (1 - np.exp(-path.t / 2)), atol=1e-8)
    turns = PlanarSystem(lambda x, y: (-y, 1 + 0 * x))
    away = trajectory(turns, (1.0, 0.0), SQUARE, walls=Walls((-1, 1)), duration=0.5)
    np.testing.assert_allclose(away.points[-1], (1 - 0.125, 0.5), atol=1e-9)


def test_walls_in_both_coordinates_make_a_corner():
    path = trajectory(PlanarSystem(lambda x, y: (1 + 0 * x, 2 + 0 * y)), (0, 0), SQUARE, walls=Walls((-1, 1), (-1, 1)))
    np.testing.assert_allclose(path.points[-1], (1, 1), atol=1e-12)
    assert path.held[-1].tolist() == [1, 1]
    assert path.ending == "rest"
    corner = path.points[np.flatnonzero(path.held[:, 1])[0] - 1]
    np.testing.assert_allclose(corner, (0.5, 1), atol=1e-9)


@pytest.mark.parametrize("task", [1, -1])
def test_a_wall_on_the_edge_of_the_box_is_no_way_out(task):
    path = trajectory(gated(0.3, task=task), (-task, 0.9), Box((-1, 1), (0, 1.5)), walls=BOUND)
    assert path.ending == "rest"
    np.testing.assert_allclose(path.points[-1], (task, 1), atol=1e-5)


@pytest.mark.parametrize("tau_c", [0.1, 1.0])
def test_the_separatrix_is_where_theory_has_it(tau_c):
    (saddle,) = fixed_points(gated(tau_c), GATES).points
    halves = manifolds(gated(tau_c), saddle, GATES, walls=BOUND)
    # The lower halves lie outside the box.
    assert [half.kind for half in halves] == ["stable", "unstable"]
    stable, unstable = halves
    np.testing.assert_allclose(stable.points[:, 1], -separatrix(tau_w=1, tau_c=tau_c) * stable.points[:, 0], atol=1e-9)
    np.testing.assert_allclose(stable.points[-1], (-1, separatrix(tau_w=1, tau_c=tau_c)), atol=1e-9)
    assert (stable.ending, unstable.ending) == ("box", "rest")
    np.testing.assert_allclose(unstable.points[-1], (1, 1), atol=1e-5)


def test_manifolds_of_a_pendulum_are_its_level_line():
    box = Box((-6, 6), (-3, 3))
    saddle = next(point for point in fixed_points(PENDULUM, box).points if point.kind == "saddle")
    halves = manifolds(PENDULUM, saddle, box)
    assert [half.kind for half in halves] == ["stable", "stable", "unstable", "unstable"]
    for half in halves:
        np.testing.assert_allclose(half.points[:, 1] ** 2 / 2 - np.cos(half.points[:, 0]), 1, atol=1e-7)
        # A stable half is left where the pendulum falls towards the saddle.
        away = (half.points[:, 0] - saddle.x) * half.points[:, 1]
        assert (away[5] < 0) if half.kind == "stable" else (away[5] > 0)


def test_starts_on_both_sides_of_a_separatrix_part():
    flow = PlanarSystem(lambda x, y: (x - x**3 - y / 2, 0.4 * (x - y)), analytic=True)
    box = Box((-1.5, 1.5), (-1.5, 1.5))
    saddle = next(point for point in fixed_points(flow, box).points if point.kind == "saddle")
    half = next(half for half in manifolds(flow, saddle, box) if half.kind == "stable")
    middle = half.points[len(half.points) // 2]
    across = np.array([-1.0, 1.0]) * 1e-4
    ends = [trajectory(flow, middle + side * across, box).points[-1, 0] for side in (-1, 1)]
    assert ends[0] * ends[1] < 0


def test_a_portrait_gathers_it_all_within_the_walls():
    shown = portrait(gated(0.1), GATES, walls=BOUND, starts=[(-1, 1), (0.5, 0.1)])
    assert [point.kind for point in shown.fixed.points] == ["saddle"]
    assert [len(shown.fixed.curves), len(shown.manifolds), len(shown.trajectories)] == [1, 2, 2]
    everything = [*shown.nullclines.x, *shown.nullclines.y, *(curve.points for curve in shown.fixed.curves),
                  *(half.points for half in shown.manifolds), *(path.points for path in shown.trajectories)]
    assert max(np.abs(points[:, 0]).max() for points in everything) == 1
    again = portrait(gated(0.1), GATES, walls=BOUND, starts=[(-1, 1), (0.5, 0.1)])
    assert all(a.points.tobytes() == b.points.tobytes()
               for a, b in zip(shown.trajectories + shown.manifolds, again.trajectories + again.manifolds, strict=True))


def test_a_portrait_can_be_written_down():
    shown = portrait(PENDULUM, Box((-4, 4), (-3, 3)), starts=[(1, 0)], duration=1.0, walls=Walls(y=(-2.5, np.inf)))
    read = json.loads(json.dumps(shown.summary(), allow_nan=False))
    assert [point["kind"] for point in read["fixed_points"]] == ["saddle", "centre", "saddle"]
    assert read["fixed_points"][1]["eigenvalues"] == [[0, pytest.approx(-1)], [0, pytest.approx(1)]]
    assert read["walls"] == {"x": [None, None], "y": [-2.5, None]}
    assert (read["trajectories"][0]["ending"], read["trajectories"][0]["duration"]) == ("time", 1)
    arrays = shown.arrays()
    assert sum(name.startswith("separatrix") for name in arrays) == 4
    assert len(arrays["time-0"]) == len(arrays["trajectory-0"])
    np.testing.assert_array_equal(arrays["nullcline-x-0"], shown.nullclines.x[0])


@pytest.mark.parametrize(("make", "message"), [
    (lambda: trajectory(PENDULUM, (5, 0), SQUARE), "start must lie in the box and within the walls, got (5, 0)"),
    (lambda: trajectory(PENDULUM, (1, 0), SQUARE, walls=Walls(x=(-1, 0.5))), "start must lie in the box and within"),
    (lambda: trajectory(PENDULUM, (1, 0, 2), SQUARE), "start must have shape (2), got (3,)"),
    (lambda: trajectory(PENDULUM, (1, 0), SQUARE, duration=-1), "duration must be at least 0 and finite, got -1"),
    (lambda: trajectory(PENDULUM, (1, 0), SQUARE, length=0), "length must be positive and finite, got 0"),
    (lambda: manifolds(PENDULUM, fixed_points(PENDULUM, SQUARE).points[0], SQUARE), "manifolds are those of a saddle"),
])
def test_what_does_not_fit_is_refused_in_one_line(make, message):
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)


def test_a_trajectory_that_never_stops_meeting_walls_says_so(monkeypatch):
    monkeypatch.setattr("gateflow.theory.plane.trajectories._PIECES", 5)
    wave = PlanarSystem(lambda x, y: (np.cos(y), 1 + 0 * x))
    with pytest.raises(TrajectoryError, match="meets walls more than 5 times"):
        trajectory(wave, (0, 0), Box((-2, 2), (0, 20)), walls=Walls(x=(-0.5, 0.5)))


def landings(path, coordinate):
    """Times at which a coordinate comes to be held, and those at which it is released."""
    held = path.held[:, coordinate] != 0
    changes = np.flatnonzero(np.diff(held.astype(int)))
    return [path.t[k] for k in changes if not held[k]], [path.t[k] for k in changes if held[k]]


def test_what_rests_on_a_wall_lifts_off_again_and_again_as_the_force_turns():
    force = PlanarSystem(lambda x, y: (1 + 0 * x, np.cos(x) - 0.5))
    path = trajectory(force, (1.2, 0.05), Box((0, 30), (0, 2)), walls=Walls(y=(0, np.inf)))
    _, releases = landings(path, 1)
    np.testing.assert_allclose(np.array(releases) + 1.2, np.pi * (5 / 3 + 2 * np.arange(4)), atol=1e-9)
    # In the air y = sin x − sin x₀ − (x − x₀)/2.
    x, y = path.points[path.held[:, 1] == 0].T
    airborne = (x > 5.3) & (x < 8.4)
    exact = np.sin(x) - np.sin(5 * np.pi / 3) - (x - 5 * np.pi / 3) / 2
    np.testing.assert_allclose(y[airborne], exact[airborne], atol=1e-9)


def test_a_short_pulse_is_not_stepped_over():
    pulse = PlanarSystem(lambda x, y: (1 + 0 * x, -y + np.exp(-((x - 50) ** 2))))
    path = trajectory(pulse, (0.0, 0.0), Box((0, 100), (-1, 1)))
    exact = solve_ivp(lambda x, y: -y + np.exp(-((x - 50) ** 2)), (40, 60), [0.0], rtol=1e-11, atol=1e-13,
                      dense_output=True).sol(np.linspace(45, 55, 20001)).max()
    assert exact == pytest.approx(0.6947, abs=1e-4)
    assert path.points[:, 1].max() == pytest.approx(exact, abs=1e-4)


def test_steps_that_are_too_long_are_noticed(monkeypatch):
    """The check of every step asks for shorter ones, and gives up without."""
    width = 0.25
    monkeypatch.setattr("gateflow.theory.plane.trajectories._STEPS", (1.0, 0.1, 0.01))
    pulse = PlanarSystem(lambda x, y: (1 + 0 * x, np.exp(-(((x - 50) / width) ** 2))))
    path = trajectory(pulse, (0.0, 0.0), Box((0, 100), (-1, 1)))
    assert path.points[-1, 1] == pytest.approx(width * np.sqrt(np.pi), rel=1e-6)
    monkeypatch.setattr("gateflow.theory.plane.trajectories._STEPS", (1.0,))
    with pytest.raises(TrajectoryError, match="it depends on the length of the steps"):
        trajectory(pulse, (0.0, 0.0), Box((0, 100), (-1, 1)))


def test_a_wall_that_is_met_at_once_is_met_to_rounding():
    path = trajectory(PlanarSystem(lambda x, y: (1 + 0 * x, 0 * y)), (-1e-13, 0.05), SQUARE, walls=Walls(x=(-5, 0)))
    assert landings(path, 0)[0] == [pytest.approx(1e-13, rel=1e-12)]
    falls = PlanarSystem(lambda x, y: (y, 1 + 0 * y))
    path = trajectory(falls, (-0.5, 0.0), SQUARE, walls=Walls(x=(-5, 0)))
    assert landings(path, 0)[0] == [pytest.approx(1, rel=1e-14)]
    path = trajectory(falls, (-0.5e-26, 0.0), SQUARE, walls=Walls(x=(-5, 0)))
    assert landings(path, 0)[0] == [pytest.approx(1e-13, rel=1e-6)]
    assert (path.points[path.held[:, 0] == 1][:, 0] == 0).all()


def test_what_leaves_the_box_and_comes_back_is_followed():
    oscillator = PlanarSystem(lambda x, y: (y, (1 - x**2) * y - x))
    box = Box((-3, 3), (-4, 4))
    path = trajectory(oscillator, (2.8, 3.5), box, duration=12.0)
    assert path.ending == "time"
    assert path.points[:, 0].max() > 3
    exact = solve_ivp(lambda _, z: (z[1], (1 - z[0] ** 2) * z[1] - z[0]), (0, 12), (2.8, 3.5), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(path.points[-1], exact.y[:, -1], atol=1e-7)
    # What does not come back is cut where it left, even if it goes to infinity in finite time.
    gone = trajectory(PlanarSystem(lambda x, y: (1 + x**2, 0 * y)), (0.0, 0.0), SQUARE)
    assert (gone.ending, gone.t[-1]) == ("box", pytest.approx(np.arctan(2), rel=1e-9))
