import importlib.util
import json
import os
import subprocess
import sys

import pytest

from gateflow.figures.derivations import notebook
from gateflow.figures.pictures import PICTURES

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


def test_a_notebook_checks_every_step(shown):
    cells = json.loads(notebook.page(shown))["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    assert [source for source in code if source.startswith("check(")] == [
        f"check({line.number})" for line in shown.lines]
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.skipif(bool(ABSENT), reason=f"not installed (extra notebook): {', '.join(ABSENT)}")
def test_a_notebook_runs_in_a_fresh_kernel(shown, tmp_path):
    if shown.name == "medley":
        return
    path = tmp_path / f"{shown.name}.ipynb"
    path.write_text(notebook.page(shown, PICTURES.get(shown.name)), encoding="utf-8")
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
