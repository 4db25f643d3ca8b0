import pytest

from gateflow.sim.compare.kept import code_state, kept, unfinished
from gateflow.sim.processes import run_jobs


def count(path, value):
    """Leaves a mark at each call."""
    with path.open("a") as calls:
        calls.write("x")
    if value < 0:
        raise ValueError("negative")
    return value + 1


def calls(path):
    return len(path.read_text())


def test_a_job_that_was_done_is_not_done_again(tmp_path):
    jobs = [kept((count, (tmp_path / "calls", value)), tmp_path / "keep", "code") for value in (1, 2)]
    assert run_jobs(jobs) == run_jobs(jobs) == [2, 3]
    assert calls(tmp_path / "calls") == 2


def test_other_arguments_and_other_code_are_done_anew(tmp_path):
    for value, code in ((1, "code"), (2, "code"), (1, "other")):
        run_jobs([kept((count, (tmp_path / "calls", value)), tmp_path / "keep", code)])
    assert calls(tmp_path / "calls") == 3


def test_what_failed_is_not_kept(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="negative"):
            run_jobs([kept((count, (tmp_path / "calls", -1)), tmp_path / "keep", "code")])
    assert calls(tmp_path / "calls") == 2


def test_the_state_of_the_code_is_the_same_until_a_file_changes():
    assert code_state() == code_state()


@pytest.mark.parametrize(("end", "stays"), [(None, False), (ValueError, False), (KeyboardInterrupt, True),
                                            (SystemExit, True)])
def test_only_an_interruption_leaves_what_was_done(tmp_path, end, stays):
    def leave():
        with unfinished(tmp_path / "unfinished" / "run") as folder:
            run_jobs([kept((count, (tmp_path / "calls", 1)), folder, "code")])
            if end is not None:
                raise end

    if end is None:
        leave()
    else:
        with pytest.raises(end):
            leave()
    assert (tmp_path / "unfinished").exists() == stays
