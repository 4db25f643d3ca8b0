import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.run import Execution, SweepInterrupted, run_sweep
from gateflow.theory.checks import InputError
from tests.sim.jobs import ended, heed_interrupts
from tests.sim.sweep.descents import alignment_sweep
from tests.sim.sweep.functions import deadly, mistaken, products, wave_sweep, who

ROOT = Path(__file__).resolve().parents[3]
CHUNKS = 36


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the program leaves behind if nobody disturbs it."""
    return finish(tmp_path_factory.mktemp("expected") / "sweep")


def start(folder, workers=2, pause=0.02):
    # A group of its own, which gets the signals of a terminal; one may come between opening and closing a file.
    words = [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-m", "tests.sim.sweep.program"]
    return subprocess.Popen([*words, folder, str(workers), str(pause)], cwd=ROOT, start_new_session=True,
                            preexec_fn=heed_interrupts, stderr=subprocess.PIPE, text=True)


def finish(folder):
    """Contents of the folder, and what was said, after the program has ended by itself."""
    run = start(folder, workers=1)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def done(folder):
    return len([path for path in folder.glob("chunks/*.chunk") if path.name[0] != "."])


def wait_for(folder, chunks, run):
    """Wait until so many chunks are done, or the run has ended."""
    end = time.monotonic() + 30
    while done(folder) < chunks and run.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.004)


@pytest.mark.parametrize(("sweep", "executions"), [
    (wave_sweep(), [Execution(workers=2), Execution(workers=3, batch=1), Execution(batch=5),
                    Execution(workers=2, batch=7)]),
    (wave_sweep(chunk=2), [Execution(workers=3, batch=1), Execution(batch=5)]),
    (alignment_sweep(), [Execution(workers=2, batch=7), Execution(batch=5)]),
    (Sweep("p", {"x": np.linspace(0, 1, 12)}, products, {"size": 300}, chunk=5), [Execution(workers=2),
                                                                                  Execution(batch=5)]),
], ids=["waves", "waves cut otherwise", "descent", "matrix products"])
def test_workers_and_batches_do_not_change_a_bit(sweep, executions):
    alone = run_sweep(sweep).to_bytes()
    for execution in executions:
        assert run_sweep(sweep, execution=execution).to_bytes() == alone, execution


@pytest.mark.parametrize("sweep", [wave_sweep, alignment_sweep])
def test_chunks_change_no_bit_of_what_is_computed_row_by_row(sweep):
    results = {run_sweep(sweep(chunk=chunk)).to_bytes() for chunk in (1, 2, 3, 5, 12)}
    assert len(results) == 1


def test_seeds_see_the_same_noise_in_every_cell_and_other_noise_than_each_other():
    gates = run_sweep(alignment_sweep()).values["gates"]
    assert len(np.unique(gates.data.reshape(-1, 2), axis=0)) == 12
    alone = run_sweep(alignment_sweep(axes={"tau_c": [0.1], "tau_block": [0.5]}, seeds=2)).values["gates"]
    assert np.array_equal(alone[0, 0], gates[1, 1, :2])


def test_killed_twenty_times_at_random_a_sweep_ends_with_the_same_bytes(tmp_path, expected, rng):
    folder = tmp_path / "0"
    for k, (number, moment) in enumerate(zip(rng.choice(["KILL", "TERM", "INT"], 20), rng.uniform(0, 0.3, 20),
                                             strict=True)):
        run = start(folder, workers=2 if k % 4 == 0 else 1)
        wait_for(folder, min(done(folder) + 1, CHUNKS), run)
        time.sleep(moment)
        os.killpg(run.pid, getattr(signal, f"SIG{number}"))
        _, said = run.communicate(timeout=30)
        assert "damaged" not in said
        assert ended(run.pid)
        if (folder / "result.npz").exists() or k == 19:
            assert finish(folder) == expected
            folder = tmp_path / str(k + 1)


def test_a_killed_run_loses_nothing_that_was_done(tmp_path):
    run = start(tmp_path / "sweep", workers=1)
    wait_for(tmp_path / "sweep", 10, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=30)
    kept = done(tmp_path / "sweep")
    assert 10 <= kept < CHUNKS
    again = start(tmp_path / "sweep", workers=1)
    assert f"{kept} of {CHUNKS} chunks are there, {CHUNKS - kept} are computed" in again.communicate(timeout=60)[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path, workers):
    folder = tmp_path / "sweep"
    run = start(folder, workers, pause=0.1)
    wait_for(folder, 3, run)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert said == f"interrupted; what is done is kept in {folder}; run the same again to go on\n"
    assert ended(run.pid)
    assert 3 <= done(folder) < CHUNKS
    assert {path.name for path in folder.iterdir()} == {"chunks", "sweep.json"}


def test_without_a_folder_nothing_is_kept_of_what_was_interrupted():
    def stop(items, total):
        raise KeyboardInterrupt

    with pytest.raises(SweepInterrupted, match=r"^interrupted; nothing was kept$"):
        run_sweep(wave_sweep(), execution=Execution(progress=stop))


def test_one_worker_needs_no_other_process(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setattr(os, "fork", None)
    run_sweep(wave_sweep())
    run_sweep(wave_sweep(chunk=100), execution=Execution(workers=8))


def test_many_workers_are_processes_and_this_one_is_none_of_them():
    sweep = Sweep("w", {"x": range(20)}, who, {"pause": 0.05}, chunk=1)
    processes = set(run_sweep(sweep, execution=Execution(workers=2)).values["process"].tolist())
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_a_script_may_sweep_through_its_own_functions(tmp_path):
    script = tmp_path / "study.py"
    script.write_text("from gateflow.sweep import Execution, Sweep, run_sweep\n"
                      "def double(parameters, streams, fixed):\n"
                      "    return {'y': 2 * parameters['x']}\n"
                      "if __name__ == '__main__':\n"
                      "    result = run_sweep(Sweep('s', {'x': [1, 2, 3]}, double), 'out', Execution(workers=2))\n"
                      "    print(result.values['y'].tolist(), result.about['function'])\n")
    done = subprocess.run([sys.executable, "-W", "error", script], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[2, 4, 6] study:double\n", "")


@pytest.mark.parametrize("changes", [{"seeds": 10**12}, {"seeds": 10**12, "chunk": 3}])
def test_a_sweep_beyond_the_memory_of_the_machine_is_refused_at_once(changes, tmp_path):
    with pytest.raises(InputError, match="GB of memory, this machine has"):
        run_sweep(wave_sweep(**changes), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_sees_every_chunk():
    seen = []

    def follow(items, total):
        for item in items:
            seen.append(total)
            yield item

    run_sweep(wave_sweep(chunk=4), execution=Execution(workers=2, progress=follow))
    assert seen == [9] * 9


def test_a_dead_worker_is_told_in_a_line(tmp_path):
    with pytest.raises(RuntimeError, match=r"^a worker process died, .*; what is done is kept in .* to go on$"):
        run_sweep(Sweep("d", {"x": [1, 2, 3]}, deadly), tmp_path, Execution(workers=2))


def test_a_mistake_in_a_worker_shows_itself(tmp_path):
    with pytest.raises(TypeError, match="mistake"):
        run_sweep(Sweep("d", {"x": [1, 2, 3]}, mistaken, {"how": "type"}), tmp_path, Execution(workers=2))


@pytest.mark.parametrize(("options", "message"), [
    ({"workers": 0}, "workers must be"), ({"workers": 1.5}, "workers must be"), ({"batch": 0}, "batch must be"),
    ({"batch": "x"}, "batch must be"), ({"timeout": 0}, "timeout must be"), ({"cluster": "localhost:8786"}, "cluster"),
    ({"cluster": "tcp://localhost"}, "cluster must be"), ({"cluster": "tcp://[::"}, "cluster must be"),
    ({"cluster": "ftp://host:1"}, "cluster must be"), ({"progress": 3}, "progress must"),
    ({"tell": None}, "tell must be"), ({"cluster": 3}, "cluster must be"),
])
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Execution(**options)


@pytest.mark.parametrize("words", [("waves",), (wave_sweep(), 3), (wave_sweep(), None, 2)])
def test_what_is_no_sweep_folder_or_execution_is_refused(words):
    with pytest.raises(InputError, match="must be a"):
        run_sweep(*words)
