"""States of a trained network in their plane, its spectrum, and what is left of the latent state with time."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREY, ORANGE, member_marks
from gateflow.sim.disentangle.experiments.attractors import DELAYS, AttractorRuns, Attractors
from gateflow.theory.disentangle.time import shrunk_r2


def _draw(figure: Figure, experiment: Attractors, runs: AttractorRuns) -> None:
    left, middle, right = figure.subplots(1, 3)
    # Each latent factor is a channel of colour.
    colours = np.column_stack([runs.latents[0, :, 0] + 0.5, np.full(len(runs.latents[0]), 0.4),
                               runs.latents[0, :, 1] + 0.5])
    left.scatter(*runs.projected[0].T, c=colours, s=7, linewidths=0)
    left.plot(*runs.drifted[0].T, ".", color=GREY, markersize=2, label=f"after {DELAYS[-1]} steps")
    left.plot(*runs.points[0], "k*", markersize=8, label="fixed point")
    # Some states run away, far beyond where any trial ends.
    reach = 2 * np.abs(runs.projected[0]).max(axis=0)
    left.set(xlabel="principal component 1", ylabel="principal component 2", xlim=(-reach[0], reach[0]),
             ylim=(-reach[1], reach[1]))
    left.legend(fontsize=7, frameon=True)
    member_marks(middle, np.arange(1.0, runs.moduli.shape[1] + 1), runs.moduli, BLUE)
    middle.set(xlabel="eigenvalue", ylabel="median modulus at the ends of trials", ylim=(0, 1.05))
    middle.set_xticks(range(1, runs.moduli.shape[1] + 1))
    middle.axhline(1, color=GREY, linewidth=0.8)
    member_marks(right, np.array(DELAYS) + 1.0, runs.decoded, ORANGE)
    right.axhline(float(shrunk_r2(experiment.sigma_t**2)), color=GREY, linewidth=1, label="a state that stays")
    right.set(xscale="log", xlabel="steps without stimulus", ylabel="$r^2$ of the latent state",
              ylim=(max(-0.5, float(runs.decoded.mean(axis=0).min()) - 0.2), 1.05))
    right.set_xticks(np.array(DELAYS) + 1.0, labels=[str(t) for t in DELAYS])
    right.minorticks_off()
    right.legend(fontsize=7, loc="lower left")


PANEL = Panel(_draw, columns=6, height=2.7, caption=(
    "Left: ends of trials of one network, coloured by the latent state, and where they are later. Middle, right: means "
    "over networks, 95 % intervals; two slow directions carry the two factors. What runs away lies beyond the frames."))
