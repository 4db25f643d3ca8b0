import os
import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from numba.core import event

from gateflow.sim import compiling


def begin(module):
    listener = compiling._Compiling()
    event.register("numba:compile", listener)
    listener.on_start(SimpleNamespace(data={"dispatcher": SimpleNamespace(__module__=module)}))


def test_the_first_process_that_compiles_the_engine_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path))
    monkeypatch.delenv("GATEFLOW_QUIET", raising=False)
    begin("somebody.else")
    assert capsys.readouterr().err == ""
    begin("gateflow.sim.network.engine_kernels")
    assert capsys.readouterr().err.startswith("\rcompiling the engine, once")
    begin("gateflow.sim.network.engine_kernels")
    assert capsys.readouterr().err == ""


def test_all_that_is_compiled_stands_where_changes_are_noticed():
    floor = Path(compiling.__file__).parent
    users = {path for path in floor.rglob("*.py") if "gateflow.sim.compiling import" in path.read_text()}
    assert users
    assert users <= set(floor.glob("*/*_kernels.py"))


def test_where_any_kernel_is_another_what_was_compiled_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    (tmp_path / "room").mkdir()
    kernels = [tmp_path / "room" / name for name in ("flow_kernels.py", "engine_kernels.py")]
    for kernel in kernels:
        kernel.write_text("one")
    places = [compiling._kept.__wrapped__("")]
    for kernel in kernels:
        kernel.write_text("another")
        places.append(compiling._kept.__wrapped__(""))
    kernels[0].write_text("one")
    kernels[1].write_text("one")
    assert len(set(places)) == 3
    assert compiling._kept.__wrapped__("") == places[0]


def test_what_was_compiled_of_other_kernels_and_not_used_for_three_months_is_removed(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path))
    folder, elsewhere = tmp_path / "numba", tmp_path / "elsewhere" / ("0b" * 8)
    own = Path(compiling._kept.__wrapped__(""))
    ages = {own: 91, folder / ("0a" * 8): 91, folder / ("1b" * 8): 89, folder / "theirs": 1000,
            folder / ("2c" * 16): 1000, elsewhere: 1000}
    for place, days in ages.items():
        place.mkdir(parents=True, exist_ok=True)
        (place / "inside").touch()
        os.utime(place, (0, time.time() - days * 86400))
    (folder / ("3d" * 8)).symlink_to(elsewhere)
    (folder / ("4e" * 8)).touch()
    os.utime(folder / ("4e" * 8), (0, 0))
    assert Path(compiling._kept.__wrapped__(str(folder))) == own
    assert len(list(folder.iterdir())) == 7
    os.utime(own, (0, 0))
    assert Path(compiling._kept.__wrapped__("")) == own
    assert {path.name for path in folder.iterdir()} == {own.name, "1b" * 8, "theirs", "2c" * 16, "3d" * 8, "4e" * 8}
    assert (elsewhere / "inside").exists()
    assert time.time() - own.stat().st_mtime < 60


def test_where_nothing_can_be_kept_functions_are_compiled_all_the_same(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("GATEFLOW_QUIET", raising=False)
    monkeypatch.setattr(compiling, "_kept", cache(compiling._kept.__wrapped__))

    def twice(x):
        return 2 * x

    functions = [compiling.compiled(twice) for _ in range(2)]
    assert [function(3) for function in functions] == [6, 6]
    # Else Numba would keep them beside their source.
    assert [function.stats.cache_path for function in functions] == [None, None]
    told, = capsys.readouterr().err.strip().splitlines()
    assert told.startswith("cannot write to")
    assert told.endswith("what is compiled will not be kept")
