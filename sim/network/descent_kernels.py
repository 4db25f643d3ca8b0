"""Compiled gradient descent: members of an ensemble that see the same inputs, through a stretch of steps."""

import numpy as np

from gateflow.sim.compiling import compiled
from gateflow.sim.network.flow_kernels import (
    FIRST,
    KINK,
    KINKED,
    LAST,
    copy,
    less_costs,
    map_errors,
    product_of_others,
    pushes,
    set_given,
)


@compiled
def _fill(factor, below, diagonal):
    """Fill the lower triangular factor (w, rank), which is 0 above its diagonal, row by row."""
    place = 0
    for j in range(factor.shape[0]):
        for k in range(min(j, diagonal.size)):
            factor[j, k] = below[place]
            place += 1
        if j < diagonal.size:
            factor[j, j] = diagonal[j]


@compiled
def _times(errors, matrix, room):
    """Replace errors E (r, w) by E A; room (r, w)."""
    np.dot(errors, matrix, room)
    copy(room.ravel(), errors.ravel())


@compiled
def _times_second_moment(errors, factor, moment, coordinates, other):
    """Replace errors E (r, w) by E L Lᵀ, L the factor (w, rank), in whichever order is cheaper.

    Room: moment (w, w), coordinates (r, rank), other (r, w).
    """
    if errors.shape[0] <= errors.shape[1]:
        np.dot(errors, factor, coordinates)
        np.dot(coordinates, factor.T, errors)
    else:
        np.dot(factor, factor.T, moment)
        _times(errors, moment, other)


@compiled(any_order=True, inline=True)
def _add_and_dot(target, first, times, source, begin, length):
    """Add a stretch of an array, times a number, to a stretch of another; returns their product before."""
    total, target, source = 0.0, target[first:first + length], source[begin:begin + length]
    for k in range(length):
        total += target[k] * source[k]
        target[k] += times * source[k]
    return total


@compiled(inline=True)
def _push_and_move(x, runs, downhill, force, rate):
    """As ``pushes``, but entries of the moving factor take their step at once: each is in one run, none has a cost."""
    starts, moving = runs.starts, runs.moving
    last = starts.shape[1] - 1
    for r in range(starts.shape[0]):
        for f in range(last):
            if f != moving:
                force[starts[r, f]] = 0.0
    for r in range(starts.shape[0]):
        first = starts[r, moving]
        times = rate[first] * product_of_others(x, starts, r, moving, moving)
        along = _add_and_dot(x, first, times, downhill, starts[r, last], runs.length)
        for f in range(last):
            if f != moving:
                force[starts[r, f]] += along * product_of_others(x, starts, r, moving, f)


@compiled
def descend_members(members, entries, steps_held, first, count, ends, tasks, goals, given, rates, floors, runs, costs,
                    free, width, roots, below, diagonal, every, begun, opened, states, held, at_ends):
    """Take steps first … first + count − 1 of members (K,) side by side; their rows of entries and of steps at kinks
    (S, n) change in place.

    ends (1 or S, B), tasks (B,): step before which each block ends, and its task; blocks of no step are not there, and
    a member that has no more stands still. goals (M, 2, outputs): of every task, as kernels read it. rates, floors
    (1 or S, n): dt/τ, and the hard bound; free (2,): ``tables.free_entries``. width w: of the map's rows; roots
    (M, w, w): A of inputs with covariance A Aᵀ, with no entries for 1; below (count, …), diagonal (count, rank): of the
    lower triangular L, whose L Lᵀ is what a batch has for 1, with no entries where inputs are all there are.
    Fills states, held (S, R, n) from record ``begun``: before every so many steps, entries and how many steps they
    have been at their kink or below; at_ends (S, B', n) from block opened (1 or S,): entries at the end of blocks.
    """
    outputs, n, blocks = goals.shape[2], entries.shape[1], len(tasks)
    rows, rank, together = outputs // width, diagonal.shape[1], len(members)
    factor, moment = np.zeros((width, rank)), np.zeros((width, width))
    errors = np.zeros((together, outputs))
    stacked = errors.reshape(together * rows, width)
    coordinates, other = np.zeros((together * rows, rank)), np.zeros((together * rows, width))
    force, signs = np.zeros(n), np.ones(n)
    block, fresh, record = np.zeros(together, dtype=np.int64), np.ones(together, dtype=np.bool_), begun
    for k in range(together):
        block[k] = np.searchsorted(ends[members[k] % len(ends)], first, side="right")
    for s in range(count):
        recorded = (first + s) % every == 0
        for k in range(together):
            m = members[k]
            x, task = entries[m], tasks[min(block[k], blocks - 1)]
            if fresh[k]:
                set_given(given[task], x)
                fresh[k] = False
            if recorded:
                copy(x, states[m, record])
                copy(steps_held[m], held[m, record])
            if block[k] == blocks:
                continue
            map_errors(x, runs, goals[task], errors[k])
            if roots.size:
                here = slice(k * rows, (k + 1) * rows)
                _times(stacked[here], roots[task], other[here])
        record += recorded
        if rank:
            _fill(factor, below[s], diagonal[s])
            _times_second_moment(stacked, factor, moment, coordinates, other)
        for k in range(together):
            if block[k] == blocks:
                continue
            m = members[k]
            x, table, rate, floor = entries[m], costs[m % len(costs)], rates[m % len(rates)], floors[m % len(floors)]
            if roots.size:
                here = slice(k * rows, (k + 1) * rows)
                _times(stacked[here], roots[tasks[block[k]]].T, other[here])
            for f in range(table.shape[0]):
                if table[f, KINKED] > 0:
                    for i in range(int(table[f, FIRST]), int(table[f, LAST])):
                        signs[i] = -1.0 if x[i] < table[f, KINK] else 1.0
                        steps_held[m, i] += x[i] <= table[f, KINK]
            if free[0] < free[1]:
                _push_and_move(x, runs, errors[k], force, rate)
            else:
                pushes(x, runs, errors[k], force)
            less_costs(x, signs, table, force)
            for place in range(n - free[1] + free[0]):
                i = place if place < free[0] else place + free[1] - free[0]
                moved = x[i] + rate[i] * force[i]
                x[i] = floor[i] if moved < floor[i] else moved
            while block[k] < blocks and first + s + 1 == ends[m % len(ends), block[k]]:
                ended = block[k] - opened[m % len(opened)]
                if ended < at_ends.shape[1]:
                    copy(x, at_ends[m, ended])
                block[k], fresh[k] = block[k] + 1, block[k] + 1 < blocks
            if block[k] == blocks:
                for o in range(outputs):
                    errors[k, o] = 0.0
