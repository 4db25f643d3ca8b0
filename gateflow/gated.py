"""Gated linear networks: model, training, exact reduction, closed forms, experiments, plots."""

from gateflow.figures.gated.phase.adaptation import Adaptation as AdaptationPlot
from gateflow.figures.gated.phase.cycle import Cycle as CyclePlot
from gateflow.figures.gated.phase.kernel import Kernel as KernelPlot
from gateflow.figures.gated.phase.portrait import PortraitPlot
from gateflow.figures.gated.phase.regimes import Regimes as RegimesPlot
from gateflow.sim.gated.batches import BatchRun, batch_run
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.experiments.adaptation import Adaptation
from gateflow.sim.gated.experiments.alignment_plane import Aligned
from gateflow.sim.gated.experiments.block_growth import Growing
from gateflow.sim.gated.experiments.conservation import Conservation
from gateflow.sim.gated.experiments.full_and_reduced import Reduced
from gateflow.sim.gated.experiments.gate_speed import GateSpeed
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds
from gateflow.sim.gated.experiments.learning import Learning
from gateflow.sim.gated.experiments.onset import Onset
from gateflow.sim.gated.experiments.overlap import Overlap
from gateflow.sim.gated.experiments.practice import Practice
from gateflow.sim.gated.experiments.reduction import ReductionExperiment
from gateflow.sim.gated.experiments.sampling_law import Sampling
from gateflow.sim.gated.experiments.switches import Switches
from gateflow.sim.gated.experiments.two_tasks import TwoTasks
from gateflow.sim.gated.experiments.weight_cost import WeightCost
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.measures import (
    adaptation_time,
    best_alignment,
    first_below,
    match_once,
    matching,
    similarity,
    specialisation,
    total_alignment,
)
from gateflow.sim.gated.teachers import (
    initial_gates,
    initial_weights,
    modal_teachers,
    orthogonal_teachers,
    overlapping_teachers,
    random_teachers,
    ranked_teachers,
    with_mixtures,
)
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.gated.batch_noise import batch_shape, first_passage
from gateflow.theory.gated.block_map import (
    block_map,
    blocks_to_specialise,
    crossing_time,
    cycle_drift,
    leading_blocks,
    swing_time,
)
from gateflow.theory.gated.block_path import BlockPath, block_path, path_through_blocks
from gateflow.theory.gated.flow import error, gradient_flow, task_loss
from gateflow.theory.gated.invariants import (
    conserved_drift,
    conserved_matrix,
    contrast,
    contrast_drift,
    full_contrast,
    gram_matrix,
)
from gateflow.theory.gated.kernel import kernel, speeds, weight_share
from gateflow.theory.gated.limit_cycle import LimitCycle, limit_cycle, multipliers
from gateflow.theory.gated.linear_modes import balanced_mode, gate_as_mode, unbalanced_mode, unbalanced_time
from gateflow.theory.gated.mean_network import MeanNetwork, MeanPath
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible, forgetful
from gateflow.theory.gated.onset import onset_share, periods_until_onset
from gateflow.theory.gated.reduction import (
    Reduction,
    gate_time_constant,
    reduce_to_teachers,
    task_coordinates,
)
from gateflow.theory.gated.threshold import (
    blocks_until_onset,
    critical_contrast,
    linear_onset_probability,
    onset_probability,
)
from gateflow.theory.gated.two_tasks import (
    clock_state,
    first_block,
    orbit_constant,
    separatrix,
    separatrix_edges,
    specialised_switching_time,
    switching_time,
    symmetric_flow,
)
from gateflow.theory.network.modes import shared_singular_vectors

__all__ = [
    "Adaptation",
    "AdaptationPlot",
    "Aligned",
    "BatchRun",
    "BlockPath",
    "Conservation",
    "Curriculum",
    "CyclePlot",
    "GateRegulariser",
    "GateSpeed",
    "GatedModel",
    "Growing",
    "KernelPlot",
    "KernelSpeeds",
    "Learning",
    "LimitCycle",
    "MeanNetwork",
    "MeanPath",
    "Onset",
    "Overlap",
    "PortraitPlot",
    "Practice",
    "Reduced",
    "Reduction",
    "ReductionExperiment",
    "RegimesPlot",
    "Sampling",
    "Switches",
    "Trajectory",
    "TwoTasks",
    "WeightCost",
    "adaptation_time",
    "balanced_mode",
    "batch_run",
    "batch_shape",
    "best_alignment",
    "block_map",
    "block_path",
    "blocks_to_specialise",
    "blocks_until_onset",
    "clock_state",
    "conserved_drift",
    "conserved_matrix",
    "contrast",
    "contrast_drift",
    "critical_contrast",
    "crossing_time",
    "cycle_drift",
    "descend",
    "error",
    "first_below",
    "first_block",
    "first_passage",
    "flexible",
    "forgetful",
    "full_contrast",
    "gate_as_mode",
    "gate_time_constant",
    "gradient_flow",
    "gram_matrix",
    "initial_gates",
    "initial_weights",
    "integrate",
    "kernel",
    "leading_blocks",
    "limit_cycle",
    "linear_onset_probability",
    "match_once",
    "matching",
    "modal_teachers",
    "multipliers",
    "onset_probability",
    "onset_share",
    "orbit_constant",
    "orthogonal_teachers",
    "overlapping_teachers",
    "path_through_blocks",
    "periods_until_onset",
    "random_teachers",
    "ranked_teachers",
    "reduce_to_teachers",
    "separatrix",
    "separatrix_edges",
    "shared_singular_vectors",
    "similarity",
    "specialisation",
    "specialised_switching_time",
    "speeds",
    "swing_time",
    "switching_time",
    "symmetric_flow",
    "task_coordinates",
    "task_loss",
    "total_alignment",
    "unbalanced_mode",
    "unbalanced_time",
    "weight_share",
    "whole_block",
    "with_mixtures",
]
