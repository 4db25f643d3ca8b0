"""Files that are either whole or absent."""

import io
import json
import math
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

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
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as failure:
        raise InputError(f"cannot write to {folder}: {failure.strerror or failure}") from failure


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


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """Arrays by name as an .npz file; equal arrays give equal bytes."""
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
    return stream.getvalue()
