"""Specialised weights make gates turn fast, and fast gates protect the weights"""

from functools import partial

import numpy as np

from gateflow.figures.gated.published.nta_a10 import GATE_TIMES, ORBITS, from_orbit
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.block_growth import BlockGrowth, Growing
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds
from gateflow.sim.gated.experiments.switches import Switch, Switches, coordinates


def _moved(experiment: Switches, result: dict[float, Switch], *, start: int, theory: bool = False) -> float:
    """How far weights move in a switch over how far they are from the other task, from specialised paths or alike."""
    switch = next(iter(result.values()))
    run = switch.flow if theory else switch.descent
    return float(np.linalg.norm(run.a[start, -1] - run.a[start, 0], axis=-1).max() / np.sqrt(2))


def _end(experiment: Growing, result: tuple[BlockGrowth, ...], *, theory: bool = False) -> float:
    return result[0].cycle if theory else float(result[0].descent[1, -1])


def _faster(experiment: Growing, result: tuple[BlockGrowth, ...], *, theory: bool = False) -> float:
    first, second = (growth.at(10.0, growth.closed_w() if theory else growth.descent[1]) for growth in result)
    return second - first


def _gates(experiment: Switches, result: dict[float, Switch], *, theory: bool = False) -> float:
    """Gates after a switch from specialised paths."""
    switch = next(iter(result.values()))
    return float(switch.closed[0, -1] if theory else coordinates(switch.descent)[0, 0, -1])


def _both(quantity: str, printed: str, low: float, high: float, part: int, value: partial[float]) -> Printed:
    return Printed(quantity, printed, low=low, high=high, part=part, ours=value, theory=partial(value, theory=True))


FIGURE = Published(
    paper="NTA", number="4",
    shows="Mechanism in the network of two numbers a path: how paths move in a switch, flexible and forgetful; how "
          "fast gates turn over the plane of weights; growth by length of blocks; the limit cycle; symmetric orbits.",
    parts=(Part("a switch from specialised paths and from paths that are alike, and orbits",
                Switches(preset="flexible", gate_times=(0.2 / 3,), tau_w=0.4 / 3), quick={"dt": 0.005}),
           Part("speed of gates and weights over the plane of weights",
                KernelSpeeds(preset="flexible", tau_w=0.4 / 3, tau_c=0.2 / 6)),
           Part("blocks of length 1 and 2", Growing(preset="flexible", lengths=(1.0, 2.0), duration=50.0, tau_w=5.0,
                                                    tau_c=0.05, start_w=0.8), quick={"duration": 20.0, "dt": 0.005}),
           Part("limit cycle, block after block", Growing(preset="flexible", lengths=(1.0,), duration=100.0, tau_w=2.0,
                                                   tau_c=0.02, start_w=0.2), quick={"duration": 20.0, "dt": 0.004}),
           ORBITS),
    printed=(
        _both("way of the weights in a switch, specialised", "weights stay", 0.0, 0.35, 0, partial(_moved, start=0)),
        _both("way of the weights in a switch, alike", "weights move", 0.9, 1.1, 0, partial(_moved, start=1)),
        _both("gates c̄ after a switch, specialised paths", "gates switch", 0.5, 0.7, 0, partial(_gates)),
        _both("w̄ at t = 10, blocks of length 2 less 1", "longer blocks grow faster", 0.004, 0.008, 2, partial(_faster)),
        _both("w̄ after the last block, and on the limit cycle", "converges", 0.97, 1.0, 3, partial(_end)),
        *(Printed(f"largest distance of w̄ from the orbit, τ_c = {tau_c:g}", "on the orbit", high=0.005, part=4,
                  ours=partial(from_orbit, tau_c=tau_c), theory=lambda experiment, result: 0.0)
          for tau_c in GATE_TIMES)),
    conventions="Teachers e_1 and e_2; expected gradient; switches at once, where the published ones are smoothed (1 "
                "to 3 % of the other task over some hundredths of a block). Nothing scatters without seeds: accepted "
                "is what steps of descent, and costs that are not hard bounds, may change of the theory.")
