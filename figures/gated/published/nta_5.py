"""Long blocks, fast gates and costs on them make paths specialise"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.alignment_plane import Aligned, AlignmentPlane

LENGTHS, GATES, STRENGTHS = (1.0, 0.8, 0.6, 0.4, 0.1), (0.02, 0.04, 0.06, 0.08, 0.1), (0.0, 0.05, 0.1, 0.15, 0.2)
# What the paper prints, a row a length of blocks.
PRINTED_GATES = ((.9998, .9944, .9928, .9171, .9193), (.9987, .9968, .9870, .9187, .7426),
                 (.9988, .9846, .9197, .6247, .6423), (.9939, .5950, .6397, .6643, .6836),
                 (.6954, .7024, .7055, .7061, .7060))
_PRINTED_STRENGTHS = ((.546, .416, 1.0, 1.0, 1.0), (.500, .698, 1.0, 1.0, 1.0), (.504, 1.0, 1.0, 1.0, 1.0),
                      (.569, .908, .997, .995, .988), (.662, .686, .623, .637, .642))
# What the released code gives when it is run again.
_CODE_GATES = ((.520, .520, .520, .521, .521), (.522, .526, .526, .525, .525), (.578, .566, .566, .566, .566),
               (.671, .671, .671, .671, .670), (.687, .687, .687, .687, .687))
_CODE_STRENGTHS = ((.597, .984, .996, .999, .999), (.499, .984, .995, .999, .999), (.500, .988, .997, .999, .999),
                   (.504, .998, .999, .999, .999), (.627, .899, .887, .886, .885))
# How far a mean over ten other seeds may lie from a printed one.
CLOSE = 0.05
COMMON = Aligned(preset="flexible", lengths=LENGTHS, values=GATES, duration=7.0, tau_w=0.1, norm_strength=2.5,
                 nonneg_strength=0.5)
QUICK = {"seeds": 2, "duration": 1.5}


def _cell(experiment: Aligned, result: AlignmentPlane, *, block: int, value: int, theory: bool = False) -> np.ndarray:
    return np.asarray((result.flow if theory else result.descent)[block, value])


def lines(symbol: str, values: tuple[float, ...], printed: tuple[tuple[float, ...], ...],
          code: tuple[tuple[float, ...], ...] | None = None, part: int = 0, why: str = "") -> tuple[Printed, ...]:
    """The printed alignments of a panel, cell by cell."""
    return tuple(Printed(
        f"alignment, τ_B = {length:g}, {symbol} = {value:g}", f"{printed[b][x]:g}".lstrip("0"),
        low=printed[b][x] - CLOSE, high=printed[b][x] + CLOSE, part=part, why=why,
        code=None if code is None else code[b][x], ours=partial(_cell, block=b, value=x),
        theory=partial(_cell, block=b, value=x, theory=True))
        for b, length in enumerate(LENGTHS) for x, value in enumerate(values))


FIGURE = Published(
    paper="NTA", number="5",
    shows="Total alignment of paths and teachers after 70 τ_w, over length of blocks and time constant of the gates, "
          "and over length of blocks and strength of the costs.",
    parts=(Part("time constant of the gates, settings as published", COMMON, quick=QUICK),
           Part("strength of the costs", Aligned(
               preset="flexible", across="strength", lengths=LENGTHS, values=STRENGTHS, duration=7.0, tau_w=0.1,
               tau_c=0.005, norm_strength=50 / 6, nonneg_strength=10 / 6), quick=QUICK)),
    printed=(*lines("τ_c", GATES, PRINTED_GATES, _CODE_GATES,
                    why="no gate meets its bound at the published settings; see nta-5-printed"),
             *lines("strength", STRENGTHS, _PRINTED_STRENGTHS, _CODE_STRENGTHS, part=1,
                    why="as the released code does")),
    conventions="Blocks of 999, 800, 599, 400, 100 steps; read at t = 7, just after a switch where τ_B = 1; each "
                "teacher with the path that fits it best at that time.")
