"""Recurrent networks with a sigmoid readout, many members side by side, and the exact gradient of their loss.

h(τ) = f(A h(τ − 1) + B u(τ) + a), h(0) = 0; logits W h + c. With f the identity it is an integrator, leaky where A is
below 1. Arrays may have a leading axis of members, which all see the same shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator

from gateflow.sim.disentangle.agents import LogitResponse
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.shapes import Shapes

ACTIVATIONS = ("linear", "relu", "tanh")


@dataclass(frozen=True, eq=False, repr=False)
class Network(Shapes):
    """Parameters. A: (..., K, K); B: (..., K, inputs); a: (..., K); W: (..., N, K); c: (..., N). An agent."""

    A: Array
    B: Array
    a: Array
    W: Array
    c: Array
    activation: str = "linear"

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        choice("activation", self.activation, ACTIVATIONS)

    @classmethod
    def initial(cls, inputs: int, units: int, n_tasks: int, streams: list[Generator], activation: str = "linear", *,
                leak: float = 0.8, scale: float = 0.1) -> "Network":
        """One member a stream: each unit keeps a share leak of itself a step; other weights N(0, scale²/fan-in).

        Raises InputError.
        """
        K, N = COUNT.check("units", units), COUNT.check("n_tasks", n_tasks)
        AT_LEAST_0.check("leak", leak)
        POSITIVE.check("scale", scale)
        B, W = (np.stack(parts) for parts in zip(*(
            (scale / np.sqrt(inputs) * rng.standard_normal((K, COUNT.check("inputs", inputs))),
             scale / np.sqrt(K) * rng.standard_normal((N, K))) for rng in streams), strict=True))
        S = len(streams)
        return cls(np.tile(leak * np.eye(K), (S, 1, 1)), B, np.zeros((S, K)), W, np.zeros((S, N)), activation)

    @property
    def parameters(self) -> dict[str, Array]:
        """All arrays by name."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "activation"}

    def with_parameters(self, parameters: Mapping[str, Array]) -> "Network":
        """The same kind of network with other parameters."""
        return Network(**parameters, activation=self.activation)

    def member(self, k: int) -> "Network":
        """One member, without the leading axis."""
        return self.with_parameters({name: values[k] for name, values in self.parameters.items()})

    def respond(self, inputs: Array, rng: Generator | None = None) -> LogitResponse:
        """States (..., trials, time, K) and logits (..., trials, time, N); inputs (..., trials, time, inputs).

        Raises InputError.
        """
        del rng
        if inputs.ndim < 3 or inputs.shape[-1] != self.B.shape[-1]:
            raise InputError(f"inputs must have shape (..., trials, time, {self.B.shape[-1]}), got {inputs.shape}")
        h = np.moveaxis(self._states(np.moveaxis(inputs, -2, 0)), 0, -2)
        return LogitResponse(h, h @ _turned(self.W)[..., None, :, :] + self.c[..., None, None, :])

    def _states(self, u: Array) -> Array:
        """States (time, ..., trials, K) from inputs (time, ..., trials, inputs)."""
        drive = u @ _turned(self.B) + self.a[..., None, :]
        back = _turned(self.A)
        for t in range(len(drive)):
            if t:
                drive[t] += drive[t - 1] @ back
            if self.activation == "relu":
                np.maximum(drive[t], 0, out=drive[t])
            elif self.activation == "tanh":
                np.tanh(drive[t], out=drive[t])
        return drive

    def _slope(self, h: Array) -> Any:
        """f' from the states."""
        if self.activation == "relu":
            return h > 0
        return 1 - h**2 if self.activation == "tanh" else 1.0

    def loss_and_gradient(self, inputs: Array, targets: Array, weights: Array,
                          decay: float = 0.0) -> tuple[Array, dict[str, Array]]:
        """Loss (...) of each member and its gradient, by backpropagation through time.

        Loss: cross-entropy, a mean over trials and tasks, summed over steps with weights (time,), + decay/2 ‖B, W‖².
        inputs: (..., trials, time, inputs); targets: (..., trials, time, N), from 0 to 1; decay: at least 0.
        """
        u, y = np.moveaxis(inputs, -2, 0), np.moveaxis(targets, -2, 0)
        h = self._states(u)
        # Steps that count, and the share of each number in the mean.
        used = np.flatnonzero(weights)
        share = weights[used].reshape(-1, *[1] * (y.ndim - 1)) / (y.shape[-1] * y.shape[-2])
        logits = h[used] @ _turned(self.W) + self.c[..., None, :]
        # log(1 + exp l) − y l, without overflow.
        loss = np.sum(share * (np.logaddexp(0, logits) - y[used] * logits), axis=(0, -2, -1))
        error = share * (scipy.special.expit(logits) - y[used])
        d = np.zeros_like(h)
        d[used] = error @ self.W
        for t in range(len(h) - 1, -1, -1):
            if t < len(h) - 1:
                d[t] += d[t + 1] @ self.A
            if self.activation != "linear":
                d[t] *= self._slope(h[t])
        gradient = {"A": _summed(d[1:], h[:-1]), "B": _summed(d, u), "a": d.sum(axis=(0, -2)),
                    "W": _summed(error, h[used]), "c": error.sum(axis=(0, -2))}
        for name in ("B", "W"):
            values = self.parameters[name]
            loss = loss + decay / 2 * np.sum(values**2, axis=(-2, -1))
            gradient[name] = gradient[name] + decay * values
        return loss, gradient


def _turned(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _summed(p: Array, q: Array) -> Array:
    """Σ over time and trials of the products of two vectors, (..., p, q)."""
    return np.asarray((_turned(p) @ q).sum(axis=0))
