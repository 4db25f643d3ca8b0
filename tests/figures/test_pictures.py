import xml.dom.minidom
from functools import cache

import pytest
from matplotlib.figure import Figure

from gateflow.figures.picture import Drawing
from gateflow.figures.pictures import PICTURES
from gateflow.figures.style import figure_bytes
from gateflow.theory.proofs.catalogue import NAMES

DRAWN = pytest.mark.parametrize("name", PICTURES)


@cache
def drawn(name):
    """A figure, and the inline SVG that was made of it."""
    figures, picture = [], PICTURES[name]
    svg = Drawing(picture.caption, lambda: figures.append(picture.draw()) or figures[-1]).svg()
    return figures[0], svg


@DRAWN
def test_a_picture_is_a_figure_with_a_caption(name):
    figure, _ = drawn(name)
    assert isinstance(figure, Figure)
    assert PICTURES[name].caption.endswith(".")
    assert figure_bytes(figure, "png").startswith(b"\x89PNG")


@DRAWN
def test_equal_pictures_have_equal_bytes(name):
    assert drawn(name)[1] == PICTURES[name].svg()


def test_equal_pictures_have_equal_bytes_in_files():
    """Of one picture: all are written by the same function."""
    for kind, start in {"png": b"\x89PNG", "pdf": b"%PDF"}.items():
        first, second = (getattr(PICTURES["clock"], kind)() for _ in range(2))
        assert first == second
        assert first.startswith(start)
        assert b"CreationDate" not in first


@pytest.mark.parametrize("name", ["switching-time", "one-step-exactness", "noise-optimum"])
def test_pictures_can_be_printed(name):
    assert figure_bytes(drawn(name)[0], "pdf").startswith(b"%PDF")


@DRAWN
def test_inline_pictures_take_the_colour_of_the_page_and_say_what_they_show(name):
    _, text = drawn(name)
    tree = xml.dom.minidom.parseString(text).documentElement
    assert tree.tagName == "svg"
    assert tree.getAttribute("role") == "img"
    assert tree.getAttribute("aria-label") == PICTURES[name].caption
    assert "currentColor" in text
    assert "#010203" not in text
    assert "#ffffff" not in text
    assert "http" not in text.replace("http://www.w3.org/", "")


def test_pictures_belong_to_derivations():
    assert set(PICTURES) <= set(NAMES)
