"""Nothing false gets through, and nothing true is held back."""

import runpy
from pathlib import Path

import pytest

from gateflow.theory.proofs.values import DerivationError

_BANK = runpy.run_path(str(Path(__file__).with_name("bank.py")))
CONTEXT, FALSE, TRUE = (_BANK[name] for name in ("CONTEXT", "FALSE", "TRUE"))


def listed(bank):
    return [pytest.param(step, id=f"{kind}-{i}") for kind, steps in bank.items() for i, step in enumerate(steps)]


def test_the_bank_is_large():
    assert sum(map(len, FALSE.values())) >= 410
    assert sum(map(len, TRUE.values())) >= 265
    assert set(FALSE) == set(TRUE)


@pytest.mark.parametrize("step", listed(FALSE))
def test_a_false_step_is_refused_in_one_line(step):
    with pytest.raises(DerivationError) as refused:
        step.verify(CONTEXT)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("step", listed(TRUE))
def test_a_true_step_passes(step):
    assert step.verify(CONTEXT).method in ("algebra", "points", "matrices", "definition")
