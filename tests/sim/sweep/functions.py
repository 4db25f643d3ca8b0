"""Functions that sweeps in the tests go through; a module of its own, so that other processes can import it."""

import os
import signal
import time

import numpy as np
from threadpoolctl import threadpool_info

from gateflow.sim.sweep.grid import Sweep


def waves(parameters, streams, fixed):
    """Run by run: something of every parameter, of the stream and of what is fixed, of every type."""
    time.sleep(fixed.get("pause", 0))
    a, b = parameters["a"], parameters["b"]
    noise = np.array([np.random.default_rng(stream).standard_normal(3) for stream in streams]).reshape(len(a), -1)
    return {"wave": np.tanh(a) * np.exp(-b) + fixed.get("shift", 0), "noise": noise, "above": a > b,
            "large": np.ma.masked_less(a, 1.0), "rank": np.ma.masked_equal(np.floor(3 * b).astype(int), 2)}


def wave_sweep(**changes):
    """A small sweep through waves."""
    given = {"name": "waves", "axes": {"a": [0.5, 1, 2.0], "b": np.linspace(0, 1, 4)}, "function": waves, "seeds": 3}
    return Sweep(**given | changes)


def products(parameters, streams, fixed):
    """Matrix products, whose last bits depend on the number of runs and of threads."""
    size = fixed["size"]
    matrix = np.random.default_rng(0).standard_normal((size, size))
    vectors = np.sin(np.outer(parameters["x"], np.arange(size)))
    return {"product": (vectors @ matrix).sum(axis=1), "large": np.full(len(vectors), (matrix @ matrix @ matrix)[0, 1])}


FAILURES = {1: FloatingPointError("it diverged\nat t = 3"), 2: np.linalg.LinAlgError("singular"), 3: RuntimeError()}


def brittle(parameters, streams, fixed):
    """Raise if a run of the call is one that raises."""
    for value in parameters["x"].tolist():
        if value in fixed["raise"]:
            raise FAILURES[value]
    return {"y": 2.0 * parameters["x"]}


def gaps(parameters, streams, fixed):
    """Inverse and its sign, which have no value at 0: infinite if it is not masked."""
    x = parameters["x"]
    with np.errstate(divide="ignore"):
        inverse = 1 / x
    return {"inverse": np.ma.masked_invalid(inverse) if fixed["masked"] else inverse, "sign": x > 0}


def exploding(parameters, streams, fixed):
    """Cubes, which overflow."""
    return {"cube": parameters["x"] ** 3}


def counts(parameters, streams, fixed):
    """Integers without a sign, as large as asked for."""
    return {"count": parameters["x"].astype(np.uint64) + np.uint64(fixed["more"])}


RETURNS = {
    "list": lambda n: [1.0] * n, "none": lambda n: {}, "short": lambda n: {"y": np.zeros(n + 1)},
    "scalar": lambda n: {"y": 1.0}, "text": lambda n: {"y": np.array(["a"] * n)},
    "objects": lambda n: {"y": np.array([None] * n)}, "taken": lambda n: {"x": np.zeros(n)},
    "name": lambda n: {"a b": np.zeros(n)}, "shapes": lambda n: {"y": np.zeros((n, n))},
    "names": lambda n: {f"y{n}": np.zeros(n)}, "types": lambda n: {"y": np.zeros(n, dtype=int if n == 1 else float)},
    "ragged": lambda n: {"y": [[1.0] * k for k in range(n + 1)]},
}


def wrong(parameters, streams, fixed):
    """Something that a sweep's function must not return."""
    return RETURNS[fixed["how"]](len(parameters["x"]))


def mistaken(parameters, streams, fixed):
    """A mistake in the program."""
    raise {"type": TypeError, "key": KeyError, "todo": NotImplementedError}[fixed["how"]]("mistake")


def greedy(parameters, streams, fixed):
    """What a careless function sees of what it changed before, and how many threads a matrix product has."""
    fixed["seen"].append(1)
    parameters["x"][:] = 0
    threads = max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
    return {"seen": np.full(len(streams), len(fixed["seen"])), "threads": np.full(len(streams), threads),
            "child": np.array([stream.spawn(1)[0].spawn_key[-1] for stream in streams])}


def deadly(parameters, streams, fixed):
    """End the process in the middle of a calculation, as a system short of memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


def who(parameters, streams, fixed):
    """The process that does it, after a while in which another can take the next."""
    time.sleep(fixed["pause"])
    return {"process": np.full(len(parameters["x"]), os.getpid())}
