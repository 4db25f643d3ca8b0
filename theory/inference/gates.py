"""The gates of a gated network as an inferred task vector: iterative inference at the rate 1/τ_c.

While the paths stand still, τ_c ċ = b − G c with G_pq = ⟨W^p, W^qΣ⟩, b_p = ⟨W^p, W*_mΣ⟩: the gradient of the
log-likelihood of W*_m = Σ_p c^p W^p + noise of variance 1 by the task vector c. A cost λ/2 (Σ_p c^p − 1)² on
non-negative gates adds λ 11ᵀ to G and λ1 to b.

Paths that equal K teachers of norm s (‖W*‖²_F under Σ) and cosine ρ with each other: differences of gates run at the
rate s²(1 − ρ)/τ_c, their sum at (s²(1 + (K − 1)ρ) + Kλ)/τ_c. From gates of sum 1 the path is straight: one step of
length dt = τ_c/(s²(1 − ρ)) lands on the task. Derivation: gates-are-inference. Functions without arrays in their
arguments work on numbers, arrays and SymPy symbols alike: m is the module of their functions, numpy or sympy.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, Range, array, covariance, leading
from gateflow.theory.inference.inputs import TASKS
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise

# Of each two paths; equal ones are never told apart.
_COSINE = Range(-1, 1, open_high=True)


def gate_model(W: ArrayLike, sigma: ArrayLike | None = None) -> TaskModel:
    """The inference that the gates of paths W (..., P, d_out, d_in) perform: tasks W^p Σ^½, flattened, unit noise.

    sigma: input covariance Σ (d_in, d_in), by default the identity. At c the gradient of its log-likelihood of a
    teacher, seen as ``gate_observation``, is the force on the gates. Raises InputError.
    """
    paths = leading("W", W, ("P", "d_out", "d_in"))
    return TaskModel(gate_observation(paths, sigma), IsotropicNoise(1.0))


def gate_observation(W: ArrayLike, sigma: ArrayLike | None = None) -> Array:
    """Weights W Σ^½ of matrices (..., d_out, d_in), flattened: (..., d_out · d_in). Raises InputError."""
    matrices = leading("W", W, ("d_out", "d_in"))
    checked = covariance(sigma, matrices.shape[-1])
    if checked is not None:
        values, vectors = np.linalg.eigh(checked)
        matrices = matrices @ ((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)
    return matrices.reshape(*matrices.shape[:-2], matrices.shape[-2] * matrices.shape[-1])


def gate_path(W: ArrayLike, teacher: ArrayLike, c0: ArrayLike, t: ArrayLike, *, tau_c: float,
              norm_strength: float = 0.0, sigma: ArrayLike | None = None) -> Array:
    """Gates c(t) = c_∞ + exp(−Gt/τ_c)(c_0 − c_∞), (T, P), while the paths stand still.

    W (P, d_out, d_in): paths.
    teacher (d_out, d_in): what they infer.
    c0 (P,): gates at t = 0.
    t (T,): times, in the unit of tau_c.
    norm_strength: λ of a cost on the sum of the gates, which must not become negative.
    sigma (d_in, d_in): input covariance Σ.
    Directions that no path distinguishes stay where they are. Raises InputError.
    """
    paths = gate_observation(array("W", W, ("P", "d_out", "d_in")), sigma)
    target = gate_observation(array("teacher", teacher, np.shape(W)[1:]), sigma)
    start = array("c0", c0, (len(paths),))
    AT_LEAST_0.check("norm_strength", norm_strength)
    G = paths @ paths.T + norm_strength
    force = paths @ target + norm_strength - G @ start
    rates, modes = np.linalg.eigh(G)
    # (1 − exp(−λt))/λ, and t where λ is 0.
    elapsed = array("t", t, ("T",))[:, None] / POSITIVE.check("tau_c", tau_c)
    moving = rates > 1e-13 * rates[-1]
    gain = np.where(moving, -np.expm1(-elapsed * rates) / np.where(moving, rates, 1.0), elapsed)
    return np.asarray(start + (gain * (force @ modes)) @ modes.T)


@takes(strength=POSITIVE, overlap=_COSINE, tau_c=POSITIVE)
def inference_rate(strength: Any, overlap: Any, *, tau_c: Any) -> Any:
    """Rate s²(1 − ρ)/τ_c at which differences of gates approach the task; strength: s² = ‖W*‖²; overlap: ρ."""
    return strength * (1 - overlap) / tau_c


def sum_rate(strength: Any, overlap: Any, *, tau_c: Any, n_tasks: Any, norm_strength: Any = 0) -> Any:
    """Rate (s²(1 + (K − 1)ρ) + Kλ)/τ_c at which the sum of the gates approaches 1."""
    return (strength * (1 + (n_tasks - 1) * overlap) + n_tasks * norm_strength) / tau_c


@takes(strength=POSITIVE, overlap=_COSINE, tau_c=POSITIVE)
def one_step_time(strength: Any, overlap: Any, *, tau_c: Any) -> Any:
    """Length τ_c/(s²(1 − ρ)) of the one Euler step that takes gates of sum 1 to the task, exactly."""
    return 1 / inference_rate(strength, overlap, tau_c=tau_c)


@takes(t=AT_LEAST_0, strength=POSITIVE, overlap=_COSINE, tau_c=POSITIVE, n_tasks=TASKS)
def inferred_gates(t: Any, *, strength: Any, overlap: Any, tau_c: Any, n_tasks: Any, m: Any = np) -> tuple[Any, Any]:
    """Gate of the active task and of each other one at time t from uniform gates 1/K (derivation gates-are-inference).

    1 − (1 − 1/K) exp(−rt) and exp(−rt)/K with r the inference rate.
    """
    distance = m.exp(-inference_rate(strength, overlap, tau_c=tau_c) * t)
    return 1 - (1 - 1 / n_tasks) * distance, distance / n_tasks
