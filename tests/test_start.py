"""What is not needed is not loaded: help, lists and complaints come at once."""

import json
import subprocess
import sys

# Each takes a tenth of a second or more to load.
HEAVY = ("scipy.stats", "scipy.integrate", "scipy.optimize", "scipy.special", "scipy.linalg", "sympy", "matplotlib",
         "joblib", "dask", "jax", "numba")
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


def test_a_command_that_computes_nothing_loads_nothing_heavy():
    """One after the other in one process, which says what each has loaded."""
    program = "\n".join([
        "import contextlib, json, os, sys", "from gateflow.figures.command import main",
        f"for words in {AT_ONCE!r}:",
        "    sys.argv = ['gateflow', *words]",
        "    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere), \\",
        "            contextlib.redirect_stderr(nowhere), contextlib.suppress(SystemExit):", "        main()",
        f"    heavy = sorted(set({HEAVY!r}) & set(sys.modules))",
        "    if heavy: sys.exit(f'{words} loads {heavy}')"])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_import_name_loads_nothing_at_all():
    modules = loaded("import gateflow")
    assert modules.isdisjoint((*HEAVY, "numpy", "scipy"))


def test_rooms_are_there_when_they_are_asked_for():
    assert "gateflow.gated" in loaded("import gateflow; gateflow.gated.flexible")


def test_a_command_that_ends_does_not_look_through_what_it_has_loaded():
    """Of two exit functions the one that was registered first is called last."""
    program = ("import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count())); "
               "from gateflow.figures.command import main; sys.argv = ['gateflow', 'list', '--json']; main()")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) > 1000
