"""Networks generalise from curved and shifted boundaries, and behind a quadratic encoder"""

from typing import Any

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import IN_AND_OUT
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures

WORLDS: dict[str, dict[str, Any]] = {"curved boundaries": {"task_kind": "curved"},
                                     "shifted boundaries": {"task_kind": "shifted"},
                                     "quadratic encoder": {"encoder": "quadratic"}}

FIGURE = Published(
    paper="DIS", number="S1",
    shows="r² in and out of distribution by number of tasks, behind an encoder of squares; curved and shifted "
          "boundaries are ours.",
    parts=tuple(Part(title, Architectures(architectures=("rnn",), task_counts=(2, 6, 24), **world, **RECURRENT),
                     QUICK | {"task_counts": (2, 24)}, IN_AND_OUT) for title, world in WORLDS.items()),
    printed=tuple(Printed(f"{title}: r² out of distribution, most tasks less fewest", "rises", low=0.05,
                          part=part, ours=lambda experiment, scores: experiment.gain(scores, "rnn"))
                  for part, title in enumerate(WORLDS)),
    conventions=f"{TRAINED} Curved: by .8(‖x‖² − (c·x)²); shifted: offsets of standard deviation .15.")
