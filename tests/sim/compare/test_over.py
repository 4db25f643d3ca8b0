"""An experiment over one of its parameters: every quantity at every value, kept as a sweep."""

import json

import numpy as np
import pytest

from gateflow.figures import cli
from gateflow.sim.compare.catalogue import experiment
from gateflow.sim.compare.over import curves, sweep_over
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.checks import InputError

FEW = {"seeds": 2, "observations": 1000, "length": 1000}


def test_a_curve_is_made_of_the_rows_at_each_value():
    values = [0.02, 0.1]
    found = {curve.quantity: curve for curve in curves(run_sweep(sweep_over("inference", "tracking", "hazard", values,
                                                                             {"seeds": 2, "length": 1000})))}
    for place, value in enumerate(values):
        own = experiment("inference", "tracking")(seeds=2, length=1000, hazard=value)
        rows = {row.quantity.replace(f"{value:g}", "…"): row for row in own.rows(own.gather(
            [job.function(*job.arguments) for job in own.jobs()]))}
        assert set(rows) <= set(found)
        for quantity, row in rows.items():
            assert found[quantity].theory[place] == pytest.approx(np.nan if row.theory is None else row.theory,
                                                                  nan_ok=True)


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
        sweep_over("inference", "tracking", name, values, parameters)
