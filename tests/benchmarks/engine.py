"""The engine of flows beside SciPy's solvers, piece after piece: ratios of CPU time, measured side by side.

    python -m tests.benchmarks.engine
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.network.integration import followed, pieced
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.gated.model import flexible
from gateflow.theory.gated.reduction import reduce_to_teachers


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the faster of two calls."""
    times = []
    for _ in range(2):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print how many times faster the engine follows the default flexible run, for one seed and for ten."""
    rng, model = np.random.default_rng(0), flexible()
    teachers, weights = orthogonal_teachers(2, 10, 20, rng), initial_weights(10, 2, 10, 20, rng)
    tasks = Curriculum.cyclic(2, 20).resolve(model)
    schedule, t = Schedule(tasks.tasks, tasks.durations), np.linspace(0, 20, 1000, endpoint=False)
    for members in (1, 10):
        span = reduce_to_teachers(teachers, weights[:members])
        network = span.network(model)
        state = (initial_gates(members, 2), span.weights)
        # Teachers of the first member's span serve all: the work is the same.
        squared = squared_tasks(network, span.targets[0])
        slow, fast = (seconds(partial(way, network, squared, schedule, state, t, 1e-9)) for way in (pieced, followed))
        print(f"{members} seeds, rtol 1e-9: the engine is {slow / fast:.0f} times faster than SciPy's solvers")


if __name__ == "__main__":
    main()
