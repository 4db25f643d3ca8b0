"""Pictures of the derivations of the gated network, drawn with the functions that the derivations end in."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.integrate import cumulative_simpson

from gateflow.figures.picture import Drawing
from gateflow.figures.style import shade_tasks
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.theory.checks import Array
from gateflow.theory.gated.block_map import block_map, cycle_drift
from gateflow.theory.gated.invariants import full_contrast
from gateflow.theory.gated.kernel import symmetric_rates, weight_share
from gateflow.theory.gated.limit_cycle import limit_cycle
from gateflow.theory.gated.model import flexible
from gateflow.theory.gated.two_tasks import clock_state, orbit_constant, separatrix, switching_time, symmetric_flow

_TAU_W = 1.0
_GATE, _WEIGHT, _COMMON = "#0072B2", "#D55E00", "#009E73"


def _plane(axes: Axes, tau_c: float) -> None:
    axes.set(xlabel="gates, $\\bar{c}$", ylabel="weights, $\\bar{w}$")
    axes.set_title(f"$\\tau_c/\\tau_w = {tau_c / _TAU_W:g}$")


def _path(c: float, w: float, tau_c: float, task: float = 1.0) -> tuple[Array, Array]:
    """The orbit from (c̄, w̄) with d held at 0, up to where the error vanishes."""
    s = np.linspace(0, 12 * np.sqrt(2 * tau_c * _TAU_W), 4001)
    x, y, _ = clock_state(s, c, w, 0.0, tau_w=_TAU_W, tau_c=tau_c)
    stopped = np.flatnonzero(task - x * y <= 0)
    end = int(stopped[0]) + 1 if len(stopped) else len(s)
    return x[:end], y[:end]


def _time(end: Any, tau_c: Any) -> Any:
    """Switching time from (−1, 1) to c̄ = end; NaN where the gates do not get there."""
    with np.errstate(invalid="ignore"):
        return switching_time(-1.0, end, w=1.0, tau_w=_TAU_W, tau_c=tau_c)


def _symmetric_orbit() -> Figure:
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    c, w = np.meshgrid(np.linspace(-1.3, 1.3, 261), np.linspace(-0.2, 1.4, 241))
    for axes, tau_c in zip(figure.subplots(1, 2, sharey=True), (0.1, 1.0), strict=True):
        k = orbit_constant(c, w, tau_w=_TAU_W, tau_c=tau_c)
        axes.contour(c, w, k, levels=np.arange(-1.0, 2.01, 0.15), colors="0.6", linewidths=0.7, linestyles="solid")
        here = orbit_constant(-1.0, 1.0, tau_w=_TAU_W, tau_c=tau_c)
        axes.contour(c, w, k, levels=[here], colors=[_GATE], linewidths=1.8)
        axes.plot([-1, 1], [1, 1], "o", color=_GATE, markersize=5)
        side = np.linspace(0.6, 1.3, 80)
        for sign in (-1, 1):
            axes.plot(sign * side, 1 / side, ":", color="0.5")
        x, y = _path(-1.0, 1.0, tau_c)
        middle = int(np.abs(x).argmin())
        axes.annotate("", (x[middle + 1], y[middle + 1]), (x[middle - 1], y[middle - 1]),
                      arrowprops={"arrowstyle": "-|>", "color": _GATE, "mutation_scale": 16})
        axes.set(xlim=(-1.3, 1.3), ylim=(-0.2, 1.4))
        _plane(axes, tau_c)
    return figure


def _clock() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    tau_c, start = 0.3, (-1.0, 1.0, 0.0)
    s = np.linspace(0, 3, 30001)
    state = clock_state(s, *start, tau_w=_TAU_W, tau_c=tau_c)
    error = 2 * _TAU_W * symmetric_flow(*state, task=1.0, tau_w=_TAU_W, tau_c=tau_c)[2]
    inside = slice(0, int(np.flatnonzero(error <= 1e-5)[0]))
    t = cumulative_simpson(1 / error[inside], x=s[inside], initial=0)
    left, right = figure.subplots(1, 2, sharey=True)
    labels = ("gates, $\\bar{c}$", "weights, $\\bar{w}$", "common, $d$")
    for value, colour, label in zip(state, (_GATE, _WEIGHT, _COMMON), labels, strict=True):
        left.plot(s[inside], value[inside], color=colour, label=label)
        right.plot(t, value[inside], color=colour)
    left.set(xlabel="clock, $s$", xlim=(0, None))
    left.set_title("against the clock: hyperbolic")
    left.legend(loc="lower right")
    right.set(xlabel="time, $t$", xlim=(0, 3))
    right.set_title("against time: the clock slows down")
    return figure


def _switching_time() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    ratio = np.geomspace(1e-3, 1.9, 200)
    for end, colour in ((0.0, _GATE), (0.5, _WEIGHT), (0.8, _COMMON)):
        left.loglog(ratio, _time(end, ratio * _TAU_W), color=colour,
                    label=f"to $\\bar{{c}} = {end:g}$")
    left.loglog(ratio, ratio * np.log(2), ":", color="0.5", label="$\\tau_c \\ln 2$")
    left.set(xlabel="$\\tau_c/\\tau_w$", ylabel="time / $\\tau_w$")
    left.set_title("time to switch, from (−1, 1)")
    left.legend(loc="upper left")
    for tau_c, colour in ((0.1, _GATE), (0.5, _WEIGHT), (1.5, _COMMON)):
        reach = _path(-1.0, 1.0, tau_c)[0]
        c = np.linspace(-1, float(reach[-1]) - 1e-3, 400)
        right.plot(_time(c, tau_c) / tau_c, c, color=colour, label=f"$\\tau_c = {tau_c:g}\\,\\tau_w$")
    right.axhline(0, color="0.6", linewidth=0.7)
    right.set(xlabel="time / $\\tau_c$", ylabel="gates, $\\bar{c}$", xlim=(0, 5))
    right.set_title("the way there")
    right.legend(loc="lower right")
    return figure


def _separatrix() -> Figure:
    figure = Figure(figsize=(4.8, 3.8), layout="constrained")
    axes, tau_c = figure.subplots(), 0.5
    border = float(separatrix(tau_w=_TAU_W, tau_c=tau_c))
    for w in (0.1, 0.2, 0.3, 0.4, 0.45, 0.49, 0.51, 0.55, 0.6, 0.7, 0.85, 1.0):
        x, y = _path(-1.0, w, tau_c)
        colour = _GATE if w > border else _WEIGHT
        axes.plot(x, y, color=colour, linewidth=1)
        axes.plot(x[-1], y[-1], "o", color=colour, markersize=3)
    axes.plot([-1, 0], [border, 0], "--", color="0.5", linewidth=1.4)
    axes.plot(-1, border, "s", color="0.5", markersize=5)
    axes.axhline(0, color="0.6", linewidth=0.6)
    axes.axvline(0, color="0.6", linewidth=0.6)
    axes.text(0.72, 0.1, "gates switch", color=_GATE)
    axes.text(-0.97, -0.75, "weights exchange roles", color=_WEIGHT)
    _plane(axes, tau_c)
    return figure


def _ratchet() -> Figure:
    model, blocks = flexible(), Curriculum.cyclic(2, 20)
    rng = np.random.default_rng(0)
    W_star = orthogonal_teachers(2, model.d_out, model.d_in, rng)
    W0 = initial_weights(1, 2, model.d_out, model.d_in, rng)
    run = integrate(model, W_star, blocks, W0=W0, c0=initial_gates(1, 2))
    bounds = run.curriculum.bounds()
    figure = Figure(figsize=(7, 3.8), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(1.6, 1))
    top.plot(run.t, run.contrast()[0, :, 0, 1], color=_GATE)
    full = float(full_contrast(model, W_star)[0, 1])
    top.axhline(full, color="0.5", linestyle=":")
    top.text(0.1, full, "full specialisation", va="bottom", fontsize=8)
    top.set(ylabel="contrast, $I_{12}$", ylim=(-0.05, 1.15 * full))
    for path, colour in enumerate((_WEIGHT, _COMMON)):
        bottom.plot(run.t, run.c[0, :, path], color=colour, linewidth=1)
    bottom.set(xlabel="time", ylabel="gates", xlim=(0, bounds[-1]))
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (top, bottom):
        shade_tasks(axes, bounds, run.curriculum.tasks)
    return figure


def _bounded_gates() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    tau_c, blocks = 0.05, 40
    for axes, tau_block in zip(figure.subplots(1, 2, sharey=True), (0.3, 0.6), strict=True):
        cycle = limit_cycle(tau_w=_TAU_W, tau_c=tau_c, tau_block=tau_block)
        axes.axhline(cycle.w, color="0.5", linestyle=":")
        axes.axhline(cycle.threshold, color="0.5", linestyle="--")
        for start, colour in ((0.25, _WEIGHT), (0.4, _COMMON), (0.6, _GATE)):
            w = [start]
            c: Any = 1.0
            d: Any = cycle_drift(start, tau_w=_TAU_W, tau_c=tau_c)
            for _ in range(blocks):
                c, now, d = block_map(c, w[-1], d, tau_w=_TAU_W, tau_c=tau_c, tau_block=tau_block)
                w.append(float(now))
            axes.step(range(blocks + 1), w, where="post", color=colour, linewidth=1.2)
        axes.set(xlabel="block", xlim=(0, blocks), ylim=(0, 1))
        axes.set_title(f"$\\tau_B = {tau_block:g}\\,\\tau_w$")
    figure.axes[0].set_ylabel("specialisation, $\\bar{w}$")
    return figure


def _kernel() -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    w, tau_c = np.linspace(0, 1, 201), 0.1
    gates, weights = symmetric_rates(1.0, w, tau_w=_TAU_W, tau_c=tau_c)
    left.plot(w, gates, color=_GATE, label="by gates")
    left.plot(w, np.full_like(w, weights), color=_WEIGHT, label="by weights")
    left.set(xlabel="specialisation, $\\bar{w}$", ylabel="rate $\\cdot\\,\\tau_w$", xlim=(0, 1), ylim=(0, None))
    left.set_title(f"$\\tau_c = {tau_c:g}\\,\\tau_w$, $\\bar{{c}} = \\pm 1$")
    left.legend(loc="upper left")
    for ratio, colour in ((0.03, _GATE), (0.3, _COMMON), (3.0, _WEIGHT)):
        right.plot(w, weight_share(1.0, w, tau_w=_TAU_W, tau_c=ratio * _TAU_W), color=colour,
                   label=f"$\\tau_c = {ratio:g}\\,\\tau_w$")
    right.set(xlabel="specialisation, $\\bar{w}$", ylabel="share of the weights", xlim=(0, 1), ylim=(0, 1.02))
    right.set_title("what weights still learn")
    right.legend(loc=(0.58, 0.47))
    return figure


# By the name of the derivation.
PICTURES = {
    "ratchet": Drawing(
        "The contrast over twenty blocks of the default setting, and the gates: it stays where it is while both gates "
        "are positive and climbs while one of them is held at its bound. It never falls.", _ratchet),
    "symmetric-orbit": Drawing(
        "Orbits in the plane of c̄ and w̄; the blue one passes through the specialised states. Fast gates move along "
        "it almost at constant w̄, slow gates unlearn part of it on the way. Dotted: where the error vanishes at d = 0.",
        _symmetric_orbit),
    "clock": Drawing(
        "One block from (c̄, w̄, d) = (−1, 1, 0), τ_c = 0.3 τ_w: counted by the clock the three coordinates follow "
        "cosh, sinh and a straight line; in time the clock slows down as the error vanishes.", _clock),
    "switching-time": Drawing(
        "Time that the gates need to switch at d = 0, in closed form. For fast gates half of the way takes τ_c ln 2.",
        _switching_time),
    "separatrix": Drawing(
        "A switch of task from c̄ = −1 at several w̄, d = 0: above the dashed line the gates cross zero, below it the "
        "weights do. Points mark where the error vanishes.", _separatrix),
    "bounded-gates": Drawing(
        "w̄ at the end of each block by the block map, τ_c = 0.05 τ_w, from three starts. Dotted: the limit cycle; "
        "dashed: the threshold below which nothing accumulates, because the block is over before the gates have "
        "swung. Longer blocks lower it (derivation limit-cycle).", _bounded_gates),
    "kernel": Drawing(
        "Left: at what rate gates and weights take an error away after a switch. Right: what share is left to the "
        "weights. Specialisation lets gates do the work, the more so the faster they are.", _kernel),
}
