"""What a page computes is what Python computes."""

import importlib.util
import json

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gateflow.figures.derivations import laboratory_html
from gateflow.figures.derivations.guess import trial
from gateflow.figures.derivations.javascript import NotInJavaScriptError, function, script
from gateflow.figures.derivations.laboratory import Laboratory, set_up
from gateflow.figures.laboratories import LABORATORIES
from gateflow.theory.checks import InputError
from gateflow.theory.proofs.catalogue import NAMES

pytestmark = pytest.mark.skipif(importlib.util.find_spec("py_mini_racer") is None,
                                reason="not installed (extra test): mini-racer, which runs JavaScript")
POINTS = 200


def evaluated(code):
    """What JavaScript with the project's functions makes of an expression, through JSON."""
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval(script("functions") + script("lines") + "; 0")
    return json.loads(engine.eval(f"JSON.stringify({code})"))


def points_of(bench):
    """Points at which all assumptions hold, sliders in their ranges."""
    rng, holds = np.random.default_rng(0), [sp.lambdify(bench.symbols, relation) for relation, _ in bench.relations]
    points = np.transpose([rng.integers(slider.low, slider.high + 1, 20 * POINTS) if slider.whole
                           else rng.uniform(slider.low, slider.high, 20 * POINTS) for slider in bench.sliders])
    with np.errstate(invalid="ignore"):
        kept = points[np.logical_and.reduce([np.ones(len(points), bool), *(relation(*points.T) for relation in holds)])]
    assert len(kept) >= POINTS
    return kept[:POINTS].astype(float)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_computes_what_python_does(name, sheet_of, derivation_of, monkeypatch):
    laboratory = LABORATORIES.get(name, Laboratory())
    bench = set_up(sheet_of(name), laboratory, simulated=False)
    points = points_of(bench)
    found = np.array(evaluated(f"((c) => {json.dumps(points.tolist())}.map((p) => c.result(...p)))({bench.script()})"),
                     dtype=float)
    if laboratory.put:
        expected = bench.function(*points.T)
    else:
        names = [str(variable.symbol) for variable in derivation_of(name).result.arguments]
        expected = derivation_of(name).result(**{key: points[:, bench.names.index(key)] for key in names})
    expected = np.stack(expected, axis=1) if isinstance(expected, tuple) else expected[:, None]
    assert (np.isnan(found) == np.isnan(expected)).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_every_result_has_a_laboratory_but_for_numbers(sheet_of):
    for name in NAMES:
        assert set_up(sheet_of(name), LABORATORIES.get(name, Laboratory()), simulated=False).sliders, name


@pytest.mark.parametrize(("name", "reference", "places"), [
    ("erf", mp.erf, [*np.linspace(-6, 6, 401), 1e-12]), ("erfc", mp.erfc, np.linspace(-6, 26, 401)),
    ("HalfErfc", lambda x: mp.erfc(x) / 2, np.linspace(-3, 20, 50)), ("coth", mp.coth, np.linspace(0.1, 9, 50)),
    ("sech", mp.sech, np.linspace(-9, 9, 50)), ("csch", mp.csch, np.linspace(0.1, 9, 50)),
    ("besselk", lambda x: mp.besselk(1, x), np.geomspace(1e-3, 600, 200))])
def test_functions_that_javascript_lacks_are_exact(name, reference, places):
    places = [float(x) for x in places]
    call = "(x) => special.besselk(1, x)" if name == "besselk" else f"special.{name}"
    found = evaluated(f"{json.dumps(places)}.map({call})")
    np.testing.assert_allclose(found, [float(reference(mp.mpf(x))) for x in places], rtol=2e-14)


def test_pieces_relations_and_steps_are_printed():
    x, y = sp.symbols("x y", real=True)
    values = [sp.Piecewise((x, x > 0), (y**2, y > 1), (0, True)), sp.Max(x, y), sp.And(x > 0, y < 1),
              sp.sign(x) * sp.Abs(y), sp.Heaviside(x), sp.Min(x, 2, y), sp.floor(y) + sp.root(sp.Abs(x), 3)]
    points = [[-1.5, 2.5], [0.5, 0.25], [-0.25, -3.0]]
    found = evaluated(f"{json.dumps(points)}.map((p) => ({function(values, [x, y])})(...p))")
    for point, row in zip(points, found, strict=True):
        expected = [value.subs({x: sp.Rational(point[0]), y: sp.Rational(point[1])}) for value in values]
        numbers = [float(v == sp.true) if v in (sp.true, sp.false) else float(v) for v in expected]
        np.testing.assert_allclose([float(v) for v in row], numbers, rtol=1e-14)


def test_what_javascript_cannot_compute_is_said(sheet_of):
    x = sp.Symbol("x")
    with pytest.raises(NotInJavaScriptError, match="cannot compute"):
        function([sp.zeta(x)], [x])
    with pytest.raises(InputError, match="must name every symbol"):
        function([x], [])
    with pytest.raises(NotInJavaScriptError, match="matrices of any size"):
        set_up(sheet_of("pair-law"), Laboratory())
    assert "There is none: the result is a number" in laboratory_html.section(None, "the result is a number")


TRIAL = {"names": [["c̄", "c"], ["τ_c", "tau_c"]], "points": [[0.3, 0.1], [0.5, 0.2], [-1, 0.7]],
         "values": [[0.009, 0.05, 0.7]], "any": False}


@pytest.mark.parametrize(("line", "equal", "words"), [
    ("c^2 tau_c", True, "Equal at all 3 points"), ("c̄²τ_c", True, ""), ("(c c) * tau_c", True, ""),
    ("|c|^2·tau_c", True, ""), ("c**2 tau_c", True, ""), ("2*c*tau_c*c/2", True, ""), ("[c² τ_c]", True, ""),
    ("tau_c/c^-2", True, ""), ("tau_c exp(ln(c^2))", True, ""), ("c^2 tau_c + sin^2(c) + cos^2 c - 1", True, ""),
    ("-c^2 tau_c", False, "−1 times what it should be"), ("c²τ_c + 1", False, "off by 1"),
    ("c tau_c", False, "yours is 0.03, but it should be 0.009 at c̄ = 0.3, τ_c = 0.1"),
    ("|c| c tau_c", False, "it is equal at 2 of 3"), ("sqrt(c)", False, "Not equal"),
    ("ln(c)", False, "Not equal"), ("foo", False, "“foo” is no symbol"), ("cfoo", False, "“cfoo” is no symbol"),
    ("c +", False, "ends too early"), ("(c", False, "“)” is missing"), ("c)", False, "cannot stand there"),
    ("1; 2", False, "One expression is asked for"), ("constructor", False, "“constructor” is no symbol"),
    ("c.constructor('alert(1)')()", False, "cannot be read"), ("1/0", False, "no value"),
    ("exp(c, 1)", False, "exp takes one argument"), ("sin 2c", False, "what sin is taken of is unclear"),
    ("ln 2 c", False, "Not equal"), ("c^2 tau_c + max(0, -1)", True, ""), ("(" * 10**5, False, "it is too long"),
    ("-" * 10**5, False, "it is too long")], ids=lambda value: str(value)[:20])
def test_a_line_of_ones_own_is_judged(line, equal, words):
    said = evaluated(f"lines.judge({json.dumps(line)}, {json.dumps(TRIAL)})")
    assert said["equal"] is equal
    assert words.lower() in said["words"].lower()


def test_every_line_that_algebra_gives_is_its_own_right_answer(sheet_of, derivation_of):
    """The right sides, written as a student would type them, against the points of the page."""
    from sympy.printing.str import StrPrinter

    judged = 0
    for name in ("clock", "turning-time", "decisions"):
        derivation, sheet = derivation_of(name), sheet_of(name)
        cases = []
        lines = (*sheet.lines, *sheet.exercises)
        for step, line in zip((*derivation.steps, *derivation.exercises), lines, strict=True):
            if line.trial is None:
                continue
            side = sp.Matrix([step.after]) if not isinstance(step.after, sp.MatrixBase) else step.after
            if any(entry.has(sp.erf, sp.erfc, sp.Piecewise) for entry in side):
                continue
            text = "; ".join(StrPrinter().doprint(entry) for entry in side)
            cases.append((text, line.trial.plain()))
        said = evaluated(f"{json.dumps(cases)}.map(([line, trial]) => lines.judge(line, trial))")
        for (text, _), one in zip(cases, said, strict=True):
            assert one["equal"], (name, text, one["words"])
        wrong = evaluated(f"{json.dumps([(f'2*({text})', points) for text, points in cases if ';' not in text])}"
                          ".map(([line, trial]) => lines.judge(line, trial).equal)")
        assert not any(own for own, (text, points) in zip(wrong, [c for c in cases if ";" not in c[0]], strict=True)
                       if any(points["values"][0]))
        judged += len(cases)
    assert judged > 15


def test_words_and_inequalities_are_not_guessed(derivation_of, sheet_of):
    derivation, sheet = derivation_of("hazard-filter"), sheet_of("hazard-filter")
    for number, step in enumerate(derivation.steps, 1):
        if step.kind in ("definition", "bound", "linearise"):
            assert trial(step, derivation.context(number), sheet.notation) is None
