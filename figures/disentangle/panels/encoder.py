"""Distance of the filter's states behind an encoder from those without it."""

from matplotlib.axes import Axes

from gateflow.figures.disentangle.marks import distances
from gateflow.figures.panels import on_axes
from gateflow.sim.disentangle.experiments.encoder import ROUNDING, Encoded, EncoderRuns


def _draw(axes: Axes, encoded: Encoded, runs: EncoderRuns) -> None:
    del encoded
    distances(axes, {"states": runs.distance}, ROUNDING)


PANEL = on_axes(_draw, caption="Largest distance in each member; dashed: rounding.")
