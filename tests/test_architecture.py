"""Imports point one way: figures → sim → theory. The contracts stand in setup.cfg."""

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_imports_point_one_way(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True) == 0


@pytest.mark.parametrize("package", ["theory", "sim", "figures"])
def test_files_can_be_read_in_one_sitting(package):
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / package).rglob("*.py")}
    assert {path: n for path, n in lengths.items() if n > 320} == {}
