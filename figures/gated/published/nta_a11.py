"""Slow gates leave the symmetric subspace: all paths drift to the new task"""

from functools import partial

from gateflow.figures.gated.published.nta_a10 import GATE_TIMES, QUICK, SWITCHES
from gateflow.figures.gated.switch_drawing import draw_departures
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.switches import Switch, Switches, coordinates


def _drift(experiment: Switches, result: dict[float, Switch], *, tau_c: float, theory: bool = False) -> float:
    switch = result[tau_c]
    return float(switch.closed[2, -1] if theory else coordinates(switch.descent)[2, 0, -1])


FIGURE = Published(
    paper="NTA", number="A11",
    shows="How far a switch leaves the symmetric subspace, for five time constants of the gates.",
    parts=(Part("what the subspace leaves out", SWITCHES, quick=QUICK, picture=Panel(
        draw_departures, height=3.2, columns=6, caption="Lines: theory, reduced flow; dotted: closed form for c¹ + c² "
        "= 1. Points: descent. Without drift d, sums of gates and weights at 1, the dynamics is in the subspace.")),),
    printed=tuple(
        Printed(f"drift d after the switch, τ_c = {tau_c:g}", "small", high=0.2,
                ours=partial(_drift, tau_c=tau_c), theory=partial(_drift, tau_c=tau_c, theory=True),
                why="d grows to about τ_c/τ_w; only fast gates keep it small") for tau_c in GATE_TIMES),
    conventions="As A10.")
