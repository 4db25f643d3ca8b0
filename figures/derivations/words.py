"""Sentences with symbols in them (c̄, τ_c, ‖W^p‖_F, w̄²) in Unicode, as HTML, LaTeX and Markdown."""

import html
import re
import unicodedata
from collections.abc import Iterator

from sympy.printing.latex import tex_greek_dictionary
from sympy.printing.pretty.pretty_symbology import greek_unicode

from gateflow.figures.derivations.glyphs import ACCENTS, Glyph

_ACCENT_OF = {mark: name for name, (mark, _, _) in ACCENTS.items() if name != "tilde"}
_SUPERSCRIPTS = {letter: unicodedata.normalize("NFKC", letter) for letter in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿᵖᵏᵐ"}
_SUBSCRIPTS = {letter: unicodedata.normalize("NFKC", letter) for letter in "₀₁₂₃₄₅₆₇₈₉₊₋ₙₖₘₚ"}
_RAISED, _LOWERED = "".join(_SUPERSCRIPTS), "".join(_SUBSCRIPTS)
_MARKS = "".join(_ACCENT_OF)
_OTHER_MARKS = "".join(chr(code) for code in range(0x300, 0x370) if chr(code) not in _MARKS)
_GREEK_LETTER, _BAR_OR_DOT = "Α-Ωα-ωϵϕ", "\u0304\u0307"
# What makes a letter a symbol: it begins no word, or has a bar or a dot, or is Greek. A fence may have a subscript.
_BASE = (rf"(?:(?:(?<![A-Za-z_'’{_OTHER_MARKS}])|(?=[A-Za-z][{_BAR_OR_DOT}])|(?=[{_GREEK_LETTER}]))"
         rf"(?P<base>[A-Za-z{_GREEK_LETTER}])(?P<mark>[{_MARKS}]?)|(?P<fence>[‖|⟩)])(?=[_^]))(?P<star>\*?)")
# What hangs on it.
_HUNG = (rf"(?:_(?P<low>\{{[^}}]*\}}|[A-Za-z0-9α-ω]+|∞)|(?P<down>[{_LOWERED}]+))?"
         rf"(?:\^(?P<high>\{{[^}}]*\}}|[A-Za-z0-9α-ω⊤]+)|(?P<up>[{_RAISED}]+))?")
# What may follow: no word, nor the rest of one as in E-step; but another symbol may, as in c̄w̄, c_0w_0 or δc.
_NEXT = (rf"(?:(?=[A-Za-z][{_BAR_OR_DOT}])|(?(low)(?=[A-Za-z][_^])|(?!))"
         rf"|(?(up)(?=[A-Za-z](?![A-Za-z]))|(?!))|(?<=[{_GREEK_LETTER}])(?=[A-Za-z](?![A-Za-z]))"
         rf"|(?![A-Za-z0-9_{_MARKS}{_OTHER_MARKS}]|-[a-z]{{2}}))")
_SYMBOL = re.compile(_BASE + _HUNG + _NEXT)


def symbols_in(text: str) -> Iterator[str | Glyph]:
    """Cut a sentence into plain text and the symbols in it.

    Every letter that stands alone is a symbol, but for a, A and I, which are words unless something hangs on them.
    """
    text = unicodedata.normalize("NFD", text)
    last = 0
    for match in _SYMBOL.finditer(text):
        hung = any(match[key] for key in ("mark", "star", "low", "down", "high", "up"))
        if not hung and (match["fence"] or match["base"] in "aAI"):
            continue
        yield unicodedata.normalize("NFC", text[last:match.start()])
        yield Glyph(match["base"] or match["fence"], _ACCENT_OF.get(match["mark"] or "", ""),
                    _hanging(match["low"], match["down"], _SUBSCRIPTS),
                    (*(("∗",) if match["star"] else ()), *_hanging(match["high"], match["up"], _SUPERSCRIPTS)))
        last = match.end()
    yield unicodedata.normalize("NFC", text[last:])


def _hanging(written: str | None, small: str | None, table: dict[str, str]) -> tuple[str, ...]:
    if written:
        return (written.strip("{}"),)
    return ("".join(table[letter] for letter in small).replace("-", "−"),) if small else ()


def to_html(text: str) -> str:
    """The sentence as HTML, its symbols as inline MathML."""
    return "".join(html.escape(part, quote=False) if isinstance(part, str) else f"<math>{part.mathml()}</math>"
                   for part in symbols_in(text))


def to_markdown(text: str) -> str:
    """The sentence as Markdown: what would be read as markup is escaped."""
    return re.sub(r"([*\\`|<>$])|(?<!\w)_|_(?!\w)", lambda match: "\\" + match[0], text)


def to_latex(text: str) -> str:
    """The sentence as LaTeX in plain ASCII and Latin letters with accents; symbols in math."""
    parts = [_latex_plain(part) if isinstance(part, str) else rf"\ensuremath{{{part.latex()}}}"
             for part in symbols_in(text)]
    return "".join(parts)


_SPECIAL = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\ensuremath{<}",
            ">": r"\ensuremath{>}", "|": r"\ensuremath{|}", '"': "''"}
_TEXT = {"–": "--", "—": "---", "…": r"\dots{}", "“": "``", "”": "''", "‘": "`", "’": "'", "\u00a0": "~",
         "\u2009": r"\,", "\u202f": r"\,", "§": r"\S{}", "°": r"\ensuremath{^\circ}"}
_MATH = {"−": "-", "⇒": r"\Rightarrow", "→": r"\to", "↦": r"\mapsto", "←": r"\leftarrow", "≥": r"\geq", "≤": r"\leq",
         "≠": r"\neq", "≈": r"\approx", "≡": r"\equiv", "±": r"\pm", "∓": r"\mp", "×": r"\times", "·": r"\cdot",
         "⋅": r"\cdot", "∫": r"\int", "√": r"\surd", "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "‖": r"\|",
         "⟨": r"\langle", "⟩": r"\rangle", "∝": r"\propto", "∈": r"\in", "⊥": r"\perp", "′": "'", "″": "''",
         "∗": r"\ast", "≪": r"\ll", "≫": r"\gg", "∼": r"\sim", "∑": r"\sum", "∏": r"\prod", "⊗": r"\otimes",
         "≔": ":=", "∀": r"\forall", "∃": r"\exists", "⇔": r"\Leftrightarrow", "∘": r"\circ", "⊤": r"\top",
         "⌊": r"\lfloor", "⌋": r"\rfloor", "ℝ": r"\mathbb{R}", "ε": r"\varepsilon", "∣": r"\mid", "∧": r"\wedge",
         "∥": r"\parallel", "≃": r"\simeq", "≲": r"\lesssim", "≳": r"\gtrsim", "∪": r"\cup", "∩": r"\cap"}
_GREEK = {letter: tex_greek_dictionary.get(name, "\\" + name) for name, letter in greek_unicode.items()}


def _latex_plain(text: str) -> str:
    return "".join(map(_latex_letter, text))


def code_to_latex(text: str) -> str:
    """Code for a typewriter font, with places where a line may break."""
    return "".join(_latex_letter(letter) + (r"\allowbreak{}" if letter in "_/:," else "") for letter in text)


def _latex_letter(letter: str) -> str:
    """One character in LaTeX; a character that has no form there is named in brackets, so that none is lost."""
    for table in (_SPECIAL, _TEXT):
        if letter in table:
            return table[letter]
    if letter in _MATH or letter in _GREEK:
        return rf"\ensuremath{{{_MATH.get(letter) or _GREEK[letter]}}}"
    # Plain letters and Latin letters with accents, which every LaTeX reads in UTF-8.
    if letter.isascii() or "\u00c0" <= letter <= "\u017f":
        return letter
    kind, _, inner = unicodedata.decomposition(letter).rpartition("> ")
    if kind in ("<super", "<sub", "<fraction"):
        plain = unicodedata.normalize("NFKC", letter).replace("−", "-").replace("⁄", "/")
        return rf"\ensuremath{{{_compound(kind, plain)}}}"
    return f"[{unicodedata.name(letter, inner or hex(ord(letter))).lower()}]"


def _compound(kind: str, plain: str) -> str:
    if kind == "<fraction":
        top, bottom = plain.split("/")
        return rf"\tfrac{{{top}}}{{{bottom}}}"
    return f"{'^' if kind == '<super' else '_'}{{{plain}}}"
