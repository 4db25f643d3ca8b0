"""LSTMs that predict the next value of a sequence whose context switches, with a task vector as a second input.

They are trained with the true vector, a shuffled one or none; at test weights are frozen and the vector of a step is
found by descent on the errors of the last few values (GBI, toy task).
"""

from enum import Enum
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator

from gateflow.sim.training.extra import compiled, jax, jnp
from gateflow.sim.training.loop import Descent, Trained, member_keys, train
from gateflow.sim.training.networks import Weights, dense, linear, single
from gateflow.theory.checks import Array
from gateflow.theory.inference.observer import carry_over

# What the vector of a learner is while it trains.
GIVEN = ("true", "shuffled", "none")
UNITS, CONTEXTS = 100, 2


class SequencePurpose(Enum):
    """What random streams are for."""

    LEARNERS = (80,)
    SEQUENCES = (81,)
    NEW_MEANS = (82,)
    ONE_CONTEXT = (83,)
    FORGETTING = (84,)


def _step(net: Weights, state: tuple[Any, Any], x: Any, z: Any) -> tuple[tuple[Any, Any], Any]:
    """State after a value x (batch,) with the vector z (batch, K) of the next one, which is predicted (batch,)."""
    h, c = state
    seen = jnp.concatenate([x[:, None], z], axis=-1)
    take, keep, new, show = jnp.split(linear(net["in"], seen) + linear(net["back"], h), 4, axis=-1)
    c = jax.nn.sigmoid(keep + 1) * c + jax.nn.sigmoid(take) * jnp.tanh(new)
    h = jax.nn.sigmoid(show) * jnp.tanh(c)
    return (h, c), linear(net["out"], h)[:, 0]


def _predictions(net: Weights, x: Any, vectors: Any) -> Any:
    """Predictions (T − 1, batch) of x (T, batch) from the second value on, with vectors (T, batch, K) of each value."""
    def advance(state: Any, now: tuple[Any, Any]) -> tuple[Any, Any]:
        return _step(net, state, *now)

    return jax.lax.scan(advance, _start(x.shape[1]), (x[:-1], vectors[1:]))[1]


def _start(batch: int) -> tuple[Any, Any]:
    return jnp.zeros((batch, UNITS)), jnp.zeros((batch, UNITS))


def train_learners(means: tuple[float, float], noise: float, hazard: float, seed: int, members: int, how: Descent,
                   batch: int, length: int) -> list[Trained]:
    """Ensembles that were given the vectors of GIVEN. length: of the sequences they learn from. Raises InputError."""
    def init(key: Any, member: Any) -> Weights:
        del member
        keys = jax.random.split(key, 3)
        return {"in": dense(keys[0], 1 + CONTEXTS, 4 * UNITS), "back": dense(keys[1], UNITS, 4 * UNITS),
                "out": dense(keys[2], UNITS, 1)}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        keys = jax.random.split(key, 4)
        # A switch has the other context follow.
        turns = jax.random.bernoulli(keys[0], hazard, (length, batch)).at[0].set(
            jax.random.bernoulli(keys[1], 0.5, (batch,)))
        context = jnp.cumsum(turns, axis=0) % CONTEXTS
        x = jnp.asarray(means)[context] + noise * jax.random.normal(keys[2], (length, batch))
        shuffled = jax.random.permutation(keys[3], context, axis=0)
        vectors = jax.nn.one_hot(jnp.where(member["shuffled"] > 0, shuffled, context), CONTEXTS) * member["told"]
        return jnp.mean(jnp.square(x[1:] - _predictions(net, x, vectors)))

    return [train(init, loss, {"told": np.full(members, float(given != "none")),
                               "shuffled": np.full(members, float(given == "shuffled"))},
                  member_keys(seed, SequencePurpose.LEARNERS, range(members), GIVEN.index(given)), how,
                  about={"means": list(means), "noise": noise, "hazard": hazard, "batch": batch, "length": length},
                  name=f"LSTM, vector {given}", checkpoint=True) for given in GIVEN]


def train_on_one(learned: Trained, mean: float, context: int, noise: float, seed: int, how: Descent, *, told: bool,
                 batch: int, length: int) -> Trained:
    """Ensembles that go on learning from one context alone, told its vector or none. Raises InputError."""
    layers = {f"{layer}/{part}": leaf for layer, parts in learned.weights.items() for part, leaf in parts.items()}

    def init(key: Any, member: Any) -> Weights:
        del key
        return {layer: {part: member[f"{layer}/{part}"] for part in parts} for layer, parts in learned.weights.items()}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        del member
        x = mean + noise * jax.random.normal(key, (length, batch))
        vectors = jnp.broadcast_to(jax.nn.one_hot(context, CONTEXTS) * told, (length, batch, CONTEXTS))
        return jnp.mean(jnp.square(x[1:] - _predictions(net, x, vectors)))

    return train(init, loss, layers, member_keys(seed, SequencePurpose.ONE_CONTEXT, range(len(learned.losses)),
                                                 int(told)), how,
                 about={"mean": mean, "context": context, "noise": noise, "told": told, "batch": batch,
                        "length": length}, name=f"LSTM in one context, {'told' if told else 'not told'}",
                 checkpoint=True)


def draw_contexts(means: tuple[float, float], noise: float, hazard: float, shape: tuple[int, int],
                  rng: Generator) -> tuple[Any, Array]:
    """Contexts (T, n) that switch, and values (T, n)."""
    turns = rng.random(shape) < hazard
    turns[0] = rng.random(shape[1]) < 0.5
    context = np.cumsum(turns, axis=0) % CONTEXTS
    return context, np.asarray(means)[context] + noise * rng.standard_normal(shape)


def predict_told(net: Weights, x: Array, vectors: Array) -> Array:
    """Predictions (T − 1, n) of x (T, n) from the second value on, with given vectors (T, n, K) of each value."""
    return np.asarray(compiled(_predictions)(single(net), jnp.asarray(x, jnp.float32),
                                             jnp.asarray(vectors, jnp.float32)), np.float64)


def _inferring(net: Weights, x: Any, rate: Any, window: int, steps: int) -> Any:
    def errors(z: Any, state: Any, past: Any) -> Any:
        def advance(state: Any, pair: Any) -> tuple[Any, Any]:
            state, predicted = _step(net, state, pair[0], z)
            return state, jnp.square(pair[1] - predicted)
        return jnp.sum(jax.lax.scan(advance, state, (past[:-1], past[1:]))[1])

    def follow(carry: Any, t: Any) -> Any:
        z, states = carry
        # states: before each of the last window values; the oldest begins the window.
        begun = jax.tree.map(lambda each: each[0], states)
        past = jax.lax.dynamic_slice_in_dim(x, t - window, window + 1)
        for _ in range(steps):
            z = z - rate * jax.grad(errors)(z, begun, past)
        newest = jax.tree.map(lambda each: each[-1], states)
        state, predicted = _step(net, newest, x[t], z)
        states = jax.tree.map(lambda each, new: jnp.concatenate([each[1:], new[None]]), states, state)
        return (z, states), predicted

    batch = x.shape[1]
    z = jnp.full((batch, CONTEXTS), 1 / CONTEXTS)
    state, first, states = _start(batch), [], [_start(batch)]
    for t in range(window):
        state, predicted = _step(net, state, x[t], z)
        states.append(state)
        first.append(predicted)
    kept = jax.tree.map(lambda *each: jnp.stack(each), *states)
    rest = jax.lax.scan(follow, (z, kept), jnp.arange(window, x.shape[0] - 1))[1]
    return jnp.concatenate([jnp.stack(first), rest])


def predict_inferring(net: Weights, x: Array, *, window: int, rate: float, steps: int) -> Array:
    """Predictions (T − 1, n) of x (T, n) by frozen weights; the vector descends on the last errors before each.

    window: errors that count, each with the state that the network had then; the vector starts in the middle, stays
    from one value to the next, and may leave the simplex, which is how means that were never learned are met.
    """
    return np.asarray(compiled(_inferring, "window", "steps")(
        single(net), jnp.asarray(x, jnp.float32), rate, window=window, steps=steps), np.float64)


def observer_predictions(means: tuple[float, float], noise: float, hazard: float, x: Array) -> Array:
    """Predictions (T − 1, n) of the Bayesian observer that knows means, noise and the probability of a switch."""
    belief, predicted, at = np.zeros((x.shape[1], CONTEXTS)), [], np.asarray(means)
    for value in x[:-1]:
        seen = belief - (value[:, None] - at) ** 2 / (2 * noise**2)
        belief = carry_over(seen - scipy.special.logsumexp(seen, axis=1, keepdims=True), hazard)
        predicted.append(np.exp(belief) @ at)
    return np.array(predicted)


def window_loss(means: tuple[float, float], noise: float, hazard: float, window: int) -> float:
    """Squared error of predicting the mean of the last values: of a linear learner that trusts a window alone.

    σ²(1 + 1/n) + C_0 − (2/n) Σ_{k=1..n} C_k + (1/n²) Σ_{ij} C_{|i − j|}, with
    C_k = (Δ/2)²(1 − 2h)^k the covariance of the means at two steps.
    """
    lags = np.arange(window)
    fade, size = 1 - 2 * hazard, (means[1] - means[0]) ** 2 / 4
    together = fade ** np.abs(lags[:, None] - lags)
    return float(noise**2 * (1 + 1 / window) + size * (1 - 2 * np.mean(fade ** (lags + 1)) + together.mean()))
