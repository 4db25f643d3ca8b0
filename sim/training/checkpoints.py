"""Training that was interrupted, kept as a file: whole or absent, and of one set of parameters."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gateflow.sim.storage import npz_bytes, plain, write_files
from gateflow.theory.checks import InputError

_FACTS = "facts"


def digest(*parts: Any) -> str:
    """Twelve letters that stand for plain values, arrays and bytes."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, bytes):
            total.update(part)
        elif hasattr(part, "dtype"):
            values = np.ascontiguousarray(part)
            total.update(f"{values.dtype}{values.shape}".encode() + values.tobytes())
        else:
            total.update(json.dumps(plain(part), sort_keys=True).encode())
    return total.hexdigest()[:12]


def save(path: Path, facts: Mapping[str, Any], step: int, leaves: Sequence[Any], losses: Any) -> None:
    """Write a checkpoint: what was trained, how far, all arrays in order, the losses so far. Raises InputError."""
    arrays = {f"leaf_{k}": np.asarray(leaf) for k, leaf in enumerate(leaves)}
    written = json.dumps(plain(facts), sort_keys=True)
    write_files({path: npz_bytes({_FACTS: np.array(written), "step": step, "losses": losses, **arrays})})


def load(path: Path, facts: Mapping[str, Any], leaves: Sequence[Any]) -> tuple[int, list[Any], Any] | None:
    """Step, arrays and losses of a checkpoint, None where there is none; leaves: arrays as they start.

    Raises InputError, one line, for one that is damaged or of something else; the file is left as it is.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise InputError(f"cannot read {path}: {failure.strerror or failure}") from None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            written, step, losses = json.loads(str(arrays[_FACTS])), int(arrays["step"]), arrays["losses"]
            kept = [arrays[f"leaf_{k}"] for k in range(sum(name.startswith("leaf_") for name in arrays.files))]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        raise InputError(f"checkpoint {path} is damaged; remove it, or name another, to begin anew") from None
    now = json.loads(json.dumps(plain(facts)))
    others = [name for name in {**now, **written} if now.get(name) != written.get(name)]
    if others:
        name = others[0]
        raise InputError(f"checkpoint {path} is of another training: {name} was {written.get(name)}, "
                         f"is {now.get(name)}")
    if [np.shape(leaf) for leaf in kept] != [np.shape(leaf) for leaf in leaves]:
        raise InputError(f"checkpoint {path} is of a network of other shapes")
    return step, kept, losses
