"""Trained on mixtures of two tasks alone, paths stay alike and no task emerges"""

from gateflow.figures.gated.practice_drawing import LINES, draw_one
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Published
from gateflow.sim.gated.experiments.practice import Practice

FIGURE = Published(
    paper="NTA", number="A14",
    shows="Loss, gates and alignment with three orthogonal tasks of a network that is trained on halves of two of them "
          "each, for fifty blocks.",
    parts=(Part("mixtures only", Practice(
                preset="flexible", tasks="mixtures", n_paths=3, n_tasks=3, d_out=6, tau_w=0.05, tau_c=0.03,
                norm_strength=5 / 3, nonneg_strength=1 / 3, blocks=50),
                quick={"seeds": 5, "blocks": 12},
                picture=Panel(draw_one, height=5.2, columns=6, caption=f"{LINES} Alignment: with the tasks that the "
                              "mixtures are made of. Pairs: means over seeds; full lines: matched at the end.")),),
    conventions="Blocks of 999 steps; strengths .2 · (5/6, 1/6) · 10; τ_w = .05; alignment matched once.")
