"""Fast bounded gates make weights specialise, slow free ones do not"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.practice import Practice, Practised
from gateflow.theory.checks import Array

Runs = dict[str, Practised]
# Blocks over which speeds are averaged, at the end.
_LATE = 4


def _time(experiment: Practice, result: Runs, *, name: str, block: int, theory: bool = False) -> Array:
    expected, seen = result[name].adaptation_times(experiment.threshold, experiment.look_every)
    return np.asarray((expected if theory else seen)[:, min(block, experiment.blocks) - 1])


def _alignment(experiment: Practice, result: Runs, *, name: str, theory: bool = False) -> Array:
    return np.asarray((result[name].ideal_alignment if theory else result[name].batches.total_alignment())[:, -1])


def _weight_speed(experiment: Practice, result: Runs, *, theory: bool = False) -> Array:
    """Mean change of weights in the last blocks, flexible over forgetful, seed by seed."""
    means = []
    for runs in (result["flexible"], result["forgetful"]):
        speed = runs.flow_speeds()[0] if theory else runs.batches.speed_w
        means.append(speed[:, runs.batches.t >= runs.batches.starts[-1 - _LATE] * runs.batches.dt].mean(axis=1))
    return np.asarray(means[0] / means[1])


def _gates(experiment: Practice, result: Runs, *, theory: bool = False) -> Array:
    runs = result["flexible"]
    return np.asarray(np.ptp((runs.flow.c if theory else runs.batches.c)[:, -1], axis=-1))


def _times(quantity: str, name: str, block: int, printed: str, code: float, low: float, high: float) -> Printed:
    return Printed(quantity, printed, low=low, high=high, code=code,
                   ours=partial(_time, name=name, block=block),
                   theory=partial(_time, name=name, block=block, theory=True))


def _two(quantity: str, printed: str, low: float, high: float, value: partial[Array]) -> Printed:
    return Printed(quantity, printed, low=low, high=high, ours=value, theory=partial(value, theory=True))


FIGURE = Published(
    paper="NTA", number="2",
    shows="Loss, gates, alignment of paths and teachers, changes of weights and gates, norm of the weights, and the "
          "time to a loss of .1, of a flexible and a forgetful network over blocks.",
    parts=(Part("a flexible and a forgetful network", Practice(look_every=2), quick={"seeds": 5, "blocks": 8}),),
    printed=(
        _times("time to loss .1, flexible, block 1", "flexible", 1, "slow", 0.942, 0.90, 0.99),
        # Which seed specialises in which block decides in between: only the last block is stable.
        _times("time to loss .1, flexible, last block", "flexible", 20, "fast, falling", 0.053, 0.048, 0.058),
        _times("time to loss .1, forgetful, last block", "forgetful", 20, "as slow as before", 0.57, 0.55, 0.59),
        _two("total alignment at the end, flexible", "close to 1", 0.99, np.inf, partial(_alignment, name="flexible")),
        _two("total alignment at the end, forgetful", "paths stay alike", 0.65, 1 / np.sqrt(2),
             partial(_alignment, name="forgetful")),
        _two("change of weights, last blocks, flexible over forgetful", "less", -np.inf, 0.8, partial(_weight_speed)),
        _two("difference of the gates at the end, flexible", "one gate open", 0.9, 1.1, partial(_gates))),
    conventions="Blocks of int(τ_B // dt) = 999 steps; losses of batches of 200, time to the first of every second one "
                "below .1, in units of time (the figure there divides by τ_w); total alignment matched once.")
