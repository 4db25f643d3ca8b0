"""Files that are either whole or absent; arrays and plain values as bytes, and back."""

import io
import json
import math
import multiprocessing
import os
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.processes import report
from gateflow.theory.checks import InputError


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write all files, or none: each goes to a temporary file beside its place, is flushed, and is renamed.

    contents: what to write, by path; missing folders are made. Raises InputError, in one line, where the file system
    refuses; temporary files are removed then.
    """
    for path in contents:
        if path.is_dir():
            raise InputError(f"cannot write {path}: Is a directory")
    staged: list[tuple[str, Path]] = []
    target = Path()
    try:
        for target, content in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            staged.append((name, target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for name, target in staged:
            os.chmod(name, 0o644)
            os.replace(name, target)
    except OSError as failure:
        raise InputError(f"cannot write {target}: {failure.strerror or failure}") from failure
    finally:
        for name, _ in staged:
            Path(name).unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Make a folder and see that files can be made in it. Raises InputError, in one line, where they cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A full disk still makes files, but empty ones.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"0")
    except OSError as failure:
        raise InputError(f"cannot write to {folder}: {failure.strerror or failure}") from failure


def read_file(path: str | Path) -> bytes:
    """Return the content of a file. Raises InputError, in one line, where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, TypeError, ValueError) as failure:
        raise InputError(f"cannot read {path}: {getattr(failure, 'strerror', None) or failure}") from failure


def plain(value: Any) -> Any:
    """The value with NumPy's numbers as Python's, and infinity, which JSON does not know, as "inf"."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    return "inf" if isinstance(value, float) and value == math.inf else value


def json_bytes(value: Any) -> bytes:
    """Return ``value`` as indented UTF-8 JSON; what is not a number is refused (ValueError)."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def npz_bytes(arrays: Mapping[str, Any], header: Mapping[str, Any] | None = None, *, packed: bool = True) -> bytes:
    """Arrays by name as an .npz file; equal arrays give equal bytes (NumPy writes no time).

    header: plain values, kept as JSON in an array of that name; packed: whether it is compressed.
    """
    if header is not None:
        text = json.dumps(plain(header), ensure_ascii=False, allow_nan=False)
        arrays = {"header": np.array(text), **arrays}
    stream = io.BytesIO()
    save = np.savez_compressed if packed else np.savez
    save(stream, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
    return stream.getvalue()


def npz_content(content: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    """Header of an .npz file, None if it has none, and its arrays by name. Raises ValueError if it is no such file."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = arrays.pop("header", None)
        return None if header is None else json.loads(str(header)), arrays
    except (AttributeError, KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error,
            NotImplementedError) as failure:
        raise ValueError("not an .npz file of arrays") from failure


def read_arrays(path: str | Path) -> dict[str, Any]:
    """Arrays of an .npy file, under the name "", or of an .npz file, by name. Raises InputError, in one line."""
    try:
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = np.load(stream, allow_pickle=False)
            return {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except OSError as failure:
        raise InputError(f"cannot read {path}: {failure.strerror or failure}") from failure
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, Warning) as failure:
        raise InputError(f"cannot read {path}: no .npy or .npz file of arrays") from failure


def read_array(path: str | Path, name: str) -> Any:
    """The array of an .npy file, or of an .npz file by its name (or the only one there). Raises InputError."""
    arrays = read_arrays(path)
    if name not in arrays and len(arrays) != 1:
        raise InputError(f"cannot read {path}: it has no array {name}, but {', '.join(arrays) or 'none'}")
    return arrays.get(name, next(iter(arrays.values())))


def cache_folder() -> Path:
    """Where compiled programs and checkpoints are kept: $GATEFLOW_CACHE, or gateflow in the user's cache folder.

    Raises InputError where there is neither.
    """
    try:
        if given := os.environ.get("GATEFLOW_CACHE"):
            return Path(given).expanduser()
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gateflow"
    except RuntimeError:
        raise InputError("GATEFLOW_CACHE must name a folder to keep what is compiled, as there is no home folder, "
                         "got none") from None


def can_keep(folder: Path, what: str) -> bool:
    """Whether a part of the cache folder can be written to. Where it cannot, which costs time only, it is told."""
    try:
        check_folder(folder)
    except InputError as refused:
        if multiprocessing.parent_process() is None:
            report(f"{refused}: {what} will not be kept")
        return False
    return True
