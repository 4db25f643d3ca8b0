"""Results of finished jobs, kept on disk while others run, so that a run that was killed goes on where it was."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateflow import __version__
from gateflow.sim.processes import Job

_CODE = Path(__file__).resolve().parent.parent.parent


def code_state() -> str:
    """What changes whenever a file of this package does, by the files' sizes and times."""
    files = sorted(path for floor in ("theory", "sim", "figures") for path in (_CODE / floor).rglob("*.py"))
    states = [(str(path), status.st_size, status.st_mtime_ns) for path in files for status in [path.stat()]]
    return hashlib.sha256(repr((__version__, states)).encode()).hexdigest()


def kept(job: Job, folder: Path, code: str) -> Job:
    """The job as one that looks first whether the folder has its result, and leaves it there when it is done."""
    return _remembered, (folder, code, *job)


def _remembered(folder: Path, code: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    from joblib import Memory

    return Memory(folder, verbose=0).cache(_done)(function, arguments, code)


def _done(function: Callable[..., Any], arguments: tuple[Any, ...], code: str) -> Any:
    return function(*arguments)


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
