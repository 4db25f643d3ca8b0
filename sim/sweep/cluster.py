"""Jobs on a Dask cluster that somebody runs; importing this needs the extra ``cluster``."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import distributed

from gateflow.sim.processes import Job, WorkerLostError, alone
from gateflow.theory.checks import InputError


@contextmanager
def finished_on_cluster(jobs: Sequence[Job], address: str, timeout: float) -> Iterator[Iterator[tuple[int, Any]]]:
    """Place and result of each job as it gets done, while the block lasts, as ``processes.finished``.

    address: of a Dask scheduler; timeout: seconds that it and its first worker may take to answer.
    Raises InputError if it does not answer or its workers have threads, WorkerLostError if it gives a job up.
    """
    try:
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except OSError as failure:
        raise InputError(f"cluster must be the address of a Dask scheduler that answers within {timeout:g} s, "
                         f"got {address!r}") from failure
    with client:
        _check_workers(client, address, timeout)
        yield _results(client, jobs)


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


def _results(client: Any, jobs: Sequence[Job]) -> Iterator[tuple[int, Any]]:
    places = {client.submit(_outcome, *job, pure=False): place for place, job in enumerate(jobs)}
    for future in distributed.as_completed(list(places), loop=client.loop):
        try:
            result, failure = future.result()
        except Exception as lost:  # whatever the job itself raised is in its outcome
            reason = " ".join(f"{type(lost).__name__}: {lost}".split())
            raise WorkerLostError(f"the cluster gave up on a chunk, {reason}") from lost
        if failure is not None:
            raise failure
        # Nobody needs the future any more, and the cluster forgets its result.
        yield places.pop(future), result


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    """What a job returns, and what it raises instead."""
    try:
        return alone(function, arguments), None
    except Exception as failure:
        return None, failure
