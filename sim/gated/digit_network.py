"""A convolutional network and a gated readout on it, trained end to end on two labelings of digits.

Logits Σ_p c^p W^p f, f = s·relu(U h + b) the last hidden layer. Whatever becomes of the features, the readout meets
them through Σ_p c^p W^p alone, so that Q_12 is conserved without costs as it is for fixed features; and as relu is
homogeneous, a hidden unit k and its readout are balanced: τ_net (‖U_k‖² + b_k²) − τ_w Σ_p ‖W^p_k‖² is conserved,
whatever the gates and the costs on them do. The linear network beside it is that of the features before training, or of
those after it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.gated.digit_readout import FEATURES, features_of, initial_network
from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.images import Digits
from gateflow.theory.checks import Array
from gateflow.theory.gated.invariants import conserved_matrix
from gateflow.theory.gated.model import GatedModel

# Squared norm of the features before training, on average; a constant factor sees to it.
_SIZE = float(FEATURES)


@dataclass(frozen=True, eq=False)
class EndToEnd:
    """One network. c (T + 1, 2): gates; accuracy (blocks, chunks): on test digits at the beginning of each chunk of
    steps; conserved (T + 1,): Q_12; size: largest τ_w‖W‖² + τ_c c²; balance (T + 1, units), weight: largest of their
    parts; before, after (n, units): features of the digits to train on."""

    c: Array
    accuracy: Array
    conserved: Array
    size: float
    balance: Array
    weight: float
    before: Array
    after: Array


def train_end_to_end(model: GatedModel, shown: Digits, labels: NDArray[np.int64], asked: Digits,
                     answers: NDArray[np.int64], W0: Array, key: Any, *, tau_net: float, blocks: int, steps: int,
                     batch: int, chunk: int) -> EndToEnd:
    """Descend on everything at once, steps in each block of length τ_block.

    tau_net: time constant of the network below the readout. shown, labels (2, n): digits to train on; asked, answers:
    to test on. W0 (2, 10, 64): readout at the start; key: of JAX. chunk: steps between two looks at the accuracy.
    """
    images, dt, cost = jnp.asarray(shown.images, jnp.float32), model.tau_block / steps, model.regulariser
    first, draws = jax.random.split(key)
    net = initial_network(first)
    run = jax.jit(features_of)
    plain = np.asarray(run(net, images), np.float64)
    scale = float(np.sqrt(_SIZE / np.mean(np.sum(plain**2, axis=1))))

    def loss(net: Any, W: Any, c: Any, x: Any, y: Any) -> Any:
        logits = jnp.einsum("p,pkd,nd->nk", c, W, scale * features_of(net, x))
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))

    def slope(c: Any) -> Any:
        sides = jnp.where(c < 0, -1.0, 1.0)
        norm = (cost.norm_strength if cost.norm else 0.0) * (jnp.sum(jnp.abs(c)) - 1) * sides
        return norm - jnp.where(c < 0, cost.nonneg_strength, 0.0)

    def seen(net: Any, W: Any, c: Any) -> Any:
        below = jnp.sum(net["last"]["W"]**2, axis=0) + net["last"]["b"]**2
        return c, jnp.einsum("pkd,qkd->pq", W, W), below, jnp.sum(W**2, axis=(0, 1))

    def step(state: Any, key: Any, told: Any) -> Any:
        net, W, c = state
        chosen = jax.random.randint(key, (batch,), 0, len(images))
        g_net, g_W, g_c = jax.grad(loss, (0, 1, 2))(net, W, c, images[chosen], told[chosen])
        net = jax.tree.map(lambda weight, g: weight - dt / tau_net * g, net, g_net)
        return (net, W - dt / model.tau_w * g_W, c - dt / model.tau_c * (g_c + slope(c))), seen(*state)

    @jax.jit  # type: ignore[untyped-decorator]
    def advance(state: Any, keys: Any, told: Any) -> Any:
        return jax.lax.scan(lambda state, key: step(state, key, told), state, keys)

    @jax.jit  # type: ignore[untyped-decorator]
    def right(state: Any, answers: Any) -> Any:
        net, W, c = state
        said = jnp.einsum("p,pkd,nd->nk", c, W, features_of(net, jnp.asarray(asked.images, jnp.float32)))
        return jnp.mean(jnp.argmax(said, axis=1) == answers)

    state = net, jnp.asarray(W0, jnp.float32), jnp.full(2, 0.5)
    keys, records, accuracy = jax.random.split(draws, blocks * steps), [], []
    for start in range(0, blocks * steps, chunk):
        task = start // steps % 2
        accuracy.append(float(right(state, jnp.asarray(answers[task]))))
        state, record = advance(state, keys[start:start + chunk], jnp.asarray(labels[task]))
        records.append(record)
    records.append(jax.tree.map(lambda leaf: leaf[None], seen(*state)))
    c, gram, below, above = (np.concatenate([np.asarray(part, np.float64) for part in parts])
                             for parts in zip(*records, strict=True))
    after = np.asarray(run(state[0], images), np.float64)
    return EndToEnd(c, np.array(accuracy).reshape(blocks, -1), conserved_matrix(model, gram, c)[:, 0, 1],
                    float(np.max(model.tau_w * np.trace(gram, axis1=1, axis2=2) + model.tau_c * (c**2).sum(axis=1))),
                    tau_net * below - model.tau_w * above, float((tau_net * below).max()), scale * plain, scale * after)
