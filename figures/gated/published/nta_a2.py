"""Gates turn at a speed of Σs² of their task"""

from functools import partial

import numpy as np

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.gate_speed import GateSpeed, GateSpeeds
from gateflow.theory.checks import Array

_RANKS = (2, 5, 8, 11, 14, 15)
# What the released notebook shows, a rank each.
_CODE = (2.281, 5.386, 9.415, 13.11, 23.38, 24.56)


def _speed(experiment: GateSpeed, result: GateSpeeds, *, rank: int, theory: bool = False) -> Array:
    place = int(np.argmin(np.abs(np.array(experiment.ranks) - rank)))
    return np.asarray((result.flow if theory else result.seen)[place])


FIGURE = Published(
    paper="NTA", number="A2",
    shows="Largest change of the gates after a switch against the sum of squared singular values of a path, for "
          "teachers of rank 2 to 30 in a network of 30 inputs and outputs.",
    parts=(Part("speed of the gates", GateSpeed(preset="flexible", seeds=1, d_in=30, d_out=30, tau_c=0.1, tau_w=0.5,
                                                blocks=100, ranks=_RANKS), quick={"blocks": 6, "ranks": (2, 8, 15)}),),
    printed=(
        Printed("exponent of the speed in Σs²", "slope 1", low=0.9, high=1.15,
                ours=lambda experiment, result: result.exponents(result.seen), theory=lambda experiment, result: 1.0),
        # How far weights exceed a teacher depends on the seed: a fifth.
        *(Printed(f"change of a gate, rank {rank}", "on the line", low=0.8 * code, high=1.2 * code, code=code,
                  ours=partial(_speed, rank=rank), theory=partial(_speed, rank=rank, theory=True),
                  why="other teachers and seeds: theory follows")
          for rank, code in zip(_RANKS, _CODE, strict=True) if rank in (2, 8, 15))),
    conventions="Singular values 1; teachers share no singular vectors, so that two tasks of 30 × 30 have at most rank "
                "15, also where the paper says up to 30; one seed; largest central difference of a gate, mean of the "
                "last tenth of 100 blocks.")
