"""What the laboratories of the derivations of the gated network show beyond the curve of the result."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy
import sympy as sp

from gateflow.figures.derivations.laboratory import Laboratory, Simulated, members
from gateflow.figures.derivations.moving import MEMBER, Field, Iteration, Path, Picture
from gateflow.sim.gated import samples
from gateflow.theory.checks import Array
from gateflow.theory.gated.block_map import cycle_drift
from gateflow.theory.gated.two_tasks import clock_state, separatrix
from gateflow.theory.proofs.assumptions import Variable

_S = sp.Dummy("s", real=True)
_TAU_C, _TAU_W = sp.symbols("tau_c tau_w", positive=True)
_W_0 = sp.Symbol("w_0", positive=True)
_OMEGA = 1 / sp.sqrt(2 * _TAU_C * _TAU_W)
_RUN = "Flow of the network with a strong norm cost"
_PLANE = "gates, c̄", "weights, w̄"
_SPEEDS = "ẇ¹₁", "ẇ¹₂", "ẇ²₁", "ẇ²₂", "ċ¹", "ċ²"
_SETTING = {"tau_w": 1.0, "tau_c": 0.2, "lambda_norm": 0.2, "lambda_nonneg": 0.2, "c2": 0.3, "w1_11": 0.8, "w1_12": 0.1,
            "w2_11": 0.1, "w2_12": 0.6, "s_11": 1.0, "s_12": 0.0, "Sigma_11": 1.0, "Sigma_12": 0.0, "Sigma_22": 1.0}


def _exactly(words: str, along: str, x: Any, y: Any, at: dict[str, float], output: int = 0,
             half: float = 0.0) -> Simulated:
    """A deterministic run: its points have no interval, unless they were looked for on a grid."""
    return Simulated(words, along, x, y, np.full(len(np.asarray(x)), half), at, output)


def _run(words: str, along: str, x: Sequence[float], run: Callable[[Array], Array],
         at: dict[str, float]) -> Callable[[], Sequence[Simulated]]:
    """What runs along one variable: run gives a value for each of its values x (n,)."""
    return lambda: [_exactly(words, along, x, run(np.asarray(x)), at)]


def _clock() -> Sequence[Simulated]:
    at = {"m": 1.0, "c_0": -1.0, "w_0": 1.0, "d_0": 0.0, "tau_c": 0.3, "tau_w": 1.0}
    t = np.array([0.0, 0.03, 0.08, 0.15, 0.25, 0.4, 0.7, 1.5])
    c, w, d = samples.symmetric_block((-1.0, 1.0, 0.0), t, tau_w=1.0, tau_c=0.3)[:, 0]
    return [_exactly(f"{_RUN}; d tells the clock", "s", 2 * d, 1 - d - c * w, at)]


def _band() -> Sequence[Simulated]:
    d, at = np.array([-0.2, 0.0, 0.2, 0.4]), {"tau_c": 0.5, "tau_w": 1.0}
    *edges, step = samples.separatrix_band(d, tau_w=1.0, tau_c=0.5)
    words = ("Networks on a grid of starts: from here on no weights cross", "From here on gates cross")
    return [_exactly(word, "d_0", d, edge, at, k, step / 2) for k, (word, edge) in enumerate(
        zip(words, edges, strict=True))]


def _bounded() -> Sequence[Simulated]:
    at = {"w": 0.7, "d": 0.1, "tau_c": 0.05, "tau_w": 1.0}
    held, w, d = samples.bounded_block(np.array([0.25, 0.4, 0.6, 0.9, 1.3]), **at)
    return [_exactly(f"{_RUN}, blocks of several lengths: {name}", "L", held, path, at, k)
            for k, (name, path) in enumerate(zip(("w̄", "d"), (w, d), strict=True))]


def _path() -> Sequence[Simulated]:
    t, at = np.linspace(0, 3, 9), {"s": 1.5, "w": 0.2, "c": 0.3, "tau_w": 1.0, "tau_c": 0.5}
    weight, gate = samples.single_path(t, **at)
    return [_exactly("Flow of a network of one path", "t", t, weight * gate, at)]


def _gate() -> Sequence[Simulated]:
    t, at = np.linspace(0, 1, 6), {"s_1": 0.9, "s_2": 0.0, "c_0": 0.2, "tau_c": 0.3}
    _, gate = samples.single_path(t, s=0.9, w=0.9, c=0.2, tau_w=1e9, tau_c=0.3)
    return [_exactly("Flow of a network whose weights rest at their teacher", "t", t, gate, at)]


def _velocities() -> Sequence[Simulated]:
    c1 = np.array([-0.6, -0.2, 0.2, 0.4, 0.6, 0.8])
    times, costs = {"tau_w": 1.0, "tau_c": 0.2}, {"norm_strength": 0.2, "nonneg_strength": 0.2}
    found = samples.velocities(c1, c2=0.3, W=np.array([[0.8, 0.1], [0.1, 0.6]]), teacher=np.array([1.0, 0.0]),
                               covariance=np.eye(2), **times, **costs)
    return [_exactly(f"A small step of gradient descent: {_SPEEDS[k]}", "c1", c1, found[:, k], _SETTING, k)
            for k in (0, 4, 5)]


def _laws() -> Sequence[Simulated]:
    c1, at = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), {"c_2": 0.3, "r_1": -0.2, "r_2": -0.2}
    found = samples.law_rates(c1, c2=0.3, slope=-0.2)
    return [_exactly(f"A small step of gradient descent under an L1 cost: entry {name}", "c_1", c1, found[k], at, k)
            for k, name in ((0, "11"), (2, "21"), (3, "22"))]


def _forces() -> Sequence[Simulated]:
    at = {"sigma": 1.0, "c_1": 0.6, "c_2": 0.3, "a_2": 0.2, "v_1": 0.4, "v_2": -0.2, "kappa": 1.0}
    a1 = np.array([-0.8, -0.4, 0.0, 0.4, 0.8])
    found = [samples.velocities(np.array([0.6]), c2=0.3, W=np.array([[a, 0.4], [0.2, -0.2]]), tau_w=1.0, tau_c=1.0,
                                teacher=np.array([1.0, 0.0]), covariance=np.eye(2), norm_strength=0,
                                nonneg_strength=0)[0, 4:] for a in a1]
    return [_exactly(f"A small step of gradient descent: gate {k + 1}", "a_1", a1, force, at, k)
            for k, force in enumerate(np.transpose(found))]


def _cycles() -> Sequence[Simulated]:
    w, found = samples.cycle_multipliers(np.array([0.42, 0.44, 0.47, 0.52, 0.6]), tau_w=1.0, tau_c=0.1)
    return [_exactly("Networks that approach their limit cycles, blocks of five lengths", "w_0", w, found,
                     {"tau_w": 1.0, "tau_c": 0.1})]


def _onsets() -> Sequence[Simulated]:
    setting: dict[str, Any] = {"length": 0.06, "teacher": np.array([0.8, 0.6]), "tau_w": 1.0, "tau_c": 0.001}
    at = {"C": 1.0, **{f"rho_{k}": float(entry) for k, entry in enumerate(samples.contrast_row(**setting), 1)}}
    stds = np.array([0.003, 0.005, 0.008, 0.013, 0.022])
    shares = samples.onset_shares(stds, members=20, networks=100, rng=np.random.default_rng(29), **setting)
    return [members("Networks with fast gates after a first block, 20 samples of 100", "varsigma", stds, shares, at)]


def _contrasts() -> Sequence[Simulated]:
    angle, at = np.array([1.1, 1.57, 2.0, 2.5, 3.0]), {"tau_w": 1.0, "tau_c": 0.02, "a": 1.0, "b": 1.0}
    found = samples.final_contrasts(angle, tau_w=1.0, tau_c=0.02)
    return [_exactly("Flow after ten long blocks. Nothing accumulates from 2τ_c below the curve on, where a swing "
                     "takes d as far as a block brings it back", "phi", angle, found, at)]


def _orbit(c: Any, w: Any, colour: int = 0, style: str = "line", **more: Any) -> Path:
    """The way from (c̄, w̄) on, d held at 0, up to where the error of task 1 vanishes."""
    x, y, _ = clock_state(_S, c, w, 0, tau_w=_TAU_W, tau_c=_TAU_C, xp=sp)
    return Path(x, y, _S, (0, 8 / _OMEGA), 1 - x * y, points=400, colour=colour, style=style, **more)


def _no_error() -> Path:
    return Path(_S, 1 / _S, _S, (sp.Rational(1, 2), 2), style="dash", colour=5)


def _orbits() -> Picture:
    fan = sp.Rational(3, 10) + MEMBER * sp.Rational(3, 20)
    return Picture("Orbits of a switch from c̄ = −1 at d = 0, the blue one from the specialised state; dashed: where "
                   "the error vanishes. Fast gates (small τ_c/τ_w) move almost at constant w̄.", (-1.3, 1.5, -0.3, 1.5),
                   *_PLANE, (_no_error(), _orbit(-1, fan, 5, "thin", members=9), _orbit(-1, 1)))


def _separatrix() -> Picture:
    rho = separatrix(tau_w=_TAU_W, tau_c=_TAU_C, xp=sp)
    below, above = rho * (MEMBER + sp.Rational(1, 2)) / 5, rho * (1 + (MEMBER + sp.Rational(1, 4)) / 5)
    return Picture("A switch from c̄ = −1 at d = 0: above the dashed line gates cross zero (blue), below it weights do "
                   "(orange). The line moves with τ_c/τ_w.", (-1.2, 1.5, -1.5, 1.5), *_PLANE, (
        _no_error(), _orbit(-1, below, 1, members=5), _orbit(-1, above, 0, members=5),
        Path(-_S, rho * _S, _S, points=1, style="dash", colour=2),
        Path(sp.Integer(-1), rho, _S, points=0, style="dots", colour=2)))


def _staircase() -> Picture:
    """w̄ and d from block to block, each held at the bound for L."""
    L = sp.Symbol("L", positive=True)
    w, d, n = sp.symbols("w_n d_n n", real=True)
    rho = separatrix(tau_w=_TAU_W, tau_c=_TAU_C, xp=sp)
    # In the frame of the next block d changes its sign; then the swing adds to it, and what is held gains.
    swung = -d + 2 * rho * sp.atanh(sp.Min(rho / w, sp.Rational(999, 1000)))
    gain = (1 - w - swung) * (1 - sp.exp(-L / _TAU_W)) / 2
    return Picture("Block after block, each held at the bound for L: w̄ (blue) and d (orange) climb the staircase to "
                   "where a block gives back what it takes.", (0, 30, -0.2, 1.05), "block", "w̄, d", tuple(
        Iteration((w, d), sp.symbols("w d", real=True), (w + gain, swung + gain), n,
                  shown, 30, n, stairs=True, colour=k) for k, shown in enumerate((w, d))))


def _regimes() -> Picture:
    """Where most networks become flexible and where they stay forgetful, by initial weights and gates."""
    rho_1, rho_2, scale, C = sp.symbols("rho_1 rho_2 varsigma C", positive=True)
    gain, x, y = 2 * sp.sqrt(rho_1**2 + rho_2**2), sp.Dummy(), sp.Dummy()
    half = float(scipy.special.erfcinv(0.5))
    return Picture("Share of networks in which a gate meets its bound: the bluer, the more. Below the dashed line most "
                   "become flexible, above it most stay forgetful; the point is where the sliders stand.",
                   (0, 0.04, 0, 1.6), "standard deviation of initial weights, ς", "contrast that it takes, C", (
        Field(sp.erfc(y / (gain * x)), x, y), Path(_S, half * gain * _S, _S, points=1, style="dash", colour=5),
        Path(scale, C, _S, points=0, style="dots", colour=1)))


def _of_a_cycle() -> dict[str, Any]:
    """What α, β, g and Δ are by w̄_0 and the time constants; the time of a swing by a Gaussian quadrature.

    It is ∫ dψ/(ωe) from ψ = −φ to φ = artanh(ρ/w̄), e = 1 + d − ρ(ψ + φ) − ρ sinh 2ψ/(2 sinh² φ).
    """
    # Cubes draw the places together towards the bound, where the error may nearly vanish.
    places, weights = np.polynomial.legendre.leggauss(24)
    near = (1 - places) / 2
    rho, drift = separatrix(tau_w=_TAU_W, tau_c=_TAU_C, xp=sp), cycle_drift(_W_0, tau_w=_TAU_W, tau_c=_TAU_C, xp=sp)
    phi, d, r = sp.symbols("phi d r", real=True)
    time = sum(weight * phi / _OMEGA / (1 + d - r * phi * (x + 1) - r * sp.sinh(2 * x * phi) / (2 * sp.sinh(phi)**2))
               for x, weight in zip((1 - 2 * near**3).tolist(), (3 * near**2 * weights).tolist(), strict=True))
    turned, left = -rho / (_W_0**2 - rho**2), 1 - _W_0 - drift
    by_phi, by_d = (sp.diff(time, one).subs({d: r * phi}).subs({phi: sp.atanh(rho / _W_0), r: rho})
                    for one in (phi, d))
    return {"alpha": by_phi * turned, "beta": by_d, "Delta": 2 * rho * turned,
            "g": sp.Piecewise((left / (2 * _TAU_W), left > 0), (sp.nan, True))}


_T = {name: sp.Symbol(name, real=True) for name in ("a", "b", "phi")}
_C, _R, _STRENGTH = sp.symbols("c_1:3", positive=True), sp.symbols("r_1:3", real=True), sp.symbols("s_1:3", real=True)
# Two paths that share the direction of one teacher, and a private one.
_ALONG, _PRIVATE = sp.symbols("a_1:3", real=True), sp.symbols("v_1:3", real=True)
_KEPT = sp.Symbol("kappa", positive=True)

# By the name of the derivation.
LABORATORIES: dict[str, Laboratory] = {
    "gradient-flow": Laboratory("c1", {"c1": 0.6, **_SETTING}, outputs=_SPEEDS, simulate=_velocities),
    "conserved-quantities": Laboratory(
        "c_1", {"c_1": 0.5, "c_2": 0.3, "r_1": -0.2, "r_2": -0.2}, put={"c": sp.Matrix(_C), "r": sp.Matrix(_R)},
        variables=(*(Variable(c, f"gate {k}", 0.05, 1) for k, c in enumerate(_C, 1)),
                   *(Variable(r, f"slope of the cost in gate {k}", -1, 1) for k, r in enumerate(_R, 1))),
        outputs=("entry 11", "entry 12", "entry 21", "entry 22"), simulate=_laws,
        note="For two paths: entries 12 and 21 are equal."),
    "ratchet": Laboratory(
        "phi", {"tau_w": 1.0, "tau_c": 0.02, "a": 1.0, "b": 1.0, "phi": 1.57}, simulate=_contrasts, put={
            "T_1": sp.Matrix([[_T["a"], 0]]),
            "T_2": sp.Matrix([[_T["b"] * sp.cos(_T["phi"]), _T["b"] * sp.sin(_T["phi"])]])},
        variables=(Variable(_T["a"], "norm of teacher 1", 0, 2, domain="nonnegative"),
                   Variable(_T["b"], "norm of teacher 2", 0, 2, domain="nonnegative"),
                   Variable(_T["phi"], "angle between them", 0, 3.14, domain="nonnegative"))),
    "exact-reduction": Laboratory(
        "a_1", {"sigma": 1.0, "c_1": 0.6, "c_2": 0.3, "a_1": 0.5, "a_2": 0.2, "v_1": 0.4, "v_2": -0.2,
                "kappa": 1.0}, put={
            "c": sp.Matrix(_C), "B": sp.Matrix([[1, 0]]), "F": sp.eye(1), "q": sp.eye(1), "A": sp.Matrix(_ALONG),
            "W_0": sp.Matrix([[0, _PRIVATE[0]], [0, _PRIVATE[1]]]), "Phi": _KEPT * sp.eye(2)},
        variables=(*(Variable(c, f"gate {k}", 0.05, 1) for k, c in enumerate(_C, 1)),
                   *(Variable(a, f"coordinate of path {k} along the teacher", -1, 1) for k, a in enumerate(_ALONG, 1)),
                   *(Variable(v, f"private weight of path {k} at the start", -1, 1) for k, v in enumerate(_PRIVATE, 1)),
                   Variable(_KEPT, "what is kept of private weights", 0.05, 1)),
        outputs=("force on gate 1", "force on gate 2"), simulate=_forces,
        note="For two paths, one teacher and two inputs."),
    "eigenspaces": Laboratory(
        "t", {"s_1": 0.9, "s_2": 0.0, "c_0": 0.2, "tau_c": 0.3, "t": 0.5}, put={"s": sp.Matrix(_STRENGTH)},
        variables=tuple(Variable(s, f"strength of mode {k}", -1.5, 1.5) for k, s in enumerate(_STRENGTH, 1)),
        simulate=_gate, note="For two modes."),
    "symmetric-orbit": Laboratory("tau_c", {"tau_c": 0.2, "tau_w": 1.0}, simulate=_run(
        f"{_RUN}, after a long block; the curve is its first order", "tau_c", (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
        lambda tau_c: samples.settled_gates(tau_c=tau_c, tau_w=1.0), {"tau_w": 1.0}), picture=_orbits()),
    "clock": Laboratory("s", {"m": 1.0, "c_0": -1.0, "w_0": 1.0, "d_0": 0.0, "s": 0.4, "tau_c": 0.3, "tau_w": 1.0},
                        {"s": (0, 0.8)}, simulate=_clock),
    "switching-time": Laboratory("tau_c", {"tau_c": 0.2, "tau_w": 1.0, "c_0": -1.0, "c_1": 0.0, "w_0": 1.0},
                                 picture=_orbits(), simulate=_run(
        f"{_RUN}, in which d moves too", "tau_c", (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
        lambda tau_c: samples.switching_times(tau_c=tau_c, tau_w=1.0, start=-1, end=0, w=1.0),
        {"tau_w": 1.0, "c_0": -1.0, "c_1": 0.0, "w_0": 1.0})),
    "separatrix": Laboratory("d_0", {"d_0": 0.0, "tau_c": 0.5, "tau_w": 1.0}, {"d_0": (-0.4, 0.4)},
                             simulate=_band, picture=_separatrix(),
                             outputs=("w̄ from which no weights cross", "w̄ from which gates cross")),
    "bounded-gates": Laboratory("L", {"w": 0.7, "d": 0.1, "L": 0.5, "tau_c": 0.05, "tau_w": 1.0}, simulate=_bounded,
                                outputs=("w̄", "d"), picture=_staircase()),
    "block-length": Laboratory("t", {"w_0": 0.2, "t": 0.2, "tau_c": 0.3, "tau_w": 1.2}, simulate=_run(
        f"{_RUN}; the curve is its expansion", "t", (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
        lambda t: samples.symmetric_block((0.0, 0.2, 0.0), t, tau_w=1.2, tau_c=0.3)[1, 0],
        {"w_0": 0.2, "tau_c": 0.3, "tau_w": 1.2})),
    "kernel": Laboratory("wbar", {"tau_w": 1.0, "tau_c": 0.1, "cbar": 1.0, "wbar": 0.5}, simulate=_run(
        "What is missing in the fall of the error while weights rest", "wbar", (0.2, 0.4, 0.6, 0.8, 1.0),
        lambda w: samples.weight_shares(w, c=-1.0, tau_w=1.0, tau_c=0.1), {"tau_w": 1.0, "tau_c": 0.1, "cbar": 1.0})),
    "linear-modes": Laboratory("t", {"s": 1.5, "w": 0.2, "c": 0.3, "tau_w": 1.0, "tau_c": 0.5, "t": 1.0},
                               {"t": (0, 3)}, simulate=_path),
    "boosts": Laboratory("tau_B", {"s": 1.0, "P": 2, "tau_B": 0.2, "tau_w": 0.1, "tau_c": 0.02}, {"tau_B": (0.05, 2)},
                         simulate=_run(
        "Contrasts of two paths that start nearly alike", "tau_B", (0.05, 0.1, 0.2, 0.3),
        lambda lengths: samples.first_block_rapidities(lengths, s=1.0, n_paths=2, tau_w=0.1, tau_c=0.02),
        {"s": 1.0, "P": 2, "tau_w": 0.1, "tau_c": 0.02})),
    "limit-cycle": Laboratory(
        "w_0", {"w_0": 0.9, "tau_c": 0.1, "tau_w": 1.0}, put=_of_a_cycle(), simulate=_cycles, variables=(
            Variable(_W_0, "w̄ on the cycle", 0.6, 0.95, domain="positive"),
            Variable(_TAU_C, "time constant of the gates", 0.02, 0.15, "time"),
            Variable(_TAU_W, "time constant of the weights", 0.7, 3, "time")),
        note="α, β, g and Δ are those of a cycle at w̄_0, whose blocks a swing fills. Above 1 it is the threshold of "
             "growth, below 1 the end of it."),
    "onset": Laboratory("varsigma", {"C": 1.0, "rho_1": 80.05, "rho_2": 60.04, "varsigma": 0.008},
                        {"rho_1": (20, 150), "rho_2": (20, 150), "varsigma": (0.001, 0.04), "C": (0.5, 1.5)},
                        picture=_regimes(), simulate=_onsets),
}
