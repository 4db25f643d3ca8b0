"""How symbols are shown: one glyph for each, written in Unicode or LaTeX.

A symbol's name says how it looks, by the conventions of SymPy: ``tau_c`` has a subscript, ``W__p`` or ``W^p`` a
superscript, ``cbar`` and ``xdot`` an accent, ``W_star`` an asterisk. A derivation may declare that a symbol is shown
otherwise, c as c̄ (``Notation``). Words name symbols as they are shown in Unicode.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from string import ascii_letters

from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import tex_greek_dictionary
from sympy.printing.pretty.pretty_symbology import greek_unicode, sub, sup

# Accents: the combining character.
ACCENTS = {"bar": "\u0304", "dot": "\u0307", "hat": "\u0302", "tilde": "\u0303"}
_MARKS = {"star": "∗", "prime": "′", "plus": "+", "minus": "−", "infinity": "∞", "oo": "∞", "perp": "⊥", "ell": "ℓ"}
# Characters as commands of LaTeX, and back.
_SIGNS = {
    "⇒": "Rightarrow", "→": "to", "↦": "mapsto", "←": "leftarrow", "≥": "geq", "≤": "leq", "≠": "neq", "≈": "approx",
    "≡": "equiv", "±": "pm", "∓": "mp", "×": "times", "·": "cdot", "⋅": "cdot", "∫": "int", "√": "surd", "∞": "infty",
    "∂": "partial", "∇": "nabla", "‖": "|", "⟨": "langle", "⟩": "rangle", "∝": "propto", "∈": "in", "⊥": "perp",
    "′": "prime", "∗": "ast", "≪": "ll", "≫": "gg", "∼": "sim", "∑": "sum", "∏": "prod", "⊗": "otimes", "∀": "forall",
    "∃": "exists", "⇔": "Leftrightarrow", "∘": "circ", "⊤": "top", "⌊": "lfloor", "⌋": "rfloor", "∣": "mid",
    "∧": "wedge", "∨": "vee", "∥": "parallel", "≃": "simeq", "≲": "lesssim", "≳": "gtrsim", "∪": "cup", "∩": "cap",
    "ℓ": "ell", "ε": "varepsilon", "¬": "neg"}
COMMANDS = {
    **{letter: tex_greek_dictionary.get(name, "\\" + name) for name, letter in greek_unicode.items()},
    **{letter: "\\" + name for letter, name in _SIGNS.items()}, "−": "-", "″": "''", "≔": ":=", "ℝ": r"\mathbb{R}"}
CHARACTERS = {command[1:]: letter for letter, command in COMMANDS.items() if command[0] == "\\"} | {"epsilon": "ϵ"}
_WORDS = ("in",)
_OVER = re.compile(r"^\\(bar|dot|hat|tilde)\s*\{(.*)\}$|^(.+)(bar|dot|hat|tilde)$", re.DOTALL)


@dataclass(frozen=True)
class Glyph:
    """A letter with an accent, subscripts and superscripts, all in Unicode."""

    base: str
    accent: str = ""
    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()

    def text(self, small: bool = True) -> str:
        """In Unicode, as in c̄₀, τ_c or W^p; without small letters c̄_0."""
        mark = ACCENTS.get(self.accent, "")
        base = unicodedata.normalize("NFC", self.base + mark) if len(self.base) == 1 else self.base + mark
        raised = tuple(part for part in self.upper if part != "∗")
        return (base + "*" * (raised != self.upper) + _shifted("_", self.lower, sub if small else {})
                + _shifted("^", raised, sup if small else {}))

    def latex(self) -> str:
        """In LaTeX, for use between dollars."""
        core = _latex_part(self.base)
        if self.accent:
            core = rf"\{self.accent}{{{core}}}"
        for sign, parts in (("_", self.lower), ("^", self.upper)):
            if parts:
                core += f"{sign}{{{','.join(map(_latex_part, parts))}}}"
        return core


def _shifted(sign: str, parts: tuple[str, ...], table: Mapping[str, str]) -> str:
    """Sub- or superscripts in Unicode's own letters where all exist and are digits or signs, else after the sign."""
    joined = ",".join(parts)
    if joined == "′":
        return joined
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
    if word in COMMANDS:
        return COMMANDS[word]
    escaped = word.replace("\\", "").replace("_", r"\_").replace("−", "-")
    return escaped if len(word) == 1 or not word.isalpha() else rf"\mathrm{{{escaped}}}"


def _letter(word: str) -> str:
    return str(greek_unicode.get(word, _MARKS.get(word, word)))


@lru_cache(maxsize=4096)
def glyph(name: str) -> Glyph:
    """How a symbol of this name looks."""
    name = unicodedata.normalize("NFD", name)
    for accent, mark in ACCENTS.items():
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


# What words of all derivations may name without declaring it: letters that stand alone, and these.
GENERAL = (
    *ascii_letters, *sorted(set(greek_unicode.values()) - set("Αο")), "W__p", "W__q", "c__p", "c__q", "W_star", "Wbar",
    "cbar", "wbar", "xdot", "ydot", "zdot", "adot", "bdot", "‖_F", "d_in", "d_out", "R_F", "f_p", "f_q", "g_0", "p_1",
    "p_2", "u_0", "V_0", "c_i", "c_1", "c_2", "Yhat", "phi_j", "R_p", "J_k", "Q_pp", "Q_pq", "tau_B", "lambda_norm",
    "lambda_nonneg")
# What may hang on a symbol in words.
_POWER = r"(?:[²³⁰¹⁴-⁹⁺⁻ᵀⁿᵖᵏᵐ]+|\^\{[^}]+\})"


@dataclass(frozen=True, eq=False)
class Notation:
    """How one derivation writes its symbols.

    shown: by name, those that are declared to be shown otherwise, c as c̄; names: of all its symbols.
    """

    shown: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def glyph(self, name: str) -> Glyph:
        """How a symbol of this name looks here."""
        return glyph(self.shown.get(name, name))

    @cached_property
    def _declared(self) -> dict[str, Glyph]:
        """Symbols by how they are written: as they are shown, or by name."""
        written = {text: one for name in (*GENERAL, *self.names) for one in [self.glyph(name)]
                   for text in (one.text(small=False), one.text())}
        written |= {name: self.glyph(name) for name in self.shown}
        return {text: written[text] for text in sorted(written, key=len, reverse=True)}

    @cached_property
    def _run(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """A symbol with what hangs on it, and a run of them: none of plain letters only, which would be a word."""
        names = [re.escape(name) for name in self._declared]
        long = "|".join(name for name in names if not (name.isascii() and name.isalpha()))
        return re.compile(f"({'|'.join(names)})({_POWER}?)"), re.compile(
            rf"(?<![^\W\d])(?<!['’])(?:[A-Za-z]?(?:(?:{long}){_POWER}?|[A-Za-z]{_POWER})+[A-Za-z]{{0,2}}|[A-Za-z])"
            r"(?![\w\u0300-\u036f]|-[a-z]{2})")

    def symbols_in(self, text: str) -> Iterator[str | Glyph]:
        """Cut a sentence into plain text and the symbols in it; a, A and I alone are words."""
        text = unicodedata.normalize("NFC", text)
        one, several = self._run
        last = 0
        for run in several.finditer(text):
            if run[0] in ("a", "A", "I"):
                continue
            yield text[last:run.start()]
            for name, power in one.findall(run[0]):
                symbol = self._declared[name]
                above = unicodedata.normalize("NFKC", power).strip("^{}").translate({ord("-"): "−", ord("T"): "⊤"})
                yield replace(symbol, upper=(*symbol.upper, above)) if above else symbol
            last = run.end()
        yield text[last:]


PLAIN = Notation()
