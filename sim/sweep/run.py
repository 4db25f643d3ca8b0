"""A sweep is run, or gone on with."""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateflow.sim.processes import Job, Progress, WorkerLostError, finished, silent
from gateflow.sim.sweep.evaluation import Chunk, Signature, agreed, evaluate
from gateflow.sim.sweep.folder import Folder, Tell, opened
from gateflow.sim.sweep.grid import Sweep, versions
from gateflow.sim.sweep.result import SweepResult, assemble
from gateflow.theory.checks import COUNT, POSITIVE, InputError, check_memory

_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/:]\S*:\d+")
# Bytes that the stream of a run takes, and a chunk that is planned.
_STREAM, _PLAN = 400, 400


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was stopped from the keyboard; the message says what is kept and how to go on."""


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


@dataclass(frozen=True)
class Execution:
    """How a sweep is run; results do not depend on it, as long as all processors round alike.

    workers: processes of this machine, 1 for none but this.
    cluster: tcp://HOST:PORT, a Dask scheduler whose workers do it instead.
    timeout: seconds that it and its first worker may take to answer.
    batch: chunks that a process gets at once, "auto" to let joblib choose.
    progress: called with an iterable of finished chunks and their number; it yields them on.
    tell: takes a line for the user, by default to stderr.
    provenance: what the folder's card shall say of its origin (command, versions).
    Raises InputError.
    """

    workers: int = 1
    cluster: str | None = None
    timeout: float = 10.0
    batch: int | str = "auto"
    progress: Progress = silent
    tell: Tell = _to_stderr
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every field."""
        COUNT.check("workers", self.workers)
        POSITIVE.check("timeout", self.timeout)
        for name in ("progress", "tell"):
            if not callable(getattr(self, name)):
                raise InputError(f"{name} must be a function, got {getattr(self, name)!r}")
        if not isinstance(self.batch, str) or self.batch != "auto":
            COUNT.check("batch", self.batch)
        if self.cluster is not None and not (isinstance(self.cluster, str) and _ADDRESS.fullmatch(self.cluster)):
            raise InputError(f"cluster must be the address of a Dask scheduler, tcp://HOST:PORT, got {self.cluster!r}")

    def finished(self, jobs: Sequence[Job]) -> AbstractContextManager[Iterator[tuple[int, Any]]]:
        """Place and result of each job as it gets done; see ``processes.finished``."""
        if self.cluster is None:
            return finished(jobs, self.workers, self.batch)
        try:
            from gateflow.sim.sweep.cluster import finished_on_cluster
        except ImportError:
            line = "cluster needs the packages dask and distributed: pip install 'gateflow[cluster]'"
            raise InputError(line) from None
        return finished_on_cluster(jobs, self.cluster, self.timeout)


def run_sweep(sweep: Sweep, folder: str | Path | None = None, execution: Execution | None = None) -> SweepResult:
    """Run a sweep, or what is missing of it, and return its result.

    folder: where chunks are kept as they finish, and the result in the end: killed at any moment and called again, it
      goes on from there and ends with the same bytes; complete, it is only read. None: nothing is kept.
    execution: who computes, and who is told; this process and stderr by default.
    Raises InputError for a folder that holds something else, a cluster that does not answer and a function that
    returns what it should not; RuntimeError if a worker dies; SweepInterrupted for Ctrl-C.
    """
    how = Execution() if execution is None else execution
    if not isinstance(sweep, Sweep) or not isinstance(how, Execution):
        raise InputError(f"sweep and execution must be a Sweep and an Execution, got {sweep!r} and {how!r}")
    if not isinstance(folder, str | Path | None):
        raise InputError(f"folder must be a path or None, got {folder!r}")
    size = min(sweep.chunk or 1, sweep.runs)
    check_memory(size * (8 * len(sweep.axes) + _STREAM * bool(sweep.seeds)), f"a chunk of {size} runs")
    check_memory(sweep.runs / size * _PLAN, f"a sweep of {sweep.runs} runs in chunks of {size}")
    kept = f"what is done is kept in {folder}; run the same again to go on" if folder else "nothing was kept"
    try:
        if folder is None:
            return _computed(sweep, {}, how)
        with opened(sweep, Path(folder), how.provenance, how.tell) as place:
            result = place.result()
            if result is None:
                result = _computed(sweep, place, how)
                place.finish(result)
            return result
    except KeyboardInterrupt:
        raise SweepInterrupted(f"interrupted; {kept}") from None
    except WorkerLostError as failure:
        raise WorkerLostError(f"{failure}; {kept}") from failure


def _computed(sweep: Sweep, chunks: Folder | dict[int, Chunk], how: Execution) -> SweepResult:
    """Compute all chunks that are missing, keep each as it gets done, and put them together."""
    total = len(sweep.chunks())
    missing = [index for index in range(total) if index not in chunks]
    if 0 < len(missing) < total:
        how.tell(f"{total - len(missing)} of {total} chunks are there, {len(missing)} are computed")
    signature: Signature = {}
    with how.finished([(evaluate, (sweep, index, versions())) for index in missing]) as results:
        for place, chunk in how.progress(results, len(missing)):
            if not signature and chunk.values:
                size = sum(dtype.itemsize * math.prod(shape) for dtype, shape in chunk.signature().values())
                check_memory(sweep.runs * size, f"the result of {sweep.runs} runs")
            signature = agreed(sweep, signature, chunk.signature())
            chunks[missing[place]] = chunk
    return assemble(sweep, (chunks[index] for index in range(total)))
