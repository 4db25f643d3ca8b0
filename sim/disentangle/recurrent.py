"""Recurrent networks with a sigmoid readout, many members side by side, and the exact gradient of their loss.

h(τ) = f(A h(τ − 1) + B u(τ) + a), h(0) = 0; logits W h + c. With f the identity it is an integrator, leaky where A is
below 1. Arrays may have a leading axis of members, which all see the same shapes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np
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

    def states(self, inputs: Array) -> Array:
        """States (..., trials, time, K); inputs (..., trials, time, inputs). Raises InputError."""
        return np.moveaxis(self._states(self._seen(inputs)), (0, -1), (-2, -3))

    def last_states(self, inputs: Array) -> Array:
        """States (..., trials, 1, K) at the last step alone, at less cost. Raises InputError."""
        u = self._seen(inputs)
        h = self._end(u)[0] if self.activation == "linear" else self._states(u)[-1:]
        return np.moveaxis(h, (0, -1), (-2, -3))

    def _seen(self, inputs: Array) -> Array:
        """Inputs (..., trials, time, inputs) as (..., time, inputs, trials), one after another in memory."""
        if inputs.ndim < 3 or inputs.shape[-1] != self.B.shape[-1]:
            raise InputError(f"inputs must have shape (..., trials, time, {self.B.shape[-1]}), got {inputs.shape}")
        return np.ascontiguousarray(np.moveaxis(inputs, -3, -1))

    def logits(self, states: Array) -> Array:
        """Logits (..., trials, time, N) of states (..., trials, time, K)."""
        return states @ _turned(self.W)[..., None, :, :] + self.c[..., None, None, :]

    def respond(self, inputs: Array, rng: Generator | None = None) -> LogitResponse:
        """States (..., trials, time, K) and logits (..., trials, time, N); inputs (..., trials, time, inputs).

        Raises InputError.
        """
        del rng
        h = self.states(inputs)
        return LogitResponse(h, self.logits(h))

    def _states(self, u: Array) -> Array:
        """States (time, ..., K, trials) from inputs (..., time, inputs, trials)."""
        states = self.B @ _steps_first(u)
        states += self.a[..., None]
        for t, now in enumerate(states):
            if t:
                now += self.A @ states[t - 1]
            if self.activation == "relu":
                np.maximum(now, 0, out=now)
            elif self.activation == "tanh":
                np.tanh(now, out=now)
        return states

    def _slope(self, h: Array) -> Array | None:
        """f' from the states, None where it is 1."""
        if self.activation == "relu":
            return (h > 0).astype(np.float64)
        return 1 - h**2 if self.activation == "tanh" else None

    def loss_and_gradient(self, inputs: Array, targets: Array, weights: Array,
                          decay: float = 0.0) -> tuple[Array, dict[str, Array]]:
        """Loss (...) of each member and its gradient, by backpropagation through time.

        Loss: cross-entropy, a mean over trials and tasks, summed over steps with weights (time,), + decay/2 ‖B, W‖².
        inputs: (..., trials, time, inputs); targets: (..., trials, time, N), from 0 to 1; decay: at least 0. Both cost
        least as views of arrays whose last axis is that of trials.
        """
        u, used = self._seen(inputs), np.flatnonzero(weights)
        y = np.moveaxis(targets, (-2, -3), (0, -1))[used]
        at_end = self.activation == "linear" and used.tolist() == [len(weights) - 1]
        h, pull = self._end(u) if at_end else self._through_time(u, used)
        # The share of each number in the mean.
        share = np.expand_dims(weights[used], tuple(range(1, y.ndim))) / (y.shape[-1] * y.shape[-2])
        logits = self.W @ h + self.c[..., None]
        # log(1 + exp l) and the sigmoid of l, without overflow.
        small = np.exp(-np.abs(logits))
        loss = np.sum(share * (np.maximum(logits, 0) + np.log1p(small) - y * logits), axis=(0, -2, -1))
        error = share * (np.where(logits > 0, 1, small) / (1 + small) - y)
        gradient = {**pull(_turned(self.W) @ error), "W": _summed(error, h), "c": error.sum(axis=(0, -1))}
        for name in ("B", "W"):
            values = self.parameters[name]
            loss = loss + decay / 2 * np.sum(values**2, axis=(-2, -1))
            gradient[name] = gradient[name] + decay * values
        return loss, gradient

    def _through_time(self, u: Array, used: NDArray[np.intp]) -> tuple[Array, Pull]:
        """States at the steps that are used, and what turns the loss's slopes by them into those by A, B and a."""
        h = self._states(u)

        def pull(slopes: Array) -> dict[str, Array]:
            d, turned, steps, slope = np.zeros_like(h), _turned(self.A), len(h), self._slope(h)
            d[used] = slopes
            for t in range(steps - 1, -1, -1):
                now = d[t]
                if t < steps - 1:
                    now += turned @ d[t + 1]
                if slope is not None:
                    now *= slope[t]
            return {"A": _summed(d[1:], h[:-1]), "B": _summed(d, _steps_first(u)), "a": d.sum(axis=(0, -1))}

        return h[used], pull

    def _end(self, u: Array) -> tuple[Array, Pull]:
        """The same for a linear network at its last step: one product of all inputs with what has become of them.

        What becomes of them in n steps is Aⁿ [B, a], found for twice as many steps by each product.
        """
        steps, one = u.shape[-3], u.shape[-2] + 1
        seen, powers = u.reshape(*u.shape[:-3], -1, u.shape[-1]), [self.A]
        kept = np.concatenate([self.B, self.a[..., None]], axis=-1)
        while kept.shape[-1] < steps * one:
            kept = np.concatenate([kept, powers[-1] @ kept], axis=-1)[..., :steps * one]
            powers.append(powers[-1] @ powers[-1])
        # The first input has had most steps.
        by_step = kept.reshape(*kept.shape[:-1], steps, one)[..., ::-1, :]
        h = by_step[..., :-1].reshape(*kept.shape[:-1], -1) @ seen + by_step[..., -1].sum(axis=-1)[..., None]

        def pull(slopes: Array) -> dict[str, Array]:
            (now,) = slopes
            each = np.empty_like(by_step)
            each[..., :-1] = (now @ _turned(seen)).reshape(*kept.shape[:-1], steps, one - 1)
            each[..., -1] = now.sum(axis=-1)[..., None]
            # Of Aⁿ [B, a], by n, and with what all later ones make of it.
            d = np.ascontiguousarray(each[..., ::-1, :]).reshape(kept.shape)
            for k, power in enumerate(powers[:-1]):
                later = _turned(power) @ d[..., one << k:]
                d[..., :later.shape[-1]] += later
            return {"A": d[..., one:] @ _turned(kept[..., :-one]), "B": d[..., :one - 1], "a": d[..., one - 1]}

        return h[None], pull


def _turned(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _steps_first(values: Array) -> Array:
    """Values (..., time, n, trials) as (time, ..., n, trials), one after another: each step is done by itself."""
    return np.ascontiguousarray(np.moveaxis(values, -3, 0))


def _summed(p: Array, q: Array) -> Array:
    """Σ over time and trials of the products of two vectors, (..., p, q)."""
    return np.sum(p @ _turned(q), axis=0)
