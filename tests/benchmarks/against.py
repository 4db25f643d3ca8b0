"""Whole commands beside those of another checkout: ratios of CPU time and peak memory, one after the other.

    python -m tests.benchmarks.against ../other/.venv/bin/gateflow                        all commands, one round
    python -m tests.benchmarks.against ../other/.venv/bin/gateflow --rounds 3 "compare gated" "phase cycle"

Both run as they were installed, with what Python compiles kept; what one of them does not know is skipped. A first
call of each is not counted: it compiles. Ratios above 1 say that this checkout is faster.
"""

import argparse
import os
import shlex
import statistics
import sys
import tempfile
from pathlib import Path

COMMANDS = ("compare gated", "compare inference", "compare disentangle", "phase regimes",
            "phase regimes --simulate --seeds 20", "phase noise-tasks --simulate", "phase noise-time", "phase portrait",
            "phase cycle", "phase tasks-dimension", "derive clock")


def measured(program: str, command: str, folder: str) -> tuple[float, float]:
    """CPU seconds of a command with all of its processes, and the peak memory of the largest in MB."""
    words = [program, *shlex.split(command), *([] if command.startswith("derive") else ["--out", folder]), "--quiet"]
    # Installed packages have their bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    _, status, used = os.wait4(os.posix_spawn(program, words, environment, file_actions=silent), 0)
    # A comparison that does not hold ends with 1, bad input with 2.
    if os.waitstatus_to_exitcode(status) > 1:
        return float("nan"), float("nan")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", help="the command gateflow of the other checkout")
    parser.add_argument("commands", nargs="*", default=COMMANDS, metavar="COMMAND")
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_intermixed_args()
    programs = [str(Path(arguments.other).absolute()), str(Path(sys.executable).with_name("gateflow"))]
    print(f"{'command':40s} {'other':>8s} {'this':>8s}  ratio   peak memory")
    for command in arguments.commands:
        for program in programs:
            with tempfile.TemporaryDirectory() as folder:
                measured(program, command, folder)
        rounds = []
        for _ in range(arguments.rounds):
            # A folder each: what is kept in it would make the next round cheaper.
            with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
                rounds.append([measured(program, command, folder)
                               for program, folder in zip(programs, (one, other), strict=True)])
        seconds = [statistics.median(each[k][0] for each in rounds) for k in range(2)]
        ratio = statistics.median(before[0] / after[0] for before, after in rounds)
        memory = [max(each[k][1] for each in rounds) for k in range(2)]
        print(f"{command:40s} {seconds[0]:6.1f} s {seconds[1]:6.1f} s  {ratio:5.2f}   {memory[0]:.0f} MB, "
              f"{memory[1]:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
