"""The more tasks overlap, the less there is to specialise, and the slower gates switch"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.overlap import Overlap, OverlapRuns
from gateflow.theory.checks import Array


def _value(experiment: Overlap, result: OverlapRuns, *, name: str, at: int, theory: bool = False) -> Array:
    return np.asarray(getattr(result, name)[-1 if theory else 0, at])


def _slope(experiment: Overlap, result: OverlapRuns, *, name: str, theory: bool = False) -> Array:
    """Of a quantity over the cosine, by least squares, member by member, over its value at cosine 0."""
    values = getattr(result, name)[-1 if theory else 0]
    return np.polyfit(np.array(experiment.cosines), values, 1)[0] / values[0].mean()


def _both(name: str, part: int, quantity: str, printed: str, low: float, high: float, why: str = "") -> Printed:
    value = partial(_slope, name=name)
    return Printed(quantity, printed, low=low, high=high, part=part, ours=value,
                   theory=partial(value, theory=True), why=why)


FIGURE = Published(
    paper="NTA", number="A13",
    shows="Speed of adaptation and specialisation over the correlation of the teachers, from orthogonal to equal.",
    parts=(Part("settings that the published notebook shows: gates as slow as weights, L2 cost, no bound",
                Overlap(seeds=10, overlap_setting="unbounded", overlap_blocks=10), quick={"seeds": 2}),
           Part("default setting of figure 2: fast, bounded gates", Overlap(seeds=10),
                quick={"seeds": 2, "cosines": (0.0, 0.5, 1.0), "overlap_blocks": 10})),
    printed=(
        _both("adaptation", 0, "slope of the speed of adaptation, by its value at 0", "falls", -1.3, -0.3),
        _both("specialisation", 0, "slope of specialisation, by its value at 0", "falls", -1.3, -0.3),
        Printed("specialisation of orthogonal tasks", "≈ 1", low=0.8,
                ours=partial(_value, name="specialisation", at=0),
                theory=partial(_value, name="specialisation", at=0, theory=True),
                why="nothing specialises without a bound, in the flow neither: contrast is conserved but for the L2 "
                    "cost"),
        _both("adaptation", 1, "default setting: slope of the speed of adaptation", "falls", -1.3, -0.3),
        _both("specialisation", 1, "default setting: slope of specialisation", "falls", -1.3, -0.3),
        Printed("default setting: specialisation of orthogonal tasks", "≈ 1", low=0.8, part=1,
                ours=partial(_value, name="specialisation", at=0),
                theory=partial(_value, name="specialisation", at=0, theory=True))),
    conventions="The published notebook does not run; its settings are those its output shows (τ_w = τ_c = 1/60, L2 "
                "strength "
                ".1, no bound, dt = .01, ten blocks of 99 steps, one seed). Correlated there are all rows of a basis, "
                "also "
                "within a teacher; here equal rows of both teachers, which alone overlap. Speed: largest |dL/dt| in a "
                "block, mean over blocks, of the expected loss recorded every .01.")
