import numpy as np
import pytest
from numpy.random import default_rng
from scipy import stats

from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise, HeavyTailedNoise
from gateflow.sim.disentangle.questions import CurvedTasks, random_tasks
from gateflow.sim.disentangle.task import EvidenceTask, Schedule
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks


@pytest.mark.parametrize("latents", [Latents(3), Latents(2, 0.6), Latents(2, [[1, -0.8], [-0.8, 1]])])
def test_factors_are_uniform_whatever_ties_them(latents):
    x = latents.draw(40_000, default_rng(0))
    for factor in x.T:
        assert stats.kstest(factor, "uniform", (-0.5, 1)).pvalue > 1e-3
    # Twelve covariances of n trials, each with a standard error of about v/√n.
    np.testing.assert_allclose(np.cov(x.T), latents.covariance, atol=4 / 12 / np.sqrt(40_000))


@pytest.mark.parametrize("noise", [
    GaussianNoise.isotropic(0.3, 2), GaussianNoise(Evidence([[0.2, 0.1], [0.1, 0.1]])),
    GaussianNoise(Evidence([[0.2, 0.0], [0.0, 0.05]], 0.7)), HeavyTailedNoise(0.3, 2, 6.0)])
def test_noise_has_the_moments_that_it_names(noise):
    size, rho = 60_000, noise.evidence.correlation
    drawn = noise.draw(size, 4, default_rng(1))
    scale = np.diagonal(noise.evidence.covariance).max()
    for step in range(4):
        assert np.abs(drawn[:, step].mean(axis=0)).max() < 4 * np.sqrt(scale / size)
        np.testing.assert_allclose(np.cov(drawn[:, step].T), noise.evidence.covariance, atol=8 * scale / np.sqrt(size))
    lagged = np.mean(drawn[:, 3, 0] * drawn[:, 1, 0])
    assert lagged == pytest.approx(rho**2 * noise.evidence.covariance[0, 0], abs=5 * scale / np.sqrt(size))


def test_heavy_tails_are_heavy():
    drawn = HeavyTailedNoise(1.0, 1, 5.0).draw(50_000, 1, default_rng(2)).ravel()
    assert np.mean(np.abs(drawn) > 5) > 50 * 2 * stats.norm.sf(5)


def test_random_tasks_have_unit_normals_and_offsets_as_asked():
    tasks = random_tasks(4000, 3, default_rng(3), offset=0.2)
    np.testing.assert_allclose(np.linalg.norm(tasks.C, axis=1), 1)
    np.testing.assert_allclose(tasks.C.T @ tasks.C / 4000, np.eye(3) / 3, atol=0.03)
    assert tasks.b.std() == pytest.approx(0.2, rel=0.05)


def test_curved_boundaries_bend_by_twice_their_curvature():
    """The boundary of c = (1, 0), b = .1 is the parabola x = .1 − κy²."""
    curved = CurvedTasks(Tasks([[2.0, 0.0]], [0.2]), 0.7)
    y = np.linspace(-0.5, 0.5, 11)
    on = np.stack([0.1 - 0.7 * y**2, y], axis=1)
    np.testing.assert_allclose(curved.margins(on), 0, atol=1e-15)
    assert (curved.margins(on + np.array([1e-3, 0])) > 0).all()
    straight = CurvedTasks(Tasks([[2.0, 0.0]], [0.2]), 0.0)
    np.testing.assert_allclose(straight.margins(on), Tasks([[1.0, 0.0]], [0.1]).margins(on), atol=1e-15)


def test_scores_of_curved_tasks_are_chances_of_being_beyond_the_boundary():
    curved, sigma_t = CurvedTasks(Tasks([[2.0, 0.0], [0.3, -1.0]], [0.2, 0.0]), 0.7), 0.15
    mu = np.array([[0.1, 0.3], [0.0, -0.2]])
    x = mu[:, None] + sigma_t * default_rng(9).standard_normal((2, 200_000, 2))
    share = np.mean(curved.margins(x) > 0, axis=1)
    np.testing.assert_allclose(stats.norm.cdf(curved.scores(mu, sigma_t)), share, atol=5e-3)
    straight = CurvedTasks(curved.tasks, 0.0).scores(mu, 0.01)
    expected = curved.tasks.margins(mu) / np.linalg.norm(curved.tasks.C, axis=1) / 0.01
    np.testing.assert_allclose(straight, expected, rtol=1e-9)
    with pytest.raises(InputError, match="tasks must have 2 dimensions for scores, got 3"):
        CurvedTasks(Tasks(np.eye(3)), 0.1).scores(mu, 0.1)


@pytest.mark.parametrize(("dimension", "settings"), [(1, {}), (2, {}), (5, {}),
                                                     (2, {"widths": (40,), "quadratic": True})])
def test_the_encoder_is_one_to_one_on_all_evidence(dimension, settings):
    encoder = Encoder.random(dimension, default_rng(4), **settings)
    assert encoder.dimension == dimension
    x = 0.5 * default_rng(5).standard_normal((200, dimension))
    codes = encoder.encode(x)
    assert codes.shape == (200, 40)
    assert np.linalg.svd(encoder.jacobian(x), compute_uv=False).min() > 0.3
    np.testing.assert_allclose(encoder.decode(codes), x, atol=1e-7)
    step = 1e-6 * np.eye(dimension)
    slopes = (encoder.encode(x[:, None] + step) - encoder.encode(x[:, None] - step)) / 2e-6
    np.testing.assert_allclose(np.median(np.abs(np.swapaxes(slopes, 1, 2) - encoder.jacobian(x))), 0, atol=1e-6)


def test_codes_of_no_point_are_refused():
    encoder = Encoder.random(2, default_rng(4))
    with pytest.raises(InputError, match="codes must come from points, got 1 of 1 that are not near any"):
        encoder.decode(default_rng(0).standard_normal((1, 40)))


def test_a_trial_is_fixation_evidence_and_decision():
    tasks, rng = evenly_spaced_tasks(3), default_rng(6)
    trials = EvidenceTask(Latents(2), GaussianNoise.isotropic(0.2, 2), tasks, Schedule(2, 5, 3)).draw(20_000, rng)
    assert trials.inputs.shape == (20_000, 10, 3)
    np.testing.assert_array_equal(trials.inputs[0, :, 2], [1] * 7 + [0] * 3)
    assert not trials.inputs[:, [0, 1, 7, 8, 9], :2].any()
    left = trials.inputs[:, 2:7, :2] - trials.x[:, None]
    assert left.std() == pytest.approx(0.2, rel=0.01)
    np.testing.assert_array_equal(trials.answers, trials.x @ tasks.C.T > 0)


def test_the_same_seed_gives_the_same_bytes():
    task = EvidenceTask.simple(evenly_spaced_tasks(3))
    one, other = (task.draw(50, default_rng(7)) for _ in range(2))
    assert one.inputs.tobytes() == other.inputs.tobytes()


def test_an_encoder_stands_between_evidence_and_inputs():
    encoder, tasks = Encoder.random(2, default_rng(8)), evenly_spaced_tasks(3)
    parts = (Latents(2), GaussianNoise.isotropic(0.2, 2), tasks, Schedule(1, 4, 1))
    plain, coded = (EvidenceTask(*parts, each).draw(10, default_rng(9)) for each in (None, encoder))
    np.testing.assert_array_equal(coded.inputs[:, 1:5, :-1], encoder.encode(plain.inputs[:, 1:5, :-1]))
    assert not coded.inputs[:, [0, 5], :-1].any()


def test_targets_are_answers_or_undecided():
    task = EvidenceTask.simple(evenly_spaced_tasks(3), duration=4)
    answers = task.draw(5, default_rng(0)).answers
    assert (task.targets(answers) == answers[:, None]).all()
    late = task.targets(answers, undecided=True)
    assert (late[:, :5] == 0.5).all()
    assert (late[:, 5] == answers).all()


@pytest.mark.parametrize(("call", "message"), [
    (lambda: Latents(0), "dimension must be an integer between 1 and 100000, got 0"),
    (lambda: Latents(2, 1.0), "correlation must be positive definite, got an eigenvalue of 0"),
    (lambda: Latents(2, 2 * np.eye(2)), "correlation must have ones on its diagonal"),
    (lambda: HeavyTailedNoise(0.2, 2, 2.0), "freedom must be above 2 and finite, got 2.0"),
    (lambda: HeavyTailedNoise(0.0, 2), "sigma must be positive and finite, got 0.0"),
    (lambda: random_tasks(0, 2, default_rng(0)), "n_tasks must be an integer of at least 1, got 0"),
    (lambda: random_tasks(2, 2, default_rng(0), -1.0), "offset must be at least 0 and finite, got -1.0"),
    (lambda: CurvedTasks(evenly_spaced_tasks(2), np.nan), "curvature must be a number and finite, got nan"),
    (lambda: Schedule(stimulus=0), "stimulus must be an integer of at least 1, got 0"),
    (lambda: EvidenceTask.simple(evenly_spaced_tasks(2)).draw(0, default_rng(0)),
     "trials must be an integer of at least 1, got 0"),
    (lambda: EvidenceTask(Latents(3), GaussianNoise.isotropic(0.2, 2), evenly_spaced_tasks(2), Schedule()),
     "noise must have 3 dimensions as the latents do, got 2"),
    (lambda: Encoder.random(2, default_rng(0)).encode([1.0]), "x must have shape (..., 2), got (1,)"),
    (lambda: Encoder.random(2, default_rng(0)).decode(np.zeros((3, 7))), "codes must have shape (..., 40), got (3, 7)"),
    (lambda: Encoder.random(2, default_rng(0)).decode(np.full(40, np.nan)), "codes must be numbers, got NaN"),
])
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("trials", [10**12, 10**22])
@pytest.mark.parametrize("drawn", [Latents(2), EvidenceTask.simple(evenly_spaced_tasks(2))])
def test_a_draw_that_no_memory_holds_is_refused_before_it_begins(drawn, trials):
    with pytest.raises(InputError, match=f"a draw of {trials} trials needs"):
        drawn.draw(trials, default_rng(0))
