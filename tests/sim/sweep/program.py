"""A sweep as a program of its own, to be killed: ``python -m tests.sim.sweep.program FOLDER WORKERS PAUSE``."""

import sys

from gateflow.sim.sweep.run import Execution, SweepInterrupted, run_sweep
from tests.sim.sweep.functions import wave_sweep


def main(folder, workers, pause):
    sweep = wave_sweep(chunk=1, fixed={"pause": float(pause)})
    try:
        run_sweep(sweep, folder, Execution(workers=int(workers), batch=1))
    except SweepInterrupted as stopped:
        print(stopped, file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main(*sys.argv[1:])
