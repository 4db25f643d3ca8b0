"""Recurrent networks with a sigmoid readout, many members side by side, and the exact gradient of their loss.

h(τ) = f(A h(τ − 1) + B u(τ) + a), h(0) = 0; logits W h + c. With f the identity it is an integrator, leaky where A is
below 1. Arrays may have a leading axis of members, which all see the same shapes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.disentangle.agents import LogitResponse
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.shapes import Shapes

# Slopes of the loss by parameters, from those by states.
Pull = Callable[[Array], dict[str, Array]]

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
        h = np.swapaxes(self._states(_by_time(inputs)), -2, -3)
        return LogitResponse(h, h @ _turned(self.W)[..., None, :, :] + self.c[..., None, None, :])

    def _states(self, u: Array) -> Array:
        """States (..., time, trials, K) from inputs (..., time, trials, inputs)."""
        # One product a member, not one a step.
        states = (_flat(u) @ _turned(self.B)).reshape(*u.shape[:-1], -1) + self.a[..., None, None, :]
        back = _turned(self.A)
        for t in range(u.shape[-3]):
            now = states[..., t, :, :]
            if t:
                now += states[..., t - 1, :, :] @ back
            if self.activation == "relu":
                np.maximum(now, 0, out=now)
            elif self.activation == "tanh":
                np.tanh(now, out=now)
        return states

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
        u, used = _by_time(inputs), np.flatnonzero(weights)
        y = np.swapaxes(targets, -2, -3)[..., used, :, :]
        at_end = self.activation == "linear" and used.tolist() == [len(weights) - 1]
        h, pull = self._end(inputs) if at_end else self._through_time(u, used)
        # The share of each number in the mean.
        share = weights[used][:, None, None] / (y.shape[-1] * y.shape[-2])
        logits = h @ _turned(self.W)[..., None, :, :] + self.c[..., None, None, :]
        # log(1 + exp l) − y l, without overflow.
        loss = np.sum(share * (np.logaddexp(0, logits) - y * logits), axis=(-3, -2, -1))
        error = share * (scipy.special.expit(logits) - y)
        gradient = {**pull(error @ self.W[..., None, :, :]), "W": _summed(error, h), "c": error.sum(axis=(-3, -2))}
        for name in ("B", "W"):
            values = self.parameters[name]
            loss = loss + decay / 2 * np.sum(values**2, axis=(-2, -1))
            gradient[name] = gradient[name] + decay * values
        return loss, gradient

    def _through_time(self, u: Array, used: NDArray[np.intp]) -> tuple[Array, Pull]:
        """States at the steps that are used, and what turns the loss's slopes by them into those by A, B and a."""
        h = self._states(u)

        def pull(slopes: Array) -> dict[str, Array]:
            d = np.zeros_like(h)
            d[..., used, :, :] = slopes
            steps = h.shape[-3]
            for t in range(steps - 1, -1, -1):
                now = d[..., t, :, :]
                if t < steps - 1:
                    now += d[..., t + 1, :, :] @ self.A
                if self.activation != "linear":
                    now *= self._slope(h[..., t, :, :])
            return {"A": _summed(d[..., 1:, :, :], h[..., :-1, :, :]), "B": _summed(d, u), "a": d.sum(axis=(-3, -2))}

        return h[..., used, :, :], pull

    def _end(self, inputs: Array) -> tuple[Array, Pull]:
        """The same for a linear network at its last step: one product of all inputs with what has become of them."""
        steps, ones = inputs.shape[-2], np.ones((*inputs.shape[:-1], 1))
        seen = np.concatenate([inputs, ones], axis=-1).reshape(*inputs.shape[:-2], -1)
        # A^n [B, a], n the steps since, (steps, ..., K, inputs + 1).
        kept = [np.concatenate([self.B, self.a[..., None]], axis=-1)]
        for _ in range(steps - 1):
            kept.append(self.A @ kept[-1])
        h = seen @ _turned(np.concatenate(kept[::-1], axis=-1))

        def pull(slopes: Array) -> dict[str, Array]:
            each = np.split(_turned(slopes[..., 0, :, :]) @ seen, steps, axis=-1)
            d, A = each[0], np.zeros_like(self.A)
            for later, before in zip(each[1:], kept[-2::-1], strict=True):
                A += d @ _turned(before)
                d = later + _turned(self.A) @ d
            return {"A": A, "B": d[..., :-1], "a": d[..., -1]}

        return h[..., None, :, :], pull


def _turned(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _by_time(values: Array) -> Array:
    """Values (..., trials, time, n) as (..., time, trials, n), one after another in memory."""
    return np.ascontiguousarray(np.swapaxes(values, -2, -3))


def _flat(values: Array) -> Array:
    """Values (..., time, trials, n) as (..., time · trials, n)."""
    return values.reshape(*values.shape[:-3], -1, values.shape[-1])


def _summed(p: Array, q: Array) -> Array:
    """Σ over time and trials of the products of two vectors, (..., p, q)."""
    return _turned(_flat(p)) @ _flat(q)
