import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gateflow.sim.processes import WorkerLostError, finished, run_jobs
from gateflow.theory.checks import InputError
from tests.sim import jobs
from tests.sim.jobs import ended

ROOT = Path(__file__).resolve().parents[2]


def test_results_come_in_order_and_do_not_depend_on_workers():
    tasks = [(jobs.product, (size,)) for size in (300, 3, 200, 40, 260)]
    one, two, three = (run_jobs(tasks, workers) for workers in (1, 2, 3))
    assert one == two == three


def test_workers_are_processes_and_this_one_is_none_of_them():
    processes = set(run_jobs([(jobs.process, (0.4,))] * 8, 2))
    assert len(processes) == 2
    assert os.getpid() not in processes


@pytest.mark.parametrize(("n", "workers"), [(3, 1), (1, 8), (0, 2)])
def test_one_worker_or_one_job_needs_no_other_process(monkeypatch, n, workers):
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setattr(os, "fork", None)
    assert run_jobs([(jobs.process, ())] * n, workers) == [os.getpid()] * n


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_has_one_thread_and_may_write_to_what_it_is_given(workers):
    assert run_jobs([(jobs.threads, ())] * 2, workers) == [1, 1]
    assert run_jobs([(jobs.filled, (np.zeros(300_000),))] * 2, workers) == [300_000, 300_000]


@pytest.mark.parametrize("inside", [False, True])
def test_a_job_has_the_cores_of_those_that_could_stand_beside_it(inside, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4))
    assert [run_jobs([(jobs.shared, (inside,))], workers) for workers in (1, 3, 8)] == [[1], [3], [4]]
    assert run_jobs([(jobs.shared, (inside,))] * 2, 1) == [1, 1]
    monkeypatch.undo()
    assert run_jobs([(jobs.shared, (inside,))] * 2, 2) == [1, 1]


def test_jobs_of_a_job_stay_in_its_process():
    assert run_jobs([(jobs.nested, (3,))] * 2, 2) == [True, True]


def test_progress_sees_every_result():
    totals = []
    run_jobs([(jobs.process, ())] * 3, 2, lambda items, total: (totals.append(total), items)[1])
    assert totals == [3]


@pytest.mark.parametrize("error", [InputError, TypeError, KeyboardInterrupt])
@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_is_raised(workers, error):
    with pytest.raises(error, match="a mistake"):
        run_jobs([(jobs.mistaken, (error,)), (jobs.process, ())], workers)


def test_a_worker_that_ends_does_not_look_through_what_it_has_loaded():
    """Of two exit functions the one that was registered first is called last."""
    program = ("import atexit, gc, os; atexit.register(lambda: print(gc.get_freeze_count())); "
               "from gateflow.sim.processes import _begin_worker; _begin_worker(os.getppid())")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 1000


def test_a_dead_worker_is_told_in_a_line():
    with pytest.raises(WorkerLostError, match=r"^a worker process died, perhaps for want of memory$"):
        run_jobs([(jobs.deadly, ())] * 2, 2)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(InputError, match="workers must be an integer of at least 1"):
        run_jobs([(jobs.process, ())], workers)


@pytest.mark.parametrize("job", ["ab", (jobs.process, [1]), (3, ()), (jobs.process,)])
def test_jobs_that_are_none_are_refused(job):
    with pytest.raises(InputError, match="jobs must be pairs of a function and the tuple of its arguments"):
        run_jobs([job])


def test_a_block_that_is_left_early_stops_what_still_runs():
    start = time.monotonic()
    with finished([(jobs.process, (pause,)) for pause in (0.01, 60, 60)], 2, batch=1) as results:
        assert next(results)[0] == 0
    assert time.monotonic() - start < 20


def test_handlers_of_signals_are_left_as_they_were():
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in signals]
    run_jobs([(jobs.process, ())] * 2, 2)
    assert [signal.getsignal(each) for each in signals] == before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_jobs_may_be_run_from_a_thread():
    results = []
    thread = threading.Thread(target=lambda: results.extend(run_jobs([(pow, (2, 3))] * 2, 2)))
    thread.start()
    thread.join()
    assert results == [8, 8]


@pytest.mark.parametrize(("number", "group", "moment", "code"), [
    ("SIGTERM", False, "at work", 143), ("SIGTERM", True, "at work", 143), ("SIGHUP", True, "at work", 129),
    ("SIGINT", False, "at work", 130), ("SIGINT", True, "at work", 130), ("SIGKILL", False, "at work", -9),
    ("SIGTERM", False, "at the start", None), ("SIGINT", True, "at the start", None),
    ("SIGKILL", False, "at the start", None)])
def test_however_a_run_ends_its_workers_end_too_and_nothing_is_said(number, group, moment, code):
    # As errors, the warnings of who tidies up after a killed run could not be kept from being said.
    strict = [] if number == "SIGKILL" else ["-W", "error"]
    with subprocess.Popen([sys.executable, *strict, "-m", "tests.sim.jobs", "60"], cwd=ROOT, text=True,
                          start_new_session=True, preexec_fn=jobs.heed_interrupts, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as run:
        assert run.stdout.readline() == "begun\n" if moment == "at work" else time.sleep(0.5) is None
        (os.killpg if group else os.kill)(run.pid, getattr(signal, number))
        try:
            run.wait(10)
            assert ended(run.pid)
        finally:
            if not ended(run.pid, 0.2):
                os.killpg(run.pid, signal.SIGKILL)
        # At the start the signal may come before anybody cares for it.
        if moment == "at work":
            assert (run.returncode, run.stderr.read()) == (code, "")


def test_an_error_line_stands_alone():
    code = ("from gateflow.sim.processes import run_jobs\nfrom gateflow.theory.checks import InputError\n"
            "from tests.sim import jobs\n"
            "try:\n    run_jobs([(jobs.mistaken, (InputError,))] * 30, 2)\n"
            "except InputError as failure:\n    raise SystemExit(str(failure))\n")
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True,
                         timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "a mistake\n")


def test_what_an_interruption_of_the_clearing_up_turns_into_is_an_interruption_still():
    def interrupted():
        with finished([(pow, (2, 3))] * 4, 2) as results:
            list(results)
            try:
                raise KeyboardInterrupt
            finally:
                raise OSError("handle is closed")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
