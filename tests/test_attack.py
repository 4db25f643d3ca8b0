"""Fast parts of the attacks; all of them: python -m tests.attack."""

import signal

import numpy as np
import pytest

from gateflow import plane
from gateflow.theory.checks import InputError, Range, Text
from tests.attack import bank, walk

# One in so many of the words that must be refused; the other attacks run all.
_EVERY = 12
_BOX = plane.Box((-1, 1), (-1, 1))


def _turn(x, y):
    return y, -x


def test_bad_words_are_refused_in_one_line():
    words = list(bank.refused())
    assert len(words) >= 400
    chosen = [*bank.FOUND, *words[::_EVERY]]
    wrong = {" ".join(each): said for each in chosen if (said := bank.answer(each))}
    assert not wrong


def test_every_number_of_every_command_has_ends():
    """But for the seed, of which any is as good as another, and for what may be infinite."""
    without = [(*words, option) for words, option, meaning in bank.options()
               if isinstance(meaning.allowed, Range) and not isinstance(meaning.allowed, Text) and option != "--seed"
               and not np.isfinite([meaning.allowed.low, meaning.allowed.high]).all() and not meaning.allowed.infinite]
    assert not without


def test_counts_of_commands_are_at_most_a_million():
    without = [(*words, option) for words, option, meaning in bank.options()
               if isinstance(meaning.allowed, Range) and meaning.allowed.whole and option != "--seed"
               and meaning.allowed.high > 1e6]
    assert not without


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


@pytest.mark.parametrize(("function", "given"), [
    (plane.PlanarSystem, (_turn, None)), (plane.PlanarSystem, (_turn, {}, False, (1.0,))),
    (plane.SmoothMap, (_turn, None)), (plane.SmoothMap, (_turn, {}, 10**30)),
    (plane.SmoothMap, (_turn, {}, 2, False, 1.0, None, np.zeros(2))), (plane.linearise, (np.eye(2), "x")),
    (plane.linearise, (np.eye(2), [1.0] * 5)), (plane.cycle_starts, (plane.SmoothMap(_turn), [(0, 1)])),
    (plane.cycle_starts, (plane.SmoothMap(_turn), [(0, 1)] * 2, 10**6)), (plane.even_starts, (_BOX, 10**6)),
    (plane.first_lyapunov, (plane.PlanarSystem(_turn), np.zeros(3), np.ones(2), {})),
    (plane.flow, ([[1], [1, 2]], ("x", "y"))), (plane.flow_diagram, (None, "p", (0, 1), _BOX)),
    (plane.trajectory, (None, (0, 0), _BOX))])
def test_what_once_ended_otherwise_is_refused_in_one_line(function, given):
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        function(*given)


@pytest.mark.parametrize(("number", "words"), [
    (signal.SIGTERM, ("compare", "inference", "tracking", "one-step", "--seeds", "40")),
    (signal.SIGINT, ("sweep", "inference", "tracking", "--over", "hazard", "0.01", "0.03"))])
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
