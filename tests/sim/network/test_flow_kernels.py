from types import SimpleNamespace

from numba.core import event

from gateflow.sim.network import flow_kernels


def begin(module):
    listener = flow_kernels._Compiling()
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
