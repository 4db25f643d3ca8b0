"""Sentences with symbols in them (c̄, τ_c, ‖W^p‖_F, w̄²) in Unicode, as HTML, LaTeX and Markdown."""

import html
import re
import unicodedata

from gateflow.figures.derivations.glyphs import ACCENTS, COMMANDS, PLAIN, Glyph, Notation
from gateflow.figures.derivations.mathml import mathml


def to_html(text: str, notation: Notation) -> str:
    """The sentence as HTML, its symbols as inline MathML."""
    parts = (html.escape(part, quote=False) if isinstance(part, str) else f"<math>{mathml(part.latex())}</math>"
             for part in notation.symbols_in(text))
    # What is multiplied stays on a line.
    return "".join(filter(None, parts)).replace("</math><math>", "<mo>&#x2062;</mo>")


def to_markdown(text: str) -> str:
    """The sentence as Markdown: what would be read as markup is escaped."""
    return re.sub(r"([*\\`|<>$])|(?<!\w)_|_(?!\w)", lambda match: "\\" + match[0], text)


def to_latex(text: str, notation: Notation = PLAIN) -> str:
    """The sentence as LaTeX in plain ASCII and Latin letters with accents; symbols in math."""
    return "".join("".join(map(_latex_letter, part)) if isinstance(part, str) else rf"\ensuremath{{{part.latex()}}}"
                   for part in notation.symbols_in(text))


_SPECIAL = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\ensuremath{<}",
            ">": r"\ensuremath{>}", "|": r"\ensuremath{|}", '"': "''"}
_TEXT = {"–": "--", "—": "---", "…": r"\dots{}", "“": "``", "”": "''", "‘": "`", "’": "'", "\u00a0": "~",
         "\u2009": r"\,", "\u202f": r"\,", "§": r"\S{}", "°": r"\ensuremath{^\circ}"}


def code_to_latex(text: str) -> str:
    """Code for a typewriter font, with places where a line may break."""
    return "".join(_latex_letter(letter) + (r"\allowbreak{}" if letter in "_/:," else "") for letter in text)


def _latex_letter(letter: str) -> str:
    """One character in LaTeX; a character that has no form there is named in brackets, so that none is lost."""
    for table in (_SPECIAL, _TEXT):
        if letter in table:
            return table[letter]
    if letter in COMMANDS:
        return rf"\ensuremath{{{COMMANDS[letter]}}}"
    # Plain letters and Latin letters with accents, which every LaTeX reads in UTF-8.
    if letter.isascii() or "\u00c0" <= letter <= "\u017f":
        return letter
    kind, _, inner = unicodedata.decomposition(letter).rpartition("> ")
    if kind in ("<super", "<sub", "<fraction"):
        plain = unicodedata.normalize("NFKC", letter).replace("−", "-").replace("⁄", "/")
        return rf"\ensuremath{{{_compound(kind, plain)}}}"
    base, *mark = list(unicodedata.normalize("NFD", letter))
    if mark and mark[0] in ACCENTS.values():
        return rf"\ensuremath{{{Glyph(base, next(name for name, one in ACCENTS.items() if one == mark[0])).latex()}}}"
    return f"[{unicodedata.name(letter, inner or hex(ord(letter))).lower()}]"


def _compound(kind: str, plain: str) -> str:
    if kind == "<fraction":
        top, bottom = plain.split("/")
        return rf"\tfrac{{{top}}}{{{bottom}}}"
    return f"{'^' if kind == '<super' else '_'}{{{plain}}}"
