"""Who computes: this process, processes of this machine, or a Dask cluster; joblib decides when."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import joblib

from theory.checks import InputError

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
            pool = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=batch)
            results = pool(joblib.delayed(function)(*each) for each in arguments)
        try:
            yield results
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
    client = _client(cluster, timeout)
    try:
        _check_threads(client, cluster, timeout)
        yield {"backend": "dask", "client": client, "wait_for_workers_timeout": timeout}
    finally:
        client.close()


def _client(cluster: str, timeout: float) -> Any:
    try:
        import distributed
    except ImportError:
        raise InputError("cluster needs the packages dask and distributed: pip install 'gateflow[cluster]'") from None
    try:
        return distributed.Client(cluster, timeout=timeout, set_as_default=False)
    except (OSError, ValueError) as failure:
        raise InputError(f"cluster must be the address of a Dask scheduler, tcp://HOST:PORT, that answers within "
                         f"{timeout:g} s, got {cluster!r}") from failure


def _check_threads(client: Any, cluster: str, timeout: float) -> None:
    """Refuse workers with threads: integrators from Fortran are not safe in them."""
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as failure:
        raise InputError(f"cluster {cluster} must have a worker within {timeout:g} s, it has none") from failure
    most = max(client.nthreads().values())
    if most > 1:
        raise InputError(f"cluster {cluster} must have workers of one thread each (dask worker --nthreads 1), "
                         f"got one with {most}")
