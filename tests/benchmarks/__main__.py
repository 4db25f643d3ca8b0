"""Speed as ratios, measured side by side in one run: ``python -m tests.benchmarks``. Not collected by pytest.

Every ratio is the median of several rounds in which both sides are timed one after the other.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.regimes import FIXED, flow_cells
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import Execution, run_sweep
from gateflow.theory.gated.model import flexible
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.one_step import one_step, posterior


def seconds(work: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(slow: Callable[[], object], fast: Callable[[], object], rounds: int = 3) -> tuple[float, float, float]:
    """Median seconds of both, and the median of their ratio."""
    pairs = [(seconds(slow), seconds(fast)) for _ in range(rounds)]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


def run(inputs: str, n_seeds: int = 10, blocks: int = 20, **sizes: int) -> Trajectory:
    """The default flexible setting, with other sizes on request."""
    return descend(**case(n_seeds, blocks, **sizes), inputs=inputs, rng=np.random.default_rng(0))


def case(n_seeds: int, blocks: int, d_in: int = 20, d_out: int = 10, n_paths: int = 2) -> dict:
    """Arguments of a run."""
    model = flexible(d_in=d_in, d_out=d_out, n_paths=n_paths)
    return {"model": model, "W_star": orthogonal_teachers(2, d_out, d_in, np.random.default_rng(1)),
            "curriculum": Curriculum.cyclic(2, blocks), "c0": initial_gates(n_seeds, n_paths),
            "W0": initial_weights(n_seeds, n_paths, d_out, d_in, np.random.default_rng(2))}


def bare(n_seeds: int = 10, steps: int = 20_000, d_in: int = 20, d_out: int = 10) -> None:
    """The random numbers of Bartlett factors and the four matrix products of a step, and nothing else."""
    streams = np.random.default_rng(0).spawn(n_seeds)
    E, L = np.ones((n_seeds, d_out, d_in)), np.ones((n_seeds, d_in, d_in))
    c, y, g = np.ones((n_seeds, 2)), np.ones((n_seeds, 2, d_out * d_in)), np.ones((n_seeds, d_out * d_in))
    half = (200 - np.arange(d_in)) / 2
    for _ in range(steps // 100):
        for stream in streams:
            stream.standard_normal((100, d_in * (d_in - 1) // 2))
            stream.standard_gamma(half, size=(100, d_in))
    for _ in range(steps):
        np.vecmat(c, y)
        np.matmul(np.matmul(E, L), L.transpose(0, 2, 1))
        np.matvec(y, g)


def descents(parameters: Mapping[str, np.ndarray], streams: Sequence[np.random.SeedSequence],
             fixed: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Final loss at each time constant of the gates, one small descent a row."""
    given = case(1, fixed["blocks"])
    final = [descend(**given | {"model": replace(given["model"], tau_c=tau_c)}).loss_block[0, -1]
             for tau_c in parameters["tau_c"].tolist()]
    return {"loss": np.array(final)}


def sweep(workers: int) -> SweepResult:
    """Sixteen equal cells, a chunk each."""
    cells = Sweep("benchmark", {"tau_c": np.linspace(0.03, 0.06, 16)}, descents, {"blocks": 8}, chunk=1)
    return run_sweep(cells, execution=Execution(workers=workers))


def peak(program: str) -> float:
    """Peak memory in MB of a fresh interpreter that runs a program."""
    # Linux; getrusage would count what the parent had used when it started the child.
    code = f"{program}\nprint(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout) / 1024


def _show(what: str, slow: Callable[[], object], fast: Callable[[], object], scale: float = 1.0) -> None:
    one, other, times = ratio(slow, fast)
    print(f"{what:52s} {scale * one:7.2f} s {scale * other:7.2f} s   ratio {times:5.2f}")


def _ratios() -> None:
    _show("batch / gaussian, 10 seeds", lambda: run("batch", blocks=4), lambda: run("gaussian", blocks=4), 5)
    _show("gaussian / its random numbers and products", lambda: run("gaussian"), bare)
    t = np.arange(0, 20, 0.02)
    for d_in, d_out in ((20, 10), (60, 30), (120, 60)):
        one = case(1, 20, d_in, d_out)
        for rtol in (1e-9, 1e-4):
            _show(f"population / flow at rtol {rtol:g}, 1 seed, {d_in} → {d_out}", partial(descend, **one),
                  partial(integrate, **one, t_eval=t, rtol=rtol))


def _cells() -> None:
    """Networks of a field, whose gates differ in speed, against an ensemble at full accuracy, per network."""
    few, seeds = case(20, 4), [np.random.SeedSequence(0, spawn_key=(k,)) for k in range(2000)]
    many = partial(flow_cells, {"tau_c": np.linspace(0.03, 0.04, 2000)}, seeds, {**FIXED, "duration": 4.0})
    one, other, times = ratio(partial(integrate, **few, t_eval=[0.0]), many)
    print(f"{'a network: flow at rtol 1e-9 / one in a field of 2,000':52s} {one / 20 * 1e3:6.1f} ms {other / 2:6.2f} ms"
          f"   ratio {times * 100:5.0f}")


def _inference() -> None:
    """A million observations, ten tasks."""
    rng = np.random.default_rng(0)
    model, y = TaskModel(rng.standard_normal((10, 5))), rng.standard_normal((1_000_000, 5))
    _show("a million observations, K = 10: posterior / one step", partial(posterior, y, model),
          partial(one_step, y, model))


def _workers() -> None:
    sweep(2)  # The processes start once, and stay.
    _show("sweep of 16 descents: one worker / two", partial(sweep, 1), partial(sweep, 2))


def _cores() -> None:
    """Ten seeds on batches."""
    there = os.sched_getaffinity(0)

    def on(cores: set[int]) -> None:
        os.sched_setaffinity(0, cores)
        run("gaussian")

    _show(f"gaussian, 10 seeds: one core / {len(there)}", partial(on, {min(there)}), partial(on, there))


def _growth() -> None:
    base = seconds(lambda: run("gaussian", blocks=2))
    for name, sizes in {"n_seeds": (1, 10, 100), "d_in": (20, 80, 320), "n_paths": (2, 8, 32)}.items():
        times = [seconds(partial(run, "gaussian", blocks=2, **{name: size})) / base for size in sizes]
        print(f"time over {name} = {sizes}, relative to the default: " + ", ".join(f"{t:.2f}" for t in times))
    lines = "from tests.benchmarks.__main__ import run\nrun('gaussian', {arguments})"
    idle = peak("import gateflow.sim.gated")
    for arguments in ("n_seeds=10", "n_seeds=100", "d_in=80", "n_paths=8"):
        used = peak(lines.format(arguments=arguments))
        print(f"peak memory of 20 blocks, {arguments:12s} {used:6.0f} MB, {used - idle:5.0f} MB above the imports")


if __name__ == "__main__":
    _ratios()
    _cells()
    _inference()
    _workers()
    _cores()
    _growth()
