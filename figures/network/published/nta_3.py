"""Networks that specialise compose what they know: new mixtures cost them little"""

from functools import partial

from gateflow.figures.network.compositions import CAPTION, losses
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.experiments.composition import EARLY, Composed, Composition
from gateflow.theory.checks import Array

_PICTURE, _QUICK = Panel(losses, height=2.8, columns=3, caption=CAPTION), {"seeds": 2}


def _ratio(experiment: Composition, result: Composed, *, theory: bool = False) -> Array:
    """Early loss of new tasks, flexible over forgetful, member by member."""
    runs = result.flows if theory else result.runs
    flexible, forgetful = (runs[name].early(experiment.alone_blocks) for name in ("flexible", "forgetful"))
    return flexible / forgetful


FIGURE = Published(
    paper="NTA", number="3",
    shows="Loss where three tasks learned in blocks are followed by mixtures of two of them (task composition), or by "
          "tasks that take their rows from two in turn (sub-task composition), flexible against forgetful.",
    parts=(Part("task composition: half of two tasks each, a gate a path", Composition(seeds=10), picture=_PICTURE,
                quick=_QUICK | {"alone_blocks": 8, "composed_blocks": 11}),
           Part("sub-task composition: rows of two tasks in turn, a gate a path and output row",
                Composition(seeds=10, composed_gates="rows"), picture=_PICTURE, quick=_QUICK)),
    printed=tuple(Printed(f"loss up to {EARLY:g} after a switch to a new task, {kind}: flexible over forgetful", "less",
                          high=0.9, part=part, ours=_ratio, theory=partial(_ratio, theory=True))
                  for part, kind in enumerate(("mixtures", "rows"))),
    conventions="Losses of batches of 200; blocks of int(τ_B // dt) steps, 999 and 99; the number of a block says "
                "which "
                "mixture it has, so that the first is CA; the forgetful network keeps τ_c and lacks the costs alone; "
                "one L2 norm over all 18 gates of rows.")
