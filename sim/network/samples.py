"""Quick runs of networks, each beside one closed form: the points that laboratories lay over their curves."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from gateflow.sim.network.descent import descend
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.checks import Array
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.scalar_parts import unit_clock


def law_changes(a: Sequence[float] | Array, *, b: float, r: float, u: float, g: float, dt: Sequence[float] | Array,
                taus: tuple[float, float] = (1.0, 1.0)) -> Array:
    """Change of τ_A a² − τ_B b² in one step of descent of a network a b, for weights a and steps dt (n,) each.

    r, u: slopes of the costs in a and b, which are weight decays; g: how the loss falls with the product.
    taus: time constants of a and b.
    """
    found, (tau_a, tau_b) = [], taus
    for weight, step in zip(a, dt, strict=True):
        network = Network("ih,hj->ij", (Factor("A", tau=tau_a, decay=r / weight), Factor("B", tau=tau_b, decay=u / b)),
                          {"i": 1, "h": 1, "j": 1})
        tasks = squared_tasks(network, np.full((1, 1, 1), g + weight * b))
        # States are recorded before their steps: the second is that after one.
        start = [np.full((1, 1, 1), x) for x in (weight, b)]
        run = descend(network, tasks, Schedule((0,), (2 * float(step),)), start, dt=float(step), record_every=1)
        law = tau_a * run["A"][0, :, 0, 0] ** 2 - tau_b * run["B"][0, :, 0, 0] ** 2
        found.append(law[1] - law[0])
    return np.array(found)


def clock_rates(downhill: Array, *, units: int, rng: Generator, dt: float = 1e-6) -> Array:
    """How fast clocks of random units of a,a,a-> run in a step of descent, for downhill directions (n,): (units, n)."""
    network = Network("a,a,a->", tuple(map(Factor, "xyz", (0.2, 0.5, 0.9))), {"a": units})
    start = [rng.uniform(0.3, 1.5, (1, units)) for _ in range(3)]
    learned, found = float(np.prod(start, axis=0).sum()), []
    for push in downhill:
        run = descend(network, squared_tasks(network, [learned + push]), Schedule((0,), (2 * dt,)), start, dt=dt,
                      record_every=1)
        found.append(np.diff(unit_clock(network, run.factors)[0], axis=0)[0] / dt)
    return np.stack(found, axis=1)


def held_contrast_rates(forces: Array, *, weight: float, dt: float = 1e-6) -> Array:
    """How fast a step of descent moves the contrast of two hidden units of one weight each, the first held at 0.

    forces (n,): with which the bound holds it; weight: of the other unit in the bounded layer.
    """
    network = Network("ih,hj->ij", (Factor("A", tau=0.4, bound=0), Factor("B", tau=1.3)), {"i": 1, "h": 2, "j": 1})
    found = []
    for force in forces:
        # Where the loss falls with the product at rate 1, a unit is pushed by its weight on the other side.
        start = [np.array([[[0.0, weight]]]), np.array([[[-force], [0.5]]])]
        tasks = squared_tasks(network, np.full((1, 1, 1), 1 + 0.5 * weight))
        run = descend(network, tasks, Schedule((0,), (2 * dt,)), start, dt=dt, record_every=1)
        apart = [np.ptp(run[name].reshape(2, 2), axis=1) for name in "AB"]
        found.append(np.diff(1.3 * apart[1] ** 2 - 0.4 * apart[0] ** 2)[0] / dt)
    return np.array(found)


def losses_on_the_way(t: Array, *, learning: str, start: float, fixed: float, strength: float, variance: float,
                      sizes: tuple[int, int, int], members: int, rng: Generator) -> tuple[Array, Array]:
    """Coordinate (n,) of a layer that learns, the other resting, at times t (n,), and losses on batches (members, n).

    Matrices of such sizes (output, hidden units, input) of one random direction on each side: ``start`` and ``fixed``
    times it, of ``strength`` in the teacher. learning: "A", the layer of the output, or "B"; variance: of the inputs.
    """
    directions = [rng.standard_normal(size) for size in sizes]
    output, hidden, given = (one / np.linalg.norm(one) for one in directions)
    sides = {"A": np.outer(output, hidden), "B": np.outer(hidden, given)}
    network = Network("ih,hj->ij", tuple(Factor(name, tau=1.0 if name == learning else 1e9) for name in sides),
                      dict(zip("ihj", sizes, strict=True)))
    teacher, dt = strength * np.outer(output, given), 1e-3
    tasks = squared_tasks(network, teacher[None], covariance=variance * np.eye(sizes[2]))
    initial = [(start if name == learning else fixed) * side[None] for name, side in sides.items()]
    run = descend(network, tasks, Schedule((0,), (float(t[-1]) + 2 * dt,)), initial, dt=dt, record_every=1)
    at = np.rint(t / dt).astype(int)
    error = teacher - (run["A"] @ run["B"])[0, at]
    batches = np.sqrt(variance) * rng.standard_normal((members, len(t), sizes[2], 200))
    return np.sum(run[learning][0, at] * sides[learning], axis=(1, 2)), (
        (error @ batches) ** 2).sum(axis=2).mean(axis=-1) / 2
