"""The loss after a switch falls with practice only if gates are bounded, as in humans"""

from functools import partial

import numpy as np

from gateflow.figures.gated.practice_drawing import after_switch_words, draw_after_switch
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.practice import Practice, Practised
from gateflow.theory.checks import Array

Runs = dict[str, Practised]
# Steps after a switch that a human block of trials is compared with, and blocks that count as early and late.
_STEPS, _EARLY, _LATE = slice(1, 11), slice(1, 5), slice(-4, None)


def _losses(experiment: Practice, result: Runs, name: str, blocks: slice, theory: bool) -> Array:
    runs = result[name]
    inside = runs.batches.starts[:-1][blocks, None] + np.arange(experiment.shown_steps)[_STEPS]
    return np.asarray((runs.ideal_loss if theory else runs.batches.loss)[:, inside].mean(axis=(1, 2)))


def _practice(experiment: Practice, result: Runs, *, name: str, theory: bool = False) -> Array:
    """Loss after late switches over that after early ones."""
    late, early = (_losses(experiment, result, name, blocks, theory) for blocks in (_LATE, _EARLY))
    return np.asarray(late / early)


def _beside(experiment: Practice, result: Runs, *, theory: bool = False) -> Array:
    flexible, forgetful = (_losses(experiment, result, name, _LATE, theory) for name in ("flexible", "forgetful"))
    return np.asarray(flexible / forgetful)


def _line(quantity: str, printed: str, low: float, high: float, value: partial[Array], why: str = "") -> Printed:
    return Printed(quantity, printed, low=low, high=high, ours=value, theory=partial(value, theory=True), why=why)


FIGURE = Published(
    paper="NTA", number="8",
    shows="Loss on the first steps after a switch, by number of blocks trained, of a flexible and a forgetful network, "
          "beside the errors of humans who switch between tasks.",
    parts=(Part("loss after a switch, by practice",
                Practice(counterpart="no-cost", tau_w=0.07, tau_c=0.01, dt=0.01, norm_strength=0.72,
                         nonneg_strength=0.18, blocks=30),
                quick={"seeds": 5, "blocks": 20},
                picture=Panel(draw_after_switch, height=3.2, columns=6, caption=after_switch_words)),),
    printed=(
        _line("loss in steps 2–11, last four blocks over blocks 2–5, flexible", "falls with practice", -np.inf, 0.9,
              partial(_practice, name="flexible")),
        _line("loss in steps 2–11, last four blocks over blocks 2–5, forgetful", "does not fall", 0.95, np.inf,
              partial(_practice, name="forgetful")),
        _line("loss in steps 2–11, last four blocks, flexible over forgetful", "less", -np.inf, 0.9, partial(_beside))),
    conventions="Blocks of int(τ_B // dt) = 99 steps; losses of batches of 200; the forgetful network keeps τ_c = .01 "
                "and lacks the costs alone. dt = τ_c: a step takes gates all the way. The human data are not drawn.")
