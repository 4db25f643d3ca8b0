"""Published figures of networks, drawn and counted from made-up scores: no network is trained here."""

from dataclasses import fields, replace

import numpy as np
import pytest

from gateflow.figures.figure import figure_files, published, titles
from gateflow.figures.published import Reproduction, experiments
from gateflow.sim.compare.comparison import Outcome
from gateflow.sim.disentangle.experiments.attractors import DELAYS, AttractorRuns
from gateflow.sim.disentangle.experiments.free_responses import LEVELS, Answers, FreeResponses, ResponseRuns
from gateflow.sim.disentangle.scored import ScoredNetworks
from gateflow.sim.disentangle.scores import Scores, optimum
from gateflow.theory.disentangle.time import exact_r2

FIGURES = [name for name in figure_files() if name.startswith("dis-")]


def scores(experiment, rng):
    grid = experiment.grid()
    shape = (len(grid), len(grid[0]), experiment.networks)
    best = np.array([[optimum(setting).inside for setting in row] for row in grid])[..., None]
    made = {field.name: rng.random(shape) for field in fields(Scores)}
    return Scores(**made | {"inside": best - 0.01 * rng.random(shape), "loss": made["optimum"] + 0.01,
                            "angle": 90 + rng.standard_normal(shape)})


def responses(experiment, rng):
    S, t = experiment.networks, experiment.duration
    steps = np.tile(experiment.decided(np.arange(1.0, t + 1)), (S, 1)) + 1e-3 * rng.standard_normal((S, t))
    answers = Answers(steps, experiment.right + 1e-3 * rng.standard_normal(S), rng.random((S, t)))
    levels = np.tile(LEVELS, (S, 1))
    return ResponseRuns(answers, answers, *rng.random((2, S)), levels, levels, rng.random((S, t)), *rng.random((2, S)))


def attractors(experiment, rng):
    S = experiment.networks
    return AttractorRuns(np.ones(S), np.zeros(S), np.sort(rng.random((S, 5)))[:, ::-1],
                         rng.random((S, len(DELAYS))), *rng.random((3, S, 40, 2)) - 0.5, rng.random((S, 2)))


def made(name, quick=True):
    rng, figure = np.random.default_rng(0), published(name)
    outcomes = []
    for experiment in experiments(figure, quick):
        kind = scores if isinstance(experiment, ScoredNetworks) else \
            responses if isinstance(experiment, FreeResponses) else attractors
        result = kind(experiment, rng)
        outcomes.append(Outcome(experiment, result, tuple(experiment.rows(result))))
    return Reproduction(tuple(outcomes), name, titles()[name], figure, quick, seconds=1.0)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_theory_or_says_that_there_is_none(name):
    reproduction = made(name)
    assert reproduction.holds
    assert all(line.ours is not None for line in reproduction.lines)
    for part, outcome in zip(reproduction.published.parts, reproduction.outcomes, strict=True):
        assert part.without_theory or any(row.theory is not None for row in outcome.rows)
    assert reproduction.figure.subfigs


def test_more_than_evidence_allows_fails_its_row_but_for_chance():
    """Chance: four standard errors of a mean of squares, and what a decoder of 65 weights gains on 10000 trials."""
    experiment = replace(experiments(published("dis-3a"), True)[0], trials=10_000)
    result = scores(experiment, np.random.default_rng(0))
    best = optimum(experiment.grid()[0][0]).inside
    numbers = experiment.factors * experiment.trials * experiment.networks
    chance = (1 - best) * (65 / experiment.trials + 4 * np.sqrt(2 / numbers))
    for more, holds in ((0.8, True), (1.2, False)):
        rows = experiment.rows(replace(result, inside=np.full_like(result.inside, best + more * chance)))
        assert {row.holds for row in rows if "in distribution" in row.quantity} == {holds}
    rows = experiment.rows(replace(result, loss=result.optimum - 0.01))
    assert False in {row.holds for row in rows if "cross-entropy" in row.quantity}


def test_all_figures_of_the_paper_are_there():
    assert {name.removeprefix("dis-") for name in FIGURES} == {
        "3a", "3b", "3c", "3d", "5a", "5b", "5c", "s1", "s3", "s5", "s6", "s10", "s12"}


def test_figures_share_their_networks():
    for name in ("jax", "optax"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install '.[networks]'")
    jobs = [{job.key() for experiment in experiments(published(f"dis-{name}"), False) for job in experiment.jobs()}
            for name in ("3a", "3c", "s6", "s10")]
    assert all(each == jobs[0] for each in jobs)


def test_the_most_that_time_allows_stands_beside_each_trial_length():
    lines = made("dis-5a", quick=False).lines
    np.testing.assert_allclose([line.theory for line in lines], exact_r2(0.2**2 / np.array([5, 10, 20, 40])))
    assert [line.verdict for line in lines] == ["reproduced"] * 4
