import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.references import RESTS_ON, citation


def test_everything_is_cited_by_default():
    assert "2411.03840" in citation()
    assert "@software{gateflow" in citation()


@pytest.mark.parametrize("name", RESTS_ON)
def test_every_result_names_its_sources(name):
    assert citation(name).count("@") >= 2


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"name must be one of gated.*, got 'nothing'"):
        citation("nothing")


def test_braces_of_every_entry_match():
    assert citation().count("{") == citation().count("}")
