import numpy as np
import pytest

from gateflow.figures.disentangle.phase.idea import Posterior
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import class_probability, posterior_mean
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks


@pytest.fixture(scope="module")
def idea(drawn):
    return drawn("idea")


def test_graded_reports_of_many_tasks_locate_the_evidence(idea):
    assert idea.data["density"].shape[:2] == (3, 4)
    area, distance = idea.data["area"], idea.data["distance"]
    # Little noise: a half, a quarter, a sixth of the square, but never a point.
    np.testing.assert_allclose(area[0, :3] / 0.95, [1 / 2, 1 / 4, 1 / 6], atol=0.02)
    assert (np.diff(idea.data["r2"], axis=1) > 0).all()
    assert idea.data["r2"][:, -1].argmax() == 1
    assert distance[1, -1] < 0.1
    assert (area[2] > 0.2).all()


def test_the_estimate_from_many_precise_reports_is_that_of_the_evidence():
    tasks, mu, sigma_t = evenly_spaced_tasks(24), np.array([0.31, -0.12]), 0.08
    outputs = class_probability(tasks.margins(mu) / sigma_t)
    found = Posterior.of(tasks, outputs, sigma_t, 0.01)
    np.testing.assert_allclose(found.estimate, posterior_mean(mu, sigma_t**2 * np.eye(2), BoxPrior()), atol=0.005)
    # 95 % of a normal law lie within 2.45 standard deviations.
    assert found.area(0.95) == pytest.approx(np.pi * (2.448 * sigma_t) ** 2, rel=0.1)


def test_the_same_command_gives_the_same_bytes(phase):
    words = ("--tasks=1,3", "--noise=0.05")
    one, other = phase("idea", *words, folder="one"), phase("idea", *words, folder="two")
    for kind in ("png", "npz"):
        assert (one.folder / f"idea.{kind}").read_bytes() == (other.folder / f"idea.{kind}").read_bytes()


@pytest.mark.parametrize(("words", "message"), [
    (("--tasks", "1.5"), "gateflow phase idea: argument --tasks: must be numbers, got '1.5'"),
    (("--tasks", "1000"), "gateflow: tasks must be an integer between 1 and 256, got 1000"),
    (("--tasks", "1,2,3,4,5,6,7"), "gateflow: tasks must be at most 6 values, got 7"),
    (("--tasks", "3,1,3"), "gateflow: tasks must be different, got 3 2 times"),
    (("--noise", "0.05,0.05"), "gateflow: noise must be different, got 0.05 2 times"),
    (("--noise", "2"), "gateflow: noise must be between 0.002 and 0.5, got 2.0"),
    (("--noise", "0"), "gateflow: noise must be between 0.002 and 0.5, got 0.0"),
    (("--state", "0.9,0"), "gateflow: state must be between -0.5 and 0.5, got 0.9"),
    (("--state", "0.2"), "gateflow: state must be two numbers, got 1"),
    (("--precision", "0"), "gateflow: precision must be between 1e-06 and 1000, got 0.0"),
    (("--precision", "1e-300"), "gateflow: precision must be between 1e-06 and 1000, got 1e-300"),
])
def test_bad_options_are_refused_in_one_line(words, message, refused):
    assert refused("idea", *words).startswith(message)


@pytest.mark.parametrize("words", [("--tasks=2,5", "--noise=0.01,0.1"), ("--tasks=3", "--noise=0.1"), ()])
def test_the_whole_caption_is_on_the_page(words, drawn, idea):
    figure = (drawn("idea", *words) if words else idea).figure
    figure.draw_without_rendering()
    words = figure._supxlabel.get_window_extent()
    assert words.x0 >= 0
    assert words.y0 >= 0
    assert words.x1 <= figure.bbox.width
    assert all(axes.get_window_extent().y0 > words.y1 for axes in figure.axes)


def test_rows_are_called_by_their_noise_only_where_it_rises(drawn):
    names = [[axes.get_ylabel() for axes in drawn("idea", "--tasks=1", f"--noise={noise}").figure.axes]
             for noise in ("0.01,0.1,0.3", "0.1,0.01,0.3")]
    assert ["much noise" in name for name in names[0]] == [False, False, True]
    assert not any("much noise" in name for name in names[1])
