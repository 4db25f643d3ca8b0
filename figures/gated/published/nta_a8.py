"""Specialised weights make gates fast, and fast gates spare the weights"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds, MeasuredSpeeds, plane_speeds


def _ratio(experiment: KernelSpeeds, result: MeasuredSpeeds, *, theory: bool = False) -> float:
    """Speed by gates over that by weights, at the point that is most specialised."""
    own, other = result.where.T
    values = result.predicted if theory else result.fall[1]
    gates, weights = values[:, int(np.argmax(own - other))]
    return float(gates / weights)


def _share(experiment: KernelSpeeds, result: MeasuredSpeeds) -> float:
    """Share of a specialised state's speed that is due to gates, and of an unspecialised one's, the latter over the
    former."""
    rates = [plane_speeds(np.array(own), np.array(other), experiment.c_bar, **experiment.constants())
             for own, other in ((1.0, 0.0), (0.5, 0.5))]
    special, plain = (float(gates / (gates + weights)) for gates, weights in rates)
    return plain / special


FIGURE = Published(
    paper="NTA", number="A8",
    shows="How fast outputs follow an error, over the plane of weights, by gates and by weights.",
    parts=(Part("kernel over the plane of weights", KernelSpeeds(preset="flexible", points=9)),),
    printed=(
        Printed("speed by gates over that by weights, most specialised point", "gates adapt", low=2.0,
                ours=_ratio, theory=partial(_ratio, theory=True)),
        Printed("share of gates where paths are equal, over that where specialised", "less", high=0.9,
                ours=_share)),
    conventions="Time constants of figure 2 in units of the teacher norm, τ_w = 1.3 and τ_c/Σs² = .06.")
