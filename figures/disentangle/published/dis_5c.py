"""Networks trained on more noise know less, as the evidence does"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="5c", shows="r² out of distribution by the noise of an observation.",
    parts=(Part("24 tasks", Conditions(over="sigma", **RECURRENT), QUICK | {"values": (0.1, 0.6)}),),
    printed=(
        Printed("r² in distribution, least noise less most", "falls with noise", low=0.02,
                ours=lambda experiment, scores: scores.inside[0, 0] - scores.inside[-1, 0],
                theory=lambda experiment, scores: optimum(experiment.placed(experiment.places[0], 24)).inside
                - optimum(experiment.placed(experiment.places[-1], 24)).inside),
        Printed("r² out of distribution, most noise", "generalises", low=0.7,
                ours=lambda experiment, scores: scores.outside[-1, 0],
                theory=lambda experiment, scores: optimum(experiment.placed(experiment.places[-1], 24)).outside,
                why="in distribution networks reach the bound at any noise; the quadrant left out costs them more than "
                    "the optimal agent (theory), the more noise the more")),
    conventions=TRAINED)
