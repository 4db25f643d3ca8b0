"""Networks and derivations that many tests use."""

import fcntl
import os
import pickle
from functools import cache

import joblib
import numpy as np
import pytest
from hypothesis import settings

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.theory.gated.model import GatedModel, flexible
from gateflow.theory.proofs.catalogue import derivation

# Machines differ in speed; an invariance that does not hold fails in the first examples.
settings.register_profile("tests", deadline=None, max_examples=40)
settings.load_profile("tests")


def pytest_configure(config):
    """Check all derivations anew; compile flow and descent once, before every worker does it by itself."""
    os.environ["GATEFLOW_RECHECK"] = "1"
    if not hasattr(config, "workerinput"):
        start = {"W0": np.eye(2)[None, None], "c0": np.ones((1, 1))}
        for run in (integrate, descend):
            run(GatedModel(2, 2, 1, 1), np.eye(2)[None], Curriculum((0,), (1e-3,)), **start)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Calls a function once in a run of tests, by the name of what it makes, whichever of its processes asks first.

    What the last argument tells of it must be the same for the copy that other processes get.
    """
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    (folder / "once").mkdir(exist_ok=True)

    def made(name, make, told):
        # Who asks while it is made waits for the lock; until it is made the file is empty.
        with (folder / "once" / name).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if file.seek(0, os.SEEK_END):
                file.seek(0)
                return pickle.load(file)
            value = make()
            content = pickle.dumps(joblib.wrap_non_picklable_objects(value, keep_wrapper=False))
            assert told(pickle.loads(content)) == told(value)
            file.write(content)
            return value
    return made


@pytest.fixture(scope="session")
def derivation_of(once):
    """A derivation by its name, checked once for all tests."""
    def claims(made):
        return [str(step.claim()) for step in (*made.steps, *made.exercises)]

    return cache(lambda name: once(name, lambda: derivation(name), claims))


@pytest.fixture(scope="session")
def default():
    """The default setting: model, teachers, initial weights and gates of three members."""
    streams = np.random.default_rng(1).spawn(2)
    model = flexible()
    W_star = orthogonal_teachers(2, model.d_out, model.d_in, streams[0])
    W0 = initial_weights(3, model.n_paths, model.d_out, model.d_in, streams[1])
    return {"model": model, "W_star": W_star, "W0": W0, "c0": initial_gates(3, 2),
            "curriculum": Curriculum.cyclic(2, 6)}
