"""Longer blocks make specialisation grow faster"""

from functools import partial

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.block_growth import BlockGrowth, Growing

_TIMES = (4.0, 10.0)


def _beside(experiment: Growing, result: tuple[BlockGrowth, ...], *, time: float, theory: bool = False) -> float:
    """Gain of w̄ by a time, blocks of length 2 over blocks of length 1."""
    gains = [growth.at(time, growth.closed_w() if theory else growth.descent[1]) - experiment.start_w
             for growth in result]
    return float(gains[1] / gains[0])


FIGURE = Published(
    paper="NTA", number="A9",
    shows="Specialisation over time for blocks of length 1 and 2, and a potential in which a particle moves alike.",
    parts=(Part("blocks of length 1 and 2", Growing(preset="flexible", lengths=(1.0, 2.0), duration=50.0, tau_w=5.0,
                                                    tau_c=0.05, start_w=0.8), quick={"duration": 20.0, "dt": 0.005}),),
    printed=tuple(
        Printed(f"gain of w̄ by t = {time:g}, blocks of length 2 over 1", "more than 1", low=1.0,
                ours=partial(_beside, time=time), theory=partial(_beside, time=time, theory=True)) for time in _TIMES),
    conventions="Costs of .909 and .0909; start at c̄ = 0, w̄ = .8; one start, where the published curve is the mean of "
                "both orders of the tasks; switches at once. The potential there is fitted to the growth, no result of "
                "its own, and not drawn: the closed form is.")
