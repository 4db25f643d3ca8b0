"""A plain two-layer network gates itself when its second layer is fast and bounded"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.self_gating import SelfGating, SelfGatingNetwork
from gateflow.theory.checks import Array

QUICK = {"seeds": 3, "self_gating_blocks": 10, "flow_members": 1}
# Why theory lies elsewhere than the published runs.
COARSE = ("the published step is as long as the time constant of the second layer; the flow, and descent at a "
          "finer step, specialise less: published alignment comes with the step")


def aligned(experiment: SelfGatingNetwork, result: SelfGating, *, theory: bool = False) -> Array:
    """Total alignment at the end."""
    return (result.flow if theory else result.runs["flexible"]).alignment[:, -1]


def _gated(experiment: SelfGatingNetwork, result: SelfGating, *, theory: bool = False) -> Array:
    """Entries between a teacher's units and its outputs, in blocks of the other one over those of its own."""
    layer = (result.flow if theory else result.runs["flexible"]).sorted_layer
    own = np.stack([np.diagonal(layer, offset, axis1=-2, axis2=-1) for offset in (0, layer.shape[2])], axis=2)
    return (own[:, 0, 1] + own[:, 1, 0]).mean(axis=-1) / (own[:, 0, 0] + own[:, 1, 1]).mean(axis=-1)


FIGURE = Published(
    paper="NTA", number="6",
    shows="The second layer of one network at the end of a block of each task, units sorted by teacher, and the "
          "alignment of first layer and teachers over time.",
    parts=(Part("self-gating: second layer, alignment, what moves the contrast, ratchet",
                SelfGatingNetwork(seeds=10, flow_members=4), quick=QUICK),),
    printed=(
        Printed("total alignment at the end, flexible", "rises towards 1", low=0.75, ours=aligned,
                theory=partial(aligned, theory=True), apart=COARSE),
        Printed("entries of units in blocks of the other teacher, over those in blocks of their own", "≈ 0", low=0.0,
                high=0.2, ours=_gated, theory=partial(_gated, theory=True), apart=COARSE)),
    conventions="Blocks of int(τ_B // dt) = 99 steps; rows of teachers matched once over the whole run with the unit "
                "of the largest mean cosine, one unit may serve twice.")
