"""Trained on mixtures of two tasks alone, paths learn mixtures, not the tasks"""

from functools import partial

import numpy as np

from gateflow.figures.gated.practice_drawing import LINES, draw_one
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.practice import Practice, Practised
from gateflow.theory.checks import Array


def _alignment(experiment: Practice, result: dict[str, Practised], *, theory: bool = False) -> Array:
    runs = result["flexible"]
    return np.asarray((runs.ideal_alignment if theory else runs.batches.total_alignment())[:, -1])


FIGURE = Published(
    paper="NTA", number="A14",
    shows="Loss, gates and alignment with three orthogonal tasks of a network that is trained on halves of two of them "
          "each, for fifty blocks.",
    parts=(Part("mixtures only", Practice(preset="flexible", tasks="mixtures", n_paths=3, n_tasks=3, d_out=6, tau_w=0.05,
                                          tau_c=0.03, norm_strength=5 / 3, nonneg_strength=1 / 3, blocks=50),
                quick={"seeds": 5, "blocks": 12},
                picture=Panel(draw_one, height=5.2, columns=6, caption=f"{LINES} Alignment: with the tasks that the "
                              "mixtures are made of. Pairs: means over seeds; full lines: matched at the end.")),),
    printed=(
        Printed("total alignment with the three tasks at the end", "below that of composition", low=0.3, high=0.95,
                ours=_alignment, theory=partial(_alignment, theory=True)),),
    conventions="Blocks of 999 steps; strengths .2 · (5/6, 1/6) · 10; τ_w = .05; alignment matched once.")
