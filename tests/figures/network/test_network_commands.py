"""The command laws, and compare for a network that nobody has seen before."""

import json

import pytest

from gateflow.figures.cli import main


def test_laws_prints_laws_and_certificate(capsys):
    assert main(["laws", "p,pih,phj->ij", "--sizes", "p=2,i=2,h=1,j=2", "--names", "c,V,W"]) == 0
    shown = capsys.readouterr().out
    assert "τ_c c² − τ_V Σ V² for every p" in shown
    assert "independent: 4 of 10 parameters" in shown
    assert "certificate: complete" in shown


def test_laws_as_json(capsys):
    assert main(["laws", "ab,ab,ab->b", "--sizes", "a=2,b=2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["spec"] == "ab,ab,ab->b"
    assert told["sizes"] == {"a": 2, "b": 2}
    assert (told["independent"], told["complete"], told["missing"]) == (8, False, 2)
    assert told["laws"][0].keys() == {"factors", "indices", "shared", "words"}


def test_laws_of_large_networks_are_read_but_not_counted(capsys):
    assert main(["laws", "ih,hj->ij", "--sizes", "i=100,h=10,j=100"]) == 0
    assert "not counted" in capsys.readouterr().out
    assert main(["laws", "ih,hj->ij", "--sizes", "i=100,h=10,j=100", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"] is None


@pytest.mark.parametrize("words", [["ph,pij->ij"], ["ih,hj->ij", "--sizes", "i=0"], ["ih,hj->ij", "--names", "A"],
                                   ["ih,hj->ij", "--seed", "-1"]])
def test_laws_tells_bad_input_in_a_line(words, capsys):
    assert main(["laws", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith("gateflow: ")
    assert told.count("\n") == 1


def test_a_new_network_is_compared_and_drawn(tmp_path, capsys):
    words = ["compare", "network", "eh,ehi,hj->ij", "--sizes", "e=2,i=2,h=2,j=8", "--tau", "0.1,0.3,0.5", "--bound",
             "0",
             "--seeds", "2", "--blocks", "2", "--tau-block", "0.2", "--out", str(tmp_path), "--quiet", "--json",
             "--format", "png", "--workers", "1"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["experiment"] for row in told["rows"]} == {"descent", "laws", "compression", "modes"}
    assert told["parameters"]["network"]["spec"] == "eh,ehi,hj->ij"
    assert all(row["holds"] is not False for row in told["rows"])
    assert (tmp_path / "compare-network.png").stat().st_size > 20_000
