import numpy as np
import pytest
from scipy import stats

QUICK = ("--tasks=12,24", "--draws=400")


def test_the_law_is_that_of_drawn_tasks(drawn):
    done = drawn("angles", *QUICK, "--simulate")
    assert done.holds is True
    assert done.data["angles"].shape == (2, 400)
    seen = np.degrees(np.sqrt(((done.data["angles"] - np.pi / 2) ** 2).mean(axis=1)))
    np.testing.assert_allclose(seen, [6.15, 4.24], rtol=0.1)
    for angles, cdf in zip(done.data["angles"], done.data["cdf"], strict=True):
        found = stats.kstest(np.degrees(angles), lambda a, cdf=cdf: np.interp(a, done.data["degrees"], cdf))
        assert found.statistic < 1.95 / np.sqrt(400)


def test_directions_of_logits_spread_twice_as_far(drawn):
    code, logits = (drawn("angles", *QUICK, f"--power={p}").data["spread"] for p in (0.5, 1))
    np.testing.assert_allclose(logits / code, 2, rtol=0.03)


def test_without_simulation_nothing_is_judged_and_bytes_are_the_same(phase):
    one, other = phase("angles", folder="one"), phase("angles", folder="two")
    assert (one.code, one.facts["holds"]) == (0, None)
    assert one.facts["results"]["degrees_at_24_tasks"] == pytest.approx(4.24, abs=0.01)
    for kind in ("png", "npz"):
        assert (one.folder / f"angles.{kind}").read_bytes() == (other.folder / f"angles.{kind}").read_bytes()


def test_a_law_that_is_off_does_not_hold(drawn, monkeypatch):
    from gateflow.figures.disentangle.phase import angles

    right = angles.angle_spread
    monkeypatch.setattr(angles, "angle_spread", lambda *given: 1.25 * right(*given))
    assert drawn("angles", *QUICK, "--simulate").holds is False


@pytest.mark.parametrize(("words", "message"), [
    (("--tasks", "2,12"), "gateflow: tasks must be more than the dimension, 2, got 2"),
    (("--tasks", "many"), "gateflow phase angles: argument --tasks: must be numbers, got 'many'"),
    (("--power", "0"), "gateflow: power must not be 0"),
    (("--power", "50"), "gateflow: power must be between -2 and 2, got 50"),
    (("--tasks", "1000", "--draws=100000", "--simulate"),
     "gateflow: draws times tasks times dimension must be at most 1e+08"),
    (("--dimension", "1"), "gateflow: dimension must be an integer between 2 and 64, got 1"),
    (("--draws", "1"), "gateflow: draws must be an integer between 10 and 1e+06, got 1"),
])
def test_bad_options_are_refused_in_one_line(words, message, refused):
    assert refused("angles", *words).startswith(message)
