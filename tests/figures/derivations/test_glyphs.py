import pytest

from gateflow.figures.derivations.glyphs import Notation, glyph
from gateflow.figures.derivations.mathml import mathml


@pytest.mark.parametrize(("name", "text", "latex"), [
    ("c", "c", "c"), ("tau_c", "τ_c", r"\tau_{c}"), ("c_0", "c₀", "c_{0}"), ("cbar", "c̄", r"\bar{c}"),
    ("c̄_0", "c̄₀", r"\bar{c}_{0}"), ("lambda_norm", "λ_norm", r"\lambda_{\mathrm{norm}}"), ("W_star", "W*", r"W^{\ast}"),
    ("W__p", "W^p", "W^{p}"), ("W^p", "W^p", "W^{p}"), ("H_pq", "H_pq", "H_{p q}"), ("x1", "x₁", "x_{1}"),
    ("w1_12", "w₁₂¹", "w_{12}^{1}"), (r"\dot{\delta_{c}}", "δ̇_c", r"\dot{\delta}_{c}"), ("deltac", "δc", r"\delta c"),
    (r"\dot{W}", "Ẇ", r"\dot{W}"), ("xprime", "x′", r"x^{\prime}"), ("rapidity", "rapidity", r"\mathrm{rapidity}"),
    ("Sigma_11", "Σ₁₁", r"\Sigma_{11}"), ("phi_alpha", "φ_α", r"\phi_{\alpha}"), ("ell", "ℓ", r"\ell"),
])
def test_a_name_says_how_a_symbol_looks(name, text, latex):
    assert glyph(name).text() == text
    assert glyph(name).latex() == latex


def test_mathml_marks_numbers_letters_and_words():
    shown = {name: mathml(glyph(name).latex()) for name in ("tau_c", "lambda_norm", "cbar_0", "W_star_1")}
    assert shown == {
        "tau_c": "<msub><mi>τ</mi><mi>c</mi></msub>", "lambda_norm": "<msub><mi>λ</mi><mi>norm</mi></msub>",
        "cbar_0": "<msub><mover><mi>c</mi><mo>¯</mo></mover><mn>0</mn></msub>",
        "W_star_1": "<msubsup><mi>W</mi><mn>1</mn><mo>∗</mo></msubsup>"}


@pytest.mark.parametrize(("formula", "shown"), [
    ("x = - 2 y", "<mrow><mi>x</mi><mo>=</mo><mo form=\"prefix\">−</mo><mn>2</mn><mo>&#x2062;</mo><mi>y</mi></mrow>"),
    (r"x \ln{\left(y \right)}",
     "<mrow><mi>x</mi><mo>&#x2062;</mo><mspace width=\"0.17em\"/><mi>ln</mi><mo>&#x2061;</mo>"
     "<mrow><mo stretchy=\"false\">(</mo><mi>y</mi><mo stretchy=\"false\">)</mo></mrow></mrow>"),
    (r"\begin{aligned} &a \\ &b \end{aligned}",
     "<mtable class=\"lines\" displaystyle=\"true\"><mtr><mtd><mi>a</mi></mtd>"
     "</mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>"), (r"\sqrt[4]{x}", "<mroot><mi>x</mi><mn>4</mn></mroot>")])
def test_formulas_in_latex_become_mathml(formula, shown):
    assert mathml(formula) == shown


def test_an_unknown_command_is_refused():
    with pytest.raises(ValueError, match="unknown in formulas"):
        mathml(r"\underbrace{x}")


def test_a_symbol_is_shown_as_declared_and_others_as_they_are_named():
    notation = Notation({"c": "c̄", "c_0": "c̄_0"})
    assert [notation.glyph(name).text() for name in ("c", "c_0", "d", "tau_c")] == ["c̄", "c̄₀", "d", "τ_c"]
