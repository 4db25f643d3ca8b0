"""More tasks make trained networks generalise out of distribution"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import IN_AND_OUT
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="3a",
    shows="r² of the latent state in and out of distribution, of recurrent networks by their number of tasks.",
    parts=(Part("recurrent networks", Architectures(architectures=("rnn",), **RECURRENT),
                QUICK | {"task_counts": (2, 24)}, IN_AND_OUT),),
    printed=(
        Printed("r² out of distribution, most tasks less fewest", "rises", low=0.1,
                ours=lambda experiment, scores: experiment.gain(scores, "rnn")),
        Printed("r² out of distribution, most tasks", "close to that in distribution", low=0.85,
                ours=lambda experiment, scores: scores.outside[0, -1],
                theory=lambda experiment, scores: optimum(experiment.setting("rnn", 24)).outside),
        Printed("r² in distribution, most tasks", "near the optimum", low=0.96,
                ours=lambda experiment, scores: scores.inside[0, -1],
                theory=lambda experiment, scores: optimum(experiment.setting("rnn", 24)).inside)),
    conventions=TRAINED)
