"""An autoencoder that is told what it sees, and what is inferred from it by gradients.

The encoder makes three numbers of an image; the decoder makes the image of them and the task vector z, whose entries
are the labels: x̂ = V(a ∘ Gz) + b with a hidden activity a of the three numbers. Given these, x̂ is affine in z: the
decoder is a linear-Gaussian model of ``gateflow.theory.inference`` for every image, w_k = V(a ∘ G_k), so one gradient
step at the uniform vector, corrected by the norms, is the exact posterior of the trained network (derivation
one-step-exactness).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.images import SIDE, Digits
from gateflow.sim.training.loop import Descent, Trained, member_keys, train
from gateflow.sim.training.networks import Weights, dense, linear
from gateflow.theory.checks import Array

PIXELS, LABELS, BOTTLENECK, HIDDEN = SIDE**2, 10, 3, 200
# Temperatures and rates among which validation chooses.
TEMPERATURES = np.geomspace(0.5, 500, 40)
RATES = (0.02, 0.05, 0.1, 0.2, 0.5)
STEPS = 10


class ImagePurpose(Enum):
    """What random streams are for."""

    SPLIT = (70,)
    AUTOENCODER = (71,)
    CLASSIFIER = (72,)
    OTHERS = (73,)


def _hidden(net: Weights, x: Any, m: Any) -> Any:
    """Activity a of the decoder's hidden units."""
    code = linear(net["code"], m.maximum(linear(net["see"], x), 0))
    return m.maximum(linear(net["open"], code), 0)


def train_autoencoders(data: Digits, seed: int, members: int, how: Descent, batch: int) -> Trained:
    """An ensemble of autoencoders that are told the label, by squared error. Raises InputError."""
    def init(key: Any, member: Any) -> Weights:
        del member
        keys = jax.random.split(key, 5)
        return {"see": dense(keys[0], PIXELS, HIDDEN), "code": dense(keys[1], HIDDEN, BOTTLENECK),
                "open": dense(keys[2], BOTTLENECK, HIDDEN), "show": dense(keys[3], HIDDEN, PIXELS),
                "gates": jax.random.normal(keys[4], (LABELS, HIDDEN))}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        chosen = jax.random.randint(key, (batch,), 0, member["images"].shape[0])
        x, told = member["images"][chosen], member["labels"][chosen]
        return jnp.mean(jnp.square(x - linear(net["show"], _hidden(net, x, jnp) * (told @ net["gates"])))) * PIXELS

    return _trained(init, loss, data, (seed, ImagePurpose.AUTOENCODER, members), how, batch)


def train_classifiers(data: Digits, seed: int, members: int, how: Descent, batch: int) -> Trained:
    """An ensemble of ordinary classifiers with as many hidden units. Raises InputError."""
    def init(key: Any, member: Any) -> Weights:
        del member
        one, other = jax.random.split(key)
        return {"see": dense(one, PIXELS, HIDDEN), "tell": dense(other, HIDDEN, LABELS)}

    def loss(net: Weights, key: Any, member: Any) -> Any:
        chosen = jax.random.randint(key, (batch,), 0, member["images"].shape[0])
        logits = linear(net["tell"], jax.nn.relu(linear(net["see"], member["images"][chosen])))
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * member["labels"][chosen], axis=-1))

    return _trained(init, loss, data, (seed, ImagePurpose.CLASSIFIER, members), how, batch)


def _trained(init: Callable[..., Any], loss: Callable[..., Any], data: Digits, who: tuple[int, ImagePurpose, int],
             how: Descent, batch: int) -> Trained:
    seed, purpose, members = who
    return train(init, loss, {"member": np.arange(members)}, member_keys(seed, purpose, range(members)), how,
                 about={"batch": batch}, shared={"images": data.images, "labels": np.eye(LABELS)[data.labels]},
                 name=purpose.name.lower(), checkpoint=True)


def class_logits(net: Weights, x: Array) -> Array:
    """Logits (n, 10) of a classifier."""
    return np.asarray(linear(net["tell"], np.maximum(linear(net["see"], x), 0)))


@dataclass(frozen=True, eq=False)
class Reading:
    """An image's linear model of the task vector, n images at a time.

    match (n, K): w_k·x; gram (n, K, K): w_j·w_k; square (n,): ‖x‖², x the image less the decoder's offset. Everything
    follows: half the squared error of z is ½‖x‖² − z·match + ½ zᵀ gram z.
    """

    match: Array
    gram: Array
    square: Array

    def gradient(self, z: Array) -> Array:
        """−∂/∂z of half the squared error at z (..., K), (n, K): one pass forth and one back."""
        return self.match - (self.gram @ np.broadcast_to(z, self.match.shape)[..., None])[..., 0]

    @property
    def uniform(self) -> Array:
        """The uniform vector (K,)."""
        return np.full(self.match.shape[1], 1 / self.match.shape[1])

    @property
    def correction(self) -> Array:
        """−½‖w_k − μ‖², μ the mean of the w_k, (n, K): what one step at the uniform vector leaves out."""
        mean = self.gram @ self.uniform
        return -0.5 * (np.diagonal(self.gram, axis1=1, axis2=2) - 2 * mean + (mean @ self.uniform)[:, None])

    @property
    def tried(self) -> Array:
        """Minus half the squared error with each label in turn, (n, K): K passes."""
        return -0.5 * (self.square[:, None] - 2 * self.match + np.diagonal(self.gram, axis1=1, axis2=2))

    @property
    def residual(self) -> Array:
        """Squared error at the uniform vector, (n,)."""
        z = self.uniform
        return self.square - 2 * self.match @ z + self.gram @ z @ z

    def descended(self, rate: float, steps: int = STEPS, start: Array | None = None) -> Array:
        """Vectors (n, K) after steps of exponentiated gradient from the uniform vector or another start."""
        logits = np.zeros_like(self.match) if start is None else np.broadcast_to(start, self.match.shape)
        for _ in range(steps):
            logits = logits + rate * self.gradient(scipy.special.softmax(logits, axis=1))
        return np.asarray(scipy.special.softmax(logits, axis=1))


def read(net: Weights, x: Array) -> Reading:
    """The linear models of images (n, 784)."""
    a = _hidden(net, x, np)
    shown = x - net["show"]["b"]
    V = net["show"]["W"]
    gated = a[:, None, :] * net["gates"]
    return Reading(np.einsum("nkh,nh->nk", gated, shown @ V.T), gated @ (V @ V.T) @ gated.swapaxes(1, 2),
                   np.square(shown).sum(axis=1))


def best_temperature(logits: Array, labels: NDArray[np.int64]) -> float:
    """The temperature at which scipy.special.softmax(logits/T) gives labels the highest likelihood."""
    rows = np.arange(len(labels))
    return float(min(TEMPERATURES, key=lambda T: -scipy.special.log_softmax(logits / T, axis=1)[rows, labels].mean()))
