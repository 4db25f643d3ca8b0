import hashlib
import json
import pickle
from pathlib import Path

import pytest

from gateflow.figures import cli, derive
from gateflow.figures.derivations import kept
from gateflow.theory.proofs.catalogue import NAMES, titles
from gateflow.theory.proofs.values import DerivationError

NAME = "clock"
OWN = '''import sympy as sp
from gateflow.derivations import Derivation, Rewrite, Variable

def derive():
    a = sp.Symbol("a", real=True)
    return Derivation(name="mine", title="Mine", source="ours", summary="A square.", variables=(Variable(a, "a"),),
                      steps=(Rewrite("Square.", a * a, a**2, "It is."),), result_name="square", test="")
'''


def run(capsys, *words):
    code = cli.main(["derive", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def known(monkeypatch, derivation_of):
    """Derivations that were checked before."""
    monkeypatch.setattr(derive.catalogue, "derivation", derivation_of)


@pytest.fixture
def few(monkeypatch, known):
    """A book of one derivation, which was checked before, so that tests stay fast."""
    monkeypatch.setattr(derive.catalogue, "NAMES", (NAME,))
    return NAME


def test_without_a_name_all_are_listed(capsys):
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(NAMES)
    assert json.loads(run(capsys, "--json")[1]) == titles()


@pytest.mark.usefixtures("known")
def test_a_derivation_is_printed_as_wide_as_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    code, out, err = run(capsys, NAME, "--quiet")
    assert (code, err) == (0, "")
    assert out.startswith(titles()[NAME])
    assert "checked" in out


@pytest.mark.usefixtures("known")
def test_a_derivation_is_one_json_object(capsys):
    found = json.loads(run(capsys, NAME, "--quiet", "--json")[1])
    assert set(found) == {NAME}
    assert [step["number"] for step in found[NAME]["steps"]] == list(range(1, len(found[NAME]["steps"]) + 1))
    assert all(step["checked"] and step["formula"] for step in found[NAME]["steps"])


@pytest.mark.parametrize("form", derive.FORMATS)
def test_one_page_is_written(form, few, capsys, tmp_path):
    code, out, err = run(capsys, few, "--format", form, "--out", str(tmp_path), "--quiet")
    assert (code, err) == (0, "")
    written = tmp_path / (f"{few}-slides.html" if form == "slides" else f"{few}.{form}")
    assert out.splitlines()[0] == str(written)
    assert {str(path) for path in tmp_path.iterdir()} == set(out.splitlines())
    assert written.read_text(encoding="utf-8").endswith("\n")


@pytest.mark.parametrize("form", derive.FORMATS)
def test_a_book_is_written(form, few, capsys, tmp_path):
    code, out, _ = run(capsys, "--all", "--format", form, "--out", str(tmp_path), "--quiet", "--json")
    assert code == 0
    front = {"tex": {"derivations.tex"}, "slides": {"index-slides.html", f"{few}-slides.html"}}.get(
        form, {f"index.{form}", f"steps.{form}", f"{few}.{form}"})
    names = {Path(path).name for path in json.loads(out)["files"]}
    assert front <= names == {path.name for path in tmp_path.iterdir()}


def test_equal_commands_write_equal_bytes_on_any_number_of_workers(few, capsys, tmp_path):
    for workers in ("1", "2"):
        run(capsys, "--all", "--format", "html", "--out", str(tmp_path / workers), "--quiet", "--workers", workers)
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name


def test_several_formats_are_written_of_one_check(few, capsys, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(derive, "_sheet", lambda name, make=derive._sheet: built.append(name) or make(name))
    code, out, _ = run(capsys, few, "--format", "md,html,ipynb", "--out", str(tmp_path), "--quiet", "--workers", "1")
    assert (code, built) == (0, [few])
    assert {Path(path).suffix for path in out.splitlines()} >= {".md", ".html", ".ipynb"}


def test_a_file_of_ones_own_is_checked_and_written(capsys, tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    code, out, _ = run(capsys, str(tmp_path / "mine.py"), "--format", "ipynb", "--out", str(tmp_path), "--quiet")
    assert (code, out) == (0, f"{tmp_path / 'mine.ipynb'}\n")
    cells = json.loads((tmp_path / "mine.ipynb").read_text())["cells"]
    space = {}
    for cell in cells:
        # The laboratory is of widgets, which the extra notebook brings.
        if cell["cell_type"] == "code" and "laboratory" not in cell["source"]:
            exec(cell["source"], space)
    assert space["d"].name == "mine"
    capsys.readouterr()
    (tmp_path / "mine.py").write_text(OWN.replace("a**2", "a**3"))
    code, out, err = run(capsys, str(tmp_path / "mine.py"), "--quiet")
    assert (code, out) == (1, "")
    assert err.startswith("gateflow: mine, step 1 (rewrite: Square.): not equal: a**2 = ")
    (tmp_path / "mine.py").write_text(OWN.replace("a * a,", "a * * a,"))
    assert run(capsys, str(tmp_path / "mine.py"), "--quiet")[::2] == (
        2, f"gateflow: {tmp_path / 'mine.py'}, line 7, is no Python: invalid syntax\n")
    (tmp_path / "mine.py").write_text(OWN.replace("a * a,", "a * b,"))
    assert run(capsys, str(tmp_path / "mine.py"), "--quiet")[::2] == (
        2, f"gateflow: {tmp_path / 'mine.py'}, line 7: NameError: name 'b' is not defined\n")


@pytest.mark.parametrize(("source", "told"), [
    ("def derive(): raise RuntimeError('one\\ntwo')", ", line 1: RuntimeError: one two"),
    ("def derive(): raise SystemExit(0)", ", line 1: SystemExit: 0"),
    ("int('x')", ", line 1: ValueError: invalid literal"),
    ("\0", " is no Python: source code string cannot contain null bytes")])
def test_a_file_that_does_anything_else_is_one_line(source, told, capsys, tmp_path):
    (tmp_path / "mine.py").write_text(source)
    code, out, err = run(capsys, str(tmp_path / "mine.py"), "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"gateflow: {tmp_path / 'mine.py'}{told}")


@pytest.mark.usefixtures("known")
def test_progress_goes_to_stderr(capsys):
    _, out, err = run(capsys, NAME)
    assert "checking" in err
    assert "checking:" not in out


@pytest.mark.parametrize(("words", "message"), [
    (["nothing"], f"gateflow: name must be one of {', '.join(NAMES)}, or a file that ends in .py, got 'nothing'"),
    ([NAME, "--all"], f"gateflow: name must not be given with --all, got '{NAME}'"),
    ([""], f"gateflow: name must be one of {', '.join(NAMES)}, or a file that ends in .py, got ''"),
    (["--format", "html"], "gateflow: name must be given, or --all, to write files"),
    ([NAME, "--format", "docx"], "gateflow derive: argument --format: must be of html, slides, md"),
    ([NAME, "--out", "book"], "gateflow: out must be given with --format, which says what to write, got 'book' alone"),
    ([NAME, "--workers", "0"], "gateflow: workers must be"),
    ([NAME, "--out", ""], "gateflow derive: argument --out: must name a folder, got ''"),
    ([NAME, "--colour"], "gateflow derive: unrecognized arguments: --colour"),
])
def test_bad_input_is_one_line(words, message, capsys):
    try:
        code = cli.main(["derive", *words])
    except SystemExit as leaving:
        code = leaving.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith(message)


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_built(capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(derive, "_sheet", lambda *_: pytest.fail("built"))
    code, out, err = run(capsys, NAME, "--format", "html", "--out", str(tmp_path / "file" / "x"), "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("gateflow: cannot write to")


def test_a_wrong_step_is_one_line_and_ends_in_one(capsys, tmp_path, monkeypatch):
    def wrong(*_):
        raise DerivationError("clock, step 2: not equal")

    monkeypatch.setattr(derive, "_sheet", wrong)
    code, out, err = run(capsys, NAME, "--format", "html", "--out", str(tmp_path), "--quiet")
    assert (code, out, err) == (1, "", "gateflow: clock, step 2: not equal\n")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def checks(tmp_path, monkeypatch, known):
    """Names of the derivations that are asked for, with a cache folder of its own."""
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GATEFLOW_RECHECK")
    checked, build = [], derive.catalogue.derivation
    monkeypatch.setattr(derive.catalogue, "derivation", lambda name: checked.append(name) or build(name))
    return checked


def test_what_was_checked_is_not_checked_again_unless_it_is_asked_for(checks, capsys, monkeypatch):
    first = run(capsys, NAME, "--quiet")
    assert run(capsys, NAME) == first
    assert checks == [NAME]
    assert run(capsys, NAME, "--quiet", "--recheck") == first
    monkeypatch.setenv("GATEFLOW_RECHECK", "1")
    assert run(capsys, NAME, "--quiet") == first
    assert checks == [NAME] * 3


def test_other_code_is_checked_and_takes_the_place_of_what_was_kept(checks, capsys, monkeypatch, tmp_path):
    first = run(capsys, NAME, "--quiet")
    folder, key = tmp_path / "cache" / "derivations", "0a" * 10
    (folder / f"{NAME}.html").write_text("somebody's own")
    monkeypatch.setattr(kept, "_key", lambda: key)
    assert run(capsys, NAME, "--quiet") == first
    assert checks == [NAME] * 2
    assert {path.name for path in folder.iterdir()} == {f"{NAME}.{key}", f"{NAME}.html"}


def digested(content):
    return hashlib.sha256(content).digest() + content


@pytest.mark.parametrize("damage", [
    lambda content: content[:-3], lambda content: content[:40] + b"x" + content[41:], lambda content: b"",
    lambda content: digested(pickle.dumps([1])), lambda content: digested(b"cno_module\nname\n.")],
    ids=["cut", "changed", "empty", "of another kind", "of a library that is gone"])
def test_a_damaged_entry_is_dropped(damage, checks, capsys, tmp_path):
    first = run(capsys, NAME, "--quiet")
    place, = (tmp_path / "cache" / "derivations").iterdir()
    place.write_bytes(damage(place.read_bytes()))
    assert kept.kept(NAME) is None
    assert not place.exists()
    assert run(capsys, NAME, "--quiet") == first
    assert checks == [NAME] * 2


def test_the_key_knows_the_code_sympy_and_python(monkeypatch):
    whole = kept._key.__wrapped__
    before = whole()
    monkeypatch.setattr(kept.sympy, "__version__", "0")
    assert whole() != before
    monkeypatch.undo()
    monkeypatch.setattr(kept.sys, "version", "0")
    assert whole() != before
    monkeypatch.undo()
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"other")
    assert whole() != before


def test_a_cache_that_cannot_be_written_to_is_no_complaint(checks, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path / "file"))
    assert run(capsys, NAME, "--quiet")[0] == 0
