"""Fast parts of the attacks; all of them: python -m tests.attack."""

import signal

import pytest

from tests.attack import bank, walk

# One in so many of the words that must be refused; the other attacks run all.
_EVERY = 9


def test_bad_words_are_refused_in_one_line():
    words = list(bank.refused())
    assert len(words) >= 400
    chosen = words[::_EVERY]
    wrong = {" ".join(each): said for each in chosen if (said := bank.answer(each))}
    assert not wrong


@pytest.mark.parametrize("room", ["gated", "network", "inference", "disentangle", "sweep"])
def test_a_function_of_wrong_arguments_says_so_in_one_line(room):
    """Of all public functions, found by walking the namespaces: what is no number at all, and all at once."""
    calls, wrong = 0, {}
    for name, function in walk.functions():
        if not name.startswith(f"{room}."):
            continue
        for argument, value, given in walk.attacks(function, None):
            calls += 1
            if said := walk.ending(function, given):
                wrong.setdefault(name, f"{argument} = {value}: {said}")
    assert calls
    assert not wrong


@pytest.mark.parametrize(("number", "words"), [
    (signal.SIGTERM, ("compare", "inference", "tracking", "one-step")),
    (signal.SIGINT, ("compare", "network", "gates")),
    (signal.SIGTERM, ("sweep", "inference", "tracking", "--over", "hazard", "0.01", "0.03"))])
def test_a_command_that_is_stopped_says_so_in_one_line(number, words, tmp_path):
    with bank.started(words, tmp_path) as process:
        said = b""
        while b"simulating" not in said:
            said += process.stderr.read1()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(30) == 128 + number
        assert rest.endswith(b"gateflow: interrupted; what was done is kept, and the same command goes on from there\n")
        assert (said + rest).count(b"\n") == 1
        assert process.stdout.read() == b""
        assert not bank.alive(process.pid)
