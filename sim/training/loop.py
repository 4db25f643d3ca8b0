"""One compiled loop that trains an ensemble: data are drawn inside it, members do not know of each other.

    trained = train(init, loss, members, keys, Descent(steps=1000, rate=0.01))

``init(key, member)`` gives the parameters of a member, ``loss(parameters, key, member)`` draws a batch from its key
and gives a number; both are pure. A member is what sets it apart: arrays of ``members`` without their first axis. What
becomes of it depends on its key and its arrays, not on its neighbours. On a CPU members follow one another (as fast,
and less memory), on a GPU they stand side by side.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import SeedSequence

from gateflow.sim.processes import report
from gateflow.sim.storage import cache_folder, can_keep
from gateflow.sim.training import checkpoints
from gateflow.sim.training.extra import jax, jnp, optax
from gateflow.theory.checks import MANY, SCALE, STRENGTH, Array, InputError
from gateflow.theory.parameters import Parameters, parameter

# Updates between two looks at the loss; seconds between two checkpoints, and between two lines of progress.
_CHUNK, _KEEP, _TELL = 250, 10.0, 5.0


@dataclass(frozen=True)
class Descent(Parameters):
    """How to train: Adam, its gradient cut at a norm of 1. Raises InputError."""

    steps: int = parameter(1000, "updates", MANY)
    rate: float = parameter(0.003, "rate of Adam, the first one if it falls", SCALE)
    fall: str = parameter("cosine", "how the rate falls to 0, or that it stays", ("cosine", "constant"))
    decay: float = parameter(0.0, "decay of weights", STRENGTH)

    def optimiser(self) -> Any:
        """The optimiser of Optax."""
        rate = optax.cosine_decay_schedule(self.rate, self.steps) if self.fall == "cosine" else self.rate
        return optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=self.decay))


@dataclass(frozen=True, eq=False)
class Trained:
    """An ensemble after training. weights: nested dictionaries of arrays (S, ...); losses: (S, steps), before each
    update; seconds: of this process's CPU, that of compilation included."""

    weights: dict[str, Any]
    losses: Array
    seconds: float

    def member(self, k: int) -> dict[str, Any]:
        """The weights of a member."""
        chosen: dict[str, Any] = tree_map(lambda leaf: leaf[k], self.weights)
        return chosen


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Nested dictionaries with every array changed by a function; needs no JAX."""
    return {name: tree_map(function, each) for name, each in tree.items()} if isinstance(tree, dict) else function(tree)


def member_keys(seed: int, purpose: Enum, members: Iterable[int], *key: int) -> Any:
    """Keys (S, 2) of JAX's counter-based generator: of seed, purpose and member alone, as ``sim.randomness``'s."""
    return np.stack([SeedSequence(seed, spawn_key=(*purpose.value, *key, k)).generate_state(2) for k in members])


def spread(function: Callable[..., Any], *arrays: Any) -> Any:
    """The function for every member: one after another on a CPU, side by side elsewhere."""
    if jax.default_backend() == "cpu":
        return jax.lax.map(lambda member: function(*member), arrays)
    return jax.vmap(function)(*arrays)


def train(init: Callable[[Any, Any], Any], loss: Callable[[Any, Any, Any], Any], members: Mapping[str, Any], keys: Any,
          how: Descent, *, about: Mapping[str, Any], shared: Mapping[str, Any] | None = None, name: str = "network",
          checkpoint: Path | bool = False, say: Callable[[str], None] = report) -> Trained:
    """Train all members.

    members: arrays by name, first axis the member; keys: (S, 2), of ``member_keys``; shared: arrays that every member
    has, as data; about: plain values of all else that init and loss know, by which checkpoints are told apart;
    name: what progress calls it; checkpoint: a file from which training goes on and in which it is kept, True for one
    in the user's cache folder that belongs to exactly this training; say: takes lines of progress.
    Raises InputError for a checkpoint that does not fit and where the extra is not installed, FloatingPointError where
    a loss is not finite.
    """
    given = {key: np.asarray(value, dtype=np.float32) for key, value in members.items()}
    same = {key: jnp.asarray(value, dtype=np.float32) for key, value in (shared or {}).items()}
    facts = {"name": name, **asdict(how), **about, "members": checkpoints.digest(*given.values(), *same.values()),
             "keys": checkpoints.digest(np.asarray(keys)), "jax": jax.__version__}
    path = _path(checkpoint, name, facts, (init, loss))
    optimiser, wrapped = how.optimiser(), jax.random.wrap_key_data(jnp.asarray(keys, jnp.uint32))

    def start(key: Any, member: Any) -> tuple[Any, Any]:
        weights = init(jax.random.fold_in(key, 0), member)
        return weights, optimiser.init(weights)

    def advance(state: Any, key: Any, member: Any, steps: Any) -> tuple[Any, Any]:
        def step(carry: tuple[Any, Any], i: Any) -> tuple[tuple[Any, Any], Any]:
            weights, memory = carry
            value, slope = jax.value_and_grad(loss)(weights, jax.random.fold_in(key, i + 1), member)
            change, memory = optimiser.update(slope, memory, weights)
            return (optax.apply_updates(weights, change), memory), value

        return jax.lax.scan(step, state, steps)

    @jax.jit  # type: ignore[untyped-decorator]
    def chunk(states: Any, keys: Any, members: Any, same: Any, steps: Any) -> Any:
        return spread(lambda state, key, member: advance(state, key, member | same, steps), states, keys, members)

    states = jax.jit(lambda keys, members, same: spread(lambda key, member: start(key, member | same), keys, members))(
        wrapped, given, same)
    leaves, shape = jax.tree.flatten(states)
    first, losses = 0, np.empty((len(keys), 0))
    if path is not None and (kept := checkpoints.load(path, facts, leaves)) is not None:
        first, arrays, losses = kept
        states = jax.tree.unflatten(shape, [jnp.asarray(a, leaf.dtype) for a, leaf in zip(arrays, leaves, strict=True)])
        say(f"{name}: goes on at step {first} of {how.steps}")
    begun = time.process_time()
    saved = told = time.monotonic()
    while first < how.steps:
        upto = min(first + _CHUNK, how.steps)
        states, values = chunk(states, wrapped, given, same, jnp.arange(first, upto))
        losses = np.concatenate([losses, np.asarray(values, np.float64)], axis=1)
        if not np.isfinite(losses[:, -1]).all():
            raise FloatingPointError(f"training of {name} must keep the loss finite, got {losses[:, -1].max()} at step "
                                     f"{upto}: try a smaller rate")
        first, now = upto, time.monotonic()
        if now - told > _TELL:
            told = now
            say(f"{name}: step {first} of {how.steps}, loss {losses[:, -50:].mean():.4g}")
        if path is not None and (now - saved > _KEEP or first == how.steps):
            checkpoints.save(path, facts, first, jax.tree.leaves(states), losses)
            saved = time.monotonic()
    weights = tree_map(lambda leaf: np.asarray(leaf, np.float64), states[0])
    return Trained(weights, losses, time.process_time() - begun)


def _path(checkpoint: Path | bool, name: str, facts: Mapping[str, Any],
          code: Iterable[Callable[..., Any]]) -> Path | None:
    if isinstance(checkpoint, bool):
        if not checkpoint:
            return None
        # A checkpoint that nobody named belongs to the very code that made it.
        files = {Path(sys.modules[each.__module__].__file__ or "") for each in code}
        files |= set(Path(__file__).parent.glob("*.py"))
        mark = checkpoints.digest(dict(facts), *(path.read_bytes() for path in sorted(files)))
        place = cache_folder() / "trained" / f"{name.replace(' ', '-')}-{mark}.npz"
        # Networks that were trained are read from a folder that cannot be written to as well.
        return place if os.access(place, os.R_OK) or can_keep(place.parent, "what is trained") else None
    if checkpoint.is_dir():
        raise InputError(f"checkpoint must be a file, got the folder {checkpoint}")
    return checkpoint
