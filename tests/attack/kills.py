"""Commands that are killed at random moments: what they leave is whole, and the same command ends the same."""

import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.attack.bank import alive
from tests.sim.jobs import heed_interrupts

_SMALL = ("--workers", "2", "--quiet", "--no-caption", "--format", "png")
# A comparison, a sweep and a simulated phase plot of some seconds, over two processes.
COMMANDS = {
    "compare": ("compare", "gated", "learning", "adaptation", "--blocks", "3", "--seeds", "2", "--d-in", "6", "--d-out",
                "2", "--tau-block", "0.2", *_SMALL),
    "sweep": ("sweep", "inference", "tracking", "--over", "hazard", "0.1", "0.2", "--seeds", "2", "--length", "1000",
              *_SMALL),
    "phase": ("phase", "noise-tasks", "--simulate", "--cells", "3", "--seeds", "2", "--trials", "20", *_SMALL)}


def _start(folder: Path, words: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "gateflow", *words, "--out", str(folder)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                            preexec_fn=heed_interrupts)


def bytes_of(folder: Path) -> dict[str, str]:
    """A digest of every data file of a finished command, by name."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*.npz"))}


def _whole(folder: Path) -> str:
    """What is half written in a folder; "" where nothing is."""
    import numpy as np

    for path in folder.rglob("*"):
        try:
            if path.suffix == ".npz":
                with np.load(path) as arrays:
                    [arrays[name] for name in arrays.files]
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
        except Exception as failure:
            return f"{path.name} is half written: {failure}"
    return ""


def killed(name: str, times: int, seed: int = 0) -> dict[str, str]:
    """What went wrong in so many kills of a command, by kill; nothing is what should."""
    draw, wrong, words = random.Random(seed), {}, COMMANDS[name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        begun = time.monotonic()
        assert _start(folder / "whole", words).wait() in (0, 1)
        length, expected = time.monotonic() - begun, bytes_of(folder / "whole")
        for kill in range(times):
            number = draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
            process = _start(folder / "killed", words)
            time.sleep(draw.uniform(0, length))
            process.send_signal(number)
            process.wait(30)
            said = _whole(folder / "killed") or ("processes are left" if alive(process.pid) else "")
            if said:
                wrong[f"{name}, kill {kill} by {number.name}"] = said
        if _start(folder / "killed", words).wait() not in (0, 1) or bytes_of(folder / "killed") != expected:
            wrong[f"{name}, the end"] = "other bytes than without kills"
    return wrong


