"""Laboratories before any script runs: sliders, points, tables, pictures."""

import json
import re

import numpy as np
import pytest
import scipy
import sympy as sp

from gateflow.figures.derivations import html
from gateflow.figures.derivations.laboratory import Laboratory, members, set_up
from gateflow.figures.derivations.moving import Field, Iteration, Path, Picture
from gateflow.figures.derivations.sheet import sheet
from gateflow.figures.laboratories import LABORATORIES
from gateflow.theory.gated.two_tasks import clock_state
from gateflow.theory.proofs.algebra import Rewrite
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.catalogue import NAMES
from gateflow.theory.proofs.derivation import Derivation


def by_clock(c, w, tau_w, tau_c):
    """Times (5001,) of a block from c̄, w̄ and d = 0, and c̄, w̄ at them: exact, the clock moves as fast as the error."""
    def error(s):
        gates, weights, drift = clock_state(s, c, w, 0.0, tau_w=tau_w, tau_c=tau_c)
        return 1 - drift - gates * weights

    beyond = next(s for s in np.linspace(0, 10, 1001) if error(s) < 0)
    s = scipy.optimize.brentq(error, 0, beyond) * (1 - np.geomspace(1, 1e-6, 5001))
    gates, weights, _ = clock_state(s, c, w, 0.0, tau_w=tau_w, tau_c=tau_c)
    return scipy.integrate.cumulative_simpson(1 / error(s), x=s, initial=0), gates, weights


def settled(x, at):
    return np.array([by_clock(-1, 1, at["tau_w"], tau_c)[1][-1] for tau_c in x])


def switched(x, at):
    paths = [by_clock(at["c_0"], at["w_0"], at["tau_w"], tau_c) for tau_c in x]
    return np.array([np.interp(at["c_1"], c, t) for t, c, _ in paths])


def grown(x, at):
    t, _, w = by_clock(0, at["w_0"], at["tau_w"], at["tau_c"])
    return np.interp(x, t, w)


def nearest_scale(x, at):
    """Of the sigmoid to Φ(az) for scores within ±T."""
    z = np.linspace(0, 1, 2001)
    return np.array([scipy.optimize.minimize_scalar(lambda scale, T=T: np.mean(
        (scipy.special.ndtr(scale * T * z) - scipy.special.expit(T * z)) ** 2), (0.58, 0.66)).x for T in x])


# Where the curve is an approximation of something that is known: that, along x, at the other variables.
KNOWN = {"symmetric-orbit": settled, "switching-time": switched, "block-length": grown, "sigmoid-probit": nearest_scale}
# By how much the curve may be off elsewhere, because of what it leaves out, beyond what is uncertain in the points.
LEFT_OUT = {
    # Steps are counted in continuous time: by Euler and Maclaurin that is ½ ln(first step / last step) too many, and
    # the observer's steps are 4h/x and 2h/x. Terms of second order in h are relative to all steps.
    "turning-time": lambda curve, at: np.log(2) / 2 + at["h"] * curve,
    # Descent with steps dt multiplies modes by (1 − λ dt)^n: at most λ dt/2e off, λ = S(1 − ρ)/τ_c and S(1 + 2ρ)/τ_c.
    "gates-are-inference": lambda curve, at: 0.005 * (2 + at["rho"]) * at["S"] / at["tau_c"] / (2 * np.e),
    # Of first order in the rate of learning.
    "learning-unannounced": lambda curve, at: 0.02,
    # On the cycle d = ρ artanh(ρ/w̄) at the end of a block, and w̄ = 1 − d: τ_w ‖δW‖² lacks up to 4 τ_w d.
    "ratchet": lambda curve, at: 4 * at["tau_w"] * rho(at) * np.arctanh(rho(at) / (1 - 2 * rho(at) ** 2)),
    # The grid on which scales are looked for.
    "sigmoid-probit": lambda curve, at: 0.08 / 160 / 2}


def rho(at):
    return np.sqrt(at["tau_c"] / (2 * at["tau_w"]))


def test_every_derivation_has_a_laboratory_with_points():
    assert set(LABORATORIES) == set(NAMES)
    assert all(laboratory.simulate for laboratory in LABORATORIES.values())


@pytest.mark.parametrize("name", LABORATORIES)
def test_points_of_simulations_lie_on_the_curve(name, bench_of):
    bench = bench_of(name)
    assert bench.simulated
    assert len({bench.choice(k) for k in range(len(bench.sliders))}) == len(bench.sliders)
    for one in bench.simulated:
        assert set(one.at) <= set(bench.names)
        slider = bench.sliders[bench.names.index(one.along)]
        assert slider.low <= min(one.x)
        assert max(one.x) <= slider.high
        expected = bench.evaluate(**{**one.at, one.along: np.asarray(one.x, dtype=float)})[one.output]
        if name in KNOWN:
            expected = KNOWN[name](np.asarray(one.x, dtype=float), one.at)
        room = 2 * np.nan_to_num(np.asarray(one.half)) + 1e-3 * np.abs(expected) + 1e-4
        if name in LEFT_OUT:
            room += LEFT_OUT[name](expected, one.at)
        assert (np.abs(np.asarray(one.y) - expected) < room).all(), (one.words, one.y, expected)


def test_what_a_page_holds_is_what_was_declared(sheet_of):
    page = html.page(sheet_of("turning-time"), None, None, LABORATORIES["turning-time"])
    data = json.loads(re.search(r'querySelector\("\.laboratory"\), (\{.*\}),\n', page)[1])
    assert [variable["text"] for variable in data["variables"]] == ["x", "h"]
    assert data["variables"][0]["log"] is True
    assert data["picture"]["layers"][1]["kind"] == "iteration"
    assert len(data["simulated"][0]["x"]) == len(data["simulated"][0]["low"])
    assert page.count('type="range"') == 2
    assert page.count("<caption>") == 3


def test_an_ensemble_gives_means_with_intervals():
    values = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0]])
    one = members("three runs", "x", [0, 1], values, {"y": 1.0})
    np.testing.assert_allclose(one.y, [2, 2])
    np.testing.assert_allclose(one.half, [4.302653 / np.sqrt(3), 0], atol=1e-5)


def test_a_derivation_without_a_declaration_has_sliders_over_its_ranges(sheet_of):
    bench = set_up(sheet_of("medley"), Laboratory())
    ranges = {name: (slider.low, slider.high) for name, slider in zip(bench.names, bench.sliders, strict=True)}
    assert ranges["c"] == (-1, 2)
    assert bench.relations
    assert bench.relations[0][0].subs({slider.variable.symbol: slider.value for slider in bench.sliders}) == sp.true


def test_layers_of_a_picture_are_functions_of_the_sliders():
    a, n, w, s = sp.symbols("a n w s", real=True)
    layers = (Path(s, a * s, s, (0, a)), Iteration((w,), (a,), (w / 2,), n, w, 5, n), Field(a * w, w, s))
    picture = Picture("Three.", (0, 1, 0, 1), "x", "y", layers)
    for layer in layers:
        assert "=>" in layer.script([a])
    assert [layer["kind"] for layer in picture.plain()["layers"]] == ["path", "iteration", "field"]


def test_variables_of_a_picture_get_sliders_of_their_own(sheet_of):
    bench = set_up(sheet_of("noiseless-limit"), LABORATORIES["noiseless-limit"], simulated=False)
    assert bench.names == ("D", "n_lines", "alpha")
    assert [slider.whole for slider in bench.sliders] == [True, True, False]
    assert isinstance(bench.sliders[1].variable, Variable)


def lone(*variables):
    """The laboratory of a derivation of one's own, of a product of variables."""
    product = sp.Mul(*(one.symbol for one in variables))
    mine = Derivation("mine", "Mine", "ours", "A product.", variables=variables, result_name="product", test="",
                      steps=(Rewrite("Multiply.", product * 1, product, "It is."),))
    return set_up(sheet(mine), Laboratory())


def test_a_time_comes_on_the_axis_and_else_the_first_variable():
    weight, tau, t = (Variable(sp.Symbol(name, positive=True), meaning) for name, meaning in (
        ("w_0", "weight at the start"), ("tau_c", "time constant of the gates"), ("t", "time since the start")))
    assert lone(weight, tau, t).axis == 2
    assert lone(weight, tau).axis == 0


def test_a_list_of_variables_needs_no_subscripts_that_text_has_not():
    weight, tau, a = (Variable(sp.Symbol(name, positive=True), meaning) for name, meaning in (
        ("w_0", "weight at the start"), ("tau_c", "time constant of the gates"), ("a", "gain of a tracker")))
    assert [lone(weight, tau, a).choice(k) for k in range(3)] == [
        "weight at the start, w₀", "time constant of the gates, τc", "gain of a tracker, a"]
