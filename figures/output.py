"""Files of results: a figure, arrays and a JSON sidecar, written together; an earlier run's files are kept."""

import hashlib
import importlib.metadata
import json
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateflow import __version__
from gateflow.sim.storage import json_bytes, plain, write_files


def provenance(words: Sequence[str]) -> dict[str, Any]:
    """Versions and the command that made a result."""
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "matplotlib", "joblib")}
    return {"command": shlex.join(["gateflow", *words]), "gateflow": __version__,
            "python": platform.python_version(), **versions}


def write_result(folder: Path, stem: str, facts: Mapping[str, Any], contents: Mapping[str, bytes],
                 made_by: Mapping[str, Any]) -> list[str]:
    """Write contents and the sidecar ``stem``.json, all or none, to a folder; returns the paths.

    facts: plain values for the sidecar, with "parameters" among them: if the folder holds the same result of other
    parameters, its files are renamed first, which stderr says. Raises InputError.
    """
    _keep(folder, stem, facts["parameters"])
    names = [*contents, f"{stem}.json"]
    sidecar = json_bytes(plain({**facts, "files": names, "provenance": dict(made_by)}))
    write_files({folder / name: content for name, content in {**contents, f"{stem}.json": sidecar}.items()})
    return [str(folder / name) for name in names]


def _keep(folder: Path, stem: str, parameters: Mapping[str, Any]) -> None:
    """Rename the files of a run of other parameters, so that they stay."""
    sidecar = folder / f"{stem}.json"
    try:
        before = json.loads(sidecar.read_bytes())
        earlier, names = before["parameters"], [str(name) for name in before["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if json_bytes(earlier) == json_bytes(plain(dict(parameters))):
        return
    mark = hashlib.sha256(json_bytes(earlier)).hexdigest()[:6]
    moved = {name: f"{stem}~{mark}{name.removeprefix(stem)}" for name in names if (folder / name).is_file()}
    before["files"] = [moved.get(name, name) for name in names]
    for name, kept in moved.items():
        (folder / name).replace(folder / kept)
    write_files({folder / f"{stem}~{mark}.json": json_bytes(before)})
    print(f"gateflow: an earlier run with other parameters is kept as {folder / stem}~{mark}.*", file=sys.stderr)
