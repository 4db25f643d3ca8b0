"""The stream of data under the task behind it."""

import json

import numpy as np
import pytest

from gateflow.figures import cli

QUICK = ("--length=40", "--observations=600", "--seeds=6")


def drawn(out, capsys, *words):
    code = cli.main(["phase", "inference-stream", *QUICK, *words, "--json", "--out", str(out)])
    return code, json.loads(capsys.readouterr().out)


def test_a_stream_shows_beliefs_and_counts_what_they_get_right(tmp_path, capsys):
    code, result = drawn(tmp_path, capsys)
    assert code == 0
    assert result["holds"]
    shares = {row["quantity"].split(":")[0]: row for row in result["rows"]}
    assert set(shares) == {"observer", "one step", "gates"}
    assert shares["one step"]["simulation"] < shares["gates"]["simulation"] < shares["observer"]["simulation"] + 0.01
    with np.load(tmp_path / "inference-stream.npz") as data:
        assert data["y"].shape == data["tasks"].shape == (40,)
        for name in ("observer", "gates", "one_step"):
            np.testing.assert_allclose(data[name].sum(axis=1), 1)
    assert (tmp_path / "inference-stream.png").stat().st_size > 10_000


def test_more_contexts_and_a_given_gain(tmp_path, capsys):
    _, result = drawn(tmp_path, capsys, "--means=0,1,-2", "--gain=0.5", "--hazard=0.3")
    assert result["parameters"]["means"] == [0, 1, -2]
    assert result["results"]["gain_of_the_gates"] == 0.5
    assert {row["quantity"].split(":")[0] for row in result["rows"]} == {"one step", "gates"}


@pytest.mark.parametrize(("words", "message"), [
    (("--means=1",), "gateflow: means must be 2 to 6 numbers, got 1"),
    (("--means=1,1",), "gateflow: means must be different, got 1.0 2 times"),
    (("--hazard=0.7",), "gateflow: hazard must be above 0 and at most 0.5, got 0.7"),
    (("--hazard=nan",), "gateflow: hazard must be between 0 and 1, got nan"),
    (("--sigma=0",), "gateflow: sigma must be between 1e-06 and 1e+06, got 0.0"),
    (("--gain=2",), "gateflow: gain must be between 0.001 and 1, got 2"),
    (("--means=0,1e-200",), "gateflow: means must be at least 0.001 of sigma apart"),
    (("--means=1e300,-1e300",), "gateflow: means must be between -1e+06 and 1e+06, got 1e+300"),
    (("--length=1",), "gateflow: length must be an integer between 2 and 1e+06, got 1"),
])
def test_bad_input_is_one_line(words, message, refused_by, tmp_path):
    assert refused_by("phase", "inference-stream", *words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
