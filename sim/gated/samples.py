"""Quick runs of the network, each beside one closed form: the points that laboratories lay over their curves.

Runs are deterministic: flows of one network, whose norm cost is strong but not infinite.
"""

from typing import Any

import numpy as np
from numpy.random import Generator

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_path, symmetric_run
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel, GateRegulariser

# Strength of the cost on the sum of the gates, which closed forms take to infinity.
STRENGTH = 1000.0


def symmetric_block(start: tuple[Any, Any, Any], t: Any, *, tau_w: float, tau_c: float) -> Array:
    """Coordinates (c̄, w̄, d) of a block of the first task at times t (T,): (3, S, T), from starts (S,) each."""
    model = symmetric_model(tau_w=tau_w, tau_c=tau_c, tau_block=1.0001 * float(np.max(t)), norm_strength=STRENGTH)
    return symmetric_path(symmetric_run(model, (0,), start, t))


def switching_times(*, tau_c: Array, tau_w: float, start: float, end: float, w: float) -> Array:
    """Time from c̄ = start to c̄ = end for each time constant of the gates (n,)."""
    found = []
    for constant in tau_c:
        t = np.linspace(0, 6 * constant, 601)
        found.append(np.interp(end, symmetric_block((start, w, 0.0), t, tau_w=tau_w, tau_c=float(constant))[0, 0], t))
    return np.array(found)


def settled_gates(*, tau_c: Array, tau_w: float) -> Array:
    """c̄ at the end of a long block that begins specialised, for each time constant of the gates (n,)."""
    return np.array([symmetric_block((-1.0, 1.0, 0.0), [30 * tau_w], tau_w=tau_w, tau_c=float(constant))[0, 0, -1]
                     for constant in tau_c])


def separatrix_band(d: Array, *, tau_w: float, tau_c: float, number: int = 120) -> tuple[Array, Array, float]:
    """Between which w̄ neither gates nor weights cross zero, from c̄ = −1 and drifts d (n,): edges (n,) each, and
    the distance of neighbours on the grid of starts."""
    w = np.linspace(0.005, 1.2, number)
    drift, starts = (part.ravel() for part in np.meshgrid(d, w, indexing="ij"))
    end = symmetric_block((-np.ones_like(starts), starts, drift), [20 * tau_w], tau_w=tau_w, tau_c=tau_c)[..., -1]
    gates, weights = ((part > 0).reshape(len(d), number) for part in end[:2])
    step = float(w[1] - w[0])
    return w[0] + step * ((~weights).sum(axis=1) - 0.5), w[0] + step * ((~gates).sum(axis=1) - 0.5), step


def bounded_block(lengths: Array, *, w: float, d: float, tau_w: float, tau_c: float) -> tuple[Array, Array, Array]:
    """A block after one that ended at c̄ = 1, w̄, d in its own frame, for lengths (n,): time at the bound, w̄, d."""
    held, found = [], []
    for length in lengths:
        model = symmetric_model(tau_w=tau_w, tau_c=tau_c, tau_block=float(length), norm_strength=STRENGTH)
        run = symmetric_run(model, (0,), (-1.0, w, -d), [0.0, 0.999999 * float(length)])
        held.append(np.diff(run.time_at_bound, axis=1).sum())
        found.append(symmetric_path(run)[1:, 0, -1])
    return np.array(held), *np.transpose(found)


def weight_shares(w: Array, *, c: float, tau_w: float, tau_c: float) -> Array:
    """Share of the weights in the rate at which the error falls at first: what is missing while they rest; w (n,)."""
    t, rates = 1e-5 * tau_c, []
    for constant in (tau_w, 1e6):
        seen = symmetric_block((np.full_like(w, c), w, np.zeros_like(w)), [0.0, t], tau_w=constant, tau_c=tau_c)
        error = 1 - seen[2] - seen[0] * seen[1]
        rates.append((error[:, 0] - error[:, 1]) / error[:, 0])
    return 1 - rates[1] / rates[0]


def single_path(t: Array, *, s: float, w: float, c: float, tau_w: float, tau_c: float) -> tuple[Array, Array]:
    """One gated weight that learns a teacher of strength s, from w and c: weight and gate at times t (n,)."""
    model = GatedModel(1, 1, 1, 1, tau_w=tau_w, tau_c=tau_c, tau_block=1.0001 * float(t[-1]))
    run = integrate(model, np.full((1, 1, 1), s), Curriculum((0,)), W0=np.full((1, 1, 1, 1), w), c0=np.full((1, 1), c),
                    t_eval=t)
    return run.a[0, :, 0, 0] * s, run.c[0, :, 0]


def first_block_rapidities(lengths: Array, *, s: float, n_paths: int, tau_w: float, tau_c: float) -> Array:
    """Rapidity of a first block, from the contrasts of gates and weights of paths that start nearly alike."""
    found, small = [], 1e-4
    for length in lengths:
        model = GatedModel(1, 1, n_paths, 1, tau_w=tau_w, tau_c=tau_c, tau_block=float(length),
                           regulariser=GateRegulariser(1, norm_strength=STRENGTH, nonneg_strength=0))
        W0 = np.zeros((1, n_paths, 1, 1))
        W0[0, 0], W0[0, 1] = small, -small
        run = integrate(model, np.full((1, 1, 1), s), Curriculum((0,)), W0=W0, c0=np.full((1, n_paths), 1 / n_paths))
        gates = run.c_block[0, 0, 0] - run.c_block[0, 0, 1]
        found.append(np.arcsinh(np.sqrt(tau_c) * gates / (np.sqrt(tau_w) * 2 * small)))
    return np.array(found)


def velocities(c1: Array, *, c2: float, W: Array, teacher: Array, covariance: Array, tau_w: float, tau_c: float,
               norm_strength: float, nonneg_strength: float, dt: float = 1e-6) -> Array:
    """How fast descent moves the weights of two paths (2, d_in), by entries, and their gates, at c1 (n,): (n, 6)."""
    model = GatedModel(W.shape[1], 1, 2, 1, tau_w=tau_w, tau_c=tau_c, tau_block=dt, regulariser=GateRegulariser(
        2, norm_strength=norm_strength, nonneg_strength=nonneg_strength))
    gates = np.stack([c1, np.full_like(c1, c2)], axis=1)
    run = descend(model, teacher[None, None, :], Curriculum((0,)), dt=dt, record_every=1, covariance=covariance,
                  W0=np.repeat(W[None, :, None, :], len(c1), axis=0), c0=gates)
    weights, moved = run.W_block[:, 0, :, 0] - W, run.c_block[:, 0] - gates
    return np.concatenate([weights.reshape(len(c1), -1), moved], axis=1) / dt


def final_contrasts(angles: Array, *, tau_w: float, tau_c: float, n_blocks: int = 10) -> Array:
    """Contrast of two paths that many blocks of two unit teachers at angles (n,) between them have specialised."""
    model = GatedModel(2, 1, 2, 2, tau_w=tau_w, tau_c=tau_c, tau_block=4 * tau_w, regulariser=GateRegulariser(
        1, norm_strength=STRENGTH / 10, nonneg_strength=np.inf))
    found = []
    for angle in angles:
        teachers = np.array([[[1.0, 0.0]], [[np.cos(angle), np.sin(angle)]]])
        # The paths prefer a task each, a little.
        start = 0.5 + 0.3 * np.array([[1, -1], [-1, 1]])
        run = integrate(model, teachers, Curriculum.cyclic(2, n_blocks), c0=np.full((1, 2), 0.5),
                        W0=np.einsum("pm,mij->pij", start, teachers)[None])
        found.append(run.contrast()[0, -1, 0, 1])
    return np.array(found)


def law_rates(c1: Array, *, c2: float, slope: float, dt: float = 1e-6) -> Array:
    """How fast descent moves τ_w WWᵀ − τ_c ccᵀ of two paths, by entries (4, n), under an L1 cost of such a slope.

    c1 (n,), c2: positive gates, whose sum is above 1 where the slope is positive, and else below.
    """
    W, teacher, found = np.array([[0.8, 0.1], [-0.3, 0.6]]), np.array([[[0.5, -0.4]]]), []
    for gate in c1:
        c = np.array([gate, c2])
        model = GatedModel(2, 1, 2, 1, tau_w=1.3, tau_c=0.2, tau_block=dt, regulariser=GateRegulariser(
            1, norm_strength=slope / (c.sum() - 1)))
        run = descend(model, teacher, Curriculum((0,)), dt=dt, record_every=1, W0=W[None, :, None], c0=c[None])
        law = [1.3 * weights @ weights.T - 0.2 * np.outer(gates, gates)
               for weights, gates in ((W, c), (run.W_block[0, 0, :, 0], run.c_block[0, 0]))]
        found.append((law[1] - law[0]).ravel() / dt)
    return np.transpose(found)


def cycle_multipliers(lengths: Array, *, tau_w: float, tau_c: float) -> tuple[Array, Array]:
    """w̄ on the limit cycle of blocks of such lengths (n,), and the multiplier with which networks approach it (n,)."""
    number, w, found = 400, [], []
    for length in lengths:
        # A soft norm cost rounds off the kink at which the cycle lies.
        model = symmetric_model(tau_w=tau_w, tau_c=tau_c, tau_block=float(length), norm_strength=100 * STRENGTH)
        run = symmetric_run(model, tuple(np.arange(number) % 2), (-1.0, 0.75, -0.06), [0.0])
        path = symmetric_coordinates(run.W_block, run.c_block)[1][0]
        w.append(path[-1])
        # The other multiplier has died out by then, and rounding does not count yet.
        found.append(((path[201] - path[200]) / (path[151] - path[150])) ** (1 / 50))
    return np.array(w), np.array(found)


def contrast_row(*, length: float, teacher: Array, tau_w: float, tau_c: float) -> Array:
    """What the contrast of two paths' gates becomes in a block, over that of their weights at the start, by entries."""
    small = 1e-5
    ends = _first_block(small * np.stack([np.eye(len(teacher)), -np.eye(len(teacher))], axis=1) / 2, length=length,
                        teacher=teacher, tau_w=tau_w, tau_c=tau_c)
    return (ends[:, 0] - ends[:, 1]) / small


def onset_shares(stds: Array, *, length: float, teacher: Array, tau_w: float, tau_c: float, members: int,
                 networks: int, rng: Generator) -> Array:
    """Share of networks one gate of which meets its bound in a first block, for standard deviations of weights (n,)."""
    drawn = rng.standard_normal((members * networks, 2, len(teacher)))
    return np.stack([(_first_block(std * drawn, length=length, teacher=teacher, tau_w=tau_w, tau_c=tau_c).min(axis=1)
                      < 1e-9).reshape(members, networks).mean(axis=1) for std in stds], axis=1)


def _first_block(weights: Array, *, length: float, teacher: Array, tau_w: float, tau_c: float) -> Array:
    """Gates (S, 2) after a block, from equal gates and weights (S, 2, d_in)."""
    model = GatedModel(len(teacher), 1, 2, 1, tau_w=tau_w, tau_c=tau_c, tau_block=length, regulariser=GateRegulariser(
        1, norm_strength=STRENGTH, nonneg_strength=np.inf))
    run = integrate(model, teacher[None, None], Curriculum((0,)), W0=weights[:, :, None],
                    c0=np.full((len(weights), 2), 0.5))
    return run.c_block[:, 0]
