"""Fonts in PDF files hold the glyphs of their words, drawn as ever, and nothing for setting text."""

import io
import re
import zlib

from fontTools.ttLib import TTFont, getTableClass
from fontTools.ttLib.tables import G_S_U_B_
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont

from gateflow.figures.style import figure_bytes

WORDS = "gates τ é −½"


def embedded(pdf):
    """Fonts inside a PDF file."""
    for lengths, stream in re.findall(rb"<<([^>]*/Length1 [^>]*)>>\s*stream\n(.*?)\nendstream", pdf, re.DOTALL):
        yield TTFont(io.BytesIO(zlib.decompress(stream) if b"FlateDecode" in lengths else stream))


def test_a_pdf_has_fonts_with_the_outlines_of_its_words_and_no_table_for_setting_them():
    figure = Figure()
    figure.text(0.1, 0.5, WORDS)
    whole, drawn = TTFont(findfont(FontProperties())), {}
    for font in embedded(figure_bytes(figure, "pdf")):
        assert not {"GDEF", "GPOS", "GSUB"} & set(font.keys())
        glyphs = font["glyf"]
        drawn |= {name: glyphs[name].getCoordinates(glyphs)[0] for name in glyphs.keys()}  # noqa: SIM118
    for letter in set(WORDS) - {" "}:
        name = whole.getBestCmap()[ord(letter)]
        assert list(drawn[name]) == list(whole["glyf"][name].getCoordinates(whole["glyf"])[0]), letter


def test_elsewhere_fonts_are_read_as_ever():
    figure_bytes(Figure(), "pdf")
    assert getTableClass("GSUB") is G_S_U_B_.table_G_S_U_B_
