"""Speed of the compiled training loop beside a plain one, as a ratio: ``python -m tests.benchmarks.training``.

The plain loop is the same network, loss and optimiser, compiled as well, but stepped from Python with batches that
NumPy draws and encodes: what a training script looks like. Not collected by pytest.
"""

import time
from dataclasses import asdict

import numpy as np

from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.trained import Purpose, Setting, train_networks
from gateflow.sim.training.extra import jax, jnp, optax
from gateflow.sim.training.loop import Descent, member_keys
from gateflow.sim.training.networks import ARCHITECTURES, dense, linear


def plain(setting: Setting, steps: int, batch: int) -> float:
    """CPU seconds of steps of a loop in Python, without compilation."""
    task, kind = setting.task(0, 0), ARCHITECTURES[setting.architecture]
    assert isinstance(task.encoder, Encoder)
    one, other = jax.random.split(jax.random.key(0))
    weights = {"net": kind.init(one, task.n_inputs, setting.units), "out": dense(other, setting.units, setting.n_tasks)}
    optimiser = optax.adam(0.001)
    memory, rng = optimiser.init(weights), np.random.default_rng(0)

    def loss(weights, inputs, answers):
        logits = linear(weights["out"], kind.last(weights["net"], inputs))
        return jnp.mean(jax.nn.softplus(logits) - answers * logits)

    @jax.jit
    def update(weights, memory, inputs, answers):
        value, slope = jax.value_and_grad(loss)(weights, inputs, answers)
        change, memory = optimiser.update(slope, memory)
        return optax.apply_updates(weights, change), memory, value

    start = 0.0
    for step in range(steps + 1):
        if step == 1:
            start = time.process_time()
        drawn = task.draw(batch, rng)
        inputs = jnp.asarray(drawn.inputs.swapaxes(0, 1), jnp.float32)
        weights, memory, value = update(weights, memory, inputs, jnp.asarray(drawn.answers, jnp.float32))
        float(value)
    return time.process_time() - start


def compiled(setting: Setting, steps: int, batch: int) -> float:
    """CPU seconds of as many steps of the compiled loop: the difference of a long and a short training."""
    def run(steps: int) -> float:
        start = time.process_time()
        train_networks(setting, [setting.task(0, 0)], member_keys(0, Purpose.TRAINING, [0]),
                       Descent(steps=steps, fall="constant"), batch, say=str)
        return time.process_time() - start

    # Whole chunks of 250 steps and a constant rate, so that all compile the same program, which is kept.
    run(250)
    return run(250 + steps) - run(250)


if __name__ == "__main__":
    for name in ARCHITECTURES:
        for batch in (16, 128):
            setting, steps = Setting(name, 24), 250
            slow, fast = plain(setting, steps, batch), compiled(setting, steps, batch)
            print(f"{name:12s} batch {batch:3d}: Python's loop {slow / steps * 1e3:6.2f} ms a step, compiled "
                  f"{fast / steps * 1e3:6.2f} ms, ratio {slow / fast:5.2f}")
    print("setting:", asdict(Setting()))
