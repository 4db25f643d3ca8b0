"""Grids of the mean of the evidence, over which posteriors are summed."""

import numpy as np

from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean


def points(axes):
    """Points of a grid (n, D), the last coordinate changing first."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def posterior_means(axes, sigma_t):
    """Posterior means of x (n, D) at the points, each coordinate by itself: neither noise nor box relate them."""
    return points([posterior_mean(axis[:, None], [[sigma_t**2]], BoxPrior())[:, 0] for axis in axes])
