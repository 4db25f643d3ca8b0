"""Networks as pure functions of plain dictionaries of arrays: initial parameters, and what they make of sequences.

Sequences have time first: inputs (time, batch, inputs) give states (time, batch, units), all from zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateflow.sim.training.extra import jax, jnp

# Nested dictionaries of arrays.
Weights = dict[str, Any]

HEADS = 8


def dense(key: Any, inputs: int, outputs: int, scale: float = 1.0) -> Weights:
    """A linear layer; entries uniform between ±scale/√inputs, offsets too."""
    one, other = jax.random.split(key)
    reach = scale / inputs**0.5
    return {"W": jax.random.uniform(one, (inputs, outputs), minval=-reach, maxval=reach),
            "b": jax.random.uniform(other, (outputs,), minval=-reach, maxval=reach)}


def linear(layer: Weights, x: Any) -> Any:
    """x W + b, x (..., inputs)."""
    return x @ layer["W"] + layer["b"]


def single(weights: Weights) -> Weights:
    """Weights as JAX computes with them, of single precision."""
    rounded: Weights = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), weights)
    return rounded


def _recurrent(key: Any, inputs: int, units: int, gates: int = 1) -> Weights:
    one, other = jax.random.split(key)
    return {"in": dense(one, inputs, gates * units), "back": dense(other, units, gates * units)}


def _rectified(net: Weights, x: Any, *, leaky: bool) -> Any:
    drive = linear(net["in"], x) + net["back"]["b"]

    def step(h: Any, d: Any) -> tuple[Any, Any]:
        risen = jax.nn.relu(h @ net["back"]["W"] + d)
        h = risen if leaky else h + risen
        return h, h

    return jax.lax.scan(step, jnp.zeros((x.shape[1], net["back"]["W"].shape[0])), drive)[1]


def _leaky(net: Weights, x: Any) -> Any:
    return _rectified(net, x, leaky=True)


def _summing(net: Weights, x: Any) -> Any:
    return _rectified(net, x, leaky=False)


def _lstm(net: Weights, x: Any) -> Any:
    drive = linear(net["in"], x) + net["back"]["b"]
    start = jnp.zeros((x.shape[1], net["back"]["W"].shape[0]))

    def step(state: tuple[Any, Any], d: Any) -> tuple[tuple[Any, Any], Any]:
        h, c = state
        take, keep, new, show = jnp.split(h @ net["back"]["W"] + d, 4, axis=-1)
        c = jax.nn.sigmoid(keep) * c + jax.nn.sigmoid(take) * jnp.tanh(new)
        h = jax.nn.sigmoid(show) * jnp.tanh(c)
        return (h, c), h

    return jax.lax.scan(step, (start, start), drive)[1]


def _attentive(key: Any, inputs: int, units: int, gates: int = 1) -> Weights:
    del gates
    keys = jax.random.split(key, 5)
    return {"in": dense(keys[0], inputs, units), "attend": dense(keys[1], units, 3 * units),
            "join": dense(keys[2], units, units), "wide": dense(keys[3], units, 4 * units),
            "narrow": dense(keys[4], 4 * units, units),
            "scales": jnp.ones((3, units)), "shifts": jnp.zeros((3, units))}


def _normed(net: Weights, which: int, x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / jnp.sqrt(jnp.square(centred).mean(axis=-1, keepdims=True) + 1e-5) * net["scales"][which] + \
        net["shifts"][which]


def _transformer(net: Weights, x: Any, first: int = 0) -> Any:
    """One layer, norms before attention and perceptron and at the end, causal mask, no positions; steps from first."""
    h = linear(net["in"], x)
    time, batch, units = h.shape
    normed = _normed(net, 0, h)
    attend, shape = net["attend"], (-1, batch, HEADS, units // HEADS)
    query = (normed[first:] @ attend["W"][:, :units] + attend["b"][:units]).reshape(shape)
    key, value = (part.reshape(shape) for part in
                  jnp.split(normed @ attend["W"][:, units:] + attend["b"][units:], 2, axis=-1))
    match = jnp.einsum("tbhe,sbhe->bhts", query, key) / (units // HEADS) ** 0.5
    weights = jax.nn.softmax(jnp.where(jnp.tril(jnp.ones((time, time), bool))[first:], match, -jnp.inf), axis=-1)
    h = h[first:] + linear(net["join"], jnp.einsum("bhts,sbhe->tbhe", weights, value).reshape(-1, batch, units))
    h = h + linear(net["narrow"], jax.nn.gelu(linear(net["wide"], _normed(net, 1, h))))
    return _normed(net, 2, h)


def _transformer_end(net: Weights, x: Any) -> Any:
    return _transformer(net, x, x.shape[0] - 1)[0]


@dataclass(frozen=True)
class Architecture:
    """How sequences become states. init(key, inputs, units) gives weights, states(weights, x) states of all steps.

    end: the last state alone, where that is less work; rate: of Adam, at which it learns well.
    """

    init: Callable[[Any, int, int], Weights]
    states: Callable[[Weights, Any], Any]
    rate: float = 0.01
    end: Callable[[Weights, Any], Any] | None = None

    def last(self, weights: Weights, x: Any) -> Any:
        """The last state, (batch, units)."""
        return self.end(weights, x) if self.end else self.states(weights, x)[-1]


def _four(key: Any, inputs: int, units: int) -> Weights:
    return _recurrent(key, inputs, units, 4)


# "rnn": h ← relu(Ah + Bu + a); "rnn-summing": h ← h + relu(Ah + Bu + a), DIS's network without leak, dt = τ.
ARCHITECTURES = {
    "rnn": Architecture(_recurrent, _leaky),
    "rnn-summing": Architecture(_recurrent, _summing),
    "lstm": Architecture(_four, _lstm),
    "transformer": Architecture(_attentive, _transformer, 0.003, _transformer_end),
}
