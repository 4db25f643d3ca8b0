"""A switch follows the symmetric orbit, also for slow gates"""

from functools import partial

import numpy as np

from gateflow.figures.gated.switch_drawing import LINES, draw_orbits
from gateflow.figures.panels import on_axes
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.switches import Switch, Switches, coordinates

# τ_c = .1 … 1 in equal steps of the logarithm.
GATE_TIMES = (0.1, 0.1778, 0.3162, 0.5623, 1.0)
SWITCHES = Switches(preset="flexible", gate_times=GATE_TIMES, tau_w=1.0, tau_block=5.0, norm_strength=0.05,
                    nonneg_strength=0.05)
QUICK = {"dt": 0.005}
ORBITS = Part("orbits of a switch, τ_c = .1 … 1", SWITCHES, quick=QUICK,
              picture=on_axes(draw_orbits, height=3.6, columns=6, caption=LINES))


def from_orbit(experiment: Switches, result: dict[float, Switch], *, tau_c: float) -> float:
    """Largest distance of w̄ from its orbit."""
    c, w = coordinates(result[tau_c].descent)[:2, 0]
    return float(np.abs(w - result[tau_c].orbit(c)).max())


FIGURE = Published(
    paper="NTA", number="A10",
    shows="Gates and weights during a switch from specialised paths for five time constants of the gates, beside the "
          "orbit of the symmetric subspace.",
    parts=(ORBITS,),
    printed=tuple(
        Printed(f"largest distance of w̄ from the orbit, τ_c = {tau_c:g}", "on the orbit", high=0.005,
                ours=partial(from_orbit, tau_c=tau_c), theory=lambda experiment, result: 0.0)
        for tau_c in GATE_TIMES),
    conventions="τ_w = 1; costs of .05 each; one block of length 5; dt = 1e-3 here, 1e-4 there; the switch at once "
                "here, smoothed there.")
