"""A Dask cluster that somebody runs, behind joblib; importing this needs the extra ``cluster``."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import distributed
from joblib._dask import DaskDistributedBackend

from gateflow.sim.sweep.workers import WorkerLostError
from gateflow.theory.checks import InputError


@dataclass(frozen=True)
class _Lost:
    """Why the scheduler gave a job up."""

    failure: BaseException


class _Backend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's backend, but for two things: jobs that the scheduler gives up, and a cluster of a single worker."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many workers there are, but at least two: joblib would do the work of one itself, in this process."""
        return max(2, super().effective_n_jobs(n_jobs))

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Submit a job, and hand a failure outside its own code to joblib, which would wait for it for ever."""
        future = super().submit(func, callback)

        def done(finished: "Future[Any]") -> None:
            failure = finished.exception()
            if failure is not None and callback is not None:
                callback(_Lost(failure))

        future.add_done_callback(done)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """The results of a job. Raises what it raised; WorkerLostError where it could not be done."""
        if isinstance(out, CancelledError):
            out = _Lost(out)
        if isinstance(out, _Lost):
            reason = " ".join(f"{type(out.failure).__name__}: {out.failure}".split())
            raise WorkerLostError(f"the cluster gave up on a chunk, {reason}") from out.failure
        return super().retrieve_result_callback(out)


@contextmanager
def connected(address: str, timeout: float) -> Iterator[dict[str, Any]]:
    """joblib's settings for the cluster at an address. Raises InputError if it does not answer or has threads."""
    try:
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except OSError as failure:
        raise InputError(f"cluster must be the address of a Dask scheduler that answers within {timeout:g} s, "
                         f"got {address!r}") from failure
    try:
        _check_workers(client, address, timeout)
        yield {"backend": _Backend(client=client, wait_for_workers_timeout=timeout)}
    finally:
        client.close()


def _check_workers(client: Any, address: str, timeout: float) -> None:
    """Refuse a cluster without workers, and workers with threads: not all integrators are safe in them."""
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as failure:
        raise InputError(f"cluster {address} must have a worker within {timeout:g} s, it has none") from failure
    most = max(client.nthreads().values())
    if most > 1:
        raise InputError(f"cluster {address} must have workers of one thread each (dask worker --nthreads 1), "
                         f"got one with {most}")
