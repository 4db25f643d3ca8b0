"""Plain networks gate themselves where blocks are long, the second layer is fast, and the costs are strong enough"""

from functools import partial

from gateflow.figures.network.published.nta_6 import COARSE
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.self_gating_plane import SelfGatingPlane, SelfGatingPlanes
from gateflow.theory.checks import Array


def _gain(experiment: SelfGatingPlane, result: SelfGatingPlanes, *, over: str, theory: bool = False) -> Array:
    """Total alignment at one side of a plane less that at the other."""
    if over == "blocks":
        ends = result.by_tau[[-1, 0]]
        return (ends[1] - ends[0]).mean(axis=0)
    if over == "tau":
        line = result.flow_by_tau[:, None] if theory else result.by_tau[0]
        return line[0] - line[-1]
    line = result.flow_by_strength[:, None] if theory else result.by_strength[0]
    return line[len(line) // 2] - line[0]


def _middle(experiment: SelfGatingPlane, result: SelfGatingPlanes) -> Array:
    return result.by_strength[0, len(experiment.plane_strengths) // 2]


FIGURE = Published(
    paper="NTA", number="A7",
    shows="Total alignment at the end over the length of blocks and the time constant of the second layer, and over "
          "length and strength.",
    parts=(Part("hyperparameters of the self-gating network",
                SelfGatingPlane(seeds=10, tau_slow=0.04, layer_strength=round(2.5 / 11, 6)),
                quick={"seeds": 2, "plane_blocks": (0.8, 0.2), "plane_fast": (0.01, 0.02),
                       "plane_strengths": (0.0, round(2.5 / 11, 6))}),),
    printed=(
        Printed("total alignment, longest blocks less shortest", "grows with blocks", low=0.02,
                ours=partial(_gain, over="blocks")),
        Printed("total alignment, fastest second layer less slowest", "grows with its speed", low=0.02,
                ours=partial(_gain, over="tau"), theory=partial(_gain, over="tau", theory=True),
                apart=f"{COARSE}, and is the same along a whole line"),
        Printed("total alignment, middle strength less none", "needs costs", low=0.2,
                ours=partial(_gain, over="strength"), theory=partial(_gain, over="strength", theory=True)),
        Printed("total alignment, longest blocks, middle strength", "≈ 1", low=0.85, ours=_middle,
                why="no number is printed; the colours end at 1")),
    conventions=f"τ₁ = .04, 20 time units, the strength in one plane and τ₂ = .01 in the other as published; blocks of "
                f"int(τ_B // dt) steps; strengths count {10 / 11:.3g} of those printed.")
