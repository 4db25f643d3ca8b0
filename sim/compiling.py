"""Compiled functions (Numba), and where they are kept."""

import hashlib
import os
import shutil
import time
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from numba import config, njit
from numba.core import event

from gateflow.sim.processes import report
from gateflow.sim.storage import cache_folder, can_keep

# Numba declares no types.
_EVENTS: Any = event
# Seconds in which processes that begin to compile do so together.
_COMPILING = 60
# Seconds after which what was compiled and not used is removed: 90 days.
_UNUSED = 90 * 86400.0


@cache
def _kept(root: str) -> str:
    """Where compiled functions are kept: elsewhere for other kernels, as Numba does not see what a function calls.

    root: $NUMBA_CACHE_DIR, "" for the project's own cache folder, which alone is tidied. Nowhere, "", where nothing can
    be written: this costs time, and nothing else.
    """
    sources = sorted(Path(__file__).parent.glob("*/*_kernels.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = Path(root or cache_folder() / "numba") / digest[:16]
    if not can_keep(folder, "what is compiled"):
        return ""
    if not root:
        _forget_beside(folder)
    return str(folder)


def _forget_beside(folder: Path) -> None:
    """Remove what was compiled of other kernels and not used for three months; this counts as used."""
    with suppress(OSError):
        os.utime(folder)
    for other in folder.parent.glob("[0-9a-f]" * len(folder.name)):
        with suppress(OSError):
            if other.stat().st_mtime < time.time() - _UNUSED:
                shutil.rmtree(other)


def compiled(function: Any = None, *, any_order: bool = False, inline: bool = False) -> Any:
    """Compile a function when it is first called, once: what comes out is kept in the user's cache folder.

    Beside the source it would be left behind when the package is removed, and hide another installation. any_order:
    whether sums may be taken in another order, several terms at a time; inline: into all that call it, as a call takes
    as long as a small network's forces, but compiles once.
    """
    if function is None:
        return partial(compiled, any_order=any_order, inline=inline)
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = folder = _kept(before)
    try:
        return njit(cache=bool(folder), error_model="numpy", nogil=True, forceinline=inline,
                    fastmath={"reassoc", "nsz"} if any_order else False)(function)
    finally:
        settings.CACHE_DIR = before


class _Compiling(event.Listener):
    """Says that the engine is being compiled, once, in whichever process begins."""

    def on_start(self, started: Any) -> None:
        """A function is about to be compiled, as none is that the cache folder has."""
        if not started.data["dispatcher"].__module__.startswith(f"{__package__}.network"):
            return
        _EVENTS.unregister("numba:compile", self)
        said = cache_folder() / "compiling"
        with suppress(OSError):
            if time.time() - said.stat().st_mtime < _COMPILING:
                return
        with suppress(OSError):
            said.parent.mkdir(parents=True, exist_ok=True)
            said.touch()
        report("compiling the engine, once: half a minute of one core")

    def on_end(self, ended: Any) -> None:
        """It is."""


_EVENTS.register("numba:compile", _Compiling())
