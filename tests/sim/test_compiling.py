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
