"""Angles of the factors' directions spread about 90° as random tasks do, in any dimension"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.disentangle.networks import SPREADS
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.conditions import Conditions

FIGURE = Published(
    paper="DIS", number="S12", shows="Angles between the directions of all pairs of factors, by their number.",
    parts=(Part("24 tasks", Conditions(over="factors", **RECURRENT), QUICK | {"values": (2, 6)}, SPREADS),),
    printed=(Printed("spread of the angles about 90°, most factors, degrees", "near 90°", high=15,
                     ours=lambda experiment, scores: scores.spread[-1, 0],
                     theory=lambda experiment, scores: scores.asked_spread[-1, 0]),),
    conventions=f"{TRAINED} Beyond two factors tasks are random; theory: of each network's own tasks, p = 1.")
