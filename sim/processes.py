"""Jobs spread over processes: what they give does not depend on how many, and no process outlives its parent."""

import atexit
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

from gateflow.theory.checks import COUNT, InputError

# A function that other processes can import, and its arguments.
Job = tuple[Callable[..., Any], tuple[Any, ...]]
# Shows how far items are along: takes the items and how many they are, and yields them on.
Progress = Callable[[Iterable[Any], int], Iterable[Any]]

# Workers leave when they had nothing to do for so many seconds; they see after whether their parent lives as often.
_IDLE, _LOOK = 30, 0.5

# How many cores the job that is being done here may use: one, while the others have jobs of their own.
_share: ContextVar[int | None] = ContextVar("_share", default=None)


class WorkerLostError(RuntimeError):
    """A job was not done because the process that had it is gone; not for what the job itself raises."""


def silent(items: Iterable[Any], total: int) -> Iterable[Any]:
    """Progress that nobody sees."""
    return items


def report(text: str) -> None:
    """Say a line on stderr, from whatever process, unless the command is to be quiet."""
    if not os.environ.get("GATEFLOW_QUIET"):
        print(f"\r{text}", file=sys.stderr, flush=True)


def run_jobs(jobs: Sequence[Job], workers: int = 1, progress: Progress = silent) -> list[Any]:
    """Return what the jobs give, in their order.

    jobs: functions and their arguments, begun in their order.
    workers: processes that share them; one worker or one job is done in this process, and so is what a process asks for
      that another one started.
    progress: called with the results as they come and their number; it yields them on.
    Raises what a job raises, WorkerLostError if a process dies, InputError for workers below 1 and for other jobs.

    >>> run_jobs([(pow, (2, 3)), (pow, (3, 2))])
    [8, 9]
    """
    with finished(jobs, workers) as results:
        return [result for _, result in sorted(progress(results, len(jobs)), key=lambda pair: pair[0])]


@contextmanager
def finished(jobs: Sequence[Job], workers: int = 1, batch: int | str = "auto") -> Iterator[Iterator[tuple[int, Any]]]:
    """Place and result of each job as it gets done, while the block lasts; its end stops what still runs.

    batch: jobs that a process gets at once, "auto" to let joblib choose. For the rest see ``run_jobs``.
    """
    if not isinstance(jobs, Sequence) or not all(isinstance(job, tuple) and len(job) == 2 and callable(job[0])
                                                 and isinstance(job[1], tuple) for job in jobs):
        raise InputError("jobs must be pairs of a function and the tuple of its arguments")
    asked = COUNT.check("workers", workers)
    workers = min(asked, len(jobs))
    if workers <= 1 or multiprocessing.parent_process() is not None:
        # A job that has no others beside it has their cores.
        share = asked if workers == 1 else 1
        yield ((place, alone(*job, share=share)) for place, job in enumerate(jobs))
        return
    import joblib  # here: it takes a tenth of a second to load

    # Large arrays go to workers as they are, so that a job finds them writable, as it would here.
    with joblib.parallel_config(backend="loky", idle_worker_timeout=_IDLE, max_nbytes=None,
                                initializer=_begin_worker, initargs=(os.getpid(),)):
        pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=batch)
    results = None
    with _ending_in_order():
        try:
            try:
                with _quiet_trackers(), _holding_signals_back():
                    results = pool(joblib.delayed(_placed)(place, *job) for place, job in enumerate(jobs))
                yield results
            finally:
                with warnings.catch_warnings():
                    # Unfinished jobs are dropped on purpose.
                    warnings.simplefilter("ignore")
                    if results is not None:
                        results.close()
        except Exception as failure:
            if _interrupted(failure):
                raise KeyboardInterrupt from failure
            if isinstance(failure, BrokenProcessPool):
                raise WorkerLostError("a worker process died, perhaps for want of memory") from failure
            raise


def _interrupted(failure: BaseException | None) -> bool:
    """Whether Ctrl-C came first: joblib, interrupted while it clears up, may end in another exception."""
    while failure is not None and not isinstance(failure, KeyboardInterrupt):
        failure = failure.__cause__ or failure.__context__
    return failure is not None


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for matrix products: their last bits depend on how many threads share the work."""
    import scipy.linalg  # noqa: F401 - loads SciPy's own matrix library before its threads are limited
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def alone(function: Callable[..., Any], arguments: tuple[Any, ...], share: int = 1) -> Any:
    """Call a function with one thread for matrix products, and that many cores for what it shares out itself."""
    token = _share.set(min(share, cores()))
    _keep_freed_memory()
    try:
        with one_thread():
            return function(*arguments)
    finally:
        _share.reset(token)


@cache
def _keep_freed_memory() -> None:
    """Let arrays take the room of those before them: fresh pages from the system are cleared first, one by one.

    The C library of Linux asks the system for each block above a size, which grows to that of what is freed, to 32 MB.
    """
    bytearray(31 * 2**20)


def cores() -> int:
    """How many cores may share what is computed here."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(there, _share.get() or there)


def _placed(place: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return place, alone(function, arguments)


@contextmanager
def _holding_signals_back() -> Iterator[None]:
    """Hold Ctrl-C and a closed terminal back while processes start, which inherit it: their parent will stop them."""
    if sys.platform == "win32" or not _in_main_thread():
        yield
        return
    with suppress(ImportError, OSError):
        # The first of its kind starts a process that tracks resources, which unblocks what is blocked.
        multiprocessing.get_context("spawn").Lock()
    asked: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
        if asked:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _quiet_trackers() -> Iterator[None]:
    """Let processes that start here, and clean up after a parent that was killed, do so without a word."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, "ignore:resource_tracker")))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let a request to end, or a closed terminal, leave the block as an exception does, where it would kill at once."""
    signals: list[signal.Signals] = []
    if sys.platform != "win32" and _in_main_thread():
        signals = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for each in signals:
        signal.signal(each, _leave)
    try:
        yield
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _begin_worker(parent: int) -> None:
    """Let this process end soon after its parent has, however that came about, and at once when its work is done."""
    # To look through all that is loaded once more takes a third of a second.
    atexit.register(gc.freeze)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    # An orphan gets another parent.
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)
