"""Longer trials tell more, as the evidence does"""

from functools import partial

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.conditions import OVER, Conditions
from gateflow.sim.disentangle.scores import Scores, optimum
from gateflow.theory.checks import Array


def told(experiment: Conditions, scores: Scores, *, duration: float) -> Array:
    """r² in distribution (S,) after a number of observations."""
    return scores.inside[experiment.places.index(duration), 0]


def most(experiment: Conditions, scores: Scores, *, duration: float) -> float:
    """The most that the evidence allows."""
    return optimum(experiment.placed(duration, experiment.asked[0])).inside


FIGURE = Published(
    paper="DIS", number="5a", shows="r² by trial length, beside 1 − .48/(t + 1).",
    parts=(Part("24 tasks", Conditions(over="duration", **RECURRENT), QUICK | {"trials": 1000}),),
    # The printed curve is of maximum likelihood with an observation more than trials have; shrinkage gains.
    printed=tuple(Printed(f"r² in distribution, t = {t}", f"{1 - 0.48 / (t + 1):.3f}".lstrip("0"),
                          low=1 - 0.48 / (t + 1) - 0.02, high=1 - 0.48 / (t + 1) + 0.02,
                          ours=partial(told, duration=t), theory=partial(most, duration=t))
                  for t in OVER["duration"]),
    conventions=TRAINED)
