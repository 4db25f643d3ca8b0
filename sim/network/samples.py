"""Quick runs of networks, each beside one closed form: the points that laboratories lay over their curves."""

from collections.abc import Sequence

import numpy as np

from gateflow.sim.network.descent import descend
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.checks import Array
from gateflow.theory.network.network import Factor, Network


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
