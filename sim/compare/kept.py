"""Results of finished jobs, kept on disk while others run, so that a run that was killed goes on where it was."""

import hashlib
import pickle
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateflow import __version__
from gateflow.sim.processes import Job
from gateflow.sim.storage import write_files
from gateflow.sim.sweep.run import Execution

_CODE = Path(__file__).resolve().parent.parent.parent


def code_state() -> str:
    """What changes whenever a file of this package does, by the files' sizes and times."""
    files = sorted(path for floor in ("theory", "sim", "figures") for path in (_CODE / floor).rglob("*.py"))
    states = [(str(path), status.st_size, status.st_mtime_ns) for path in files for status in [path.stat()]]
    return hashlib.sha256(repr((__version__, states)).encode()).hexdigest()


def run_kept(jobs: Sequence[Job], how: Execution, folder: Path | None) -> list[Any]:
    """Return what the jobs give, in their order; what the folder has is taken from there, the rest left there.

    how: who computes. folder: None to keep nothing. Raises what a job raises.
    """
    paths: Sequence[Path | None] = [None] * len(jobs) if folder is None else _paths(jobs, folder)
    results = [_NOTHING if path is None else _read(path) for path in paths]
    missing = [place for place, result in enumerate(results) if result is _NOTHING]
    with how.finished([jobs[place] for place in missing]) as finished:
        for among, result in how.progress(finished, len(missing)):
            place = missing[among]
            results[place] = result
            if (path := paths[place]) is not None:
                write_files({path: pickle.dumps(result)})
    return results


_NOTHING = object()


def _paths(jobs: Sequence[Job], folder: Path) -> list[Path]:
    import joblib  # here: it takes a tenth of a second to load

    code = code_state()
    return [folder / f"{joblib.hash((job, code))}.pickle" for job in jobs]


def _read(path: Path) -> Any:
    """What the file holds, nothing if it is not there or damaged."""
    try:
        return pickle.loads(path.read_bytes())
    except Exception:  # a damaged pickle raises anything
        return _NOTHING


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A folder for results of finished jobs that is gone at the end, unless the end was an interruption."""
    try:
        yield folder
    except KeyboardInterrupt as failure:
        raise KeyboardInterrupt("interrupted; what was done is kept, and the same command goes on from there"
                                ) from failure
    except Exception:
        _remove(folder)
        raise
    _remove(folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent.is_dir() and not any(folder.parent.iterdir()):
        shutil.rmtree(folder.parent, ignore_errors=True)
