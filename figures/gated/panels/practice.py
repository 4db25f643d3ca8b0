"""Batch losses, gates, alignment, speeds and adaptation, a run as the published figures record it."""

from gateflow.figures.gated.practice_drawing import LINES, draw_run
from gateflow.figures.panels import Panel

PANEL = Panel(draw_run, height=5.4, columns=6, caption=f"{LINES} Gates and norms: the first setting. "
              "Times: of those seeds that get there within the block, no mark where most do not.")
