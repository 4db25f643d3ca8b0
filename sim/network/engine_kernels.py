"""Compiled engine: members of an ensemble through their blocks, each with its own step, exact at kinks and records.

DOP853 goes first (``sim.network.dop853_kernels``); where its steps are as short as stability demands, RODAS goes on
(``sim.network.rodas_kernels``). Ends of signs are found on the interpolant of a step.
"""

import math

import numpy as np

from gateflow.sim.compiling import compiled
from gateflow.sim.network.dop853_kernels import ALL_STAGES, STAGES, cubic, first_step, interpolate, try_step, within
from gateflow.sim.network.flow_kernels import (
    CHANGE,
    KINKED,
    SPARE,
    TARGET,
    WEIGHT,
    copy,
    end_signs,
    set_given,
    settle,
    stiffness,
    worst_margin,
)
from gateflow.sim.network.rodas_kernels import stiff_step

# A step may grow and shrink by these factors, and is this much shorter than the error allows.
_MOST, _LEAST, _SAFETY = 10.0, 0.2, 0.9
# Places within a step where signs are looked at.
_LOOKS = 4
# DOP853 is stable up to a little more than this step times the fastest rate, where steps are held; so many steps nearly
# as long mean that the flow is stiff, unless so many others come between them.
_STABLE, _NEARLY, _SLOW, _CALM = 5.7, 5.1, 15, 6
# Jacobians of larger states take longer than many short steps.
_SMALL = 200
# Ends of signs within a block before a member counts as stuck.
_MOST_ENDS = 10_000

# What becomes of a member.
FOLLOWED, TOO_STIFF, STUCK = 0, 1, 2


@compiled
def _first_end(x, signs, h, stiff, rates, runs, costs, task, tolerance, force_tolerance, k, p, room, errors):
    """The share of a step after which the first sign ends, 2 if none does; the interpolant is filled if one does."""
    y, filled = room[SPARE], stiff
    for look in range(1, _LOOKS + 1):
        theta = look / _LOOKS
        if stiff:
            within(theta, x, p, y)
        else:
            cubic(theta, h, x, k, room, y)
        if worst_margin(y, signs, runs, costs, task, tolerance, force_tolerance, room, errors) >= 0:
            continue
        if not filled:
            interpolate(x, signs, h, rates, runs, costs, task, k, p, room, errors)
            filled = True
        within(theta, x, p, y)
        if worst_margin(y, signs, runs, costs, task, tolerance, force_tolerance, room, errors) >= 0:
            continue
        low, high = theta - 1 / _LOOKS, theta
        while high - low > 1e-15:
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            within(middle, x, p, y)
            if worst_margin(y, signs, runs, costs, task, tolerance, force_tolerance, room, errors) < 0:
                high = middle
            else:
                low = middle
        return high
    return 2.0


@compiled
def _record(times, recorded, states, held, until, start, h, x, signs, time_at_bound, p):
    """Fill records before ``until`` from the interpolant of a step h at ``start``; returns how many are filled."""
    while recorded < times.size and times[recorded] < until:
        within((times[recorded] - start) / h, x, p, states[recorded])
        for i in range(x.size):
            held[recorded, i] = time_at_bound[i] + (times[recorded] - start if signs[i] <= 0 else 0.0)
        recorded += 1
    return recorded


@compiled
def _follow_block(t, end, x, signs, time_at_bound, recorded, times, states, held, rates, runs, costs, task, rtol,
                  k, p, room, errors, square):
    """One member from t to the end of a block. Returns what became of it, records filled, and when a sign first ended.

    x, signs, time_at_bound change in place; states, held (T, n): records at the times.
    """
    spare, change = room[SPARE], room[CHANGE]
    atol = rtol / 1000
    tolerance, force_tolerance = atol, rtol * stiffness(costs)
    first_end, ends, h, fresh = math.inf, 0, 0.0, True
    has_kinks = False
    for f in range(costs.shape[0]):
        has_kinks = has_kinks or costs[f, KINKED] > 0
    if has_kinks:
        settle(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors)
    while recorded < times.size and times[recorded] <= t:
        copy(x, states[recorded])
        copy(time_at_bound, held[recorded])
        recorded += 1
    # A plain constant would be a type of its own, for which all that is called is compiled once more.
    stiff, slow, calm = np.bool_(False), 0, 0
    while t < end:
        if fresh:
            h = first_step(x, signs, end - t, rates, runs, costs, task, rtol, atol, k, room, errors)
            fresh, stiff, slow, calm = False, np.bool_(False), 0, 0
        last = h >= end - t
        step = end - t if last else h
        if stiff:
            error = stiff_step(x, signs, step, rates, runs, costs, task, rtol, atol, k, p, room, errors, square)
            factor = _SAFETY * error**-0.25 if error > 0 else _MOST
        else:
            error, rate = try_step(x, signs, step, rates, runs, costs, task, rtol, atol, k, room, errors)
            factor = _SAFETY * error**-0.125 if error > 0 else _MOST
        if not error <= 1.0:
            h = step * (max(_LEAST, factor) if error < math.inf else _LEAST)
            if t + h == t:
                return TOO_STIFF, recorded, first_end
            continue
        if not stiff:
            slow, calm = (slow + 1, 0) if rate > _NEARLY else (slow, calm + 1)
            slow = 0 if calm == _CALM else slow
            factor = min(factor, max(1.0, _STABLE / rate)) if rate > 0 else factor
        share = _first_end(x, signs, step, stiff, rates, runs, costs, task, tolerance, force_tolerance, k, p, room,
                           errors) if has_kinks else 2.0
        after = end if last and share > 1 else t + min(share, 1.0) * step
        if recorded < times.size and times[recorded] < after:
            if share > 1 and not stiff:
                interpolate(x, signs, step, rates, runs, costs, task, k, p, room, errors)
            recorded = _record(times, recorded, states, held, after, t, step, x, signs, time_at_bound, p)
        for i in range(x.size):
            if signs[i] <= 0:
                time_at_bound[i] += after - t
        if share > 1:
            for i in range(x.size):
                x[i] += change[i]
                k[0, i] = k[STAGES, i]
            grown = step * min(_MOST, factor)
            h = max(h, grown) if last else grown
            stiff = stiff or (slow >= _SLOW and x.size <= _SMALL)
        else:
            within(share, x, p, spare)
            copy(spare, x)
            worst_margin(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors)
            end_signs(x, signs, runs, costs, task, tolerance, force_tolerance, room, errors)
            first_end, fresh, ends = min(first_end, after), True, ends + 1
            if ends > _MOST_ENDS:
                return STUCK, recorded, first_end
        t = after
    return FOLLOWED, recorded, first_end


@compiled
def follow_members(x0, signs0, ends, tasks, targets, weights, given, rates, runs, costs, rtol, until_bound, times,
                   states, held, at_ends, held_at_end, first_ends, status):
    """Follow N members through their blocks; what is filled is described in ``sim.network.engine``."""
    n, outputs = x0.shape[1], targets.shape[2]
    k, p, room, errors = np.zeros((ALL_STAGES, n)), np.zeros((7, n)), np.zeros((7, n)), np.zeros(outputs)
    task, square = np.zeros((2, outputs)), np.zeros((2, n, max(n, outputs)))
    for m in range(x0.shape[0]):
        t, recorded = 0.0, np.int64(0)
        x, signs, time_at_bound = np.zeros(n), np.zeros(n), np.zeros(n)
        copy(x0[m], x)
        copy(signs0[m], signs)
        first_ends[m] = math.inf
        for b in range(ends.shape[1]):
            which = tasks[b]
            set_given(given[which], x)
            if ends[m, b] > t and status[m] == FOLLOWED and not (until_bound and first_ends[m] < math.inf):
                copy(targets[m % len(targets), which], task[TARGET])
                copy(weights[which], task[WEIGHT])
                status[m], recorded, ended = _follow_block(
                    t, ends[m, b], x, signs, time_at_bound, recorded, times, states[m], held[m],
                    rates[m % len(rates)], runs, costs[m % len(costs)], task, rtol, k, p, room, errors, square)
                first_ends[m], t = min(first_ends[m], ended), ends[m, b]
            copy(x, at_ends[m, b])
        for r in range(recorded, times.size):
            copy(x, states[m, r])
            copy(time_at_bound, held[m, r])
        copy(time_at_bound, held_at_end[m])
