"""Loss, gates and alignment of the two-layer network tell the same as those of the gated one"""

from functools import partial

import numpy as np

from gateflow.figures.network.published.nta_6 import COARSE, QUICK, aligned
from gateflow.figures.network.two_layer_pictures import LINES, metrics
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.self_gating import SelfGating, SelfGatingNetwork
from gateflow.theory.checks import Array


def _rank(experiment: SelfGatingNetwork, result: SelfGating, *, kind: str = "flexible", theory: bool = False) -> Array:
    """Singular values of the first layer at the end above a tenth of the largest."""
    values = (result.flow if theory else result.runs[kind]).singular[:, -1]
    return np.sum(values > values[:, :1] / 10, axis=-1)


def _swing(experiment: SelfGatingNetwork, result: SelfGating, *, theory: bool = False) -> Array:
    """Mean gate of a teacher's units at the ends of its own blocks, less that of the others, last four blocks."""
    run = result.flow if theory else result.runs["flexible"]
    ends = np.searchsorted(run.t, result.bounds[-4:] - 1e-9) - 1
    active = np.arange(len(result.bounds) - 5, len(result.bounds) - 1) % 2
    gates = run.gates[:, ends]
    return (gates[:, np.arange(4), active] - gates[:, np.arange(4), 1 - active]).mean(axis=1)


FIGURE = Published(
    paper="NTA", number="A4",
    shows="Loss, mean entry of the second layer over the units of each teacher, similarity and total alignment, and "
          "how far a step moves each layer, over thirty blocks.",
    parts=(Part("metrics of the self-gating network", SelfGatingNetwork(seeds=10, flow_members=4), quick=QUICK,
                picture=Panel(metrics, height=9.0, columns=6, caption=f"{LINES} Last line: singular values of the "
                "first layer; a network that remembers both teachers of rank 10 has 20, one that forgets has 10.")),),
    printed=(
        Printed("total alignment at the end", "rises towards 1", low=0.75, ours=aligned,
                theory=partial(aligned, theory=True), apart=COARSE),
        Printed("mean entry of a teacher's units, own blocks less others", "positive", low=0.005, high=0.1, ours=_swing,
                theory=partial(_swing, theory=True)),
        Printed("singular values of the first layer at the end, flexible", "both teachers: 20", low=17.0,
                ours=_rank, theory=partial(_rank, theory=True)),
        Printed("singular values of the first layer at the end, forgetful", "one teacher: 10", low=10.0, high=10.0,
                ours=partial(_rank, kind="forgetful"), theory=lambda experiment, result: 10.0)),
    conventions="As figure 6. Singular values are ours.")
