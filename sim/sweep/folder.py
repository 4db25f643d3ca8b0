"""The folder in which the chunks of a sweep are kept."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gateflow.sim.storage import check_folder, json_bytes, npz_bytes, npz_content, plain, write_files
from gateflow.sim.sweep.evaluation import Chunk
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult, split, together
from gateflow.theory.checks import InputError

Tell = Callable[[str], None]


class Folder:
    """A sweep's folder: ``sweep.json`` says whose it is, ``chunks/`` holds what is done, ``result.npz`` the result.

    A chunk file is a hash of the sweep, the chunk's number and its content, and then that content: a file that is
    cut short, changed, or belongs elsewhere is not taken for a result. The chunks go when the result is whole.
    """

    def __init__(self, sweep: Sweep, path: Path, provenance: Mapping[str, Any], tell: Tell) -> None:
        """Begin a folder, or go on with one. Raises InputError if it holds something else than this sweep."""
        self.path, self._runs, self._tell = path, sweep.chunks(), tell
        self._chunks, self._card = path / "chunks", path / "sweep.json"
        self._identity = sweep.identity()
        self._stamp = json_bytes(self._identity)
        self._about = self._begin(provenance)
        for leftover in (*path.glob(".sweep.json.*"), *path.glob(".result.npz.*"), *self._chunks.glob(".*.chunk.*")):
            leftover.unlink(missing_ok=True)

    def _begin(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """What the card says; a new one is written in an empty folder."""
        if not self._card.exists():
            foreign = sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith(".sweep.json."))
            if foreign:
                raise InputError(f"{self.path} must be empty or a sweep's own folder, it holds {foreign[0]}"
                                 + f" and {len(foreign) - 1} more" * (len(foreign) > 1))
            about = {"sweep": self._identity, "provenance": plain(provenance)}
            write_files({self._card: json_bytes(about)})
            return about
        try:
            about = json.loads(self._card.read_bytes())
            stored = about["sweep"]
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"{self._card} cannot be read; remove {self.path} to begin anew") from None
        if json_bytes(stored) != self._stamp:
            raise InputError(f"{self.path} belongs to another sweep: {difference(stored, self._identity)}")
        return dict(about)

    def result(self) -> SweepResult | None:
        """The result, if the sweep is complete and its file is what was written."""
        if "result" not in self._about:
            return None
        try:
            content = (self.path / "result.npz").read_bytes()
            if _digest(content) == self._about["result"]["sha256"]:
                result = SweepResult.from_bytes(content)
                self._remove_chunks()
                return result
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._tell(f"{self.path / 'result.npz'} is missing or damaged and is computed again")
        return None

    def __contains__(self, index: int) -> bool:
        """Whether a chunk is there and whole; a damaged one is not, which it tells."""
        try:
            self[index]
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            self._tell(f"{self._file(index)} is damaged and is computed again")
            return False
        return True

    def __setitem__(self, index: int, chunk: Chunk) -> None:
        """Write a chunk, whole or not at all. Raises InputError where the file system refuses."""
        header = {"values": list(chunk.values), "errors": list(chunk.errors.items())}
        content = npz_bytes(split(chunk.values), header)
        write_files({self._file(index): self._seal(index, content).encode() + content})

    def __getitem__(self, index: int) -> Chunk:
        """Read a chunk; FileNotFoundError if there is none, ValueError if it is damaged."""
        whole = self._file(index).read_bytes()
        seal, content = whole[:64], whole[64:]
        if seal != self._seal(index, content).encode():
            raise ValueError(f"{self._file(index)} is damaged")
        header, arrays = npz_content(content)
        return Chunk(len(self._runs[index]), together(header["values"], arrays), dict(header["errors"]))

    def finish(self, result: SweepResult) -> None:
        """Write the result, then its hash on the card, and remove the chunks."""
        content = result.to_bytes()
        self._about["result"] = {"file": "result.npz", "sha256": _digest(content), "runs": result.runs,
                                 "failed": len(result.failures)}
        # One after the other: the card may not vouch for a file that is not there yet.
        write_files({self.path / "result.npz": content})
        write_files({self._card: json_bytes(self._about)})
        self._remove_chunks()

    def _file(self, index: int) -> Path:
        return self._chunks / f"{index:06d}.chunk"

    def _seal(self, index: int, content: bytes) -> str:
        return _digest(self._stamp, str(index).encode(), b"\n", content)

    def _remove_chunks(self) -> None:
        for index in range(len(self._runs)):
            self._file(index).unlink(missing_ok=True)
        # Whatever else lies there is not ours to remove.
        with suppress(OSError):
            self._chunks.rmdir()


def _digest(*parts: bytes) -> str:
    """SHA-256 of all parts, one after another."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def difference(stored: Any, wanted: Mapping[str, Any]) -> str:
    """Name the first entry in which two identities differ, and how."""
    for key, value in wanted.items():
        other = stored.get(key) if isinstance(stored, Mapping) else None
        if json.dumps(other) == json.dumps(value):
            continue
        if not (isinstance(value, Mapping) and isinstance(other, Mapping)):
            return f"{key} is {_short(other)} there, {_short(value)} here"
        kind = {"axes": "axis", "versions": "version of"}.get(key, key)
        for name in dict.fromkeys([*value, *other]):
            if name not in value or name not in other:
                return f"{kind} {name} is only {'there' if name in other else 'here'}"
            if json.dumps(value[name]) != json.dumps(other[name]):
                return f"{kind} {name} is {_short(other[name])} there, {_short(value[name])} here"
        return f"{key} are {', '.join(other)} there, {', '.join(value)} here"
    return "there is more on its card than is known here"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}"


@contextmanager
def opened(sweep: Sweep, path: Path, provenance: Mapping[str, Any], tell: Tell) -> Iterator[Folder]:
    """A sweep's folder, for one run at a time. Raises InputError if it is another's, or in use."""
    check_folder(path)
    with _locked(path):
        yield Folder(sweep, path, provenance, tell)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other runs out for as long as this process lives; where there are no such locks, do nothing."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(f"{path} is in use by another run") from None
    finally:
        os.close(handle)
