"""What is not needed is not loaded: help, lists and complaints come at once."""

import json
import subprocess
import sys

import pytest

# Each takes a tenth of a second or more to load.
HEAVY = ("scipy.stats", "scipy.integrate", "scipy.optimize", "scipy.special", "scipy.linalg", "sympy", "matplotlib",
         "joblib", "dask", "jax")
AT_ONCE = [["--version"], ["--help"], ["list"], ["list", "--json"], ["cite"], ["cite", "gated"], ["cite", "portrait"],
           ["compare", "gated", "--help"], ["compare", "inference", "--help"], ["compare", "--dt=-1"], ["nothing"],
           ["compare", "nothing"], ["phase"], ["phase", "nothing"], ["compare", "disentangle", "--sigma=x"],
           ["derive"], ["derive", "nothing"], ["figure"], ["figure", "nothing"], ["figure", "--help"]]


def loaded(code):
    """Modules that are loaded when some code has run in a process of its own."""
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\n" \
              "import json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", AT_ONCE, ids=" ".join)
def test_a_command_that_computes_nothing_loads_nothing_heavy(words):
    assert loaded(f"from gateflow.figures.command import main; sys.argv = ['gateflow', *{words!r}]; main()"
                  ).isdisjoint(HEAVY)


def test_the_import_name_loads_nothing_at_all():
    modules = loaded("import gateflow")
    assert modules.isdisjoint((*HEAVY, "numpy", "scipy"))


def test_rooms_are_there_when_they_are_asked_for():
    assert "gateflow.gated" in loaded("import gateflow; gateflow.gated.flexible")
