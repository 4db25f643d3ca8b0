"""Networks generalise in more dimensions than two, if there are enough tasks"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="5b", shows="r² out of distribution for two to ten latent factors, random tasks.",
    parts=(Part("24 tasks", Conditions(over="factors", **RECURRENT), QUICK | {"values": (2, 6)}),),
    printed=(Printed("r² out of distribution, most factors", "generalises", low=0.8,
                     ours=lambda experiment, scores: scores.outside[-1, 0],
                     theory=lambda experiment, scores: optimum(experiment.placed(experiment.places[-1], 24)).outside,
                     why="24 tasks are few for ten factors, and training is short"),),
    conventions=f"{TRAINED} Beyond two factors tasks are random, and eight orthants are left out, those with most "
                "trials.")
