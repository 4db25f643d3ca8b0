"""Sweeps: a grid of parameters × seeds, spread over processes or machines, kept in a folder, resumed, masked.

    sweep = Sweep("decay", {"rate": [0.5, 1.0, 2.0], "t": [0.1, 1.0]}, function, seeds=10)
    result = run_sweep(sweep, "decay-out", Execution(workers=2))
    result.mean("x"), result.interval("x"), result.report()
"""

from gateflow.sim.compare.over import Curve, curves, experiments_over, run_over
from gateflow.sim.processes import Progress, WorkerLostError, run_jobs
from gateflow.sim.sweep.grid import Sweep, groups
from gateflow.sim.sweep.result import Failure, SweepResult
from gateflow.sim.sweep.run import Execution, SweepInterrupted, run_sweep

__all__ = [
    "Curve",
    "Execution",
    "Failure",
    "Progress",
    "Sweep",
    "SweepInterrupted",
    "SweepResult",
    "WorkerLostError",
    "curves",
    "experiments_over",
    "groups",
    "run_jobs",
    "run_over",
    "run_sweep",
]
