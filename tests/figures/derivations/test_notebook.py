import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from gateflow import derivations
from gateflow.figures.derivations import notebook, widgets
from gateflow.figures.laboratories import LABORATORIES
from gateflow.figures.picture import Drawing
from gateflow.figures.pictures import PICTURES
from gateflow.theory.proofs.catalogue import NAMES

ABSENT = [name for name in ("nbclient", "ipykernel") if importlib.util.find_spec(name) is None]
# Executed in a process of its own: what Jupyter warns about is not this project's.
EXECUTE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import nbclient, nbformat
read = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(read)
nbclient.NotebookClient(read, timeout=300).execute()
print(nbformat.writes(read))
"""


# A fresh kernel takes seconds to start: one with a picture and problems, one with matrices.
FRESH = ("clock", "eigenspaces")


def code_of(page):
    return [cell["source"] for cell in json.loads(page)["cells"] if cell["cell_type"] == "code"]


def test_a_notebook_checks_every_step(shown):
    page = notebook.page(shown)
    assert [source for source in code_of(page) if source.startswith("check(")] == [
        f"check({line.number})" for line in shown.lines]
    cells = json.loads(page)["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_checks_what_building_the_derivation_does_and_runs(name, sheet_of, derivation_of, picture_of,
                                                                      bench_of, monkeypatch):
    """Laboratories and pictures have tests of their own."""
    monkeypatch.setattr(derivations, "derivation", derivation_of)
    monkeypatch.setattr(widgets, "sheet", lambda derivation: sheet_of(derivation.name))
    monkeypatch.setattr(widgets, "set_up", lambda sheet, shown: shown is LABORATORIES[name] and bench_of(sheet.name))
    monkeypatch.setattr(Drawing, "figure", lambda picture: picture.caption)
    built, verified = derivation_of(name), []
    for kind in {type(step) for step in (*built.steps, *built.exercises)}:
        monkeypatch.setattr(kind, "verify", lambda step, context: verified.append((step, context)))
    replace(built)
    checked, room = verified.copy(), {}
    verified.clear()
    for source in code_of(notebook.page(sheet_of(name), picture_of(name))):
        exec(source, room)
    steps, others = verified[:len(built.steps)], verified[len(built.steps):]
    assert steps == checked[:len(steps)]
    assert others[len(others) - len(built.exercises):] == checked[len(steps):]
    for wrong, context in others[:len(others) - len(built.exercises)]:
        step, before = next(pair for pair in reversed(checked[:len(steps)]) if pair[0].statement == wrong.statement)
        assert (wrong, context) == (replace(step, after=2 * step.after), before)


@pytest.mark.skipif(bool(ABSENT), reason=f"not installed (extra notebook): {', '.join(ABSENT)}")
@pytest.mark.parametrize("name", FRESH)
def test_a_notebook_runs_in_a_fresh_kernel(name, sheet_of, tmp_path):
    shown, path = sheet_of(name), tmp_path / f"{name}.ipynb"
    path.write_text(notebook.page(shown, PICTURES.get(name)), encoding="utf-8")
    places = {"IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", EXECUTE, str(path)], capture_output=True, text=True, check=False,
                          env=os.environ | places)
    assert done.returncode == 0, done.stderr[-2000:]
    code = [cell for cell in json.loads(done.stdout)["cells"] if cell["cell_type"] == "code"]
    outputs = {"".join(cell["source"]): cell["outputs"] for cell in code}
    for line in shown.lines:
        assert outputs[f"check({line.number})"][0]["data"]["text/plain"] == [repr(str(line.check))]
    wrong = next((out for source, out in outputs.items() if source.startswith("try:")), None)
    assert wrong is None or "".join(wrong[0]["text"]).strip()
