import pytest

from gateflow.sim.compare import kept
from gateflow.sim.compare.kept import code_state, run_kept, unfinished
from gateflow.sim.sweep.run import Execution


def count(path, value):
    """Leaves a mark at each call."""
    with path.open("a") as calls:
        calls.write("x")
    if value < 0:
        raise ValueError("negative")
    return value + 1


def calls(path):
    return len(path.read_text())


def run(path, *values):
    return run_kept([(count, (path / "calls", value)) for value in values], Execution(), path / "keep")


def test_a_job_that_was_done_is_not_done_again(tmp_path):
    assert run(tmp_path, 1, 2) == run(tmp_path, 2, 1)[::-1] == [2, 3]
    assert calls(tmp_path / "calls") == 2


def test_other_arguments_and_other_code_are_done_anew(tmp_path, monkeypatch):
    assert run(tmp_path, 1) + run(tmp_path, 2) == [2, 3]
    monkeypatch.setattr(kept, "code_state", lambda: "other")
    run(tmp_path, 1)
    assert calls(tmp_path / "calls") == 3


def test_what_failed_is_not_kept_and_what_was_done_before_is(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="negative"):
            run(tmp_path, 1, -1)
    assert calls(tmp_path / "calls") == 3


def test_a_damaged_result_is_made_again(tmp_path):
    run(tmp_path, 1)
    for path in (tmp_path / "keep").iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    assert run(tmp_path, 1) == [2]
    assert calls(tmp_path / "calls") == 2


def test_without_a_folder_nothing_is_kept(tmp_path):
    assert run_kept([(count, (tmp_path / "calls", 1))], Execution(), None) == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["calls"]


def test_the_state_of_the_code_is_the_same_until_a_file_changes():
    assert code_state() == code_state()


@pytest.mark.parametrize(("end", "stays"), [(None, False), (ValueError, False), (KeyboardInterrupt, True),
                                            (SystemExit, True)])
def test_only_an_interruption_leaves_what_was_done(tmp_path, end, stays):
    def leave():
        with unfinished(tmp_path / "unfinished" / "run") as folder:
            run_kept([(count, (tmp_path / "calls", 1))], Execution(), folder)
            if end is not None:
                raise end

    if end is None:
        leave()
    else:
        with pytest.raises(end):
            leave()
    assert (tmp_path / "unfinished").exists() == stays
