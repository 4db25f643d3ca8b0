import os
import subprocess
import sys

import pytest

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.run import Execution, run_sweep
from gateflow.theory.checks import InputError
from tests.sim.sweep.descents import alignment_sweep
from tests.sim.sweep.functions import brittle, deadly, mistaken, wave_sweep, who


def cluster_of(**options):
    distributed = pytest.importorskip("distributed", reason="needs the extra cluster (dask, distributed)")
    return distributed.LocalCluster(processes=True, dashboard_address="127.0.0.1:0", silence_logs=50, **options)


@pytest.fixture(scope="module")
def cluster():
    with cluster_of(n_workers=2, threads_per_worker=1) as workers:
        yield workers.scheduler_address


@pytest.mark.parametrize("sweep", [wave_sweep(chunk=1), alignment_sweep(),
                                   Sweep("b", {"x": range(9)}, brittle, {"raise": [1, 2]})])
def test_two_dask_workers_give_the_bytes_of_one_process(cluster, tmp_path, sweep):
    run_sweep(sweep, tmp_path / "here")
    run_sweep(sweep, tmp_path / "there", Execution(cluster=cluster))
    for name in ("result.npz", "sweep.json"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def workers_of(address):
    sweep = Sweep("w", {"x": range(20)}, who, {"pause": 0.05}, chunk=1)
    return set(run_sweep(sweep, execution=Execution(cluster=address)).values["process"].tolist()) - {os.getpid()}


def test_all_workers_work_and_this_process_does_not(cluster):
    assert len(workers_of(cluster)) == 2
    with cluster_of(n_workers=1, threads_per_worker=1) as single:
        assert len(workers_of(single.scheduler_address)) == 1


def test_mistakes_come_back_from_a_cluster(cluster):
    with pytest.raises(TypeError, match="mistake"):
        run_sweep(Sweep("d", {"x": [1, 2, 3]}, mistaken, {"how": "type"}), execution=Execution(cluster=cluster))


def test_a_chunk_that_kills_its_workers_does_not_hang_the_sweep():
    dask = pytest.importorskip("dask", reason="needs the extra cluster (dask, distributed)")
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), \
            cluster_of(n_workers=1, threads_per_worker=1) as workers, \
            pytest.raises(RuntimeError, match="the cluster gave up on a chunk, KilledWorker"):
        run_sweep(Sweep("d", {"x": [1]}, deadly), execution=Execution(cluster=workers.scheduler_address))


@pytest.mark.parametrize(("workers", "message"), [
    ({"n_workers": 1, "threads_per_worker": 2}, "workers of one thread each .*, got one with 2"),
    ({"n_workers": 0}, "must have a worker within 0.5 s, it has none")])
def test_a_cluster_that_will_not_do_is_refused(workers, message):
    with cluster_of(**workers) as it, pytest.raises(InputError, match=message):
        run_sweep(wave_sweep(), execution=Execution(cluster=it.scheduler_address, timeout=0.5))


def test_a_scheduler_that_does_not_answer_is_refused(cluster):
    with pytest.raises(InputError, match=r"answers within 0.5 s, got 'tcp://127.0.0.1:9'"):
        run_sweep(wave_sweep(), execution=Execution(cluster="tcp://127.0.0.1:9", timeout=0.5))


def test_a_lost_scheduler_does_not_hang_the_sweep(cluster):
    code = ("import distributed, time\n"
            "if __name__ == '__main__':\n"
            "    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=':0') as cluster:\n"
            "        print(cluster.scheduler_address, flush=True)\n"
            "        time.sleep(100)\n")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as scheduler:
        def kill(items, total):
            for item in items:
                scheduler.kill()
                yield item

        with pytest.raises(RuntimeError, match="the cluster gave up on a chunk"):
            run_sweep(wave_sweep(fixed={"pause": 0.2}),
                      execution=Execution(cluster=scheduler.stdout.readline().strip(), progress=kill, batch=1))


def test_without_dask_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "gateflow.sim.sweep.cluster", raising=False)
    with pytest.raises(InputError, match=r"pip install 'gateflow\[cluster\]'"):
        run_sweep(wave_sweep(), execution=Execution(cluster="tcp://127.0.0.1:1"))
