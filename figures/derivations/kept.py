"""Derivations that were checked, kept in the user's cache folder until their code, SymPy or Python changes."""

import hashlib
import pickle
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import sympy

from gateflow.figures.derivations.sheet import Sheet
from gateflow.sim.storage import cache_folder, write_files
from gateflow.theory.checks import InputError

_ROOT = Path(__file__).resolve().parents[2]
_DIGEST = hashlib.sha256().digest_size
# Letters of the key.
_KEY = 20


@cache
def _key() -> str:
    """What all derivations depend on: the code of theory and of the sheets made of it, SymPy and Python."""
    digest = hashlib.sha256(f"{sympy.__version__} {sys.version}".encode())
    for path in sorted([*(_ROOT / "theory").rglob("*.py"), *Path(__file__).parent.glob("*.py")]):
        digest.update(str(path.relative_to(_ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:_KEY]


def _place(name: str) -> Path:
    return cache_folder() / "derivations" / f"{name}.{_key()}"


def kept(name: str) -> Sheet | None:
    """The sheet of a derivation that was checked before, None if there is none; a damaged one is dropped."""
    try:
        content = _place(name).read_bytes()
    except OSError:
        return None
    # Nothing is unpickled but what was written here as a whole.
    if hashlib.sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
        # Other libraries than those that wrote it may fail in any way.
        with suppress(Exception):
            sheet = pickle.loads(content[_DIGEST:])
            if isinstance(sheet, Sheet):
                return sheet
    with suppress(OSError):
        _place(name).unlink()
    return None


def keep(name: str, sheet: Sheet) -> None:
    """Keep the sheet of a derivation that was checked, in the place of those of earlier code."""
    content, place = pickle.dumps(sheet), _place(name)
    try:
        write_files({place: hashlib.sha256(content).digest() + content})
    except InputError:
        # A folder that cannot be written to costs time, and nothing else.
        return
    for old in place.parent.glob(f"{name}.{'[0-9a-f]' * _KEY}"):
        if old != place:
            with suppress(OSError):
                old.unlink()
