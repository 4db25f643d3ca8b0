"""Networks disentangle factors that are correlated"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="S3", shows="r² out of distribution where the latent factors are correlated.",
    parts=(Part("24 tasks", Conditions(over="correlation", **RECURRENT), QUICK | {"values": (0.0, 0.6)}),),
    printed=(Printed("r² out of distribution, strongest correlation less none", "robust", low=-0.1, high=0.1,
                     ours=lambda experiment, scores: scores.outside[-1, 0] - scores.outside[0, 0],
                     theory=lambda experiment, scores: optimum(experiment.placed(experiment.places[-1], 24)).outside
                     - optimum(experiment.placed(experiment.places[0], 24)).outside),),
    conventions=f"{TRAINED} Factors are uniform, tied by a Gaussian copula of the correlation shown.")
