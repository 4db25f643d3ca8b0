"""Loss, gates and alignment of a network that composes tasks."""

from gateflow.figures.network.compositions import CAPTION, whole
from gateflow.figures.panels import Panel

PANEL = Panel(whole, height=6.0, columns=6, caption=CAPTION)
