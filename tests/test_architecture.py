"""Imports point one way, figures → sim → theory (the contracts stand in setup.cfg); the one import name is gateflow."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("theory", "sim", "figures")


def python(code, folder):
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_point_one_way(tmp_path):
    # The linter reads folders, so it gets the one that an installation makes: the floors inside the package.
    package = tmp_path / "gateflow"
    package.mkdir()
    for source in (*(ROOT / "gateflow").glob("*.py"), *(ROOT / floor for floor in FLOORS)):
        (package / source.name).symlink_to(source)
    done = python(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
                  "from importlinter.cli import lint_imports\n"
                  f"sys.exit(lint_imports(config_filename={str(ROOT / 'setup.cfg')!r}, no_cache=True))", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"Analyzed (\d+) files", done.stdout)[1]) > 200


def test_a_user_may_have_modules_named_like_the_floors(tmp_path):
    for floor in FLOORS:
        (tmp_path / f"{floor}.py").write_text("raise SystemExit('the module beside the script was taken')")
    done = python("import gateflow.theory.gated, gateflow.sim.gated, gateflow.figures.cli", tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("floor", [*FLOORS, "tests", "gateflow"])
def test_floors_are_imported_by_the_one_name(floor):
    bare = re.compile(r"^\s*(?:from|import) (?:theory|sim|figures)\b", re.MULTILINE)
    assert [path for path in (ROOT / floor).rglob("*.py") if bare.search(path.read_text(encoding="utf-8"))] == []


def test_all_packages_are_installed():
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg")
    found = {".".join(("gateflow", *path.parent.relative_to(ROOT).parts))
             for floor in FLOORS for path in (ROOT / floor).rglob("__init__.py")}
    assert set(declared["options"]["packages"].split()) == {"gateflow"} | found


@pytest.mark.parametrize("floor", FLOORS)
def test_files_can_be_read_in_one_sitting(floor):
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / floor).rglob("*.py")}
    assert {path: n for path, n in lengths.items() if n > 320} == {}


def test_python_in_a_copy_of_the_repository_finds_the_floors_beside_the_package():
    done = python("import gateflow.theory.gated.model, gateflow.sim, gateflow.figures", ROOT)
    assert done.returncode == 0, done.stderr
    # As after an ordinary installation, whose package the folder at hand shadows.
    done = python("import sys; sys.meta_path = [f for f in sys.meta_path if 'Editable' not in repr(f)]\n"
                  "import gateflow.theory.checks, gateflow.sim; print(gateflow.sim.__file__)", ROOT)
    assert done.stdout.strip() == str(ROOT / "sim" / "__init__.py"), done.stderr
