"""``gateflow compare inference``: run a study, draw it, and put rows, figure and data into files."""

import argparse
import time
from pathlib import Path
from typing import Any

from gateflow.figures.compare import finish
from gateflow.figures.inference.overview import overview
from gateflow.figures.options import add_fields, numbers, whole
from gateflow.figures.plot import npz_bytes
from gateflow.sim.compare.rows import Comparison
from gateflow.sim.inference.rows import study_rows
from gateflow.sim.inference.runs import Progress, StudyRuns, run_study
from gateflow.sim.inference.study import Study

TITLE = "the task inferred by gradients: one step, gates, trackers and learners against Bayes' rule"

_OPTIONS = {"dimension": (int, "dimensions of an observation of random tasks"),
            "sigma": (float, "noise on observations of those tasks"),
            "overlap": (float, "cosine of tasks that overlap"),
            "observations": (int, "observations of each member and quantity"),
            "hazard": (float, "probability of a switch"),
            "length": (int, "length of sequences"),
            "spread": (float, "noise around the mean of a context"),
            "rate": (float, "rate of learning"),
            "memory": (int, "last observations that a vector is inferred from, or a network without one sees")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of task inference."""
    group = parser.add_argument_group("task inference")
    group.add_argument("--n-tasks", type=lambda text: numbers(text, "numbers of tasks separated by commas", 1, 12),
                       default=Study.n_tasks, metavar="K,K,…",
                       help=f"numbers of tasks ({','.join(map(str, Study.n_tasks))})")
    group.add_argument("--means", type=float, nargs=2, default=Study.means, metavar=("X", "X"),
                       help=f"means of two contexts that are learned ({Study.means[0]:g} {Study.means[1]:g})")
    add_fields(group, _OPTIONS, Study)


def study_of(arguments: argparse.Namespace) -> Study:
    """The study that parsed options ask for. Raises InputError."""
    given = {name: getattr(arguments, name) for name in (*_OPTIONS, "seeds", "seed")}
    return Study(n_tasks=whole("n_tasks", arguments.n_tasks), means=tuple(arguments.means), **given)


def _data(runs: StudyRuns) -> dict[str, bytes]:
    """What is behind the figure, by file name."""
    parts = {name: vars(getattr(runs, name)) for name in ("steps", "detection", "gates", "tracking", "learning")}
    parts["detection"] = {name: value for name, value in parts["detection"].items() if name not in ("model", "source")}
    return {f"compare-inference-{name}.npz": npz_bytes(part) for name, part in parts.items()}


def compare(study: Study, out: Path, provenance: dict[str, Any], workers: int, progress: Progress) -> Comparison:
    """Run a study and write figure, data and JSON sidecar to ``out``. Raises InputError."""
    start = time.perf_counter()
    runs = run_study(study, workers, progress)
    return finish("inference", study.parameters(), study_rows(study, runs), overview(study, runs), _data(runs), out,
                  provenance, start)
