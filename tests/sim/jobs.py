"""Jobs of the tests, which other processes can import; ``python -m tests.sim.jobs PAUSE`` runs some, to be killed."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
from threadpoolctl import threadpool_info

from gateflow.sim.processes import cores, run_jobs


def process(pause=0.0):
    """The process that does it, after a while in which another can take the next."""
    time.sleep(pause)
    return os.getpid()


def product(size):
    """A number of a matrix product, whose last bits depend on how many threads share it."""
    matrix = np.random.default_rng(size).standard_normal((size, size))
    return (matrix @ matrix @ matrix)[0, 1]


def threads():
    """The most threads that a matrix product has."""
    return max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")


def shared(inside):
    """How many cores it may use, or a single job that it runs."""
    return run_jobs([(shared, (False,))], workers=8)[0] if inside else cores()


def filled(values):
    """The sum of an array that is written to."""
    values[:] = 1
    return values.sum()


def nested(n):
    """Processes that do the jobs of a job."""
    return set(run_jobs([(process, ())] * n, workers=2)) == {os.getpid()}


def mistaken(error):
    """A mistake."""
    raise error("a mistake")


def deadly():
    """End the process in the middle, as a system short of memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


def follow(items, total):
    """Say when the first is done."""
    for item in items:
        print("begun", flush=True)
        yield item


def heed_interrupts():
    """For a process before its program starts: from the background of a shell it inherits that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ended(group, seconds=10):
    """Whether all processes of a group are gone within so many seconds; what is dead and not yet buried is gone."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
        states = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        if not [line for line in states.splitlines() if line.split()[0] == str(group) and "Z" not in line]:
            return True
    return False


if __name__ == "__main__":
    try:
        run_jobs([(process, (0.01,)), *[(process, (float(sys.argv[1]),))] * 20], 2, follow)
    except KeyboardInterrupt:
        sys.exit(130)
