import xml.dom.minidom

import pytest
from matplotlib.figure import Figure

from gateflow.figures.pictures import PICTURES
from gateflow.theory.proofs.catalogue import NAMES

DRAWN = pytest.mark.parametrize("name", PICTURES)


@DRAWN
def test_a_picture_is_a_figure_with_a_caption(name):
    assert isinstance(PICTURES[name].figure(), Figure)
    assert PICTURES[name].caption.endswith(".")
    assert PICTURES[name].png().startswith(b"\x89PNG")


@DRAWN
def test_equal_pictures_have_equal_bytes(name):
    first, second = PICTURES[name].svg(), PICTURES[name].svg()
    assert first == second
    assert PICTURES[name].pdf() == PICTURES[name].pdf()


@DRAWN
def test_inline_pictures_take_the_colour_of_the_page_and_say_what_they_show(name):
    text = PICTURES[name].svg()
    svg = xml.dom.minidom.parseString(text).documentElement
    assert svg.tagName == "svg"
    assert svg.getAttribute("role") == "img"
    assert svg.getAttribute("aria-label") == PICTURES[name].caption
    assert "currentColor" in text
    assert "#010203" not in text
    assert "#ffffff" not in text
    assert "http" not in text.replace("http://www.w3.org/", "")


def test_pictures_belong_to_derivations():
    assert set(PICTURES) <= set(NAMES)
