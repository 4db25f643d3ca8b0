"""A sweep through gradient descent, beside the cheap functions, which need less time to import."""

import numpy as np

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.sweep.grid import Sweep, groups
from gateflow.theory.gated.model import flexible


def alignment(parameters, streams, fixed):
    """Alignment, loss and gates after gradient descent on a small gated network, vectorised over seeds."""
    teachers = orthogonal_teachers(2, 4, 8, np.random.default_rng(fixed["teachers"]))
    final = np.empty(len(streams))
    gates = np.empty((len(streams), 2))
    for values, runs in groups(parameters):
        model = flexible(d_in=8, d_out=4, tau_c=values["tau_c"], tau_block=values["tau_block"])
        weights, noise = zip(*(streams[run].spawn(2) for run in runs), strict=True)
        path = descend(model, teachers, Curriculum.cyclic(2, 2), dt=0.01, record_every=10, inputs="gaussian",
                       W0=initial_weights(len(runs), 2, 4, 8, list(map(np.random.default_rng, weights)), scale=0.1),
                       c0=initial_gates(len(runs), 2), rng=list(map(np.random.default_rng, noise)))
        final[runs], gates[runs] = path.total_alignment[:, -1], path.c_block[:, -1]
    return {"alignment": final, "gates": gates}


def alignment_sweep(**changes):
    """Four settings, three seeds."""
    given = {"name": "alignment", "axes": {"tau_c": [0.03, 0.1], "tau_block": [0.2, 0.5]}, "function": alignment,
             "seeds": 3, "fixed": {"teachers": 5}}
    return Sweep(**given | changes)
