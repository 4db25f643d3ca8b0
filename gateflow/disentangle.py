"""Many tasks, one latent state: optimal classifiers, agents, experiments and phase plots.

    from gateflow.disentangle import BayesFilter, EvidenceTask, decode, evenly_spaced_tasks

    task = EvidenceTask.simple(evenly_spaced_tasks(6), sigma=0.4)
    trials = task.draw(1000, numpy.random.default_rng(0))
    states = BayesFilter(task.questions, task.noise.evidence, task.schedule).respond(trials.inputs).states
    decode(states[:, -1], trials.x)  # r² of linear decoders
"""

from gateflow.figures.disentangle.phase.angles import LatentAngles
from gateflow.figures.disentangle.phase.idea import Idea
from gateflow.figures.disentangle.phase.noise_tasks import NoiseTasks
from gateflow.figures.disentangle.phase.noise_time import NoiseTime
from gateflow.figures.disentangle.phase.tasks_dimension import TasksDimension
from gateflow.sim.disentangle.agents import Agent, BayesFilter, Imprecise, Response
from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.experiments.angles import Angles
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.experiments.attractors import Attractors
from gateflow.sim.disentangle.experiments.bare_answers import BareAnswers
from gateflow.sim.disentangle.experiments.best_noise import BestNoise
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.experiments.curved_tasks import Curved
from gateflow.sim.disentangle.experiments.encoder import Encoded
from gateflow.sim.disentangle.experiments.extraction import ExtractionOfMean
from gateflow.sim.disentangle.experiments.first_passage import FirstPassage
from gateflow.sim.disentangle.experiments.free_responses import FreeResponses
from gateflow.sim.disentangle.experiments.number_of_tasks import NumberOfTasks
from gateflow.sim.disentangle.experiments.robustness import Robustness
from gateflow.sim.disentangle.experiments.time import Time
from gateflow.sim.disentangle.experiments.trained_networks import TrainedNetworks
from gateflow.sim.disentangle.filtering import FilterSetting, filter_angles, filter_cells, filter_errors
from gateflow.sim.disentangle.first_passage import answers_at_bound, first_passage
from gateflow.sim.disentangle.geometry import (
    Decoder,
    Decoding,
    centroid_r2,
    cross_condition_generalisation,
    decode,
    latent_directions,
    linear_decoder,
    orthants,
    out_of_distribution_r2,
    parallelism_score,
    r_squared,
)
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise, HeavyTailedNoise, Noise
from gateflow.sim.disentangle.questions import CurvedTasks, Questions, random_tasks
from gateflow.sim.disentangle.reading import Reading, read_latent
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.task import EvidenceTask, Schedule, Trials
from gateflow.sim.disentangle.training import Training, train
from gateflow.theory.disentangle.angles import (
    angle_cdf,
    angle_spread,
    cosine_variance,
    direction_angles,
    latent_angles,
    planar_cosine,
)
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import (
    FlatPrior,
    GaussianPrior,
    Outputs,
    Prior,
    classify,
    posterior_mean,
    sign_accuracy,
)
from gateflow.theory.disentangle.drift_diffusion import (
    bound_score,
    confidence,
    continuous_bound,
    decision_time_cdf,
    decision_time_density,
    mean_decision_time,
    over_box,
    right_probability,
)
from gateflow.theory.disentangle.evidence import Evidence, best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.extraction import Extraction, extract
from gateflow.theory.disentangle.imprecise_reading import (
    Optimum,
    expected_error,
    fisher_information,
    many_task_error,
    many_task_optimum,
    optimal_noise,
)
from gateflow.theory.disentangle.left_out import Orthants, left_out_error, left_out_r2
from gateflow.theory.disentangle.noiseless import (
    Estimate,
    direction_r2,
    linear_answer_r2,
    noiseless_r2,
    noiseless_r2_sampled,
    regions,
    sector_r2,
)
from gateflow.theory.disentangle.normal import (
    logit_of_score,
    score_of_log_probabilities,
    score_of_logit,
    score_of_probability,
)
from gateflow.theory.disentangle.sigmoid import SigmoidFit, fit_sigmoid, logit_series, probit_slope
from gateflow.theory.disentangle.task_count import even_gain, gaussian_gain, limit_gain, tasks_needed, unit_gain
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
from gateflow.theory.disentangle.tied_factors import tied_orthants, tied_r2
from gateflow.theory.disentangle.time import duration_for, exact_r2, held_out_r2, likelihood_r2, shrunk_r2

__all__ = [
    "Agent", "Angles", "Architectures", "Attractors", "BareAnswers", "BayesFilter", "BestNoise", "BoxPrior",
    "Conditions", "Curved", "CurvedTasks", "Decoder", "Decoding", "Encoded", "Encoder", "Estimate", "Evidence",
    "EvidenceTask", "Extraction", "ExtractionOfMean", "FilterSetting", "FirstPassage", "FlatPrior", "FreeResponses",
    "GaussianNoise", "GaussianPrior", "HeavyTailedNoise", "Idea", "Imprecise", "LatentAngles", "Latents", "Network",
    "Noise", "NoiseTasks", "NoiseTime", "NumberOfTasks", "Optimum", "Orthants", "Outputs", "Prior", "Questions",
    "Reading", "Response", "Robustness", "Schedule", "SigmoidFit", "Tasks", "TasksDimension", "Time",
    "TrainedNetworks", "Training", "Trials", "angle_cdf", "angle_spread", "answers_at_bound", "best_mean_variance",
    "bound_score", "centroid_r2", "classify", "confidence", "continuous_bound", "cosine_variance",
    "cross_condition_generalisation", "decision_time_cdf", "decision_time_density", "decode", "direction_angles",
    "direction_r2", "duration_for", "even_gain", "evenly_spaced_tasks", "exact_r2", "expected_error", "extract",
    "filter_angles", "filter_cells", "filter_errors", "first_passage", "fisher_information", "fit_sigmoid",
    "gaussian_gain", "held_out_r2", "latent_angles", "latent_directions", "left_out_error", "left_out_r2",
    "likelihood_r2", "limit_gain", "linear_answer_r2", "linear_decoder", "logit_of_score", "logit_series",
    "many_task_error", "many_task_optimum", "mean_decision_time", "noiseless_r2", "noiseless_r2_sampled",
    "optimal_noise", "orthants", "out_of_distribution_r2", "over_box", "parallelism_score", "plain_mean_variance",
    "planar_cosine", "posterior_mean", "probit_slope", "r_squared", "random_tasks", "read_latent", "regions",
    "right_probability", "score_of_log_probabilities", "score_of_logit", "score_of_probability", "sector_r2",
    "shrunk_r2", "sign_accuracy", "tasks_needed", "tied_orthants", "tied_r2", "train", "unit_gain",
]
