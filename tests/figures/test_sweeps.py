import argparse

import pytest

from gateflow.figures.sweeps import add_arguments, execution
from gateflow.theory.checks import InputError


def parsed(*words):
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    add_arguments(parser)
    return parser.parse_args(words)


def test_options_say_who_computes():
    how = execution(parsed("--workers", "3"), lambda items, total: items, {"command": "gateflow"})
    assert (how.workers, how.cluster, how.provenance) == (3, None, {"command": "gateflow"})
    assert execution(parsed("--cluster", "tcp://head:8786"), iter, {}).cluster == "tcp://head:8786"


@pytest.mark.parametrize("words", [("--workers", "0"), ("--cluster", "head"), ("--cluster", "tcp://head")])
def test_bad_options_are_refused(words):
    with pytest.raises(InputError):
        execution(parsed(*words), iter, {})
