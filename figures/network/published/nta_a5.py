"""Second layers as they are: the costs make entries sparse, without them they do not switch"""

from functools import partial

import numpy as np

from gateflow.figures.network.published.nta_6 import QUICK
from gateflow.figures.network.two_layer_pictures import single_layers
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.self_gating import SelfGating, SelfGatingNetwork
from gateflow.theory.checks import Array


def _moved(experiment: SelfGatingNetwork, result: SelfGating, *, kind: str = "flexible", theory: bool = False) -> Array:
    """Norm of the difference of the second layer between the two tasks, over the norm of the layer."""
    layer = (result.flow if theory else result.runs[kind]).layer
    norm = np.sqrt(np.mean(np.sum(layer**2, axis=(-2, -1)), axis=1))
    return np.linalg.norm(layer[:, 0] - layer[:, 1], axis=(-2, -1)) / norm


def _negative(experiment: SelfGatingNetwork, result: SelfGating, *, kind: str = "flexible") -> Array:
    """Share of entries below −.01."""
    return np.mean(result.runs[kind].layer < -0.01, axis=(1, 2, 3))


FIGURE = Published(
    paper="NTA", number="A5",
    shows="The second layer of one network at the end of a block of each task, units as they are, with and without its "
          "costs.",
    parts=(Part("second layers of one member, units as they "
                "are", SelfGatingNetwork(seeds=10, flow_members=4), quick=QUICK,
                picture=Panel(single_layers, height=3.6, columns=6, caption="Flow: the same member, exactly.")),),
    printed=(
        Printed("change of the second layer between tasks, over its norm, flexible", "switches: √2", low=1.1, high=1.45,
                ours=_moved, theory=partial(_moved, theory=True)),
        Printed("change of the second layer between tasks, over its norm, forgetful", "hardly", high=0.7,
                ours=partial(_moved, kind="forgetful")),
        Printed("share of entries below −.01, flexible", "none", high=0.05, ours=_negative,
                theory=lambda experiment, result: 0.0, why="a step of the soft bound is λ dt/τ_2 = .2 and overshoots"),
        Printed("share of entries below −.01, forgetful", "many", low=0.05,
                ours=partial(_negative, kind="forgetful"))),
    conventions="As figure 6.")
