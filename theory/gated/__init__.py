"""The gated linear network: model, gradient flow, conserved quantities and exact reduction."""

from gateflow.theory.gated.flow import error, gate_force, gradient_flow, residual, task_loss
from gateflow.theory.gated.invariants import (
    conserved_drift,
    conserved_matrix,
    contrast,
    contrast_drift,
    full_contrast,
    gram_matrix,
)
from gateflow.theory.gated.model import GatedModel, GatedModels, GateRegulariser, flexible, forgetful, teacher_strength
from gateflow.theory.gated.reduction import (
    Reduction,
    gate_time_constant,
    reduce_to_modes,
    reduce_to_teachers,
    shared_singular_vectors,
    task_coordinates,
)
from gateflow.theory.gated.symbolic import SymbolicModel, symbolic_model

__all__ = [
    "GateRegulariser",
    "GatedModel",
    "GatedModels",
    "Reduction",
    "SymbolicModel",
    "conserved_drift",
    "conserved_matrix",
    "contrast",
    "contrast_drift",
    "error",
    "flexible",
    "forgetful",
    "full_contrast",
    "gate_force",
    "gate_time_constant",
    "gradient_flow",
    "gram_matrix",
    "reduce_to_modes",
    "reduce_to_teachers",
    "residual",
    "shared_singular_vectors",
    "symbolic_model",
    "task_coordinates",
    "task_loss",
    "teacher_strength",
]
