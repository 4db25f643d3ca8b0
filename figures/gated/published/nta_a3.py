"""Of four paths a network uses two, and a cost on weights empties the others"""

from functools import partial

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.weight_cost import WeightCost, WeightCosts
from gateflow.theory.checks import Array


def _used(experiment: WeightCost, result: WeightCosts, *, cost: bool) -> Array:
    return result.used(result.runs[cost].c).astype(float)


def _size(experiment: WeightCost, result: WeightCosts, *, cost: bool) -> Array:
    """Norms of all columns at the end, by the least that hold both teachers."""
    return result.runs[cost].columns[:, -1].sum(axis=-1) / result.least


FIGURE = Published(
    paper="NTA", number="A3",
    shows="Gates of a network with four paths that learns two tasks, without and with a cost on its weights.",
    parts=(Part("four paths, two tasks", WeightCost(seeds=10), quick={"seeds": 2, "cost_blocks": 16}),),
    printed=(
        Printed("paths in use at the end, without a cost on weights", "two or more", low=1.95, high=4.0,
                ours=partial(_used, cost=False), theory=lambda experiment, result: result.used(result.flow_c).mean()),
        Printed("paths in use at the end, with a cost on weights", "two", low=1.95, high=2.05,
                ours=partial(_used, cost=True), theory=lambda experiment, result: 2.0),
        Printed("norms of all columns, by the least that hold both teachers, without a cost", "larger", low=1.05,
                high=3.0, ours=partial(_size, cost=False),
                theory=lambda experiment, result: result.flow_columns[:, -1].sum(axis=-1).mean() / result.least),
        Printed("the same, with a cost on weights", "≈ 1", low=0.9, high=1.1, ours=partial(_size, cost=True),
                theory=lambda experiment, result: 1.0)),
    conventions="The cost is half the mean norm of the columns of all paths; strengths share .6 by weights 1, 10 and "
                "20, so "
                "that those of the gates fall where weights cost; blocks of 999 steps. The published figure shows one "
                "seed.")
