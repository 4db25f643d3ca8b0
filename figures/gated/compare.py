"""``gateflow compare gated``: run a study, draw it, and put rows, figure and data into files."""

import argparse
import time
from pathlib import Path
from typing import Any

from gateflow.figures.compare import finish
from gateflow.figures.gated.overview import overview
from gateflow.sim.compare.rows import Comparison
from gateflow.sim.gated.rows import study_rows
from gateflow.sim.gated.runs import Progress, StudyRuns, run_study
from gateflow.sim.gated.study import Study

TITLE = "gated linear network: gradient descent against its exact reduction"

_MODEL = {"d_in": int, "d_out": int, "n_paths": int, "n_tasks": int, "tau_w": float, "tau_c": float,
          "tau_block": float, "norm_strength": float, "nonneg_strength": float}
_MEANING = {
    "d_in": "inputs", "d_out": "outputs", "n_paths": "paths P", "n_tasks": "teachers M",
    "tau_w": "time constant of the weights", "tau_c": "time constant of the gates", "tau_block": "length of a block",
    "norm_strength": "strength of the norm cost", "nonneg_strength": "cost of negative gates; inf is a hard bound"}


def _norm(text: str) -> int | None:
    if text not in ("1", "2", "none"):
        raise argparse.ArgumentTypeError(f"must be 1, 2 or none, got {text!r}")
    return None if text == "none" else int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the gated network."""
    group = parser.add_argument_group(
        "gated network", "With both presets, --tau-c and the costs concern the flexible one.")
    group.add_argument("--preset", choices=("both", "flexible", "forgetful"), default="both", help="which setting")
    group.add_argument("--blocks", type=int, default=20, metavar="N", help="blocks of training (20)")
    group.add_argument("--dt", type=float, default=1e-3, help="step of gradient descent (0.001)")
    group.add_argument("--batch-size", type=int, default=200, metavar="N", help="inputs a step (200)")
    group.add_argument("--init-scale", type=float, default=0.01, metavar="X",
                       help="initial weights have standard deviation X/√d_in (0.01)")
    group.add_argument("--norm", type=_norm, metavar="{1,2,none}", default=argparse.SUPPRESS,
                       help="norm of the gates that is drawn to 1")
    for name, kind in _MODEL.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, default=argparse.SUPPRESS,
                           metavar="N" if kind is int else "X", help=_MEANING[name])


def study_of(arguments: argparse.Namespace) -> Study:
    """The study that parsed options ask for. Raises InputError."""
    given = vars(arguments)
    changes = {name: given[name] for name in (*_MODEL, "norm") if name in given}
    return Study.preset(arguments.preset, changes, blocks=arguments.blocks, seeds=arguments.seeds,
                        seed=arguments.seed, dt=arguments.dt, batch_size=arguments.batch_size,
                        init_scale=arguments.init_scale)


def _data(runs: StudyRuns) -> dict[str, bytes]:
    """Trajectories behind the figure, by file name."""
    return {f"compare-gated-{name}-{kind}.npz": getattr(setting, kind).to_bytes()
            for name, setting in runs.settings.items() for kind in ("gaussian", "population", "flow")}


def compare(study: Study, out: Path, provenance: dict[str, Any], workers: int, progress: Progress) -> Comparison:
    """Run a study and write figure, data and JSON sidecar to ``out``. Raises InputError."""
    start = time.perf_counter()
    runs = run_study(study, workers, progress)
    return finish("gated", study.parameters(), study_rows(study, runs), overview(runs), _data(runs), out, provenance,
                  start)
