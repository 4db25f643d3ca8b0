"""Transformers need as many tasks as there are factors, recurrent networks more"""

from functools import partial

import numpy as np

from gateflow.figures.disentangle.budget import GATED, QUICK, RECURRENT, TRAINED_BOTH
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.scores import Scores
from gateflow.theory.checks import Array

COUNTS = (2, 6, 24)
KINDS = (("rnn", "rnn-summing"), ("lstm", "transformer"))


def gain(experiment: Architectures, scores: Scores, *, name: str) -> Array:
    """Out-of-distribution r² (S,) with the most tasks less that with the fewest."""
    return experiment.gain(scores, name)


FIGURE = Published(
    paper="DIS", number="3b",
    shows="r² of the latent state out of distribution by number of tasks, for networks with and without leak, LSTM and "
          "transformer.",
    parts=tuple(Part(title, Architectures(architectures=names, task_counts=COUNTS, **how), QUICK | quick)
                for title, names, how, quick in (
                    ("recurrent networks", KINDS[0], RECURRENT, {"task_counts": (2, 24)}),
                    ("LSTM and transformer", KINDS[1], GATED,
                     {"task_counts": (2, 24), "updates": 200, "rate": 0.0, "seeds": 2}))),
    printed=tuple(Printed(f"{name}: r² out of distribution, most tasks less fewest", printed, low=low, high=high,
                          part=part, ours=partial(gain, name=name))
                  for name, printed, low, high, part in (
                      ("rnn", "rises", 0.1, np.inf, 0), ("rnn-summing", "rises", 0.1, np.inf, 0),
                      ("lstm", "rises", 0.05, np.inf, 1), ("transformer", "at its best from N ≈ D on", -0.1, 0.1, 1))),
    conventions=TRAINED_BOTH)
