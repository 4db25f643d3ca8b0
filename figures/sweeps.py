"""Sweeps from the command line: what all commands that run one share."""

import argparse
from collections.abc import Mapping
from typing import Any

from gateflow.sim.sweep import Execution, Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --cluster; --out, --workers and --quiet are those of all commands."""
    parser.add_argument("--cluster", metavar="tcp://HOST:PORT",
                        help="Dask scheduler whose workers do it instead (needs the extra cluster)")


def execution(arguments: argparse.Namespace, progress: Progress, provenance: Mapping[str, Any]) -> Execution:
    """How the arguments want a sweep to be run. Raises InputError."""
    return Execution(workers=arguments.workers, cluster=arguments.cluster, progress=progress, provenance=provenance)
