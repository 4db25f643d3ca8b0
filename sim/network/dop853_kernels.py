"""Compiled steps of DOP853, the pair of order 8 of Dormand and Prince with an interpolant of order 7.

Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, sections II.4 to II.6; the numbers are those of
``scipy.integrate.DOP853``. Velocities of the stages are k (16, n), the interpolant is p (7, n).
"""

import math

import numpy as np
import scipy

from gateflow.sim.compiling import compiled
from gateflow.sim.network.flow_kernels import CHANGE, FORCE, SPARE, TRIAL, velocity

_DOP853 = scipy.integrate.DOP853
_A, _B, _E3, _E5 = (np.ascontiguousarray(getattr(_DOP853, name)) for name in ("A", "B", "E3", "E5"))
_A_EXTRA, _D = np.ascontiguousarray(_DOP853.A_EXTRA), np.ascontiguousarray(_DOP853.D)
STAGES, ALL_STAGES = 12, 16
# Where in a step the interpolant is looked at, and its largest error beside what the velocity misses there.
_PLACE, _SHARE = 0.675, 0.12


@compiled
def try_step(x, signs, h, rates, runs, costs, task, rtol, atol, k, room, errors):
    """A trial step h from x, whose velocity is k[0]: fills its change and the velocity at its end.

    Returns its error, and h times the largest rate that the last two stages show.
    """
    trial, fifth, dx, third, n = room[TRIAL], room[SPARE], room[CHANGE], room[FORCE], x.size
    for s in range(1, STAGES):
        for i in range(n):
            trial[i] = x[i]
        for j in range(s):
            weight = h * _A[s, j]
            if weight != 0.0:
                for i in range(n):
                    trial[i] += weight * k[j, i]
        velocity(trial, signs, rates, runs, costs, task, errors, k[s])
    end = trial
    for i in range(n):
        dx[i], fifth[i], third[i] = 0.0, 0.0, 0.0
    for j in range(STAGES):
        weight = h * _B[j]
        if weight != 0.0:
            for i in range(n):
                dx[i] += weight * k[j, i]
    apart = 0.0
    for i in range(n):
        apart += (x[i] + dx[i] - trial[i]) ** 2
        end[i] = x[i] + dx[i]
    velocity(end, signs, rates, runs, costs, task, errors, k[STAGES])
    turned = 0.0
    for i in range(n):
        turned += (k[STAGES, i] - k[STAGES - 1, i]) ** 2
    rate = h * math.sqrt(turned / apart) if apart > 0 else 0.0
    for j in range(STAGES + 1):
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
        return 0.0, rate
    return h * sum_5 / math.sqrt((sum_5 + 0.01 * sum_3) * n), rate


@compiled
def interpolate(x, signs, h, rates, runs, costs, task, k, p, room, errors):
    """Fill the interpolant of order 7 of the step that was tried last."""
    spare, change, n = room[SPARE], room[CHANGE], x.size
    for s in range(STAGES + 1, ALL_STAGES):
        for i in range(n):
            spare[i] = x[i]
        for j in range(s):
            weight = h * _A_EXTRA[s - STAGES - 1, j]
            if weight != 0.0:
                for i in range(n):
                    spare[i] += weight * k[j, i]
        velocity(spare, signs, rates, runs, costs, task, errors, k[s])
    for i in range(n):
        p[0, i] = change[i]
        p[1, i] = h * k[0, i] - change[i]
        p[2, i] = 2 * change[i] - h * (k[STAGES, i] + k[0, i])
    for m in range(4):
        for i in range(n):
            p[3 + m, i] = 0.0
        for j in range(ALL_STAGES):
            weight = h * _D[m, j]
            if weight != 0.0:
                for i in range(n):
                    p[3 + m, i] += weight * k[j, i]


@compiled
def within(theta, x, p, y):
    """The interpolant at a share theta of the step, into y."""
    for i in range(x.size):
        value = 0.0
        for m in range(7):
            value = (value + p[6 - m, i]) * (theta if m % 2 == 0 else 1.0 - theta)
        y[i] = x[i] + value


@compiled
def interpolant_error(x, signs, h, rates, runs, costs, task, rtol, atol, p, room, errors):
    """The largest error of the interpolant of the step that was tried last, beside what is allowed at its end.

    Measured on flows of gates: 0.113 to 0.123 times what the velocity misses at this place, times the step.
    """
    y, v, change, n = room[TRIAL], room[FORCE], room[CHANGE], x.size
    within(_PLACE, x, p, y)
    velocity(y, signs, rates, runs, costs, task, errors, v)
    total = 0.0
    for i in range(n):
        value, slope = 0.0, 0.0
        for m in range(7):
            value += p[6 - m, i]
            side, turn = (_PLACE, 1.0) if m % 2 == 0 else (1.0 - _PLACE, -1.0)
            value, slope = value * side, slope * side + value * turn
        scale = atol + rtol * max(abs(x[i]), abs(x[i] + change[i]))
        total += ((slope - h * v[i]) / scale) ** 2
    return _SHARE * math.sqrt(total / n)


@compiled
def cubic(theta, h, x, k, room, y):
    """A cubic through both ends of the step, into y: enough to see whether it is worth to look closer."""
    change = room[CHANGE]
    a, b, c = theta**2 * (3 - 2 * theta), theta * (1 - theta) ** 2, theta**2 * (theta - 1)
    for i in range(x.size):
        y[i] = x[i] + a * change[i] + h * (b * k[0, i] + c * k[STAGES, i])


@compiled
def first_step(x, signs, longest, rates, runs, costs, task, rtol, atol, k, room, errors):
    """Length of a first step from x (Hairer, Nørsett and Wanner, II.4); fills the velocity at x."""
    trial, n = room[TRIAL], x.size
    velocity(x, signs, rates, runs, costs, task, errors, k[0])
    size, speed, bend = 0.0, 0.0, 0.0
    for i in range(n):
        scale = atol + rtol * abs(x[i])
        size += (x[i] / scale) ** 2
        speed += (k[0, i] / scale) ** 2
    size, speed = math.sqrt(size / n), math.sqrt(speed / n)
    guess = min(longest, 0.01 * size / speed if size > 1e-5 and speed > 1e-5 else 1e-6)
    for i in range(n):
        trial[i] = x[i] + guess * k[0, i]
    velocity(trial, signs, rates, runs, costs, task, errors, k[1])
    for i in range(n):
        bend += ((k[1, i] - k[0, i]) / (atol + rtol * abs(x[i]))) ** 2
    bend = max(speed, math.sqrt(bend / n) / guess)
    return min(100 * guess, (0.01 / bend) ** 0.125 if bend > 1e-15 else max(1e-6, 1e-3 * guess), longest)
