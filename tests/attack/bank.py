"""A bank of bad and of extreme words for every option of every command, made from what the options mean."""

import contextlib
import io
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateflow.figures import cli, phase
from gateflow.sim.compare import catalogue
from gateflow.theory.checks import InputError, Range, Text
from gateflow.theory.parameters import Meaning, meanings
from tests.sim.jobs import heed_interrupts

NOT_ALLOWED = ("x", "nan", "", "1e999", "-1e300", "1e300", "99999999999999999999999", "-1", "0", "1.5", "1,x", "--")
OTHER = (
    ("nothing",), ("compare", "nowhere"), ("compare", "gated", "nothing"), ("phase", "nothing"), ("derive", "nothing"),
    ("cite", "nothing"), ("figure", "nothing"), ("laws",), ("laws", "x"), ("laws", "p,q->"), ("laws", "p,pij->ijk"),
    ("laws", "ih,hj->ij", "--sizes", "h=0"), ("laws", "ih,hj->ij", "--sizes", "h=2,h=3"),
    ("laws", "ih,hj->ij", "--sizes", "q=2"), ("laws", "ih,hj->ij", "--sizes", "h"), ("sweep",), ("sweep", "gated"),
    ("sweep", "gated", "onset", "--over", "nothing", "1"), ("sweep", "gated", "onset", "--over", "tau-c", "-1"),
    ("compare", "--dt", "5"), ("compare", "gated", "--unknown", "1"), ("phase", "plane", "x' = "),
    ("phase", "plane", "x' = y, y' = __import__('os')"), ("derive", "/nowhere.py"), ("list", "extra"))
# Words that once ended otherwise than in one line.
FOUND = (
    ("compare", "gated", "digit-network", "--end-steps", "5"),
    ("compare", "network", "composition", "--tau-composed", "1e-3", "--composed-gates", "rows"),
    ("compare", "network", "laws", "--format", "png,,svg"),
    ("compare", "network", "composition", "--composed-blocks", "3"),
    ("compare", "network", "composition", "--alone-blocks", "30"),
    ("compare", "network", "composition", "--alone-blocks", "2"),
    ("compare", "gated", "alignment-plane", "--lengths", "1e-9", "--workers", "1", "--quiet"),
    ("compare", "inference", "one-step", "--observations", "9" * 22, "--seeds", "2", "--workers", "1", "--quiet"),
    ("compare", "disentangle", "curved-tasks", "--trials", "9" * 22, "--seeds", "2", "--workers", "1", "--quiet"),
    ("compare", "inference", "detection", "--observations", "9" * 12, "--seeds", "2", "--workers", "1", "--quiet"),
    ("compare", "gated", "weight-cost", "--cost-strength", "1e9", "--seeds", "2", "--cost-blocks", "3", "--workers",
     "1", "--quiet"))
# Seconds without a word after which a command counts as stuck, and after which it is ended where it goes on.
SILENT, LONG = 60, 120


def commands() -> Iterator[tuple[tuple[str, ...], type[Any]]]:
    """Every command that takes parameters, and the class that has them."""
    for room, names in catalogue.experiment_files().items():
        for name in names:
            yield ("compare", room, name), catalogue.experiment(room, name)
    for name in phase.titles():
        yield ("phase", name), phase.plot_class(name)


def options() -> Iterator[tuple[tuple[str, ...], str, Meaning]]:
    """Command, option and meaning of each of their parameters but the switches."""
    for words, kind in commands():
        for name, (_, meaning) in meanings(kind).items():
            if not meaning.switch and not meaning.positional:
                yield words, f"--{name.replace('_', '-')}", meaning


def allows(meaning: Meaning, word: str) -> bool:
    """Whether a word may be a value, as far as its range tells."""
    if not isinstance(meaning.allowed, Range):
        return word in {str(option).replace("_", "-") for option in meaning.allowed} | set(map(str, meaning.allowed))
    if isinstance(meaning.allowed, Text):
        return True
    try:
        meaning.allowed.check("value", int(word) if meaning.allowed.whole else float(word))
    except (ValueError, InputError, OverflowError):
        return False
    return True


def refused() -> Iterator[tuple[str, ...]]:
    """Words that must be refused in one line, before any work."""
    yield from OTHER
    for words, option, meaning in options():
        yield from ((*words, option, word) for word in NOT_ALLOWED if not allows(meaning, word))


def extreme() -> Iterator[tuple[str, ...]]:
    """Words that are allowed, at the ends of ranges and far from what is usual."""
    for words, option, meaning in options():
        allowed = meaning.allowed
        if isinstance(allowed, Range) and not isinstance(allowed, Text):
            ends = [f"{end:.17g}" for end in (allowed.low, allowed.high) if abs(end) < float("inf")]
            far = ("1000000000", "9" * 22) if allowed.whole else ("1e-9", "1e9")
            yield from ((*words, option, word) for word in (*ends, *far) if allows(meaning, word))


def answer(words: tuple[str, ...]) -> str:
    """What is wrong with how bad words are refused; "" where nothing is."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: Any = cli.main(list(words))
        except SystemExit as leaving:
            code = leaving.code
        except BaseException as failure:
            return f"{type(failure).__name__}: {failure}"
    lines = err.getvalue().count("\n")
    if code != 2 or lines != 1 or out.getvalue():
        return f"code {code}, {lines} lines of error, {len(out.getvalue())} letters of output: {err.getvalue()[:120]!r}"
    return ""


def started(words: tuple[str, ...], folder: str | Path, stderr: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    """A command in a process and a session of its own, which heeds an interrupt wherever it is started from."""
    return subprocess.Popen([sys.executable, "-m", "gateflow", *words, "--out", str(folder)], stdout=subprocess.PIPE,
                            stderr=stderr, start_new_session=True, preexec_fn=heed_interrupts)


def run(words: tuple[str, ...]) -> str:
    """What is wrong with how a command runs, as a process of its own; "" where nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        process = started(words, folder, subprocess.STDOUT)
        said, stuck = _listen(process)
        left = alive(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if stuck:
        return stuck
    if left:
        return "processes are left"
    lines = said.count(b"\n")
    if process.returncode not in (0, 1, 2) or b"Traceback" in said or (process.returncode == 2 and lines > 1):
        return f"code {process.returncode}: {said[-300:].decode(errors='replace')}"
    return ""


def _listen(process: "subprocess.Popen[bytes]") -> tuple[bytes, str]:
    """What a process says until it ends, or until it has said enough or nothing for too long."""
    said, begun = b"", time.monotonic()
    heard = begun
    assert process.stdout is not None
    with selectors.DefaultSelector() as wait:
        wait.register(process.stdout, selectors.EVENT_READ)
        while True:
            if wait.select(1):
                heard, more = time.monotonic(), os.read(process.stdout.fileno(), 65536)
                if not more:
                    process.wait(10)
                    return said, ""
                said += more
            if time.monotonic() - heard > SILENT:
                return said, f"nothing was said for {SILENT} s"
            if time.monotonic() - begun > LONG:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
                return b"", "" if not alive(process.pid) else "processes are left after SIGTERM"


def alive(group: int) -> bool:
    """Whether processes of a group are there, a few seconds after their parent's end."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True
