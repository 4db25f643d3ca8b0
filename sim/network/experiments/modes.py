"""Do teachers with common singular vectors make modes?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.network.descent import descend
from gateflow.sim.network.schedule import squared_tasks
from gateflow.sim.network.setting import NetworkExperiment, Purpose
from gateflow.sim.network.teachers import initial_factors, make_teachers
from gateflow.theory.checks import Array, InputError
from gateflow.theory.network.modes import Modes, modes
from gateflow.theory.network.network import Network


@dataclass(frozen=True)
class Collapsed:
    """t (T,), task (T,); strength (S, T, a) of each mode of the map, targets (M, a); errors (S,): largest difference
    of an entry, lifted against full; parameters (2,): full and of modes; why: what has no modes says why, else
    nothing; bounds: of the blocks."""

    t: Array
    task: NDArray[np.int64]
    strength: Array
    targets: Array
    errors: Array
    parameters: Array
    why: str
    bounds: Array


@dataclass(frozen=True)
class ModesOfTeachers(NetworkExperiment[Collapsed]):
    """Full descent from factors that are diagonal in the teachers' vectors, and descent on the modes."""

    source = "derivation modes-of-a-network; NTA, appendix on eigenspaces; Saxe et al. 2014"
    position = 40
    cost = "2 s"
    example = '"p,pih,phj->ij" --tau 0.1,0.5,0.5 --n-tasks 3'

    def simulate(self) -> Collapsed:
        """Collapse, descend with modes and with all."""
        try:
            free, small = self._collapsed()
        except InputError as reason:
            empty = np.zeros((self.seeds, 1, 0))
            return Collapsed(np.zeros(1), np.zeros(1, dtype=np.int64), empty, np.zeros((1, 0)), np.zeros(self.seeds),
                             np.zeros(2), str(reason), self.schedule.bounds)
        drawn = initial_factors(small.network.shapes, self.streams(Purpose.INITIAL, 1), self.scale)
        start = tuple(np.abs(theta) + self.scale / 10 for theta in drawn)
        every = max(1, round(self.tau_block / self.dt / 50))
        run, full = (descend(network, squared_tasks(network, targets), self.schedule, state, dt=self.dt,
                             record_every=every)
                     for network, targets, state in ((small.network, small.targets, start),
                                                     (free, self._teachers(), small.lift(start))))
        errors = np.max([np.abs(x - y).reshape(self.seeds, -1).max(axis=1)
                         for x, y in zip(small.lift(run.factors), full.factors, strict=True)], axis=0)
        spec = small.network.parsed
        strength = np.einsum(",".join(f"...{part}" for part in spec.factors) + f"->...{spec.output}", *run.factors)
        return Collapsed(run.t, run.task, strength, small.targets, errors,
                         np.array([free.n_parameters, small.network.n_parameters], dtype=float), "",
                         self.schedule.bounds)

    def _teachers(self) -> Array:
        """Teachers that share their singular vectors, of no more modes than hidden units."""
        network = self.network
        if len(network.output_shape) != 2:
            raise InputError(f"modes need a map of two indices, got {network.spec}")
        chain = [size for index, size in network.sizes.items() if len(network.parsed.holders(index)) < 3]
        return self.strength * make_teachers("shared", len(self.targets), network.output_shape,
                                             self.stream(Purpose.TEACHERS, 1), rank=min(chain))

    def _collapsed(self) -> tuple[Network, Modes]:
        """The network without bounds on matrices, which would break modes, and its modes."""
        output = set(self.network.parsed.output)
        changes = {f.name: {"bound": None, "norm": None if f.norm == 1 else f.norm,
                            "norm_strength": 0.0 if f.norm == 1 else f.norm_strength}
                   for f in self.network.factors if f.kinked and output & set(self.network.indices(f.name))}
        free = self.network.with_factors(**changes)
        return free, modes(free, self._teachers())

    def rows(self, result: Collapsed) -> Iterator[Row]:
        """Sizes, and how exact."""
        if result.why:
            yield make_row(f"no modes: {result.why}", "observation", error=float("nan"))
            return
        full, small = result.parameters
        yield make_row("parameters, full (theory) and of modes (simulation)", "observation", theory=float(full),
                       simulation=float(small), error=float(small / full))
        yield bound_row("largest difference of an entry, lifted against full", float(result.errors.max()), 1e-12)


EXPERIMENT = ModesOfTeachers
