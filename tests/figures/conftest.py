"""The commands phase and compare, run on few points."""

import contextlib
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from gateflow.figures import cli
from gateflow.figures.options import given
from gateflow.figures.phase import plot_class
from gateflow.sim.compare import comparison

QUICK = {"portrait": ["--tau-block=0.5"], "cycle": ["--points=4", "--blocks=4"], "adaptation": ["--points=8"],
         "kernel": ["--points=8", "--blocks=4"]}


@pytest.fixture
def phase(tmp_path, capsys):
    """Runs ``gateflow phase NAME`` with options; returns code, out, err, folder, facts (sidecar) and data."""
    def run(name, *words, folder="out", kinds="png"):
        out = tmp_path / folder
        words = (*QUICK.get(name, []), *words, f"--format={kinds}", "--quiet", "--out", str(out))
        code = cli.main(["phase", name, *words])
        said = capsys.readouterr()
        facts, data = {}, {}
        if (out / f"{name}.json").exists():
            facts = json.loads((out / f"{name}.json").read_text())
            with np.load(out / f"{name}.npz") as file:
                data = dict(file)
        return SimpleNamespace(code=code, out=said.out, err=said.err, folder=out, facts=facts, data=data)
    return run


@pytest.fixture(scope="session")
def compare_command():
    """Runs ``gateflow compare`` with words; returns code, out, err, and the Comparison that was made."""
    def run(*words):
        out, err, made, make = io.StringIO(), io.StringIO(), [], comparison.run_comparison
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setattr(comparison, "run_comparison", lambda *given: made.append(make(*given)) or made[-1])
            code = cli.main(["compare", *words])
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue(), comparison=made[0])
    return run


@pytest.fixture(scope="session")
def drawn():
    """Draws a plot without writing it: the Plot of a name and options."""
    def run(name, *words):
        _, arguments = cli.parse(["phase", name, *QUICK.get(name, []), *words])
        kind = plot_class(name)
        return kind(**given(arguments, [kind])).plot()
    return run


@pytest.fixture
def refused_by(capsys):
    """The one line on stderr with which ``gateflow`` refuses words."""
    def run(*words):
        try:
            code = cli.main(words)
        except SystemExit as leaving:
            code = leaving.code
        said = capsys.readouterr()
        assert (code, said.out, said.err.count("\n")) == (2, "", 1)
        return said.err
    return run


@pytest.fixture
def refused(refused_by):
    """The same for words of ``gateflow phase``."""
    return lambda *words: refused_by("phase", *words)
