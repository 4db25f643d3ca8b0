import shutil
import subprocess

import pytest

from gateflow.figures.derivations import latex
from gateflow.figures.pictures import PICTURES
from gateflow.theory.proofs.catalogue import NAMES

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


@pytest.fixture
def folder(tmp_path):
    """With a picture for every derivation that has one; the same in all: pages name the file that they show."""
    picture = PICTURES["clock"].pdf()
    for name in PICTURES:
        (tmp_path / f"{name}-picture.pdf").write_bytes(picture)
    return tmp_path


@pytest.mark.skipif(not ENGINES, reason="neither pdflatex nor lualatex is installed")
@pytest.mark.parametrize("name", ["medley", "clock"])
def test_a_page_compiles(name, sheet_of, folder):
    compiled(ENGINES[0], latex.page(sheet_of(name), PICTURES.get(name)), folder)


@pytest.mark.skipif(not ENGINES, reason="neither pdflatex nor lualatex is installed")
def test_all_derivations_compile(sheet_of, folder):
    """As a book: its sections are the pages."""
    names = [*NAMES, "medley"]
    compiled(ENGINES[0], latex.book([sheet_of(name) for name in names], [PICTURES.get(name) for name in names]), folder)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_book_compiles(sheets, engine, tmp_path):
    compiled(engine, latex.book(sheets, [None] * len(sheets)), tmp_path)


def test_no_sum_has_a_plus_before_a_minus(sheets):
    assert "+ -" not in latex.book(sheets, [None] * len(sheets))
