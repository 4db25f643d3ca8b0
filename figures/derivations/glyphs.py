"""How symbols are shown: one glyph for each, written in Unicode, LaTeX or MathML.

A symbol's name says how it looks, by the conventions of SymPy: ``tau_c`` has a subscript, ``W__p`` or ``W^p`` a
superscript, ``cbar`` and ``xdot`` an accent, ``W_star`` an asterisk. A derivation may declare that a symbol is shown
otherwise, c as c̄ (``Notation``).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import tex_greek_dictionary
from sympy.printing.pretty.pretty_symbology import greek_unicode, sub, sup

# Accents: the combining character, the LaTeX command, and what MathML lays over.
ACCENTS = {"bar": ("\u0304", r"\bar", "¯"), "dot": ("\u0307", r"\dot", "˙"), "hat": ("\u0302", r"\hat", "^"),
           "tilde": ("\u0303", r"\tilde", "~")}
_MARKS = {"star": "∗", "prime": "′", "plus": "+", "minus": "−", "infinity": "∞", "oo": "∞", "perp": "⊥", "ell": "ℓ"}
_LATEX_MARKS = {"∗": r"\ast", "′": r"\prime", "−": "-", "∞": r"\infty", "⊥": r"\perp", "ℓ": r"\ell", "‖": r"\|"}
_GREEK_LATEX = {letter: tex_greek_dictionary.get(name, "\\" + name) for name, letter in greek_unicode.items()}
_WORDS = ("in",)
_OVER = re.compile(r"^\\(bar|dot|hat|tilde)\s*\{(.*)\}$|^(.+)(bar|dot|hat|tilde)$", re.DOTALL)


@dataclass(frozen=True)
class Glyph:
    """A letter with an accent, subscripts and superscripts, all in Unicode."""

    base: str
    accent: str = ""
    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()

    def text(self) -> str:
        """In Unicode, as in c̄₀, τ_c or W^p."""
        mark = ACCENTS[self.accent][0] if self.accent else ""
        base = unicodedata.normalize("NFC", self.base + mark) if len(self.base) == 1 else self.base + mark
        return base + _shifted("_", self.lower, sub) + _shifted("^", self.upper, sup)

    def latex(self) -> str:
        """In LaTeX, for use between dollars."""
        core = _latex_part(self.base)
        if self.accent:
            core = f"{ACCENTS[self.accent][1]}{{{core}}}"
        for sign, parts in (("_", self.lower), ("^", self.upper)):
            if parts:
                core += f"{sign}{{{','.join(map(_latex_part, parts))}}}"
        return core

    def mathml(self) -> str:
        """In presentation MathML, as the content of a math element."""
        core = _mathml_part(self.base)
        if self.accent:
            # Without accent="true": browsers set that so low that a bar touches its letter.
            core = f"<mover>{core}<mo>{ACCENTS[self.accent][2]}</mo></mover>"
        lower, upper = (_mathml_row(parts) for parts in (self.lower, self.upper))
        if lower and upper:
            return f"<msubsup>{core}{lower}{upper}</msubsup>"
        if lower or upper:
            tag = "msub" if lower else "msup"
            return f"<{tag}>{core}{lower or upper}</{tag}>"
        return core


def _shifted(sign: str, parts: tuple[str, ...], table: Mapping[str, str]) -> str:
    """Sub- or superscripts in Unicode's own letters where all exist and are digits or signs, else after the sign."""
    joined = ",".join(parts)
    if joined in ("∗", "′"):
        return {"∗": "*", "′": "′"}[joined]
    small = [table.get(letter) for letter in joined if not letter.isalpha()]
    if len(small) == len(joined):
        return "".join(letter or "" for letter in small) if None not in small else sign + joined
    return sign + joined


def _letters(part: str) -> tuple[str, ...]:
    """The letters of a part that is a product of them, as in δc or the subscript pq; a longer part is one word."""
    product = part.isalpha() and (len(part) <= 2 or not part.isascii()) and part not in _WORDS
    return tuple(part) if product else (part,)


def _latex_part(part: str) -> str:
    return " ".join(map(_latex_word, _letters(part)))


def _latex_word(word: str) -> str:
    known = _LATEX_MARKS.get(word) or _GREEK_LATEX.get(word)
    if known:
        return known
    escaped = word.replace("\\", "").replace("_", r"\_")
    return escaped if len(word) == 1 or not word.isalpha() else rf"\mathrm{{{escaped}}}"


def _mathml_part(part: str) -> str:
    if part in "‖|⟩)":
        return f'<mo stretchy="false">{part}</mo>'
    words = [f"<{_tag(word)}>{_escaped(word)}</{_tag(word)}>" for word in _letters(part)]
    return words[0] if len(words) == 1 else f"<mrow>{''.join(words)}</mrow>"


def _tag(word: str) -> str:
    return "mn" if word.isdigit() else "mi" if word.isalnum() else "mo"


def _mathml_row(parts: tuple[str, ...]) -> str:
    if len(parts) < 2:
        return "".join(map(_mathml_part, parts))
    return f"<mrow>{'<mo>,</mo>'.join(map(_mathml_part, parts))}</mrow>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _letter(word: str) -> str:
    return str(greek_unicode.get(word, _MARKS.get(word, word)))


@lru_cache(maxsize=4096)
def glyph(name: str) -> Glyph:
    """How a symbol of this name looks."""
    name = unicodedata.normalize("NFD", name)
    for accent, (mark, _, _) in ACCENTS.items():
        if mark in name:
            return replace(glyph(name.replace(mark, "", 1)), accent=accent)
    inside = _OVER.match(name)
    if inside and inside.group(1):
        plain = glyph(re.sub(r"[\\{}]", "", inside.group(2)).strip())
        return replace(plain, accent=inside.group(1))
    # An entry of a path's weights: w1_12 is the entry 12 of path 1.
    name = re.sub(r"^([A-Za-z])(\d)_(\d\d)$", r"\1__\2_\3", name)
    base, upper, lower = split_super_sub(re.sub(r"[{}]", "", name))
    over = _OVER.match(base)
    accent = ""
    if over and _letter(base) == base and (len(over.group(3)) == 1 or over.group(3) in greek_unicode):
        base, accent = over.group(3), over.group(4)
    if base.endswith("prime") and len(base) == 6:
        base, lower = base[0], [*lower, "prime"]
    # Primes and asterisks are superscripts however they are named.
    raised = [word for word in lower if word in ("star", "prime")]
    kept = [word for word in lower if word not in raised]
    return Glyph(_greek_after(base), accent, tuple(map(_letter, kept)), tuple(map(_letter, [*raised, *upper])))


def _greek_after(base: str) -> str:
    """The letters of a base: a Greek name, or "delta c" and "deltac" as δc."""
    if base in greek_unicode or base == "ell":
        return _letter(base)
    for name in ("delta", "Delta"):
        rest = base.removeprefix(name).strip()
        if rest != base and len(rest) == 1:
            return _letter(name) + rest
    return base


@dataclass(frozen=True)
class Notation:
    """How one derivation writes its symbols: by name, those that are declared to be shown otherwise, c as c̄."""

    shown: Mapping[str, str] = field(default_factory=dict)

    def glyph(self, name: str) -> Glyph:
        """How a symbol of this name looks here."""
        return glyph(self.shown.get(name, name))
