import shutil
import subprocess

import pytest

from gateflow.figures.derivations import latex
from gateflow.figures.pictures import PICTURES

ENGINES = [engine for engine in ("pdflatex", "lualatex") if shutil.which(engine)]


def compiled(engine, text, folder):
    (folder / "page.tex").write_text(text, encoding="utf-8")
    words = [engine, "-halt-on-error", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    assert r"Overfull \vbox" not in log
    assert (folder / "page.pdf").read_bytes().startswith(b"%PDF")


@pytest.fixture(scope="module")
def picture():
    """One for all pages: they name the file that they show."""
    return PICTURES["clock"].pdf()


@pytest.mark.skipif(not ENGINES, reason="neither pdflatex nor lualatex is installed")
def test_a_page_compiles(shown, picture, tmp_path):
    drawing = PICTURES.get(shown.name)
    if drawing:
        (tmp_path / f"{shown.name}-picture.pdf").write_bytes(picture)
    compiled(ENGINES[0], latex.page(shown, drawing), tmp_path)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_book_compiles(sheets, engine, tmp_path):
    compiled(engine, latex.book(sheets, [None] * len(sheets)), tmp_path)


def test_no_sum_has_a_plus_before_a_minus(sheets):
    assert "+ -" not in latex.book(sheets, [None] * len(sheets))
