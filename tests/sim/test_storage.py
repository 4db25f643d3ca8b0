import errno
import os
from pathlib import Path

import pytest

from gateflow.sim.storage import cache_folder, check_folder, json_bytes, write_files
from gateflow.theory.checks import InputError


def test_files_are_written_whole_into_new_folders(tmp_path):
    write_files({tmp_path / "a" / "b.txt": b"one", tmp_path / "c.txt": b"two"})
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"one"
    assert (tmp_path / "c.txt").read_bytes() == b"two"


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    write_files({tmp_path / "one": b"old", tmp_path / "two": b"old"})
    flushed = []

    def full(handle):
        flushed.append(handle)
        if len(flushed) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*two: No space left on device"):
        write_files({tmp_path / "one": b"new", tmp_path / "two": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one": b"old", "two": b"old"}


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to"):
        check_folder(tmp_path / "file")
    with pytest.raises(InputError, match="cannot write"):
        write_files({tmp_path / "file" / "x": b""})


def test_a_folder_on_a_full_disk_is_refused(monkeypatch):
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is full")
    with Path("/dev/full").open("wb") as full:
        monkeypatch.setattr("gateflow.sim.storage.tempfile.TemporaryFile", lambda dir: full)
        with pytest.raises(InputError, match=r"cannot write to \.: No space left"):
            check_folder(Path())


def test_a_checked_folder_is_there_and_empty(tmp_path):
    check_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_json_refuses_what_json_does_not_know():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"x": float("nan")})
    assert json_bytes({"é": 1}) == '{\n "é": 1\n}\n'.encode()


def test_without_a_home_the_cache_folder_must_be_named(monkeypatch):
    for name in ("GATEFLOW_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    with pytest.raises(InputError, match="GATEFLOW_CACHE must name a folder"):
        cache_folder()


def test_a_cache_folder_may_be_named_from_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GATEFLOW_CACHE", "~/kept")
    assert cache_folder() == tmp_path / "kept"
