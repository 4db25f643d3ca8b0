"""A gated readout with a nonlinear loss, on features of a small convolutional network that was trained on digits.

Logits Σ_p c^p W^p f of whitened features f, cross-entropy, two labelings of the same digits (NTA, figure 7). The loss
is a differentiable function of Σ_p c^p W^p, so conservation laws and ratchet hold as they stand; near equal
probabilities it is that of the linear network with the teachers W*_m = 10 E[y_m fᵀ], y_m the centred labels, at a tenth
of its size: time constants count ten times, and so do the costs.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.images import SIDE, Digits
from gateflow.sim.training.loop import Descent, member_keys, train
from gateflow.sim.training.networks import Weights, dense, linear
from gateflow.theory.checks import Array
from gateflow.theory.gated.invariants import conserved_matrix, contrast
from gateflow.theory.gated.model import GatedModel, GateRegulariser

FEATURES, CLASSES = 64, 10
_CHANNELS = (8, 16)


class DigitPurpose(Enum):
    """What random streams are for."""

    SPLIT = (70,)
    CONVOLUTION = (71,)
    WEIGHTS = (72,)
    BATCHES = (73,)


# Second labels: even ones first, ⌊y/2⌋ + 5(y mod 2), as in NTA's figure 7; or five of the ten exchanged.
RELABELINGS = {"even first": (0, 5, 1, 6, 2, 7, 3, 8, 4, 9), "half kept": (0, 1, 6, 3, 7, 2, 5, 4, 8, 9)}


def labelings(labels: NDArray[np.int64], second: str = "even first") -> NDArray[np.int64]:
    """Both labels (2, n) of digits: y, and those of RELABELINGS."""
    return np.stack([labels, np.array(RELABELINGS[second])[labels]])


def _pooled(x: Any) -> Any:
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def features_of(net: Weights, x: Any) -> Any:
    """Activity (n, 64) of the last hidden layer, of images (n, 784)."""
    h = x.reshape(-1, SIDE, SIDE, 1)
    for name in ("first", "second"):
        h = jax.lax.conv_general_dilated(h, net[name]["W"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        h = _pooled(jax.nn.relu(h + net[name]["b"]))
    return jax.nn.relu(linear(net["last"], h.reshape(len(h), -1)))


def initial_network(key: Any) -> Weights:
    """The convolutional network before training, up to its last hidden layer."""
    keys = jax.random.split(key, 3)
    sizes = {"first": (3, 3, 1, _CHANNELS[0]), "second": (3, 3, *_CHANNELS)}
    kernels = {name: {"W": jax.random.normal(keys[k], size) * (2 / (9 * size[2])) ** 0.5, "b": jnp.zeros(size[3])}
               for k, (name, size) in enumerate(sizes.items())}
    return {**kernels, "last": dense(keys[2], (SIDE // 4) ** 2 * _CHANNELS[1], FEATURES)}


def convolutional_features(parts: tuple[Digits, ...], seed: int, how: Descent, batch: int) -> list[Array]:
    """Features (n, 64) of several sets of digits, by a network trained on the first. Raises InputError."""
    def init(key: Any, member: Any) -> Weights:
        del member
        below, above = jax.random.split(key)
        return {**initial_network(below), "tell": dense(above, FEATURES, CLASSES)}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        chosen = jax.random.randint(key, (batch,), 0, member["images"].shape[0])
        logits = linear(net["tell"], features_of(net, member["images"][chosen]))
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * member["labels"][chosen], axis=-1))

    shared = {"images": parts[0].images, "labels": np.eye(CLASSES)[parts[0].labels]}
    trained = train(init, loss, {"member": np.zeros(1)}, member_keys(seed, DigitPurpose.CONVOLUTION, range(1)), how,
                    about={"batch": batch}, shared=shared, name="convolutional network", checkpoint=True)
    run, net = jax.jit(features_of), jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), trained.member(0))
    return [np.asarray(run(net, jnp.asarray(part.images, jnp.float32)), np.float64) for part in parts]


@dataclass(frozen=True)
class Whitening:
    """Features as numbers of mean 0 and covariance 1 on the digits to train on; without directions that do not vary."""

    mean: Array
    axes: Array

    @classmethod
    def of(cls, features: Array, floor: float = 1e-3) -> "Whitening":
        """The whitening of features (n, units); floor: least standard deviation, as a share of the largest."""
        mean = features.mean(axis=0)
        _, spread, rows = np.linalg.svd(features - mean, full_matrices=False)
        kept = spread > floor * spread[0]
        return cls(mean, rows[kept].T / spread[kept] * np.sqrt(len(features)))

    def __call__(self, features: Array) -> Array:
        """White features (n, kept)."""
        return (features - self.mean) @ self.axes


@dataclass(frozen=True)
class PrincipalAxes:
    """Features as they are, along the axes of their second moment, without those along which there is nothing."""

    axes: Array

    @classmethod
    def of(cls, features: Array, floor: float = 1e-6) -> "PrincipalAxes":
        """The axes of features (n, units); floor: least second moment, as a share of the largest."""
        values, axes = np.linalg.eigh(features.T @ features)
        return cls(axes[:, values > floor * values[-1]])

    def __call__(self, features: Array) -> Array:
        """Features (n, kept) along the axes."""
        return features @ self.axes


def second_moment(f: Array) -> Array:
    """E[f fᵀ] of features (n, d) along their axes, diagonal."""
    return np.diag(np.mean(f**2, axis=0))


def tenfold(model: GatedModel) -> GatedModel:
    """The linear network of a readout near equal probabilities, where the loss counts a tenth: slower, costs more."""
    cost = model.regulariser
    costs = GateRegulariser(cost.norm, norm_strength=CLASSES * cost.norm_strength,
                            nonneg_strength=CLASSES * cost.nonneg_strength)
    return replace(model, tau_w=CLASSES * model.tau_w, tau_c=CLASSES * model.tau_c, regulariser=costs)


def linear_teachers(f: Array, labels: NDArray[np.int64], covariance: Array | None = None) -> Array:
    """Teachers (2, 10, d) of the linear network that the readout is near equal probabilities.

    f (n, d): features; covariance: their second moment (d, d), by default the identity, as white ones have.
    """
    y = np.eye(CLASSES)[labels] - 1 / CLASSES
    moments = CLASSES * np.einsum("mnk,nd->mkd", y, f) / len(f)
    return moments if covariance is None else moments @ np.linalg.pinv(covariance, rcond=1e-8, hermitian=True)


@dataclass(frozen=True, eq=False)
class ReadoutRun:
    """S readouts. c (S, T + 1, P): gates at the beginning of each step and at the end; accuracy (S, blocks, samples):
    on test digits at samples of each block; conserved (S, T + 1): Q_12 = τ_w⟨W¹, W²⟩ − τ_c c¹c²; contrast (S, T + 1):
    I_12; size (S,): largest τ_w‖W‖² + τ_c c², which Q is small beside."""

    c: Array
    accuracy: Array
    conserved: Array
    contrast: Array
    size: Array


def train_readout(model: GatedModel, digits: tuple[Array, NDArray[np.int64]], tests: tuple[Array, NDArray[np.int64]],
                  W0: Array, streams: list[Generator], *, blocks: int, steps: int, batch: int,
                  samples: NDArray[np.int64]) -> ReadoutRun:
    """Descend on batches of digits, blocks of alternating labelings of length τ_block, steps in each.

    digits, tests: features (n, d) and labels (2, n); W0 (S, 2, 10, d); streams: one a member, for its batches;
    samples: steps of a block at which accuracy is measured.
    """
    f, labels = digits
    W, dt = W0.copy(), model.tau_block / steps
    S = len(W)
    c, accuracy = np.full((S, 2), 0.5), np.empty((S, blocks, len(samples)))
    gates, gram, size = [], [], np.zeros(S)
    for block in range(blocks):
        told, asked = labels[block % 2], tests[1][block % 2]
        for step in range(steps):
            for k in np.flatnonzero(samples == step):
                logits = tests[0] @ np.einsum("sp,spkd->sdk", c, W)
                accuracy[:, block, k] = (logits.argmax(axis=-1) == asked).mean(axis=-1)
            gates.append(c)
            gram.append(np.einsum("spkd,sqkd->spq", W, W))
            chosen = np.stack([rng.integers(len(f), size=batch) for rng in streams])
            x = f[chosen]
            missed = np.eye(CLASSES)[told[chosen]] - scipy.special.softmax(x @ np.einsum("sp,spkd->sdk", c, W), axis=-1)
            G = missed.swapaxes(1, 2) @ x / batch
            pull = np.einsum("spkd,skd->sp", W, G) - model.regulariser.gradient(c)
            W = W + dt / model.tau_w * c[:, :, None, None] * G[:, None]
            c = c + dt / model.tau_c * pull
            size = np.maximum(size, model.tau_w * np.einsum("spkd,spkd->s", W, W) + model.tau_c * (c**2).sum(axis=1))
    gates.append(c)
    gram.append(np.einsum("spkd,sqkd->spq", W, W))
    history, grams = np.stack(gates, axis=1), np.stack(gram, axis=1)
    return ReadoutRun(history, accuracy, conserved_matrix(model, grams, history)[..., 0, 1],
                      contrast(model, grams, history)[..., 0, 1], size)
