"""A flexible network adapts within a few single inputs"""

from functools import partial

import numpy as np

from gateflow.figures.gated.practice_drawing import after_switch_words, draw_after_switch
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.practice import Practice, Practised
from gateflow.theory.checks import Array

# Blocks that count as late, and how much of the loss at a switch is to be left.
_LATE, _LEFT = 4, 0.5


def _inputs(experiment: Practice, result: dict[str, Practised], *, name: str, theory: bool = False) -> float:
    """Inputs after a late switch until the mean loss is half of what it was at the switch."""
    runs = result[name]
    inside = runs.batches.starts[-1 - _LATE:-1, None] + np.arange(int(np.diff(runs.batches.starts).min()))
    loss: Array = (runs.ideal_loss if theory else runs.batches.loss)[:, inside].mean(axis=(0, 1))
    return float(np.argmax(loss < _LEFT * loss[0])) if (loss < _LEFT * loss[0]).any() else float(len(loss))


FIGURE = Published(
    paper="NTA", number="A16",
    shows="Loss by number of single inputs after a switch, mean of a hundred seeds, flexible and forgetful.",
    parts=(Part("one input a step", Practice(dt=0.03, batch_size=1, seeds=100, shown_steps=30),
                quick={"seeds": 20},
                picture=Panel(draw_after_switch, height=3.2, columns=6, caption=after_switch_words)),),
    printed=(
        Printed("inputs until the mean loss has halved, last four blocks, flexible", "a few", high=8,
                ours=partial(_inputs, name="flexible"), theory=partial(_inputs, name="flexible", theory=True)),
        Printed("the same, forgetful", "more", low=9, convention="33, a whole block, where it never halves",
                ours=partial(_inputs, name="forgetful"), theory=partial(_inputs, name="forgetful", theory=True))),
    conventions="dt = .03, batches of 1, blocks of int(1 // .03) = 33 steps: for the gates a step is as long as τ_c, "
                "beyond the stability of the flow, so that they chatter about their bound.")
