"""An experiment is a file: written, it is listed, compared, has options, rows, data and a panel."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

EXPERIMENT = '''"""How fast does a weight decay?"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.rows import against_row
from gateflow.theory.checks import POSITIVE, Array
from gateflow.theory.parameters import parameter


class Purpose(Enum):
    NOISE = (77,)


@dataclass(frozen=True)
class DecayRuns:
    t: Array
    w: Array


@dataclass(frozen=True)
class Decay(Experiment[DecayRuns]):
    tau_weight: float = parameter(1.0, "time constant of the weight", POSITIVE, unit="time")

    def simulate(self):
        noise = np.array([rng.standard_normal(3) for rng in self.streams(Purpose.NOISE)])
        return DecayRuns(np.arange(3.0), np.exp(-np.arange(3.0) / self.tau_weight) + 0.01 * noise)

    def rows(self, result):
        for t, w in zip(result.t, result.w.T):
            yield against_row(f"weight after {t:g}", float(np.exp(-t / self.tau_weight)), w)


EXPERIMENT = Decay
'''

PANEL = '''"""The panel of a weight that decays."""

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, member_marks

PANEL = on_axes(lambda axes, experiment, result: member_marks(axes, result.t, result.w, BLUE), caption="Points: means.")
'''


# Says what the command line answers to several lines of words, one after the other.
ANSWERS = """
import contextlib, io, json, sys
from gateflow.figures.cli import main
answers = []
for words in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as leaving:
            code = leaving.code
    answers.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(answers))
"""
RUN = ("compare", "inference", "weight-decay")
LIST, HELP, ROOM_HELP = ("list", "--json"), (*RUN, "--help"), ("compare", "inference", "--help")
BAD = ["--tau-weight=-1", "--tau-weight=fast", "--tau=1", "--seeds=0"]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the package with one experiment more; runs Python in it."""
    folder = tmp_path_factory.mktemp("house")
    package = folder / "gateflow"
    shutil.copytree(ROOT / "gateflow", package)
    for floor in ("theory", "sim", "figures"):
        shutil.copytree(ROOT / floor, package / floor, ignore=shutil.ignore_patterns("__pycache__", "gallery"))
    (package / "sim/inference/experiments/weight_decay.py").write_text(EXPERIMENT, encoding="utf-8")
    (package / "figures/inference/panels/weight_decay.py").write_text(PANEL, encoding="utf-8")

    def run(*words):
        return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module")
def answers(house, tmp_path_factory):
    """Code, out and err of what is answered without computing, by words."""
    out = str(tmp_path_factory.mktemp("none"))
    asked = {words: words for words in (LIST, HELP, ROOM_HELP)} | {word: (*RUN, word, "--out", out) for word in BAD}
    done = house("-c", ANSWERS, json.dumps(list(asked.values())))
    return dict(zip(asked, json.loads(done.stdout), strict=True))


def test_it_is_listed_by_its_first_line(answers):
    assert json.loads(answers[LIST][1])["compare"]["inference weight-decay"] == "How fast does a weight decay?"


def test_its_fields_are_options(answers):
    shown = answers[HELP][1]
    assert "--tau-weight X" in shown
    assert "time constant of the weight, unit time (1)" in " ".join(shown.split())


def test_it_runs_with_rows_data_and_panel(house, tmp_path):
    done = house("-m", "gateflow", *RUN, "--tau-weight=2", "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [row["experiment"] for row in told["rows"]] == 3 * ["weight-decay"]
    assert told["parameters"]["tau_weight"] == 2
    assert {Path(file).suffix for file in told["files"]} == {".png", ".pdf", ".npz", ".json"}
    assert all(Path(file).stat().st_size for file in told["files"])


def test_a_room_runs_it_with_its_others(answers):
    shown = answers[ROOM_HELP][1]
    assert "--tau-weight X" in shown
    assert "weight-decay: How fast does a weight decay?" in shown


@pytest.mark.parametrize("word", BAD)
def test_bad_values_are_one_line(answers, word):
    code, _, said = answers[word]
    assert (code, said.count("\n")) == (2, 1)
    assert word.split("=")[0].lstrip("-").split("-")[0] in said
