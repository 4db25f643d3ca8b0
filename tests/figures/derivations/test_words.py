import re

import pytest

from gateflow.figures.derivations.glyphs import Notation
from gateflow.figures.derivations.words import to_html, to_latex, to_markdown

NOTATION = Notation({"w_0": "w̄_0"}, (
    "tau_c", "tau_w", "cbar", "wbar", "c_0", "w_0", "cdot__p", "time", "a_b", "W_star_m"))


@pytest.mark.parametrize(("text", "latex"), [
    ("w̄² − (τ_c/2τ_w) c̄²", r"\ensuremath{\bar{w}^{2}} \ensuremath{-} (\ensuremath{\tau_{c}}/2\ensuremath{\tau_{w}}) "
                           r"\ensuremath{\bar{c}^{2}}"),
    ("‖W^p‖_F", r"\ensuremath{\|}\ensuremath{W^{p}}\ensuremath{\|_{F}}"),
    ("W*_m ≥ ½", r"\ensuremath{W_{m}^{\ast}} \ensuremath{\geq} \ensuremath{\tfrac{1}{2}}"),
    ("10⁻⁹", r"10\ensuremath{^{-}}\ensuremath{^{9}}"), ("ċ^p", r"\ensuremath{\dot{c}^{p}}"),
    ("Poincaré's 50 % & a_b #1 {x}", r"Poincaré's 50 \% \& \ensuremath{a_{b}} \#1 \{\ensuremath{x}\}"),
    ("c̄w̄ = hw̄", r"\ensuremath{\bar{c}}\ensuremath{\bar{w}} = \ensuremath{h}\ensuremath{\bar{w}}"), ("tête", "tête"),
    ("c_0w_0 τ_cτ_w", r"\ensuremath{c_{0}}\ensuremath{\bar{w}_{0}} \ensuremath{\tau_{c}}\ensuremath{\tau_{w}}"),
    ("cᵀW, d_in", r"\ensuremath{c^{\top}}\ensuremath{W}, \ensuremath{d_{\mathrm{in}}}"),
    ("in time", "in time"), ("it's so", "it's so"),
    ("a gate, I say", "a gate, I say"), ("norm_strength", r"norm\_strength"), ("L1 cost", "L1 cost"),
    ("the E-step", "the E-step"),
    ("A ⇒ B", r"A \ensuremath{\Rightarrow} \ensuremath{B}"), ("ℵ", "[alef symbol]"),
])
def test_latex_knows_symbols_and_escapes_the_rest(text, latex):
    assert to_latex(text, NOTATION) == latex


def test_html_has_symbols_as_mathml_and_escapes_the_rest():
    assert to_html("τ_c < c̄ & W^p", NOTATION) == (
        "<math><msub><mi>τ</mi><mi>c</mi></msub></math> &lt; <math><mover><mi>c</mi><mo>¯</mo></mover></math> &amp; "
        "<math><msup><mi>W</mi><mi>p</mi></msup></math>")


def test_markdown_escapes_what_it_would_read_as_markup():
    assert to_markdown("W*_m, τ_c and |c| < 1") == r"W\*\_m, τ_c and \|c\| \< 1"


def test_all_symbols_of_a_derivation_are_declared(shown):
    """None is left in its words that would be shown as it is typed, and none is lost in LaTeX."""
    words = [shown.title, shown.summary, shown.source, *(line.statement + line.why for line in shown.lines),
             *(entry.meaning for entry in shown.symbols), *(words for _, words in shown.conditions)]
    for text in words if shown.name != "medley" else ():
        written = to_latex(text, shown.notation)
        assert "[" not in written or "[" in text, written
        assert all(letter.isascii() or "\u00c0" <= letter <= "\u017f" for letter in written), written
        plain = [part for part in shown.notation.symbols_in(text) if isinstance(part, str)]
        assert not re.search("[_^\u0300-\u036f]", "".join(plain)), plain
