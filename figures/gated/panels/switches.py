"""Paths in the plane of weights from both starts, and orbits of gates and weights."""

from gateflow.figures.gated.switch_drawing import LINES, draw_switches
from gateflow.figures.panels import Panel

PANEL = Panel(draw_switches, height=3.5, columns=6, caption=f"{LINES} Squares: just before the switch, at the first "
              "time constant of the gates; stars: the tasks.")
