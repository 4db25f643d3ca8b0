"""Without the extra, one line says what to install; nothing of it is imported before it is needed."""

import subprocess
import sys

import pytest

from gateflow.figures import figure
from gateflow.figures.cli import main
from gateflow.figures.panels import panel
from gateflow.sim.compare.catalogue import experiments
from gateflow.sim.compare.comparison import options
from gateflow.sim.training.extra import Later
from gateflow.theory.checks import InputError


def test_a_missing_module_is_told_in_one_line():
    with pytest.raises(InputError, match=r"^trained networks need nothing: pip install '\.\[networks\]' in a copy"):
        Later("nothing").something  # noqa: B018


@pytest.mark.parametrize("words", [["list"], ["compare", "disentangle", "architectures", "--help"]])
def test_jax_is_not_loaded_before_it_is_needed(words):
    code = (f"import sys\nfrom gateflow.figures.cli import main\ntry: main({words!r})\nexcept SystemExit: pass\n"
            "sys.exit('jax' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_command_says_what_to_install(tmp_path):
    code = (f"import sys; sys.modules['jax'] = None\nfrom gateflow.figures.cli import main\n"
            f"sys.exit(main(['compare', 'disentangle', 'architectures', '--quick', '--out', {str(tmp_path)!r}]))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "gateflow: trained networks need jax: "
                                                 "pip install '.[networks]' in a copy of the repository\n")


def test_figures_that_cannot_be_made_are_told_of_in_one_line_before_any_is(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    made = {}
    monkeypatch.setattr(figure, "_one", lambda name, *_: made.update({name: capsys.readouterr().err}) or 0)
    assert main(["figure", "--all", "--quick", "--out", str(tmp_path)]) == 2
    first, *others = made.values()
    assert first.startswith("gateflow: trained networks need jax: pip install")
    assert "; left out: dis-3a, " in first
    assert (first.count("\n"), set(others)) == (1, {""})
    assert "nta-2" in made
    assert "dis-3a" not in made
    assert main(["figure", "nta-2", "dis-3a", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("gateflow: trained networks need jax")


@pytest.mark.parametrize(("room", "name"), [("disentangle", "architectures"), ("disentangle", "attractors"),
                                            ("disentangle", "conditions"), ("disentangle", "free-responses"),
                                            ("inference", "lstm"), ("inference", "images"),
                                            ("inference", "language"), ("inference", "lstm-forgetting"),
                                            ("gated", "digit-readout")])
def test_trained_networks_run_only_when_they_are_named(room, name):
    kinds = {kind.name(): kind for kind in experiments(room)}
    assert not kinds[name].routine
    assert kinds[name].source
    assert panel(room, name) is not None
    options(list(kinds.values()))
