"""A sweep is run, or gone on with."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateflow.sim.sweep.evaluation import Signature, agreed, evaluate
from gateflow.sim.sweep.folder import Memory, Store, Tell, opened
from gateflow.sim.sweep.grid import Sweep, versions
from gateflow.sim.sweep.result import SweepResult, assemble
from gateflow.sim.sweep.workers import WorkerLostError, finished
from gateflow.theory.checks import InputError, count, number

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was stopped from the keyboard; the message says what is kept and how to go on."""


def _silent(items: Iterable[Any], total: int) -> Iterable[Any]:
    return items


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


@dataclass(frozen=True)
class Execution:
    """How a sweep is run; results do not depend on it, as long as all processors round alike.

    workers: processes of this machine, 1 for none but this; cluster: tcp://HOST:PORT, a Dask scheduler whose workers
    do it instead; timeout: seconds that it and its first worker may take to answer; batch: chunks that a worker gets
    at once, "auto" to let joblib choose. progress: called with an iterable of finished chunks and their number,
    returns an iterable that yields them on; tell: takes a line for the user, by default to stderr. provenance: what
    the folder's card shall say of its origin (command, versions). Raises InputError.
    """

    workers: int = 1
    cluster: str | None = None
    timeout: float = 10.0
    batch: int | str = "auto"
    progress: Progress = _silent
    tell: Tell = _to_stderr
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every field."""
        count("workers", self.workers)
        number("timeout", self.timeout, minimum=0, open_below=True)
        if self.batch != "auto":
            count("batch", self.batch)
        if self.cluster is not None and not _is_address(self.cluster):
            raise InputError(f"cluster must be the address of a Dask scheduler, tcp://HOST:PORT, got {self.cluster!r}")


def _is_address(cluster: Any) -> bool:
    try:
        parts = urlsplit(cluster)
        return parts.scheme in ("tcp", "tls", "ws", "wss") and bool(parts.hostname and parts.port)
    except (AttributeError, TypeError, ValueError):
        return False


def run_sweep(sweep: Sweep, folder: str | Path | None = None, execution: Execution | None = None) -> SweepResult:
    """Run a sweep, or what is missing of it, and return its result.

    folder: where chunks are kept as they finish, and the result in the end: killed at any moment and called again, it
    goes on from there and ends with the same bytes; complete, it is only read. None: nothing is kept.
    Raises InputError for a folder that holds something else, a cluster that does not answer and a function that
    returns what it should not; RuntimeError if a worker dies; SweepInterrupted for Ctrl-C.
    """
    how = execution or Execution()
    numbers = range(len(sweep.chunks()))
    kept = f"what is done is kept in {folder}; run the same again to go on" if folder else "nothing was kept"
    try:
        if folder is None:
            memory = Memory(sweep)
            _compute(sweep, memory, how)
            return assemble(sweep, map(memory.get, numbers))
        with opened(sweep, Path(folder), how.provenance, how.tell) as place:
            result = place.result()
            if result is None:
                _compute(sweep, place, how)
                result = assemble(sweep, map(place.get, numbers))
                place.finish(result)
            return result
    except KeyboardInterrupt:
        raise SweepInterrupted(f"interrupted; {kept}") from None
    except WorkerLostError as failure:
        raise RuntimeError(f"{failure}; {kept}") from failure


def _compute(sweep: Sweep, store: Store, how: Execution) -> None:
    """Compute all chunks that are missing; keep each as it gets done."""
    total, todo = len(sweep.chunks()), store.missing()
    if 0 < len(todo) < total:
        how.tell(f"{total - len(todo)} of {total} chunks are there, {len(todo)} are computed")
    signature: Signature = {}
    jobs = [(sweep, index, versions()) for index in todo]
    with finished(evaluate, jobs, workers=how.workers, cluster=how.cluster, batch=how.batch,
                  timeout=how.timeout) as chunks:
        for index, chunk in how.progress(chunks, len(todo)):
            signature = agreed(sweep, signature, chunk.signature())
            store.put(index, chunk)
