import errno
import os
import time

import pytest

from gateflow.sim.storage import cached, check_folder, json_bytes, write_files
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


def test_a_checked_folder_is_there_and_empty(tmp_path):
    check_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_json_refuses_what_json_does_not_know():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"x": float("nan")})
    assert json_bytes({"é": 1}) == '{\n "é": 1\n}\n'.encode()


def test_what_was_not_used_for_three_months_leaves_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path))
    (tmp_path / "part" / "folder").mkdir(parents=True)
    places = {name: tmp_path / "part" / name for name in ("mine", "folder", "file", "recent")}
    for name in ("mine", "folder/inside", "file", "recent"):
        (tmp_path / "part" / name).write_text(name)
    for name, days in (("mine", 91), ("folder", 91), ("file", 91), ("recent", 89)):
        os.utime(places[name], (0, time.time() - days * 86400))
    assert cached("part", "mine") == places["mine"]
    assert {path.name for path in (tmp_path / "part").iterdir()} == {"mine", "recent"}
    assert time.time() - places["mine"].stat().st_mtime < 60
    assert cached("other", "new") == tmp_path / "other" / "new"
    assert not (tmp_path / "other").exists()
