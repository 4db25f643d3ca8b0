"""Compiled gradient descent: a member of an ensemble through a stretch of steps."""

import numpy as np

from gateflow.sim.network.flow_kernels import (
    FIRST,
    KINK,
    KINKED,
    LAST,
    TARGET,
    WEIGHT,
    compiled,
    copy,
    less_costs,
    map_errors,
    pushes,
    set_given,
)


@compiled
def _seen(error, root, below, diagonal, factor, coordinates, other):
    """Replace the error E (r, w) by E A S Aᵀ: A the root of the inputs' covariance, S = L Lᵀ what a batch has for 1.

    below, diagonal (rank,): entries of the lower triangular L, row by row, and on its diagonal. Room: factor (w, rank),
    0 above its diagonal, coordinates (r, rank), other (r, w).
    """
    if root.size:
        np.dot(error, root, other)
        error[:] = other
    if diagonal.size:
        place = 0
        for j in range(factor.shape[0]):
            for k in range(min(j, diagonal.size)):
                factor[j, k] = below[place]
                place += 1
            if j < diagonal.size:
                factor[j, j] = diagonal[j]
        np.dot(error, factor, coordinates)
        np.dot(coordinates, factor.T, error)
    if root.size:
        np.dot(error, root.T, other)
        error[:] = other


@compiled
def descend_member(x, steps_held, first, count, ends, tasks, targets, weights, given, rates, floors, runs, costs, width,
                   roots, below, diagonal, every, states, held, at_ends):
    """Take steps first … first + count − 1 of a member; its entries and their steps at kinks (n,) change in place.

    ends, tasks (B,): step before which each block ends, and its task. rates, floors (n,): dt/τ, and the hard bound.
    width w: of the map's rows; roots (M, w, w), below (count, …), diagonal (count, rank): see ``_seen``, with no
    entries where nothing is to be done. Fills states, held (R, n): before every so many steps, entries and how many
    steps they have been at their kink or below; at_ends (B', n): entries at the end of blocks that end here.
    """
    outputs, n = targets.shape[1], x.size
    rows, rank = outputs // width, diagonal.shape[1]
    factor, coordinates, other = np.zeros((width, rank)), np.zeros((rows, rank)), np.zeros((rows, width))
    error, force, signs, task = np.zeros(outputs), np.zeros(n), np.ones(n), np.zeros((2, outputs))
    block = np.searchsorted(ends, first, side="right")
    started, record, ended = False, 0, 0
    for s in range(count):
        if not started:
            set_given(given[tasks[block]], x)
            copy(targets[tasks[block]], task[TARGET])
            copy(weights[tasks[block]], task[WEIGHT])
            started = True
        if (first + s) % every == 0:
            copy(x, states[record])
            copy(steps_held, held[record])
            record += 1
        for f in range(costs.shape[0]):
            if costs[f, KINKED] > 0:
                for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                    signs[i] = -1.0 if x[i] < costs[f, KINK] else 1.0
                    steps_held[i] += x[i] <= costs[f, KINK]
        map_errors(x, runs, task, error)
        _seen(error.reshape(rows, width), roots[tasks[block]], below[s], diagonal[s], factor, coordinates, other)
        pushes(x, runs, error, force)
        less_costs(x, signs, costs, force)
        for i in range(n):
            moved = x[i] + rates[i] * force[i]
            x[i] = floors[i] if moved < floors[i] else moved
        if first + s + 1 == ends[block]:
            copy(x, at_ends[ended])
            block, ended, started = block + 1, ended + 1, False
