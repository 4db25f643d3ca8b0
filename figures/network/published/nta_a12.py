"""Gates take shares of what paths have learned where new tasks are mixtures"""

from functools import partial

import numpy as np

from gateflow.figures.network.compositions import CAPTION, whole
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.network.composition import KINDS
from gateflow.sim.network.experiments.composition import Composed, Composition
from gateflow.theory.checks import Array

_PICTURE, _QUICK = Panel(whole, height=5.2, columns=6, caption=CAPTION), {"seeds": 2}
_SHARED = ("in most members all gates end open, where the contrast of paths is conserved and they specialise no "
           "further; the flow from the same start does likewise")


def _aligned(experiment: Composition, result: Composed, *, theory: bool = False) -> Array:
    run = (result.flows if theory else result.runs)[KINDS[0]]
    return np.diagonal(run.alignment[:, -1], axis1=-2, axis2=-1).mean(axis=-1)


def _share(experiment: Composition, result: Composed, *, taken: bool, theory: bool = False) -> Array:
    """Mean coefficient of the teachers that a new task takes, or does not."""
    found = experiment.coefficients((result.flows if theory else result.runs)[KINDS[0]])
    return found[:, (experiment.shares() > 0) == taken].mean(axis=-1)


def _lines(part: int, kind: str) -> tuple[Printed, ...]:
    return (
        Printed(f"{kind}: alignment of teachers and their paths at the end", "≈ 1", low=0.9, part=part,
                ours=_aligned, theory=partial(_aligned, theory=True), why=_SHARED),
        Printed(f"{kind}: gates of what a new task takes, by those of that task alone", "½", low=0.4, high=0.6,
                part=part, ours=partial(_share, taken=True),
                theory=partial(_share, taken=True, theory=True), why=_SHARED),
        Printed(f"{kind}: gates of what it does not take", "0", low=-0.1, high=0.1, part=part,
                ours=partial(_share, taken=False), theory=partial(_share, taken=False, theory=True), why=_SHARED))


FIGURE = Published(
    paper="NTA", number="A12",
    shows="Loss, gates and alignment over the whole run of figure 3, for mixtures of tasks above, of rows below.",
    parts=(Part("task composition, a gate a path", Composition(seeds=10), picture=_PICTURE,
                quick=_QUICK | {"alone_blocks": 8, "composed_blocks": 11}),
           Part("sub-task composition, a gate a path and output row", Composition(seeds=10, composed_gates="rows"),
                picture=_PICTURE, quick=_QUICK)),
    printed=_lines(0, "mixtures") + _lines(1, "rows"),
    conventions="As figure 3. Each teacher is matched with one path, or with one row of a path for each of its rows, "
                "by the "
                "alignment over the whole run; the published sorting takes the best teacher of every path, so that in "
                "some seeds it writes one path twice. Gates of rows: mean over rows.")
