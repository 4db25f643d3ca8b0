"""The factors' directions in trained networks are orthogonal"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import ANGLES
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures

FIGURE = Published(
    paper="DIS", number="3c",
    shows="Angle between the directions in which both latent factors move the states, by number of tasks.",
    parts=(Part("angle of both factors", Architectures(architectures=("rnn",), **RECURRENT),
                QUICK | {"task_counts": (2, 24)}, ANGLES),),
    printed=(Printed("angle, most tasks, degrees", "≈ 90", low=85, high=95,
                     ours=lambda experiment, scores: scores.angle[0, -1], theory=lambda experiment, scores: 90.0),),
    conventions=TRAINED)
