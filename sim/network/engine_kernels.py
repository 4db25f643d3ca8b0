"""Compiled steps of piecewise smooth flows: Dormand and Prince's pair of order 8, with kinks found on its interpolant.

The flow is that of a network that is one einsum, written as a table of monomials: output o of the map is a sum of
terms, each a product of one entry of every factor. A state x (n,) holds the entries of all factors, one after another.
Entries of a factor with a kink have a sign: +1 above it, −1 below, 0 while opposite forces hold them there; as long as
signs are fixed the flow is smooth. Entries and forces smaller than a tolerance count as 0, or an entry that only just
stays at its bound would leave it forever.

Method: Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, sections II.4 to II.6; the numbers are
those of ``scipy.integrate.DOP853``.
"""

import math

import numpy as np
import scipy
from numba import njit

_DOP853 = scipy.integrate.DOP853
_A, _B, _E3, _E5 = (np.ascontiguousarray(getattr(_DOP853, name)) for name in ("A", "B", "E3", "E5"))
_A_EXTRA, _D = np.ascontiguousarray(_DOP853.A_EXTRA), np.ascontiguousarray(_DOP853.D)
_STAGES, _ALL = 12, 16
# A step may grow and shrink by these factors, and is this much shorter than the error allows.
_MOST, _LEAST, _SAFETY = 10.0, 0.2, 0.9
# Places within a step where signs are looked at; a step whose margins dip between them unseen is shorter than any kink.
_LOOKS = 4
# Ends of signs within a block before a member counts as stuck.
_MOST_ENDS = 10_000

_compiled = njit(cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)

# What becomes of a member.
FOLLOWED, TOO_STIFF, STUCK = 0, 1, 2


# What one row of costs (F, 9) says of a factor: where its entries begin and end in the state; its norm, 0, 1 or 2, with
# cost ½ strength (‖θ‖ − goal)²; decay, of ½ decay ‖θ‖²; whether entries have signs, where their kink is, and what it
# costs to be below, infinity for a hard bound.
FIRST, LAST, NORM, STRENGTH, GOAL, DECAY, KINKED, KINK, BOUND = range(9)
# Rows of a task (2, O): what the map should be, and the weight of the error in each output.
TARGET, WEIGHT = range(2)
# Rows of the room (8, n) that functions work in.
_X, _Y, _CHANGE, _FORCE, _ABOVE, _BELOW, _MARGIN, _SPARE = range(8)

# Terms (T, F + 1) are the monomials of the map: places of an entry of every factor in the state, and the output.


@_compiled
def _copy(source, target):
    """Copy an array (n,) by a loop: an assignment of slices takes seconds to compile."""
    for i in range(source.size):
        target[i] = source[i]


@_compiled
def _forces(x, terms, task, error, force):
    """Force of the loss on every entry: −∂L/∂x."""
    n_terms, n_factors = terms.shape[0], terms.shape[1] - 1
    for i in range(force.size):
        force[i] = 0.0
    for o in range(error.size):
        error[o] = 0.0
    if n_factors == 2:
        for t in range(n_terms):
            error[terms[t, n_factors]] += x[terms[t, 0]] * x[terms[t, 1]]
        for o in range(error.size):
            error[o] = task[WEIGHT, o] * (task[TARGET, o] - error[o])
        for t in range(n_terms):
            downhill = error[terms[t, n_factors]]
            force[terms[t, 0]] += downhill * x[terms[t, 1]]
            force[terms[t, 1]] += downhill * x[terms[t, 0]]
        return
    for t in range(n_terms):
        product = 1.0
        for f in range(n_factors):
            product *= x[terms[t, f]]
        error[terms[t, n_factors]] += product
    for o in range(error.size):
        error[o] = task[WEIGHT, o] * (task[TARGET, o] - error[o])
    for t in range(n_terms):
        for f in range(n_factors):
            product = error[terms[t, n_factors]]
            for g in range(n_factors):
                if g != f:
                    product *= x[terms[t, g]]
            force[terms[t, f]] += product


@_compiled
def _norm_pull(x, signs, costs, f):
    """How strongly a norm cost pulls: times the sign (L1) or the entry (L2) it is the slope of the cost."""
    total = 0.0
    if costs[f, NORM] == 1:
        for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
            total += x[i] if signs[i] >= 0 else -x[i]
        return costs[f, STRENGTH] * (total - costs[f, GOAL])
    for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
        total += x[i] * x[i]
    # At 0 the L2 norm counts as flat.
    return costs[f, STRENGTH] * (1.0 - costs[f, GOAL] / math.sqrt(total)) if total > 0 else 0.0


@_compiled
def _velocity(x, signs, rates, terms, costs, task, error, v):
    """Velocity at fixed signs; held entries stand still."""
    _forces(x, terms, task, error, v)
    for f in range(costs.shape[0]):
        first, last = int(costs[f, FIRST]), int(costs[f, LAST])
        if costs[f, NORM] == 1:
            pull = _norm_pull(x, signs, costs, f)
            for i in range(first, last):
                v[i] -= pull if signs[i] >= 0 else -pull
        elif costs[f, NORM] == 2:
            pull = _norm_pull(x, signs, costs, f)
            for i in range(first, last):
                v[i] -= pull * x[i]
        if costs[f, DECAY] > 0:
            for i in range(first, last):
                v[i] -= costs[f, DECAY] * x[i]
        if costs[f, KINKED] > 0:
            for i in range(first, last):
                if signs[i] < 0:
                    v[i] += costs[f, BOUND]
    for i in range(v.size):
        v[i] = v[i] * rates[i] if signs[i] != 0 else 0.0


@_compiled
def _sided_forces(x, signs, terms, costs, task, room, errors):
    """Force on each held entry just above and just below its kink."""
    force, above, below = room[_FORCE], room[_ABOVE], room[_BELOW]
    _forces(x, terms, task, errors, force)
    for f in range(costs.shape[0]):
        if costs[f, KINKED] == 0:
            continue
        pull = _norm_pull(x, signs, costs, f) if costs[f, NORM] > 0 else 0.0
        for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
            if signs[i] == 0:
                rest = force[i] - costs[f, DECAY] * x[i]
                if costs[f, NORM] == 2:
                    rest -= pull * x[i]
                slope = pull if costs[f, NORM] == 1 else 0.0
                above[i] = rest - slope
                below[i] = rest + slope + costs[f, BOUND]


@_compiled
def _worst_margin(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors):
    """Fill how far every entry is from where its sign ends, negative beyond; returns the smallest."""
    above, below, margin = room[_ABOVE], room[_BELOW], room[_MARGIN]
    held, smallest = False, math.inf
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if signs[i] == 0:
                    held = True
                else:
                    margin[i] = signs[i] * (x[i] - costs[f, KINK]) + tolerance
                    smallest = min(smallest, margin[i])
    if held:
        _sided_forces(x, signs, terms, costs, task, room, errors)
        for f in range(costs.shape[0]):
            if costs[f, KINKED] > 0:
                for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                    if signs[i] == 0:
                        margin[i] = min(-above[i], below[i]) + force_tolerance
                        smallest = min(smallest, margin[i])
    return smallest


@_compiled
def _settle(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors):
    """Give every entry at its kink the sign that the forces on both sides of it demand."""
    above, below = room[_ABOVE], room[_BELOW]
    held = False
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if signs[i] == 0 or signs[i] * (x[i] - costs[f, KINK]) <= tolerance:
                    x[i], signs[i], held = costs[f, KINK], 0.0, True
    if held:
        _sided_forces(x, signs, terms, costs, task, room, errors)
        for f in range(costs.shape[0]):
            if costs[f, KINKED] > 0:
                for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                    if signs[i] == 0:
                        # Pushed away on both sides, an entry goes up.
                        if above[i] > force_tolerance:
                            signs[i] = 1.0
                        elif below[i] < -force_tolerance:
                            signs[i] = -1.0


@_compiled
def _end_signs(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors):
    """Change the signs that end here, where margins are negative, and settle."""
    above, below, margin = room[_ABOVE], room[_BELOW], room[_MARGIN]
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if margin[i] < 0:
                    # The force that lets an entry go is 0 to rounding at this moment: its side is known, not its sign.
                    freed = 1.0 if -above[i] <= below[i] else -1.0
                    margin[i] = freed if signs[i] == 0 else 0.0
                    if signs[i] != 0:
                        x[i], signs[i] = costs[f, KINK], 0.0
                else:
                    margin[i] = 0.0
    _settle(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors)
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0:
            for i in range(int(costs[f, FIRST]), int(costs[f, LAST])):
                if margin[i] != 0:
                    signs[i] = margin[i]


@_compiled
def _try_step(x, signs, h, rates, terms, costs, task, rtol, atol, k, room, errors):
    """A trial step h from x, whose velocity is k[0]: fills dx and the velocity at its end; returns its error."""
    trial, fifth, dx, third, n = room[_X], room[_Y], room[_CHANGE], room[_FORCE], x.size
    for s in range(1, _STAGES):
        for i in range(n):
            trial[i] = x[i]
        for j in range(s):
            weight = h * _A[s, j]
            if weight != 0.0:
                for i in range(n):
                    trial[i] += weight * k[j, i]
        _velocity(trial, signs, rates, terms, costs, task, errors, k[s])
    end = trial
    for i in range(n):
        dx[i], fifth[i], third[i] = 0.0, 0.0, 0.0
    for j in range(_STAGES):
        weight = h * _B[j]
        if weight != 0.0:
            for i in range(n):
                dx[i] += weight * k[j, i]
    for i in range(n):
        end[i] = x[i] + dx[i]
    _velocity(end, signs, rates, terms, costs, task, errors, k[_STAGES])
    for j in range(_STAGES + 1):
        if _E5[j] != 0.0 or _E3[j] != 0.0:
            for i in range(n):
                fifth[i] += _E5[j] * k[j, i]
                third[i] += _E3[j] * k[j, i]
    sum_5, sum_3 = 0.0, 0.0
    for i in range(n):
        scale = 1.0 / (atol + rtol * max(abs(x[i]), abs(end[i])))
        sum_5 += (fifth[i] * scale) ** 2
        sum_3 += (third[i] * scale) ** 2
    if sum_5 == 0.0 and sum_3 == 0.0:
        return 0.0
    return h * sum_5 / math.sqrt((sum_5 + 0.01 * sum_3) * n)


@_compiled
def _interpolate(x, signs, h, rates, terms, costs, task, k, p, room, errors):
    """Fill the interpolant of order 7 of the step that was tried last."""
    spare, change, n = room[_Y], room[_CHANGE], x.size
    for s in range(_STAGES + 1, _ALL):
        for i in range(n):
            spare[i] = x[i]
        for j in range(s):
            weight = h * _A_EXTRA[s - _STAGES - 1, j]
            if weight != 0.0:
                for i in range(n):
                    spare[i] += weight * k[j, i]
        _velocity(spare, signs, rates, terms, costs, task, errors, k[s])
    for i in range(n):
        p[0, i] = change[i]
        p[1, i] = h * k[0, i] - change[i]
        p[2, i] = 2 * change[i] - h * (k[_STAGES, i] + k[0, i])
    for m in range(4):
        for i in range(n):
            p[3 + m, i] = 0.0
        for j in range(_ALL):
            weight = h * _D[m, j]
            if weight != 0.0:
                for i in range(n):
                    p[3 + m, i] += weight * k[j, i]


@_compiled
def _within(theta, x, p, y):
    """The interpolant at a share theta of the step, into y."""
    for i in range(x.size):
        value = 0.0
        for m in range(7):
            value = (value + p[6 - m, i]) * (theta if m % 2 == 0 else 1.0 - theta)
        y[i] = x[i] + value


@_compiled
def _cubic(theta, h, x, k, room, y):
    """A cubic through both ends of the step, into y: enough to see whether it is worth to look closer."""
    change = room[_CHANGE]
    a, b, c = theta**2 * (3 - 2 * theta), theta * (1 - theta) ** 2, theta**2 * (theta - 1)
    for i in range(x.size):
        y[i] = x[i] + a * change[i] + h * (b * k[0, i] + c * k[_STAGES, i])


@_compiled
def _first_end(x, signs, h, rates, terms, costs, task, tolerance, force_tolerance, k, p, room, errors):
    """The share of a step after which the first sign ends, 2 if none does; the interpolant is filled if one does."""
    y, filled = room[_Y], False
    for look in range(1, _LOOKS + 1):
        theta = look / _LOOKS
        _cubic(theta, h, x, k, room, y)
        if _worst_margin(y, signs, terms, costs, task, tolerance, force_tolerance, room, errors) >= 0:
            continue
        if not filled:
            _interpolate(x, signs, h, rates, terms, costs, task, k, p, room, errors)
            filled = True
        _within(theta, x, p, y)
        if _worst_margin(y, signs, terms, costs, task, tolerance, force_tolerance, room, errors) >= 0:
            continue
        low, high = theta - 1 / _LOOKS, theta
        while high - low > 1e-15:
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            _within(middle, x, p, y)
            if _worst_margin(y, signs, terms, costs, task, tolerance, force_tolerance, room, errors) < 0:
                high = middle
            else:
                low = middle
        return high
    return 2.0


@_compiled
def _first_step(x, signs, longest, rates, terms, costs, task, rtol, atol, k, room, errors):
    """Length of a first step from x (Hairer, Nørsett and Wanner, II.4); fills the velocity at x."""
    trial, n = room[_X], x.size
    _velocity(x, signs, rates, terms, costs, task, errors, k[0])
    size, speed, bend = 0.0, 0.0, 0.0
    for i in range(n):
        scale = atol + rtol * abs(x[i])
        size += (x[i] / scale) ** 2
        speed += (k[0, i] / scale) ** 2
    size, speed = math.sqrt(size / n), math.sqrt(speed / n)
    guess = min(longest, 0.01 * size / speed if size > 1e-5 and speed > 1e-5 else 1e-6)
    for i in range(n):
        trial[i] = x[i] + guess * k[0, i]
    _velocity(trial, signs, rates, terms, costs, task, errors, k[1])
    for i in range(n):
        bend += ((k[1, i] - k[0, i]) / (atol + rtol * abs(x[i]))) ** 2
    bend = max(speed, math.sqrt(bend / n) / guess)
    return min(100 * guess, (0.01 / bend) ** 0.125 if bend > 1e-15 else max(1e-6, 1e-3 * guess), longest)


@_compiled
def _stiffness(costs):
    """How much a norm cost enlarges errors of entries into errors of forces."""
    largest = 1.0
    for f in range(costs.shape[0]):
        if costs[f, KINKED] > 0 and costs[f, NORM] > 0:
            entries = costs[f, LAST] - costs[f, FIRST] if costs[f, NORM] == 1 else 1
            largest = max(largest, 1 + costs[f, STRENGTH] * entries)
    return largest


@_compiled
def _record(times, recorded, states, held, until, start, h, x, signs, time_at_bound, p):
    """Fill records before ``until`` from the interpolant of a step h at ``start``; returns how many are filled."""
    while recorded < times.size and times[recorded] < until:
        _within((times[recorded] - start) / h, x, p, states[recorded])
        for i in range(x.size):
            held[recorded, i] = time_at_bound[i] + (times[recorded] - start if signs[i] <= 0 else 0.0)
        recorded += 1
    return recorded


@_compiled
def _follow_block(t, end, x, signs, time_at_bound, recorded, times, states, held, rates, terms, costs, task, rtol,
                  k, p, room, errors):
    """One member from t to the end of a block. Returns what became of it, records filled, and when a sign first ended.

    x, signs, time_at_bound change in place; states, held (T, n): records at the times.
    """
    spare, change = room[_Y], room[_CHANGE]
    atol = rtol / 1000
    tolerance, force_tolerance = atol, rtol * _stiffness(costs)
    first_end, ends, h, fresh = math.inf, 0, 0.0, True
    has_kinks = False
    for f in range(costs.shape[0]):
        has_kinks = has_kinks or costs[f, KINKED] > 0
    if has_kinks:
        _settle(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors)
    while recorded < times.size and times[recorded] <= t:
        _copy(x, states[recorded])
        _copy(time_at_bound, held[recorded])
        recorded += 1
    while t < end:
        if fresh:
            h, fresh = _first_step(x, signs, end - t, rates, terms, costs, task, rtol, atol, k, room, errors), False
        last = h >= end - t
        step = end - t if last else h
        error = _try_step(x, signs, step, rates, terms, costs, task, rtol, atol, k, room, errors)
        if not error <= 1.0:
            h = step * (max(_LEAST, _SAFETY * error**-0.125) if error < math.inf else _LEAST)
            if t + h == t:
                return TOO_STIFF, recorded, first_end
            continue
        share = _first_end(x, signs, step, rates, terms, costs, task, tolerance, force_tolerance,
                           k, p, room, errors) if has_kinks else 2.0
        after = end if last and share > 1 else t + min(share, 1.0) * step
        if recorded < times.size and times[recorded] < after:
            if share > 1:
                _interpolate(x, signs, step, rates, terms, costs, task, k, p, room, errors)
            recorded = _record(times, recorded, states, held, after, t, step, x, signs, time_at_bound, p)
        for i in range(x.size):
            if signs[i] <= 0:
                time_at_bound[i] += after - t
        if share > 1:
            for i in range(x.size):
                x[i] += change[i]
                k[0, i] = k[_STAGES, i]
            grown = step * (min(_MOST, _SAFETY * error**-0.125) if error > 0 else _MOST)
            h = max(h, grown) if last else grown
        else:
            _within(share, x, p, spare)
            _copy(spare, x)
            _worst_margin(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors)
            _end_signs(x, signs, terms, costs, task, tolerance, force_tolerance, room, errors)
            first_end, fresh, ends = min(first_end, after), True, ends + 1
            if ends > _MOST_ENDS:
                return STUCK, recorded, first_end
        t = after
    return FOLLOWED, recorded, first_end


@njit(cache=True, error_model="numpy")
def follow_members(x0, signs0, ends, tasks, targets, weights, given, rates, terms, costs, rtol, times, states, held,
                   at_ends, held_at_end, first_ends, status):
    """Follow N members through their blocks; what is filled is described in ``sim.network.engine``."""
    n, outputs = x0.shape[1], targets.shape[2]
    k, p, room, errors = np.zeros((_ALL, n)), np.zeros((7, n)), np.zeros((8, n)), np.zeros(outputs)
    task = np.zeros((2, outputs))
    for m in range(x0.shape[0]):
        t, recorded = 0.0, 0
        x, signs, time_at_bound = np.zeros(n), np.zeros(n), np.zeros(n)
        _copy(x0[m], x)
        _copy(signs0[m], signs)
        first_ends[m] = math.inf
        for b in range(ends.shape[1]):
            which = tasks[b]
            for i in range(given.shape[1]):
                if not math.isnan(given[which, i]):
                    x[i] = given[which, i]
            if ends[m, b] > t and status[m] == FOLLOWED:
                _copy(targets[m % len(targets), which], task[TARGET])
                _copy(weights[which], task[WEIGHT])
                status[m], recorded, ended = _follow_block(
                    t, ends[m, b], x, signs, time_at_bound, recorded, times, states[m], held[m],
                    rates[m % len(rates)], terms, costs[m % len(costs)], task, rtol, k, p, room, errors)
                first_ends[m], t = min(first_ends[m], ended), ends[m, b]
            _copy(x, at_ends[m, b])
        for r in range(recorded, times.size):
            _copy(x, states[m, r])
            _copy(time_at_bound, held[m, r])
        _copy(time_at_bound, held_at_end[m])
