"""Presentation MathML of formulas in the LaTeX that our printer writes: both have one typography.

SymPy's own printer of MathML names a Piecewise as a function, writes W(t) as w(t) and drops parentheses of derivatives.
"""

import re
from collections.abc import Sequence
from html import escape

from gateflow.figures.derivations.glyphs import CHARACTERS

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|:=|[0-9]+(?:\.[0-9]+)?|.")
# Operators that have their scripts below and above; signs of our own whose names are those of functions.
_UNDER = ("lim", "max", "min", "sum", "prod")
_SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", "quad": "1em"}
_FONTS: dict[str, dict[str, str]] = {"operatorname": {}, "mathrm": {}, "mathbb": {"R": "ℝ"}, "mathbf": {"1": "𝟏"}}
_ACCENTS = {"bar": "¯", "dot": "˙", "hat": "^", "tilde": "~", "overline": "¯"}
# What makes parentheses around it grow.
_TALL = ("<mfrac", "<mtable", "<msqrt", "<mroot", "<munder", "<msubsup><mo")
_APPLY, _TIMES = "<mo>&#x2061;</mo>", "<mo>&#x2062;</mo>"
_CLOSING = ("<mo>!", "<mo>′", '<mo stretchy="false">)', '<mo stretchy="false">|')


def mathml(formula: str) -> str:
    """A formula in LaTeX as the content of a math element. Raises ValueError for a command that it does not know."""
    return _Reader(formula).row(())


class _Reader:
    """Reads the tokens of a formula, each once."""

    def __init__(self, formula: str) -> None:
        self.tokens = [token for token in _TOKEN.findall(formula.replace("\n", " ")) if token != " "]
        self.place = 0

    @property
    def ahead(self) -> str:
        """The next token."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        """The next token, which is then behind."""
        self.place += 1
        return self.tokens[self.place - 1]

    def row(self, ends: Sequence[str]) -> str:
        """What comes up to one of some tokens, with what multiplies or applies unseen."""
        parts: list[str] = []
        while self.ahead and self.ahead not in ends:
            grouped = self.ahead == "{"
            part = self.scripted(not parts or _is_sign(parts[-1]))
            if not part:
                continue
            if parts and not _is_sign(parts[-1]) and not _is_sign(part):
                if grouped:
                    parts.append(_APPLY)
                elif not parts[-1].endswith('"normal">d</mi>') and "<mspace" not in (parts[-1][:7], part[:7]):
                    parts.append(_TIMES + ('<mspace width="0.17em"/>' if _is_name(part) else ""))
            parts.append(part)
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def scripted(self, leads: bool) -> str:
        """A thing with what hangs on it; leads: whether a sign here is one of a single term."""
        token = self.ahead
        base, scripts = self.thing(), dict.fromkeys("_^", "")
        if self.ahead == r"\limits":
            self.take()
        while self.ahead in scripts and self.ahead:
            sign = self.take()
            scripts[sign] = self.thing()
        if leads and base in ("<mo>−</mo>", "<mo>+</mo>"):
            return base.replace("<mo>", '<mo form="prefix">')
        tag = {(0, 0): "", (1, 0): "sub", (0, 1): "sup", (1, 1): "subsup"}[bool(scripts["_"]), bool(scripts["^"])]
        if not tag:
            return base
        if token[1:] in _UNDER:
            tag = tag.replace("sub", "under").replace("sup", "over")
        return f"<m{tag}>{base}{scripts['_']}{scripts['^']}</m{tag}>"

    def thing(self) -> str:
        """One group, command, number, letter or sign."""
        token = self.take()
        if token == "{":
            return self.rest("}")
        if not token.startswith("\\"):
            if token[0].isdigit():
                return f"<mn>{token}</mn>"
            return f"<mi>{token}</mi>" if token.isalpha() else f"<mo>{escape(token.replace('-', '−'))}</mo>"
        return self.command(token[1:])

    def rest(self, end: str) -> str:
        """What comes up to a token, which is taken too."""
        inner = self.row((end,))
        self.take()
        return inner

    def word(self) -> str:
        """The letters of a group."""
        self.take()
        letters = []
        while self.ahead != "}":
            letters.append(self.take())
        self.take()
        return "".join(letters)

    def command(self, name: str) -> str:
        """What a command stands for."""
        if name == "left":
            return self.fenced(self.take())
        if name == "begin":
            return self.table(self.word())
        if name == "frac":
            return f"<mfrac>{self.thing()}{self.thing()}</mfrac>"
        if name == "sqrt":
            if self.ahead != "[":
                return f"<msqrt>{self.thing()}</msqrt>"
            self.take()
            degree = self.rest("]")
            return f"<mroot>{self.thing()}{degree}</mroot>"
        if name in _ACCENTS:
            # Without accent="true": browsers set that so low that a bar touches its letter.
            return f"<mover>{self.thing()}<mo>{_ACCENTS[name]}</mo></mover>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"/>'
        if name == "text":
            return f"<mtext>{escape(self.word())}</mtext>"
        return self.letters(name)

    def letters(self, name: str) -> str:
        """A command for letters or a sign."""
        if name in _FONTS:
            word = self.word()
            word = _FONTS[name].get(word, word)
            upright = ' mathvariant="normal"' if name == "mathrm" and len(word) == 1 else ""
            return f"<mi{upright}>{word}</mi>"
        if name == "substack":
            return self.thing()
        if name in ("bigl", "bigr"):
            return f'<mo stretchy="false">{self.take()}</mo>'
        sign = CHARACTERS.get(name, name)
        if sign == name and name.isalpha() and len(name) > 6:
            raise ValueError(f"unknown in formulas: \\{name}")
        return f"<mi>{sign}</mi>" if sign.isalpha() or sign == "∞" else f"<mo>{escape(sign)}</mo>"

    def fenced(self, sign: str) -> str:
        """What stands between two fences; they grow around what is tall."""
        inner = self.row((r"\right",))
        self.take()
        stretchy = "true" if any(tag in inner for tag in _TALL) else "false"
        left, right = ("" if one == "." else
                       f'<mo stretchy="{stretchy}">{CHARACTERS.get(one[1:], one[-1]) if one[1:] else one}</mo>'
                       for one in (sign, self.take()))
        return f"<mrow>{left}{inner}{right}</mrow>"

    def table(self, kind: str) -> str:
        """The lines of an environment, in cells."""
        lines: list[list[str]] = [[]]
        while True:
            cell = self.row(("&", r"\\", r"\end"))
            end = self.take()
            if kind != "aligned" or end != "&":
                lines[-1].append(f"<mtd>{cell}</mtd>")
            if end == r"\end":
                break
            if end == r"\\":
                lines.append([])
                if self.ahead == "[":
                    self.rest("]")
        self.word()
        rows = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in lines)
        shape = ' class="lines"' if kind in ("aligned", "cases") else ""
        table = f'<mtable{shape} displaystyle="true">{rows}</mtable>'
        return f"<mrow><mo>{{</mo>{table}</mrow>" if kind == "cases" else table


def _is_sign(part: str) -> bool:
    return part.startswith("<mo") and not part.startswith(("<mover", "<mo&", *_CLOSING))


def _is_name(part: str) -> bool:
    """Whether it is a name of several letters, which stands apart from what it is multiplied with."""
    return bool(re.match(r"<mi>[a-z]{2}", part))
