"""Gated linear networks in simulation: teachers, curricula, gradient descent, the integrated reduction, experiments."""
