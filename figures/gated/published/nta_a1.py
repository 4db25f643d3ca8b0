"""A network of a few numbers tells what the whole one does, if its gates run at τ_c/Σs²"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.full_and_reduced import FullAndReduced, Reduced
from gateflow.theory.checks import Array


def _apart(experiment: Reduced, result: FullAndReduced, *, name: str) -> Array:
    """Distance of the gates, mean over time."""
    return np.asarray(np.abs(getattr(result, name).c - result.flow.c).mean(axis=(1, 2)))


def _adaptation(experiment: Reduced, result: FullAndReduced) -> Array:
    """Time to a loss of .1 in the last block, of the whole flow over the reduced one."""
    whole, reduced = result.flow.adaptation_time(0.1), result.scaled.adaptation_time(0.1 / result.power)
    return np.asarray(whole[:, -1] / reduced[:, -1])


FIGURE = Published(
    paper="NTA", number="A1",
    shows="Loss, gates and singular values of the whole network beside the reduced one with τ_c/Σs².",
    parts=(Part("the whole network and the reduced one", Reduced(preset="flexible"),
                quick={"seeds": 5, "blocks": 10}),),
    printed=(
        Printed("distance of the gates, mean over time, costs over Σs²", "close", high=0.05,
                ours=partial(_apart, name="scaled"), theory=lambda experiment, result: 0.0),
        Printed("the same, costs as published", "close", high=0.05, ours=partial(_apart, name="unscaled"),
                why="costs of .909 and .0909 are half as strong in units of Σs² = .5 as where Σs² = 1"),
        Printed("time to loss .1, last block, whole flow over reduced one", "1", low=0.95, high=1.05,
                ours=_adaptation, theory=lambda experiment, result: 1.0)),
    conventions="Blocks of 999 steps. Both start from the same coordinates; there the reduced network starts from "
                "angles of its own, its switches are smoothed, and its costs are not scaled.")
