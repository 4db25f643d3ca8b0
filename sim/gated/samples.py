"""Quick runs of the network, each beside one closed form: the points that laboratories lay over their curves.

Runs are deterministic: flows of one network, whose norm cost is strong but not infinite.
"""

from typing import Any

import numpy as np

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.symmetric import symmetric_model, symmetric_path, symmetric_run
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
    for constant in (tau_w, 1e9 * tau_w):
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
