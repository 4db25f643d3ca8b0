"""Directions of trained networks are orthogonal, and the same under all conditions"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import GEOMETRY
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="S10",
    shows="Orthogonality of the factors' directions by number of tasks; parallelism and generalisation over conditions "
          "are ours.",
    parts=(Part("geometry of states", Architectures(architectures=("rnn",), **RECURRENT),
                QUICK | {"task_counts": (2, 24)}, GEOMETRY),),
    printed=(
        Printed("distance of the angle from 90°, most tasks, degrees", "orthogonal", high=6,
                ours=lambda experiment, scores: scores.spread[0, -1], theory=lambda experiment, scores: 0.0),
        Printed("parallelism, most tasks", "the same under all conditions", low=0.85,
                ours=lambda experiment, scores: scores.parallelism[0, -1], theory=lambda experiment, scores: 1.0),
        Printed("factor told under conditions never met, most tasks", "the same under all conditions", low=0.9,
                ours=lambda experiment, scores: scores.generalisation[0, -1],
                theory=lambda experiment, scores: optimum(experiment.setting("rnn", 24)).generalisation)),
    conventions=TRAINED)
