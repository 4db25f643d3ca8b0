"""A plain two-layer network that gates itself, what moves its contrast, and the ratchet of its hidden units."""

from gateflow.figures.network.two_layer_pictures import LINES, gating
from gateflow.figures.panels import Panel

PANEL = Panel(
    gating, height=5.2, columns=6, caption="Above: second layer at the end of the last blocks, units of teacher A "
                                           "first. "
    f"Below, left: {LINES} Light blue: descent at a quarter of the step on batches of a quarter. Middle: what costs "
    "and finite steps add to the contrast of all pairs of units adds up to its change exactly. "
    "Right: flow of a small network under a hard bound; thick where an entry of either unit is held, which is when "
    "contrasts rise.")
