"""Second layers on average: units of the inactive teacher are closed"""

from functools import partial

import numpy as np

from gateflow.figures.network.published.nta_6 import COARSE, QUICK
from gateflow.figures.network.two_layer_pictures import mean_layers
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.self_gating import SelfGating, SelfGatingNetwork
from gateflow.theory.checks import Array


def _sparse(experiment: SelfGatingNetwork, result: SelfGating, *, kind: str = "flexible",
            theory: bool = False) -> Array:
    """Share of the squared second layer that lies between the active teacher's units and their outputs."""
    layer = (result.flow if theory else result.runs[kind]).sorted_layer
    own = [np.diagonal(layer[:, task], offset, axis1=-2, axis2=-1) for task, offset in ((0, 0), (1, layer.shape[2]))]
    return np.sum(np.square(own), axis=(0, 2)) / np.sum(layer**2, axis=(1, 2, 3))


FIGURE = Published(
    paper="NTA", number="A6",
    shows="The second layer at the end of a block of each task, units sorted by teacher, mean over seeds, with and "
          "without its costs.",
    parts=(Part("sorted second layers, mean over members", SelfGatingNetwork(seeds=10, flow_members=4), quick=QUICK,
                picture=Panel(mean_layers, height=3.6, columns=6, caption="Specialised: what a network has whose units "
                              "each serve one row of one teacher, under a norm of 1: entries of 1/√10.")),),
    printed=(
        Printed("share of the squared layer at the active teacher's units, flexible", "most", low=0.5,
                ours=_sparse, theory=partial(_sparse, theory=True), apart=COARSE,
                why="entries off the diagonal are small but many"),
        Printed("the same, forgetful", "half or less: units of both are open", low=0.25, high=0.5,
                ours=partial(_sparse, kind="forgetful"))),
    conventions="As figure 6.")
