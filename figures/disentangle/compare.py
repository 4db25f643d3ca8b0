"""``gateflow compare disentangle``: run a study, draw it, and put rows, figure and data into files."""

import argparse
import time
from pathlib import Path
from typing import Any

from gateflow.figures.compare import finish
from gateflow.figures.disentangle.overview import overview
from gateflow.figures.options import add_fields, numbers, whole
from gateflow.figures.plot import npz_bytes
from gateflow.sim.compare.rows import Comparison
from gateflow.sim.disentangle.rows import study_rows
from gateflow.sim.disentangle.runs import Progress, StudyRuns, run_study
from gateflow.sim.disentangle.study import Study

TITLE = "many tasks, one latent state: filters and trained networks against what tasks, noise and time allow"

_OPTIONS = {"sigma": (float, "noise of an observation"), "duration": (int, "observations of a trial"),
            "precision": (float, "standard deviation δ of the error with which outputs are read"),
            "trials": (int, "trials of each member and quantity"),
            "read_trials": (int, "trials of those whose outputs are read imprecisely"),
            "training_steps": (int, "updates of a network")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of many tasks."""
    group = parser.add_argument_group("many tasks")
    group.add_argument("--n-tasks", type=lambda text: numbers(text, "numbers of tasks separated by commas", 1, 12),
                       default=Study.n_tasks, metavar="N,N,…",
                       help=f"numbers of tasks in the plane ({','.join(map(str, Study.n_tasks))})")
    add_fields(group, _OPTIONS, Study)


def study_of(arguments: argparse.Namespace) -> Study:
    """The study that parsed options ask for. Raises InputError."""
    given = {name: getattr(arguments, name) for name in (*_OPTIONS, "seeds", "seed")}
    return Study(n_tasks=whole("n_tasks", arguments.n_tasks), **given)


def _data(runs: StudyRuns) -> dict[str, bytes]:
    """What is behind the figure, by file name."""
    trained = {f"{name}/{key}": value for name, each in runs.trained.items() for key, value in vars(each).items()}
    return {"compare-disentangle-filter.npz": npz_bytes(vars(runs.filter)),
            "compare-disentangle-trained.npz": npz_bytes(trained)}


def compare(study: Study, out: Path, provenance: dict[str, Any], workers: int, progress: Progress) -> Comparison:
    """Run a study and write figure, data and JSON sidecar to ``out``. Raises InputError."""
    start = time.perf_counter()
    runs = run_study(study, workers, progress)
    return finish("disentangle", study.parameters(), study_rows(study, runs), overview(study, runs), _data(runs), out,
                  provenance, start)
