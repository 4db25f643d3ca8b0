"""Inference of the task by gradients: when a gradient is a posterior, how it tracks, and what it cannot see."""
