"""Distances of what reports say from what it stands for."""

from matplotlib.axes import Axes

from gateflow.figures.disentangle.marks import distances
from gateflow.figures.panels import on_axes
from gateflow.sim.disentangle.experiments.extraction import ROUNDING, ExtractionOfMean, ExtractionRuns


def _draw(axes: Axes, extraction: ExtractionOfMean, runs: ExtractionRuns) -> None:
    distances(axes, {f"σ = {extraction.sigma:g}": runs.graded, f"σ = {extraction.sigma / 10:g}": runs.saturated,
                     "two tasks": runs.few, "sigmoid": runs.sigmoid}, ROUNDING)


PANEL = on_axes(_draw, caption="Largest distance in each member: of the mean of the evidence from what logits say, "
                               "with many tasks, saturated outputs and too few tasks; of a sigmoid from Φ. Dashed: "
                               "rounding.")
