"""Laboratories before any script runs: sliders, points, tables, pictures."""

import json
import re

import numpy as np
import pytest
import sympy as sp

from gateflow.figures.derivations import html
from gateflow.figures.derivations.laboratory import Laboratory, members, set_up
from gateflow.figures.derivations.moving import Field, Iteration, Path, Picture
from gateflow.figures.laboratories import LABORATORIES
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.catalogue import NAMES

# Deterministic runs beside a closed form that leaves something out, and how far they may lie from it, relative.
APPROXIMATE = {"symmetric-orbit": 0.25, "switching-time": 0.16, "separatrix": 0.02, "block-length": 0.02,
               "turning-time": 0.12, "gates-are-inference": 0.03, "hazard-filter": 0.05, "belief-in-continuum": 0.03,
               "learning-unannounced": 0.05, "decisions": 0.02, "sigmoid-probit": 0.002, "angles": 0.02,
               "task-count": 0.03, "left-out": 0.03, "boosts": 0.02}


def test_every_declared_laboratory_is_one_of_a_derivation():
    assert set(LABORATORIES) <= set(NAMES)


@pytest.mark.parametrize("name", [name for name, laboratory in LABORATORIES.items() if laboratory.simulate])
def test_points_of_simulations_lie_on_the_curve(name, sheet_of):
    bench = set_up(sheet_of(name), LABORATORIES[name])
    assert bench.simulated
    for one in bench.simulated:
        assert set(one.at) <= set(bench.names)
        expected = bench.evaluate(**{**one.at, one.along: np.asarray(one.x, dtype=float)})[one.output]
        room = 2 * np.nan_to_num(np.asarray(one.half)) + APPROXIMATE.get(name, 1e-3) * np.abs(expected) + 1e-4
        assert (np.abs(np.asarray(one.y) - expected) < room).all(), (one.words, one.y, expected)


def test_what_a_page_holds_is_what_was_declared(sheet_of):
    page = html.page(sheet_of("turning-time"), None, None, LABORATORIES["turning-time"])
    data = json.loads(re.search(r'querySelector\("\.laboratory"\), (\{.*\}),\n', page)[1])
    assert [variable["text"] for variable in data["variables"]] == ["x", "h"]
    assert data["variables"][0]["log"] is True
    assert data["picture"]["layers"][1]["kind"] == "iteration"
    assert len(data["simulated"][0]["x"]) == len(data["simulated"][0]["low"])
    assert page.count('type="range"') == 2
    assert page.count("<caption>") == 3


def test_an_ensemble_gives_means_with_intervals():
    values = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0]])
    one = members("three runs", "x", [0, 1], values, {"y": 1.0})
    np.testing.assert_allclose(one.y, [2, 2])
    np.testing.assert_allclose(one.half, [4.302653 / np.sqrt(3), 0], atol=1e-5)


def test_a_derivation_without_a_declaration_has_sliders_over_its_ranges(sheet_of):
    bench = set_up(sheet_of("medley"), Laboratory())
    ranges = {name: (slider.low, slider.high) for name, slider in zip(bench.names, bench.sliders, strict=True)}
    assert ranges["c"] == (-1, 2)
    assert bench.relations
    assert bench.relations[0][0].subs({slider.variable.symbol: slider.value for slider in bench.sliders}) == sp.true


def test_layers_of_a_picture_are_functions_of_the_sliders():
    a, n, w, s = sp.symbols("a n w s", real=True)
    layers = (Path(s, a * s, s, (0, a)), Iteration((w,), (a,), (w / 2,), n, w, 5, n), Field(a * w, w, s))
    picture = Picture("Three.", (0, 1, 0, 1), "x", "y", layers)
    for layer in layers:
        assert "=>" in layer.script([a])
    assert [layer["kind"] for layer in picture.plain()["layers"]] == ["path", "iteration", "field"]


def test_variables_of_a_picture_get_sliders_of_their_own(sheet_of):
    bench = set_up(sheet_of("noiseless-limit"), LABORATORIES["noiseless-limit"], simulated=False)
    assert bench.names == ("D", "n_lines", "alpha")
    assert [slider.whole for slider in bench.sliders] == [True, True, False]
    assert isinstance(bench.sliders[1].variable, Variable)
