"""Does a switch stay on its orbit?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.experiments.conservation import contrast_steps
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.runs import step_allowance
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.symmetric import TEACHERS, symmetric_start
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import SCALE, Array
from gateflow.theory.gated.block_path import block_path
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.two_tasks import orbit_constant
from gateflow.theory.parameters import parameter

# Coordinates (c̄, w̄, d) just before the switch to task m = +1: a path a task, the other gate open; and two paths that
# both hold the other task, but for a hair.
SPECIALISED, ALIKE = (-1.0, 1.0, 0.0), (0.0, 0.05, -1.0)
_SAMPLES = 200


def coordinates(run: Trajectory) -> Array:
    """c̄, w̄, d, c¹ + c² − 1, and how far paths are from sharing the tasks, a^p_1 + a^p_2 − 1, mean (5, S, T)."""
    preference = run.a[..., 0] - run.a[..., 1]
    return np.array([run.c[..., 0] - run.c[..., 1], (preference[..., 0] - preference[..., 1]) / 2,
                     preference.mean(axis=-1), run.c.sum(axis=-1) - 1, run.a.sum(axis=-1).mean(axis=-1) - 1])


@dataclass(frozen=True, eq=False)
class Switch:
    """A switch at one time constant of the gates, from both starts: two members of descent and of the flow.

    closed (3, T): the closed form of C = 1, hard bounds, from the specialised start.
    """

    descent: Trajectory
    flow: Trajectory
    closed: Array

    def orbit(self, c: Array) -> Array:
        """w̄ on the orbit of the specialised start, where the gates are at c̄."""
        constants = {"tau_w": self.flow.model.tau_w, "tau_c": self.flow.model.tau_c}
        k = orbit_constant(*SPECIALISED[:2], **constants)
        return np.sqrt(k - orbit_constant(c, 0.0, **constants))


def _switch(model: GatedModel, dt: float) -> Switch:
    W0, c0 = symmetric_start(*np.array([SPECIALISED, ALIKE]).T)
    steps = round(model.tau_block / dt)
    descent = descend(model, TEACHERS, Curriculum((0,)), W0=W0, c0=c0, dt=dt,
                      record_every=max(1, steps // _SAMPLES))
    flow = integrate(model, TEACHERS, Curriculum((0,)), W0=W0, c0=c0, t_eval=descent.t)
    closed = block_path(descent.t, SPECIALISED, task=1, tau_w=model.tau_w, tau_c=model.tau_c)
    return Switch(descent, flow, closed)


@dataclass(frozen=True)
class Switches(GatedExperiment[dict[float, Switch]]):
    """One switch of the network of two orthogonal tasks, from specialised paths and from paths that are alike.

    From specialised paths gates turn along an orbit w̄² − (τ_c/2τ_w) c̄² = const, which only the bound lets them leave.
    """

    source = "NTA, figures 4, A10 and A11; derivations symmetric-orbit, clock and bounded-gates"
    position = 25.0
    cost = "2 s"
    example = "--gate-times 0.1 0.3 1"
    routine = False

    gate_times: tuple[float, ...] = parameter((0.1, 1.0), "time constants of the gates", SCALE, unit="time")

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """A job a time constant."""
        model = replace(self.first().model, d_in=2, d_out=1)
        return {tau_c: [Job(_switch, (replace(model, tau_c=tau_c), self.dt))] for tau_c in self.gate_times}

    def gather(self, results: Sequence[Any]) -> dict[float, Switch]:
        """Switches by time constant."""
        return dict(zip(self.gate_times, results, strict=True))

    def rows(self, result: dict[float, Switch]) -> Iterator[Row]:
        """Descent against the flow, the contrast that an orbit conserves, and the closed form where C = 1."""
        for tau_c, switch in result.items():
            about = f"τ_c = {tau_c:g}"
            allowed = 2 * step_allowance(switch.flow.model, self.dt)
            apart = np.abs(coordinates(switch.descent) - coordinates(switch.flow))[:3]
            yield bound_row(f"{about}: c̄, w̄, d of descent from the flow, largest", float(apart.max()), allowed, "limit")
            moved = np.abs(contrast_steps(switch.flow)[0]).sum(axis=1).max()
            yield bound_row(f"{about}: contrast, change while gates are positive, flow", float(moved), 1e-6)
            c, w = coordinates(switch.flow)[:2, 0]
            yield make_row(f"{about}: w̄ from the orbit, largest", "observation",
                           error=float(np.abs(w - switch.orbit(c)).max()))
            yield make_row(f"{about}: c̄, w̄, d from their closed form, largest", "observation",
                           error=float(np.abs(coordinates(switch.flow)[:3, 0] - switch.closed).max()))
            yield make_row(f"{about}: d at the end", "observation", theory=float(switch.closed[2, -1]),
                           simulation=float(coordinates(switch.descent)[2, 0, -1]),
                           error=abs(float(switch.closed[2, -1] - coordinates(switch.descent)[2, 0, -1])))

    def data(self, result: dict[float, Switch]) -> Mapping[str, Any]:
        """Coordinates by time constant."""
        return {f"{name}_{number}": values for number, switch in enumerate(result.values()) for name, values in
                (("t", switch.flow.t), ("descent", coordinates(switch.descent)), ("flow", coordinates(switch.flow)),
                 ("closed", switch.closed))}


EXPERIMENT = Switches
