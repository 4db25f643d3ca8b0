"""The command ``gateflow`` as it is installed, which may be stopped at any moment, also while it loads."""

import atexit
import gc
import signal
import sys
import time
from typing import Any

# Objects that are made before the collector looks for cycles: libraries that load leave many, and all of them stay.
_GARBAGE = 30_000
# Seconds in which a request to stop, sent to a process and then to its group, counts once.
_AT_ONCE = 0.5


def main() -> int:
    """Run the command line; returns its exit code, which is 128 and the number of the signal where one ended it."""
    gc.set_threshold(_GARBAGE)
    # To look through all that is loaded once more, as it ends, takes a process half a second.
    atexit.register(gc.freeze)
    asked: list[tuple[int, float]] = []

    def stop(number: int, frame: Any) -> None:
        asked.append((number, time.monotonic()))
        if len(asked) == 1 or asked[-1][1] - asked[-2][1] > _AT_ONCE:
            raise KeyboardInterrupt

    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # What is ignored, as a closed terminal is behind nohup, stays so.
    signals = [each for each in signals if signal.getsignal(each) is not signal.SIG_IGN]
    for each in signals:
        signal.signal(each, stop)
    try:
        from gateflow.figures.cli import main as run

        code = run()
    except KeyboardInterrupt:
        print("gateflow: interrupted, no result was written", file=sys.stderr)
        code = 130
    # What was done is written, what was not is told: nothing is left to stop.
    for each in signals:
        signal.signal(each, signal.SIG_IGN)
    return 128 + asked[0][0] if code == 130 and asked else code


if __name__ == "__main__":
    sys.exit(main())
