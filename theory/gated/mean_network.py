"""The mean of equal paths along a curriculum, and how it boosts small differences between the paths.

The mean network has one path; its state is z = (C, W̄), with W̄ in orthonormal coordinates of the teachers' span,
whose Gram matrix is all that matters. Along it a contrast (δc, δW) is carried by a propagator, a product of Lorentz
boosts. Weights outside the span couple only through their squared norm, which is neglected here (and kept in
gateflow.theory.gated.threshold). Whitened inputs; a cost on the sum of the gates, or none. Derivations: boosts, onset.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import POSITIVE, Array, InputError, Range, array
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.onset import boost_generator, growth, mean_flow

# Sampled times a block, and the relative tolerance within it.
_SAMPLES, _RTOL = 60, 1e-11
# A direction counts as absent from the span below this share of the largest eigenvalue of the Gram matrix.
_FLOOR = 1e-10


def teacher_coordinates(gram: Array) -> Array:
    """Teachers (M, J) in orthonormal coordinates of their span, of dimension J, from their Gram matrix (M, M).

    Raises InputError for a matrix that is not a Gram matrix.
    """
    matrix = array("gram", gram, ("M", "M"))
    scale = float(np.abs(matrix).max())
    if matrix.shape[0] != matrix.shape[1] or np.abs(matrix - matrix.T).max() > _FLOOR * scale:
        raise InputError(f"gram must be square and symmetric, got shape {matrix.shape}")
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -_FLOOR * scale or scale == 0:
        raise InputError(f"gram must be positive semidefinite and not 0, got an eigenvalue of {values[0]:.3g}")
    kept = values > _FLOOR * scale
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))


@dataclass(frozen=True)
class MeanPath:
    """A mean network at T times: t (T,), C (T,), W (T, J) and the propagator (T, 1 + J, 1 + J) of (δc, δW)."""

    t: Array
    C: Array
    W: Array
    propagator: Array

    def until(self, end: float) -> "MeanPath":
        """What of it is over by a time."""
        kept = slice(int(np.searchsorted(self.t, end, side="right")))
        return MeanPath(self.t[kept], self.C[kept], self.W[kept], self.propagator[kept])

    def gains(self) -> Array:
        """Gain at each time: the largest |δc|/C for an initial contrast of the weights of norm 1, (T,)."""
        return np.asarray(np.linalg.norm(self.propagator[:, 0, 1:], axis=-1) / self.C)

    def gain(self) -> float:
        """The largest gain up to the end: what decides whether a gate reaches its bound."""
        return float(self.gains().max())

    def direction(self) -> Array:
        """Direction (J,) of the initial contrast of the weights that is amplified most, of norm 1."""
        row = self.propagator[int(np.argmax(self.gains())), 0, 1:]
        return np.asarray(row / np.linalg.norm(row))


@dataclass(frozen=True)
class MeanNetwork:
    """The mean network of a model whose teachers have the inner products gram (M, M).

    Raises InputError for an L2 cost, which does not treat the gates alike, and for sizes that do not fit.
    """

    model: GatedModel
    gram: Array

    def __post_init__(self) -> None:
        """Check cost and sizes."""
        check_fields(self)
        if self.model.regulariser.norm == 2:
            raise InputError("norm must be 1 or None for contrasts to be boosted, got 2")
        teachers = len(teacher_coordinates(self.gram))
        if teachers != self.model.n_tasks:
            raise InputError(f"gram must have n_tasks = {self.model.n_tasks} rows, got {teachers}")

    @property
    def targets(self) -> Array:
        """Teachers (M, J) in orthonormal coordinates."""
        return teacher_coordinates(self.gram)

    def blocks(self, tasks: Sequence[int], durations: Sequence[float] | None = None) -> list[tuple[int, float]]:
        """Task and duration of each block; by default each lasts tau_block. Raises InputError."""
        lengths = [self.model.tau_block] * len(tasks) if durations is None else list(durations)
        if len(tasks) == 0 or len(lengths) != len(tasks):
            raise InputError(f"durations must have one entry a block ({len(tasks)}, at least 1), got {len(lengths)}")
        for i, (task, duration) in enumerate(zip(tasks, lengths, strict=True)):
            Range(0, self.model.n_tasks - 1, whole=True).check(f"tasks[{i}]", task)
            POSITIVE.check(f"durations[{i}]", duration)
        return list(zip(tasks, lengths, strict=True))

    def _block(self, z: Array, task: int, duration: float, times: Array, carried: Array) -> tuple[Array, Array]:
        """State (T, 1 + J) and carried contrasts (T, 1 + J, K) at times within one block that starts in z."""
        model, target, n = self.model, self.targets[task], len(z)
        constants = {"tau_w": model.tau_w, "tau_c": model.tau_c}

        def velocity(_: float, x: Array) -> Array:
            C, W = x[0], x[1:n]
            C_dot, W_dot = mean_flow(C, W, target, norm_strength=model.regulariser.norm_strength,
                                     n_paths=model.n_paths, **constants)
            if not carried.size:
                return np.concatenate([[C_dot], W_dot])
            generator = np.array(boost_generator(target - C * W, **constants))
            return np.concatenate([[C_dot], W_dot, (generator @ x[n:].reshape(carried.shape)).ravel()])

        solution = scipy.integrate.solve_ivp(
            velocity, (0, duration), np.concatenate([z, carried.ravel()]), method="LSODA", rtol=_RTOL,
            atol=_RTOL / 100, t_eval=times)
        if not solution.success:
            raise RuntimeError(f"the mean network could not be integrated: {solution.message}")
        return solution.y[:n].T, solution.y[n:].T.reshape(len(times), *carried.shape)

    def start(self, total: float = 1.0) -> Array:
        """State (1 + J,) with gates that sum to ``total`` and mean weights 0."""
        return np.concatenate([[total], np.zeros(self.targets.shape[1])])

    def follow(self, tasks: Sequence[int], durations: Sequence[float] | None = None,
               z: Array | None = None) -> MeanPath:
        """Follow the mean network through blocks from the state z (1 + J,), by default ``start()``."""
        z = self.start() if z is None else z
        begun, carried = 0.0, np.eye(len(z))
        parts: list[tuple[Array, Array, Array]] = []
        for task, duration in self.blocks(tasks, durations):
            times = np.linspace(0, duration, _SAMPLES)
            states, propagators = self._block(z, task, duration, times, np.eye(len(z)))
            parts.append((begun + times, states, propagators @ carried))
            begun, z, carried = begun + duration, states[-1], parts[-1][2][-1]
        t, states, propagator = (np.concatenate(piece) for piece in zip(*parts, strict=True))
        return MeanPath(t, states[:, 0], states[:, 1:], propagator)

    def periodic_orbit(self, tasks: Sequence[int], durations: Sequence[float] | None = None) -> MeanPath:
        """The orbit that blocks, repeated forever, settle into: one period of it, from its fixed point.

        Raises RuntimeError where none is found.
        """
        blocks = self.blocks(tasks, durations)

        def end(z: Array) -> Array:
            for task, duration in blocks:
                z = self._block(z, task, duration, np.array([duration]), np.empty((len(z), 0)))[0][-1]
            return z

        def missed(z: Array) -> Array:
            return end(z) - z

        fixed = scipy.optimize.root(missed, end(end(end(self.start()))), tol=1e-12)
        if np.abs(missed(fixed.x)).max() > 1e-9:
            raise RuntimeError(f"no periodic orbit of the mean network was found: {fixed.message}")
        return self.follow(tasks, durations, fixed.x)


def multipliers(network: MeanNetwork, tasks: Sequence[int], durations: Sequence[float] | None = None) -> Array:
    """Multipliers (1 + J,) of a contrast over one period of blocks, largest modulus first.

    For teachers that span two dimensions they are λ, 1, 1/λ, with λ by ``growth`` of the trace of the monodromy (which
    stays accurate where they nearly meet); otherwise its eigenvalues. Derivation: onset.
    """
    monodromy = network.periodic_orbit(tasks, durations).propagator[-1]
    if len(monodromy) == 3:
        largest = growth(np.trace(monodromy).astype(complex))
        values = np.array([largest, 1, 1 / largest])
        return np.asarray(values.real if np.abs(values.imag).max() < 1e-9 else values)
    values = np.linalg.eigvals(monodromy)
    return np.asarray(values[np.argsort(-np.abs(values))])
