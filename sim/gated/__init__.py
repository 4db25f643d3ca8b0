"""Gated linear networks: teachers, curricula, gradient descent and the integrated reduction."""

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.measures import (
    adaptation_time,
    alignment,
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
    with_mixtures,
)
from gateflow.sim.gated.trajectory import Trajectory

__all__ = [
    "Curriculum",
    "Trajectory",
    "adaptation_time",
    "alignment",
    "descend",
    "initial_gates",
    "initial_weights",
    "integrate",
    "matching",
    "modal_teachers",
    "orthogonal_teachers",
    "overlapping_teachers",
    "random_teachers",
    "similarity",
    "specialisation",
    "total_alignment",
    "with_mixtures",
]
