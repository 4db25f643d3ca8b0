"""Who computes: this process, processes of this machine, or a Dask cluster; joblib decides when."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

import joblib

from gateflow.theory.checks import InputError


class WorkerLostError(RuntimeError):
    """A job was not done because who should do it is gone; not for what it does itself."""


# Workers leave when they had nothing to do for so many seconds, as they do when whoever started them was killed.
_IDLE = 30


@contextmanager
def finished(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], *, workers: int,
             cluster: str | None, batch: int | str, timeout: float) -> Iterator[Iterator[Any]]:
    """An iterator over function(*arguments[i]) in the order in which they get done; its end stops the workers.

    One worker, or one job: this process does it, without a pool. cluster: address of a Dask scheduler, in place of
    workers. batch: jobs that are sent to a worker at once; "auto" lets joblib choose. timeout: seconds.
    """
    with _backend(cluster, timeout) as backend:
        n_jobs = -1 if cluster else max(1, min(workers, len(arguments)))
        with joblib.parallel_config(**backend):
            # A scheduler knows best what to do with all jobs, since workers may still join it.
            pool = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=batch,
                                   pre_dispatch="all" if cluster else "2 * n_jobs")
            results = pool(joblib.delayed(function)(*each) for each in arguments)
        try:
            yield results
        except BrokenProcessPool as failure:
            raise WorkerLostError("a worker process died, perhaps for want of memory") from failure
        finally:
            with warnings.catch_warnings():
                # Unfinished jobs are dropped on purpose.
                warnings.simplefilter("ignore")
                results.close()


@contextmanager
def _backend(cluster: str | None, timeout: float) -> Iterator[dict[str, Any]]:
    if cluster is None:
        yield {"backend": "loky", "idle_worker_timeout": _IDLE}
        return
    try:
        from gateflow.sim.sweep.cluster import connected
    except ImportError:
        raise InputError("cluster needs the packages dask and distributed: pip install 'gateflow[cluster]'") from None
    with connected(cluster, timeout) as backend:
        yield backend
