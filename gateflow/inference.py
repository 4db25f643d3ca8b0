"""Inference of the task by gradients: models of tasks, agents and learners, closed forms, experiments, plots."""

from gateflow.figures.inference.phase.inference_hazard import InferenceHazard
from gateflow.figures.inference.phase.inference_overlap import InferenceOverlap
from gateflow.figures.inference.phase.inference_stream import InferenceStream
from gateflow.sim.inference.agents import (
    Agent,
    ExactPosterior,
    Inference,
    Iterative,
    LikelihoodSearch,
    Observer,
    OneStep,
    Passes,
)
from gateflow.sim.inference.calibration import Reliability, area_under_roc, reliability, roc_curve
from gateflow.sim.inference.experiments.detection import Detection
from gateflow.sim.inference.experiments.gates import InferringGates
from gateflow.sim.inference.experiments.learning import LearningContexts
from gateflow.sim.inference.experiments.new_contexts import NewContexts
from gateflow.sim.inference.experiments.one_step import OneStepInference
from gateflow.sim.inference.experiments.relearning import Relearning
from gateflow.sim.inference.experiments.teachers import LearningTeachers
from gateflow.sim.inference.experiments.tracking import Tracking
from gateflow.sim.inference.experiments.update_order import UpdateOrder
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.learner import Learned, Learner
from gateflow.sim.inference.sequences import Sequences, draw_sequences, observed
from gateflow.sim.inference.switches import Blocks, RandomSwitches, Switches
from gateflow.sim.inference.worlds import Contexts, Teachers, World
from gateflow.theory.inference.accuracy import (
    converged_accuracy,
    equidistant_accuracy,
    line_accuracy,
    orthogonal_accuracy,
    overlapping_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.continuum import turning_hazard, turning_time
from gateflow.theory.inference.detection import Source, detection_area, detection_curve, gradient_norm, two_task_area
from gateflow.theory.inference.evidence import divergence, e_step, evidence_bound, log_evidence, log_joint
from gateflow.theory.inference.gates import (
    gate_model,
    gate_observation,
    gate_path,
    inference_rate,
    inferred_gates,
    one_step_time,
)
from gateflow.theory.inference.learning import (
    aware_loss,
    best_predictor,
    excess_loss,
    forgotten_loss,
    learned_contrast,
    relearning_loss,
    remembered_loss,
    thinned_correlation,
    told_loss,
    unaware_loss,
    windowed_loss,
)
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    filter_error,
    leak_hazard,
    momentum_error,
    relative_noise,
    tracking_error,
    tuned_hazard,
    useful_noise,
)
from gateflow.theory.inference.mistakes import accurate_gain, tracker_mistakes, turning_gain
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import CorrelatedNoise, IsotropicNoise, LaplaceNoise, Noise, StudentNoise
from gateflow.theory.inference.observer import Beliefs, log_odds_prior, observe
from gateflow.theory.inference.one_step import (
    accuracy_bound,
    correction,
    log_likelihood,
    missing_range,
    one_step,
    posterior,
    squared_loss_temperature,
    task_gradient,
    total_variation_bound,
)
from gateflow.theory.inference.parametrisation import annealed_temperature, equivalent_temperature, project
from gateflow.theory.inference.stationary import Performance, gradient_regret, observer_performance

__all__ = [
    "Agent", "Beliefs", "Blocks", "Contexts", "CorrelatedNoise", "Detection", "ExactPosterior", "GradientTracker",
    "Inference", "InferenceHazard", "InferenceOverlap", "InferenceStream", "InferringGates", "IsotropicNoise",
    "Iterative", "LaplaceNoise", "Learned", "Learner", "LearningContexts", "LearningTeachers", "LikelihoodSearch",
    "NewContexts", "Noise", "Observer", "OneStep", "OneStepInference", "Passes", "Performance", "RandomSwitches",
    "Relearning", "Reliability", "Sequences", "Source", "StudentNoise", "Switches", "TaskModel", "Teachers",
    "Tracking", "UpdateOrder", "World", "accuracy_bound", "accurate_gain", "annealed_temperature", "area_under_roc",
    "aware_loss", "best_gain", "best_linear", "best_predictor", "converged_accuracy", "correction", "correlation",
    "detection_area", "detection_curve", "divergence", "draw_sequences", "e_step", "equidistant_accuracy",
    "equivalent_temperature", "evidence_bound", "excess_loss", "filter_error", "forgotten_loss", "gate_model",
    "gate_observation", "gate_path", "gradient_norm", "gradient_regret", "inference_rate", "inferred_gates",
    "leak_hazard", "learned_contrast", "line_accuracy", "log_evidence", "log_joint", "log_likelihood",
    "log_odds_prior", "missing_range", "momentum_error", "observe", "observed", "observer_performance", "one_step",
    "one_step_time", "orthogonal_accuracy", "overlapping_accuracy", "posterior", "project", "relative_noise",
    "relearning_loss", "reliability", "remembered_loss", "roc_curve", "shifted_accuracy",
    "squared_loss_temperature", "task_gradient", "thinned_correlation", "told_loss", "total_variation_bound",
    "tracker_mistakes", "tracking_error", "tuned_hazard", "turning_gain", "turning_hazard", "turning_time",
    "two_task_accuracy", "two_task_area", "unaware_loss", "useful_noise", "windowed_loss",
]
