import time

import pytest

from gateflow.figures import progress


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(progress, "_BEAT", 0.02)


def test_time_is_shown_where_nothing_else_moves_and_cleared_in_the_end(capsys):
    said, begun = "", time.monotonic()
    with progress.shown():
        while said.count("at work for ") < 2 and time.monotonic() < begun + 30:
            time.sleep(0.02)
            said += capsys.readouterr().err
    assert said.count("at work for ") > 1
    *_, blank, end = capsys.readouterr().err.split("\r")
    assert (blank.strip(), end) == ("", "")
    assert len(blank) >= len("at work for 0 s")


def test_a_bar_whose_step_takes_long_shows_the_time(capsys):
    def steps():
        yield 1
        time.sleep(0.2)
        yield 2

    with progress.shown() as bar:
        assert list(bar("simulating", "run")(steps(), 2)) == [1, 2]
    said = capsys.readouterr().err
    assert said.count(" 1/2 ") > 2
    assert "\n" not in said


def test_quiet_commands_say_nothing(capsys):
    with progress.shown(quiet=True) as bar:
        assert list(bar("simulating", "run")([1], 1)) == [1]
        time.sleep(0.1)
    assert capsys.readouterr().err == ""
