"""What a member of a study measures on the exact filter: time, tasks, noise, angles, extraction, bare answers."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.cells import filter_angles, filter_errors
from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.first_passage import first_passage
from gateflow.sim.disentangle.geometry import centroid_r2, decode, r_squared
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise, HeavyTailedNoise
from gateflow.sim.disentangle.questions import CurvedTasks, random_tasks
from gateflow.sim.disentangle.study import Study
from gateflow.sim.disentangle.task import EvidenceTask, Schedule
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean
from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.imprecise_reading import optimal_noise
from gateflow.theory.disentangle.noiseless import noiseless_r2, noiseless_r2_sampled
from gateflow.theory.disentangle.normal import score_of_logit
from gateflow.theory.disentangle.sigmoid import fit_sigmoid
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks

# Tasks and dimensions beyond the plane whose outputs are read imprecisely.
BEYOND = ((6, 3), (24, 3))
# Numbers of tasks whose best noise is looked for, and where, in units of the best that theory names.
NOISE_TASKS, FACTORS = (6, 24), (0.3, 0.55, 1.0, 1.8, 3.3)
# Tasks, dimension and sets of the law of angles, and trials to measure them.
ANGLE_TASKS, ANGLE_SETS, ANGLE_TRIALS = ((24, 2), (24, 3)), 40, 400
# Lasting noise, heavy tails, tied factors: correlation, degrees of freedom, correlation.
LASTING, FREEDOM, TIED = 0.5, 5.0, 0.6
SIDES = (1, 2, 3, 6, 24)
# Curvature of boundaries, tasks that have it; bound of free response times, in units of the noise of a step, and that
# noise, in units of the width of the box; trials seen through an encoder.
CURVATURE, CURVED_TASKS, BOUND, STEP, ENCODED = 0.25, 6, 5.0, 1.0, 20


def time_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """r² of the filter (sigmas, durations): of the best mean, of the posterior mean, of linear decoders of its states
    inside their distribution, and outside."""
    tasks = evenly_spaced_tasks(2)
    shape = (len(study.sigmas), len(study.durations))
    found = {name: np.empty(shape) for name in ("likelihood", "exact", "inside", "outside")}
    for i, sigma in enumerate(study.sigmas):
        task = EvidenceTask.simple(tasks, sigma, study.duration)
        drawn = task.draw(study.trials, rng)
        states = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(drawn.inputs).states
        for j, t in enumerate(study.durations):
            mu = states[:, task.schedule.fixation + t - 1]
            guess = posterior_mean(mu, task.noise.evidence.mean_covariance(t), BoxPrior())
            found["likelihood"][i, j] = r_squared(drawn.x, mu, VARIANCE)
            found["exact"][i, j] = r_squared(drawn.x, guess, VARIANCE)
            decoding = decode(mu, drawn.x)
            found["inside"][i, j], found["outside"][i, j] = decoding.inside, decoding.outside.mean()
    return found


def robust_tasks(study: Study) -> Iterator[tuple[str, EvidenceTask]]:
    """Other noise and other latents, by name: at twice sigma, so that noise counts."""
    tasks, sigma = evenly_spaced_tasks(6), 2 * study.sigma
    schedule = Schedule(1, study.duration, 1)
    covariance = sigma**2 * np.array([[1.5, 0.6], [0.6, 0.5]])
    fresh = GaussianNoise.isotropic(sigma, 2)
    shaped = GaussianNoise(type(fresh.evidence)(covariance))
    yield "lasting noise", EvidenceTask(Latents(2), GaussianNoise.isotropic(sigma, 2, LASTING), tasks, schedule)
    yield "noise of any covariance", EvidenceTask(Latents(2), shaped, tasks, schedule)
    yield "heavy-tailed noise", EvidenceTask(Latents(2), HeavyTailedNoise(sigma, 2, FREEDOM), tasks, schedule)
    yield "tied factors", EvidenceTask(Latents(2, TIED), fresh, tasks, schedule)


def robust_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """r² of linear decoders of the filter's scores, for each of ``robust_tasks``."""
    found = []
    for _, task in robust_tasks(study):
        drawn = task.draw(study.trials, rng)
        tasks = task.questions
        assert isinstance(tasks, Tasks)
        scores = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(drawn.inputs).scores[:, -1]
        found.append(decode(scores, drawn.x).inside)
    return {"robust": np.array(found)}


def curved_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """r² of linear decoders of the best scores of curved tasks: inside their distribution, and outside."""
    curved, sigma_t = CurvedTasks(evenly_spaced_tasks(CURVED_TASKS), CURVATURE), 2 * study.sigma_t
    x = Latents(2).draw(study.trials, rng)
    decoding = decode(curved.scores(x + sigma_t * rng.standard_normal(x.shape), sigma_t), x)
    return {"curved": np.array([decoding.inside, decoding.outside.mean()])}


def encoder_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """Largest distance of the filter's states that see through a random encoder from those that see the evidence."""
    tasks, encoder = evenly_spaced_tasks(CURVED_TASKS), Encoder.random(2, rng)
    plain = EvidenceTask.simple(tasks, study.sigma, study.duration)
    inputs = plain.draw(ENCODED, rng).inputs
    coded = np.zeros((*inputs.shape[:2], encoder.width + 1))
    coded[..., -1], shown = inputs[..., -1], plain.schedule.evidence
    coded[:, shown, :-1] = encoder.encode(inputs[:, shown, :-1])
    states = [BayesFilter(tasks, plain.noise.evidence, plain.schedule, encoder=through).respond(seen).states
              for through, seen in ((None, inputs), (encoder, coded))]
    return {"encoded": np.abs(states[0] - states[1]).max()}


def passage_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """Free response times, drifts uniform on the box: share of right answers, and mean time."""
    drift = rng.random(study.trials) - 0.5
    time, sign = first_passage(drift, BOUND * STEP, STEP, rng)
    return {"passage": np.array([np.mean(sign == np.sign(drift)), time.mean()])}


def reading_sets(study: Study) -> list[Tasks]:
    """Tasks whose outputs are read imprecisely; random ones are the same for all members."""
    plane = [evenly_spaced_tasks(n) for n in study.n_tasks if n > 2]
    return plane + [random_tasks(n, D, study.stream(100, n, D)) for n, D in BEYOND]


def bare_r2(tasks: Tasks, rng: Generator) -> float:
    """r² of bare answers: exact in the plane, sampled beyond."""
    return noiseless_r2(tasks) if tasks.dimension == 2 else noiseless_r2_sampled(tasks, rng, 50_000, 4).value


def best_noise(study: Study, n_tasks: int) -> tuple[float, float]:
    """σ/√t of least error, and that error, from theory with bare answers, evenly spaced tasks."""
    tasks = evenly_spaced_tasks(n_tasks)
    best = optimal_noise(tasks, precision=study.precision, points=256, bare_r2=noiseless_r2(tasks))
    return best.sigma_t, best.error


def reading_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """Mean squared errors of the best estimate from outputs read with precision δ: by tasks, and by noise."""
    root = np.sqrt(study.duration)
    tasks = np.array([filter_errors(tasks, study.sigma, study.duration, study.precision, study.read_trials, rng).mean()
                      for tasks in reading_sets(study)])
    noise = np.empty((len(NOISE_TASKS), len(FACTORS)))
    for i, n_tasks in enumerate(NOISE_TASKS):
        best, key = best_noise(study, n_tasks)[0], int(rng.integers(2**32))
        for j, factor in enumerate(FACTORS):
            # The same trials at every noise, so that differences are seen.
            errors = filter_errors(evenly_spaced_tasks(n_tasks), factor * best * root, study.duration, study.precision,
                                   study.read_trials, np.random.default_rng(key))
            noise[i, j] = errors.mean()
    return {"tasks": tasks, "noise": noise}


def angle_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """Angles (len(ANGLE_TASKS), sets) in rad between the directions of the first two factors."""
    del study
    return {"angles": np.array([filter_angles(n, D, ANGLE_SETS, ANGLE_TRIALS, rng)[:, 0] for n, D in ANGLE_TASKS])}


def extraction_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """Largest distances of μ from what ``extract`` reads: from random tasks with offsets at σ and σ/10 and from too few
    of them, there of the part that is determined; and that of Φ(az) from a sigmoid, a fitted on |z| ≤ 5."""
    found = []
    for n_tasks, dimension, sigma in ((8, 3, study.sigma), (8, 3, study.sigma / 10), (2, 4, study.sigma)):
        tasks = random_tasks(n_tasks, dimension, rng, offset=0.1)
        task = EvidenceTask.simple(tasks, sigma, study.duration)
        drawn = task.draw(200, rng)
        response = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(drawn.inputs)
        S = task.noise.evidence.mean_covariance(study.duration)
        read = extract(tasks, score_of_logit(response.logits[:, -1]), S)
        found.append(np.abs(read.estimate - response.states[:, -1] @ tasks.projector).max())
        if n_tasks < dimension:
            scores, scale = response.scores[:, -1], fit_sigmoid(5.0).scale
            sigmoid = 1 / (1 + np.exp(-np.clip(scores, -5, 5) / scale))
            # With little noise there may be no output at all that is not saturated.
            found.append(np.abs(sigmoid - response.outputs[:, -1])[np.abs(scores) < 5].max(initial=0.0))
    return {"extraction": np.array(found)}


def answer_measures(study: Study, rng: Generator) -> dict[str, Array]:
    """r² of the best guess from bare answers, by the number of tasks in SIDES."""
    x = Latents(2).draw(10 * study.trials, rng)
    return {"answers": np.array([centroid_r2(evenly_spaced_tasks(n).margins(x) > 0, x) for n in SIDES])}
