"""Trained networks hold the latent state on a slow sheet of two dimensions"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.attractors import DELAYS, Attractors
from gateflow.theory.disentangle.time import shrunk_r2

FIGURE = Published(
    paper="DIS", number="3d",
    shows="States of a network trained on 24 tasks in their principal components, coloured by the latent state: a "
          "continuous attractor.",
    parts=(Part("a trained network without stimulus", Attractors(**RECURRENT), QUICK),),
    printed=(
        Printed("second modulus of eigenvalues, 1 if states stay", "two dimensions stay", low=0.85,
                ours=lambda experiment, runs: runs.moduli[:, 1], theory=lambda experiment, runs: 1.0),
        Printed("third modulus of eigenvalues, 1 if states stay", "two dimensions stay", high=0.6,
                ours=lambda experiment, runs: runs.moduli[:, 2]),
        Printed("r² after 20 steps without stimulus", "states stay", low=0.9,
                ours=lambda experiment, runs: runs.decoded[:, DELAYS.index(20)],
                theory=lambda experiment, runs: float(shrunk_r2(experiment.sigma_t**2)),
                why="the sheet is slow, not still; no task asks for a memory of more than a step")),
    conventions=TRAINED)
