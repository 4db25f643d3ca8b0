"""What a command says on stderr while it works: bars of what is done, and that time goes on where no bar moves."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateflow.sim.processes import Progress

# By what is done and its unit: shows how far items are.
Bars = Callable[[str, str], "Progress"]
# Seconds without a sign after which there is one.
_BEAT = 20.0


@contextmanager
def shown(quiet: bool = False) -> Iterator[Bars]:
    """Bars for as long as a command runs; quiet: nothing is said."""
    opened: list[Any] = []
    done = threading.Event()

    def bar(doing: str, unit: str) -> "Progress":
        def follow(items: Iterable[Any], total: int) -> Iterator[Any]:
            from tqdm import tqdm

            with tqdm(total=total, desc=doing, unit=unit, disable=quiet, leave=False) as made:
                opened.append(made)
                try:
                    for item in items:
                        yield item
                        made.update()
                finally:
                    opened.remove(made)

        return follow

    beat = threading.Thread(target=_beat, args=(done, opened), daemon=True)
    if not quiet:
        beat.start()
    try:
        yield bar
    finally:
        done.set()
        if not quiet:
            beat.join()


def _beat(done: threading.Event, opened: list[Any]) -> None:
    """Show the time on the open bar, or without one, until a command is done."""
    begun, words = time.monotonic(), ""
    while not done.wait(_BEAT):
        if opened:
            opened[-1].refresh()
        else:
            words = f"at work for {time.monotonic() - begun:.0f} s"
            print(f"\r{words}", end="", file=sys.stderr, flush=True)
    if words:
        print("\r" + " " * len(words), end="\r", file=sys.stderr, flush=True)
