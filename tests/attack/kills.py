"""Comparisons that are killed at random moments: what they leave is whole, and the same command ends the same."""

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

# A comparison of some seconds, over two processes.
WORDS = ("compare", "gated", "learning", "adaptation", "--blocks", "3", "--seeds", "2", "--d-in", "6", "--d-out", "2",
         "--tau-block", "0.2", "--workers", "2", "--quiet", "--no-caption", "--format", "png")


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "gateflow", *WORDS, "--out", str(folder)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def bytes_of(folder: Path) -> dict[str, str]:
    """A digest of every data file of a finished comparison, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.npz"))}


def _whole(folder: Path) -> str:
    """What is half written in a folder; "" where nothing is."""
    import numpy as np

    for path in folder.glob("*"):
        try:
            if path.suffix == ".npz":
                with np.load(path) as arrays:
                    [arrays[name] for name in arrays.files]
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
        except Exception as failure:
            return f"{path.name} is half written: {failure}"
    return ""


def compare_killed(times: int, seed: int = 0) -> dict[str, str]:
    """What went wrong in so many kills, by kill; nothing is what should."""
    draw, wrong = random.Random(seed), {}
    with tempfile.TemporaryDirectory() as name:
        folder, expected = Path(name), {}
        begun = time.monotonic()
        assert _start(folder / "whole").wait() in (0, 1)
        length, expected = time.monotonic() - begun, bytes_of(folder / "whole")
        for kill in range(times):
            number = draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
            process = _start(folder / "killed")
            time.sleep(draw.uniform(0, length))
            process.send_signal(number)
            process.wait(30)
            said = _whole(folder / "killed") or ("processes are left" if alive(process.pid) else "")
            if said:
                wrong[f"kill {kill} by {number.name}"] = said
        if _start(folder / "killed").wait() not in (0, 1) or bytes_of(folder / "killed") != expected:
            wrong["the end"] = "other bytes than without kills"
    return wrong


