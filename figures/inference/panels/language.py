"""How soon the source of a text is known, what knowing it is worth, and what a source is that nobody learned."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, COLOURS, GREEN, GREY, ORANGE, member_marks
from gateflow.sim.inference.experiments.language import LENGTHS, READ, READINGS, VECTORS, Language, LanguageRuns


def _draw(figure: Figure, experiment: Language, runs: LanguageRuns) -> None:
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.35))
    at = np.array(LENGTHS, dtype=float)
    left.plot(at, runs.own_belief[:, 1].mean(axis=0), color=BLUE, linewidth=1.2, label="what the posterior believes")
    left.plot(at, runs.own_belief[:, 0].mean(axis=0), color=ORANGE, linewidth=1.2)
    middle.plot(at, runs.belief.mean(axis=0), color=BLUE, linewidth=1.2)
    for axes, shares, title in ((left, runs.own_right, "texts that the network writes"),
                                (middle, runs.right, "texts of documents never seen")):
        for j, (name, colour) in enumerate(zip(READINGS, (ORANGE, BLUE), strict=True)):
            member_marks(axes, at * (1.03 if j else 0.97), shares[:, j], colour, label=name if axes is left else None)
        axes.axhline(1 / len(experiment.learned), color=GREY, linewidth=0.8, linestyle=":")
        axes.set(xscale="log", xlabel="characters", ylim=(0, 1.02))
        axes.set_title(title, fontsize=8)
        axes.set_xticks(LENGTHS, labels=[str(n) for n in LENGTHS])
        axes.minorticks_off()
    left.set_ylabel("share of sources found")
    left.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 0.22))
    places = np.arange(float(len(VECTORS)))
    for values, colour, name in ((runs.loss, GREEN, "sources that it learned"), *(
            (runs.unseen[:, k], COLOURS[3 + k % 3], f"{source}, never learned")
            for k, source in enumerate(experiment.held_out))):
        known = np.isfinite(values).all(axis=0)
        member_marks(right, places[known], values[:, known], colour, label=name)
        right.axhline(float(values[:, -1].mean()), color=colour, linewidth=0.8, linestyle="--")
    right.set_xticks(places, labels=[name.replace(" ", "\n") for name in VECTORS], fontsize=6.5)
    right.set(ylabel=f"nats a character after {READ}")
    right.legend(fontsize=7, loc="upper left")


PANEL = Panel(_draw, columns=6, height=3.2, caption=(
    "Networks that were told the source of what they learned. Left: on their own texts the exact posterior is right as "
    "often as it believes (lines: theory); one step reads the gradient at the uniform vector. Middle: on real texts "
    "(line: what the posterior believes). Right: loss of the next characters by the vector that a beginning gave; "
    "dashed: networks that were never told. Means over networks, 95 % intervals."))
