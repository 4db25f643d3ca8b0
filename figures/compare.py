"""``gateflow compare``: the scenarios that there are, and what the files of each have in common."""

import argparse
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from matplotlib.figure import Figure

from gateflow.figures.style import figure_bytes
from gateflow.sim.comparison import Comparison, Row
from gateflow.sim.storage import json_bytes, plain, write_files
from gateflow.sim.sweep import Progress
from gateflow.theory.checks import choice

# Rooms that can be compared, each with a module gateflow.figures.<room>.compare; the first is the default.
SCENARIOS = ("gated", "inference", "disentangle")
DEFAULT = SCENARIOS[0]


class Scenario(Protocol):
    """What a module has that compares theory with simulation."""

    TITLE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options that the scenario has beside those of all."""

    def study_of(self, arguments: argparse.Namespace) -> Any:
        """The study that parsed options ask for. Raises InputError."""

    def compare(self, study: Any, out: Path, provenance: dict[str, Any], workers: int,
                progress: Progress) -> Comparison:
        """Run a study and write its files to ``out``. Raises InputError."""


def scenario(name: str) -> Scenario:
    """The module of the named scenario. Raises InputError for an unknown name."""
    choice("scenario", name, SCENARIOS)
    return cast(Scenario, import_module(f"gateflow.figures.{name}.compare"))


def titles() -> dict[str, str]:
    """What each scenario compares, by name."""
    return {name: scenario(name).TITLE for name in SCENARIOS}


def named(words: Sequence[str]) -> str:
    """The scenario whose options stand on the command line, by the word behind ``compare``, or the default."""
    return words[1] if len(words) > 1 and words[0] == "compare" and words[1] in SCENARIOS else DEFAULT


def owners(option: str) -> list[str]:
    """Scenarios that have an option of this spelling, --name or --name=value."""
    found = []
    for name in SCENARIOS:
        parser = argparse.ArgumentParser(prog="")
        scenario(name).add_arguments(parser)
        if f"[{option.split('=')[0]}" in parser.format_usage().replace("]", " ").split():
            found.append(name)
    return found


def finish(name: str, parameters: Mapping[str, Any], rows: Sequence[Row], figure: Figure, data: Mapping[str, bytes],
           out: Path, provenance: Mapping[str, Any], start: float) -> Comparison:
    """Write figure, data and a JSON sidecar to ``out``, all or nothing; returns the comparison.

    data: contents by file name; start: ``time.perf_counter()`` when the run began. Raises InputError.
    """
    stem = f"compare-{name}"
    contents = {f"{stem}.{kind}": figure_bytes(figure, kind) for kind in ("png", "pdf")} | dict(data)
    files = [str(out / file) for file in (*contents, f"{stem}.json")]
    comparison = Comparison(name, parameters, rows, files, time.perf_counter() - start)
    sidecar = {key: value for key, value in comparison.to_dict().items() if key != "seconds"}
    contents[f"{stem}.json"] = json_bytes(plain(sidecar) | {"files": list(contents), "provenance": dict(provenance)})
    write_files({out / file: content for file, content in contents.items()})
    return comparison
