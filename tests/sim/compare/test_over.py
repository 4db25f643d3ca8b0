"""An experiment over one of its parameters: every quantity at every value, kept as a sweep."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest

from gateflow.figures import cli
from gateflow.sim.compare.catalogue import experiment
from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.over import curves, experiments_over, run_over
from gateflow.sim.compare.rows import Row
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import REAL, InputError
from gateflow.theory.parameters import parameter


def test_a_curve_is_made_of_the_rows_at_each_value(tmp_path):
    values = [0.02, 0.1]
    experiments = experiments_over("inference", "tracking", "hazard", values, {"seeds": 2, "length": 1000})
    found = {curve.quantity: curve for curve in curves(values, run_over(experiments, Execution(), tmp_path))}
    for place, value in enumerate(values):
        own = experiment("inference", "tracking")(seeds=2, length=1000, hazard=value)
        rows = {row.quantity.replace(f"{value:g}", "…"): row for row in own.rows(own.gather(
            [job.function(*job.arguments) for job in own.jobs()]))}
        assert set(rows) <= set(found)
        for quantity, row in rows.items():
            assert found[quantity].theory[place] == pytest.approx(np.nan if row.theory is None else row.theory,
                                                                  nan_ok=True)


@dataclass(frozen=True)
class Roots(Experiment[float]):
    """A root, which fails below zero."""

    value: float = parameter(1.0, "a number", REAL)

    def simulate(self):
        return math.sqrt(self.value)

    def rows(self, result):
        yield Row(f"root of {self.value:g}", result, None, None, None, None, None, "exact", None)


def test_where_a_value_fails_the_others_stand(tmp_path):
    values = [4.0, -1.0, 9.0]
    outcomes = run_over([Roots(value=value) for value in values], Execution(), tmp_path)
    assert isinstance(outcomes[1], ValueError)
    (curve,) = curves(values, outcomes)
    assert curve.quantity == "root of …"
    assert curve.theory == pytest.approx([2, np.nan, 3], nan_ok=True)


def test_the_command_draws_and_writes_them(capsys, tmp_path):
    words = ["sweep", "inference", "gates", "--over", "n-tasks", "2"]
    assert cli.main([*words, "--out", str(tmp_path), "--quiet"]) == 2
    assert "over must" in capsys.readouterr().err
    words = ["sweep", "inference", "tracking", "--over", "hazard", "0.02,0.1", "--seeds=2", "--length=1000"]
    assert cli.main([*words, "--json", "--quiet", "--out", str(tmp_path)]) in (0, 1)
    told = json.loads(capsys.readouterr().out)
    assert told["values"] == [0.02, 0.1]
    assert all(len(row["theory"]) == 2 for row in told["rows"])
    assert (tmp_path / "sweep-inference-tracking-hazard.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("name", "values", "parameters", "message"), [
    ("speed", [1, 2], {}, "over must name one of"), ("hazard", [0.1, 2.0], {}, "hazard must be"),
    ("hazard", [0.1, 0.2], {"hazard": 0.1}, "hazard must not be given beside")])
def test_bad_sweeps_are_one_line(name, values, parameters, message):
    with pytest.raises(InputError, match=message):
        experiments_over("inference", "tracking", name, values, parameters)
