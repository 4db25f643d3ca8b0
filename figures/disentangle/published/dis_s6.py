"""How many units of trained networks are active"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import ACTIVITY
from gateflow.figures.published import Part, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures

FIGURE = Published(
    paper="DIS", number="S6", shows="Sparsity of the states by number of tasks.",
    parts=(Part("sparsity", Architectures(architectures=("rnn",), **RECURRENT), QUICK | {"task_counts": (2, 24)},
                ACTIVITY, "an affine code of the state is as good with any number of active units, and what training "
                          "chooses among them is not known."),),
    conventions=TRAINED)
