"""Trained networks hold the latent state on a slow sheet of two dimensions"""

import numpy as np

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.attractors import DELAYS, AttractorRuns, Attractors
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.time import shrunk_r2


def time_scales(experiment: Attractors, runs: AttractorRuns) -> Array:
    """How much slower the slower two directions of a network are than all others, (S,)."""
    times = -1 / np.log(np.clip(runs.moduli, 1e-6, 1 - 1e-6))
    return np.asarray(times[:, 1] / times[:, 2])


FIGURE = Published(
    paper="DIS", number="3d",
    shows="States of a network trained on 24 tasks in their principal components, coloured by the latent state: a "
          "continuous attractor.",
    parts=(Part("a trained network without stimulus", Attractors(**RECURRENT), QUICK),),
    printed=(
        Printed("second time scale by third", "two dimensions", low=1.5, high=1000, ours=time_scales,
                why="the sheet is not much slower than what surrounds it"),
        Printed("r² after 20 steps without stimulus", "states stay", low=0.9, high=1,
                ours=lambda experiment, runs: runs.decoded[:, DELAYS.index(20)],
                theory=lambda experiment, runs: float(shrunk_r2(experiment.sigma_t**2)),
                why="the sheet is slow, not still: nothing in training asks for a memory that outlasts a step")),
    conventions=TRAINED)
