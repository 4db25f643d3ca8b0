"""Pictures of the derivations of networks, drawn with the functions that the derivations end in."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.picture import Drawing
from gateflow.figures.style import BLUE, ORANGE
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.scalar_parts import unit_clock


def _unit_clock() -> Figure:
    network = Network("a,a,a->", (Factor("x", 0.2), Factor("y", 0.5), Factor("z", 0.9)), {"a": 2})
    start = [[0.5, 1.1]], [[0.8, 0.6]], [[0.9, 0.5]]
    run = integrate(network, squared_tasks(network, [2.0, 1.0]), Schedule.cyclic(2, 4, 0.3), start)
    clocks = unit_clock(network, run.factors)[0]
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    products = np.prod(np.stack(run.factors)[:, 0], axis=0)
    for unit, colour in enumerate((BLUE, ORANGE)):
        left.plot(run.t, products[:, unit], color=colour, label=f"unit {unit + 1}")
        right.plot(run.t, clocks[:, unit], color=colour)
    left.set(xlabel="time", ylabel="product of the unit, $xyz$")
    left.legend()
    right.plot(run.t, clocks[:, 1] - clocks[:, 0], "k:", label="difference")
    right.set(xlabel="time", ylabel="reading of the clock")
    right.legend()
    return figure


PICTURES = {
    "unit-clock": Drawing(
        "Two units of a,a,a->, trained on two targets in turn. Their products go different ways; their elliptic clocks "
        "run together, so that the difference is conserved.", _unit_clock),
}
