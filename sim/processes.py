"""Jobs spread over processes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def _one(job: Callable[[], Any]) -> Any:
    # The last bits of matrix products depend on how many threads share the work.
    with threadpool_limits(limits=1):
        return job()


def run_jobs(jobs: Sequence[Callable[[], Any]], workers: int = 1,
             progress: Progress = lambda items, total: items) -> list[Any]:
    """Return the results of jobs, in their order; workers: processes, on whose number results do not depend."""
    results = joblib.Parallel(n_jobs=max(1, min(workers, len(jobs))), return_as="generator")(
        joblib.delayed(_one)(job) for job in jobs)
    return list(progress(results, len(jobs)))


def cores() -> int:
    """How many processes work side by side here."""
    return int(joblib.cpu_count())
