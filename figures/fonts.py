"""Fonts inside PDF files, without the tables that only those who set text read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fontTools.ttLib import registerCustomTableClass, unregisterCustomTableClass
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from fontTools.ttLib.tables.otTables import GDEF, GPOS, GSUB

# Marks, positions and ligatures: a PDF says which glyph stands where.
_SETTING = {"GDEF": GDEF, "GPOS": GPOS, "GSUB": GSUB}


class Unread(DefaultTable):  # type: ignore[misc]
    """A table that is dropped from the font, and never read: that takes longer than all else in making it smaller."""

    def decompile(self, data: bytes, font: Any) -> None:
        """Stand for an empty table."""
        self.table = _SETTING[self.tableTag]()
        self.table.Version = 0x00010000

    def prune_pre_subset(self, font: Any, options: Any) -> bool:
        """Whether the table stays."""
        return False


@contextmanager
def glyphs_alone() -> Iterator[None]:
    """Leave such tables out of the fonts of files that are written inside."""
    for tag in _SETTING:
        registerCustomTableClass(tag, __name__, Unread.__name__)
    try:
        yield
    finally:
        for tag in _SETTING:
            unregisterCustomTableClass(tag)
