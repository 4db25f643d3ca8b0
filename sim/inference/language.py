"""A recurrent network that predicts the next character and is told the source; its likelihoods, and their gradients.

A GRU of h units whose candidate state is multiplied by a linear gate of the task vector z, whose entries are the
sources: ñ = tanh(Wx + r ∘ Uh) ∘ Gz. What it says of a text given z, log p(x | z) = Σ_t log p(x_t | x_<t, z), is all
that inference has: the exact posterior of the trained network tries every source; one step reads the gradient of log p
at the uniform vector (derivation one-step-exactness, but here log p is not quadratic in z).
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.random import Generator

from gateflow.sim.inference.texts import ALPHABET, Codes, corpus
from gateflow.sim.training.extra import compiled, jax, jnp
from gateflow.sim.training.loop import Descent, Trained, member_keys, train
from gateflow.sim.training.networks import Weights, dense, linear, single
from gateflow.theory.checks import Array

# Units; texts that are read at a time.
UNITS, PART = 128, 60


class LanguagePurpose(Enum):
    """What random streams are for."""

    SPLIT = (90,)
    NETWORKS = (91,)
    TEXTS = (92,)
    WRITTEN = (93,)


def _step(net: Weights, gate: Any, h: Any, x: Any) -> Any:
    """State (batch, h) after characters x (batch,), gate (batch, h)."""
    seen, back = net["see"]["W"][x] + net["see"]["b"], h @ net["back"]
    take, keep = jnp.split(jax.nn.sigmoid(seen[:, :2 * UNITS] + back[:, :2 * UNITS]), 2, axis=-1)
    return keep * h + (1 - keep) * jnp.tanh(seen[:, 2 * UNITS:] + take * back[:, 2 * UNITS:]) * gate


def _log_likelihoods(net: Weights, z: Any, x: Any) -> Any:
    """log p of each character but the first (batch, n − 1) of texts x (batch, n) given vectors z (batch, K)."""
    gate = z @ net["gates"]

    def advance(h: Any, now: Any) -> tuple[Any, Any]:
        h = _step(net, gate, h, now)
        return h, h

    states = jax.lax.scan(advance, jnp.zeros((x.shape[0], UNITS)), x[:, :-1].T)[1]
    logits = jax.nn.log_softmax(linear(net["show"], states), axis=-1)
    return jnp.take_along_axis(logits, x[:, 1:].T[..., None], axis=-1)[..., 0].T


def train_networks(texts: Sequence[Sequence[Codes]], seed: int, members: Sequence[int], how: Descent, *, told: bool,
                   batch: int, length: int) -> Trained:
    """Networks that learn texts of K sources, told which, or with a vector that stays uniform. Raises InputError."""
    K = len(texts)

    def init(key: Any, member: Any) -> Weights:
        del member
        keys = jax.random.split(key, 4)
        return {"see": dense(keys[0], len(ALPHABET), 3 * UNITS, 3.0), "back": dense(keys[1], UNITS, 3 * UNITS)["W"],
                "gates": 1 + 0.5 * jax.random.normal(keys[2], (K, UNITS)), "show": dense(keys[3], UNITS, len(ALPHABET))}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        one, other = jax.random.split(key)
        source = jax.random.randint(one, (batch,), 0, K)
        start = jax.random.randint(other, (batch, 1), 0, member["texts"].shape[1] - length)
        x = member["texts"][source[:, None], start + jnp.arange(length + 1)].astype(jnp.int32)
        z = jnp.where(member["told"] > 0, jax.nn.one_hot(source, K), 1 / K)
        return -_log_likelihoods(net, z, x).mean()

    return train(init, loss, {"told": np.full(len(members), float(told))},
                 member_keys(seed, LanguagePurpose.NETWORKS, members, int(told)), how,
                 about={"batch": batch, "length": length}, shared={"texts": corpus(texts)},
                 name=f"network of texts, {'told' if told else 'not told'}", checkpoint=True)


def _by_parts(run: Callable[..., Any], x: Codes, z: Array | None = None) -> Array:
    """run(x, z) of texts x (n, T) and vectors z (n, K), PART texts at a time: all calls are of one shape."""
    vectors = np.zeros((len(x), 1)) if z is None else z
    parts = []
    for first in range(0, len(x), PART):
        rows = np.minimum(np.arange(first, first + PART), len(x) - 1)
        parts.append(np.asarray(run(x[rows], jnp.asarray(vectors[rows], jnp.float32)), np.float64))
    return np.concatenate(parts)[:len(x)]


def log_likelihoods(net: Weights, x: Codes, z: Array) -> Array:
    """log p(x_t | x_<t, z) of every character but the first, (n, T − 1), of texts x (n, T) given z (n, K) or (K,)."""
    run, weights = compiled(_log_likelihoods), single(net)
    return _by_parts(lambda x, z: run(weights, z, x), x, np.broadcast_to(z, (len(x), np.shape(z)[-1])))


def source_likelihoods(net: Weights, x: Codes) -> Array:
    """log p(x_t | x_<t, e_k), (n, T − 1, K): a pass a source."""
    return np.stack([log_likelihoods(net, x, source) for source in np.eye(len(net["gates"]))], axis=-1)


def _slopes(net: Weights, z: Any, x: Any) -> Any:
    def along(direction: Any) -> Any:
        towards = jnp.broadcast_to(direction, z.shape)
        return jax.jvp(lambda vector: _log_likelihoods(net, vector, x), (z,), (towards,))[1]

    return jnp.moveaxis(jax.lax.map(along, jnp.eye(z.shape[-1])), 0, -1)


def slopes(net: Weights, x: Codes) -> Array:
    """∂/∂z_k of log p(x_t | x_<t, z) at the uniform vector, (n, T − 1, K).

    Summed over characters it is the gradient that one pass forth and one back give; here of every beginning at once.
    """
    K, run, weights = len(net["gates"]), compiled(_slopes), single(net)
    return _by_parts(lambda x, z: run(weights, z, x), x, np.full((len(x), K), 1 / K))


def _descended(net: Weights, x: Any, rate: Any, steps: int) -> Any:
    logits = jnp.zeros((x.shape[0], net["gates"].shape[0]))
    for _ in range(steps):
        slope = jax.grad(lambda z: _log_likelihoods(net, z, x).sum())(jax.nn.softmax(logits))
        logits = logits + rate * slope
    return jax.nn.softmax(logits)


def descended(net: Weights, x: Codes, rate: float, steps: int) -> Array:
    """Vectors (n, K) after steps of exponentiated gradient on the likelihood of texts x (n, T), from uniform."""
    run, weights = compiled(_descended, "steps"), single(net)
    return _by_parts(lambda x, z: run(weights, x, rate, steps=steps), x)


def _written(net: Weights, z: Any, key: Any, length: int) -> Any:
    gate = z @ net["gates"]

    def advance(carry: tuple[Any, Any], key: Any) -> tuple[tuple[Any, Any], Any]:
        h, x = carry
        h = _step(net, gate, h, x)
        x = jax.random.categorical(key, linear(net["show"], h))
        return (h, x), x

    # The end of a line, which every text may begin with.
    first = jnp.zeros(z.shape[0], jnp.int32)
    keys = jax.random.split(key, length - 1)
    drawn = jax.lax.scan(advance, (jnp.zeros((z.shape[0], UNITS)), first), keys)[1]
    return jnp.concatenate([first[None], drawn]).T


def written(net: Weights, sources: Codes, length: int, rng: Generator) -> Codes:
    """Texts (n, length) that the network writes where it is told the sources (n,), each from the end of a line on."""
    key = jax.random.key(int(rng.integers(2**31)))
    told = jnp.asarray(np.eye(len(net["gates"]))[sources], jnp.float32)
    return np.asarray(compiled(_written, "length")(single(net), told, key, length=length), np.int64)
