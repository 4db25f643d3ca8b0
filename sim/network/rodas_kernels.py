"""Compiled steps of RODAS, a Rosenbrock method of order 4 for stiff flows, with an interpolant of order 4.

Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7 and program RODAS. The Jacobian is that of
the table of monomials, exactly.
"""

import math

import numpy as np

from gateflow.sim.compiling import compiled
from gateflow.sim.network.flow_kernels import (
    CHANGE,
    DECAY,
    FIRST,
    GOAL,
    LAST,
    NORM,
    SPARE,
    STRENGTH,
    TRIAL,
    WEIGHT,
    map_errors,
    velocity,
)

_GAMMA, _STAGES = 0.25, 6
_A = np.array([
    [0.0, 0.0, 0.0, 0.0], [1.544, 0.0, 0.0, 0.0], [0.9466785280815826, 0.2557011698983284, 0.0, 0.0],
    [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0],
    [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950]])
_C = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0], [-5.6688, 0.0, 0.0, 0.0, 0.0], [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
    [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
    [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
    [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054]])
_DENSE = np.array([
    [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662],
    [-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872]])


@compiled
def jacobian(x, signs, rates, runs, costs, task, errors, slopes, result):
    """Jacobian (n, n) of the velocity at fixed signs; slopes (n, O): room for that of the map, transposed."""
    starts, strides, n = runs.starts, runs.strides, x.size
    n_factors = starts.shape[1] - 1
    for i in range(n):
        for o in range(errors.size):
            slopes[i, o] = 0.0
        for j in range(n):
            result[i, j] = 0.0
    map_errors(x, runs, task, errors)
    for r in range(starts.shape[0]):
        for k in range(runs.length):
            for f in range(n_factors):
                rest = 1.0
                for g in range(n_factors):
                    if g != f:
                        rest *= x[starts[r, g] + k * strides[g]]
                slopes[starts[r, f] + k * strides[f], starts[r, n_factors] + k * strides[n_factors]] += rest
    for i in range(n):
        for j in range(n):
            for o in range(errors.size):
                result[i, j] -= slopes[i, o] * task[WEIGHT, o] * slopes[j, o]
    for r in range(starts.shape[0]):
        for k in range(runs.length):
            for f in range(n_factors):
                for g in range(n_factors):
                    if f != g:
                        rest = errors[starts[r, n_factors] + k * strides[n_factors]]
                        for h in range(n_factors):
                            if h not in (f, g):
                                rest *= x[starts[r, h] + k * strides[h]]
                        result[starts[r, f] + k * strides[f], starts[r, g] + k * strides[g]] += rest
    for f in range(costs.shape[0]):
        first, last, strength = int(costs[f, FIRST]), int(costs[f, LAST]), costs[f, STRENGTH]
        size = 0.0
        for i in range(first, last):
            size += x[i] * x[i]
        size = math.sqrt(size)
        for i in range(first, last):
            result[i, i] -= costs[f, DECAY]
            if costs[f, NORM] == 2 and size > 0:
                result[i, i] -= strength * (1 - costs[f, GOAL] / size)
            for j in range(first, last):
                if costs[f, NORM] == 1:
                    result[i, j] -= strength if (signs[i] >= 0) == (signs[j] >= 0) else -strength
                elif costs[f, NORM] == 2 and size > 0:
                    result[i, j] -= strength * costs[f, GOAL] * x[i] * x[j] / size**3
    for i in range(n):
        rate = rates[i] if signs[i] != 0 else 0.0
        for j in range(n):
            result[i, j] *= rate


@compiled
def _factorise(matrix, order):
    """Lower and upper factors of a matrix (n, n), in its place, with partial pivoting; order (n,): of its rows."""
    n = matrix.shape[0]
    for i in range(n):
        order[i] = i
    for c in range(n):
        best = c
        for i in range(c + 1, n):
            if abs(matrix[i, c]) > abs(matrix[best, c]):
                best = i
        if best != c:
            order[c], order[best] = order[best], order[c]
            for j in range(n):
                matrix[c, j], matrix[best, j] = matrix[best, j], matrix[c, j]
        for i in range(c + 1, n):
            matrix[i, c] /= matrix[c, c]
            for j in range(c + 1, n):
                matrix[i, j] -= matrix[i, c] * matrix[c, j]


@compiled
def _solve(factors, order, right, result):
    """Solve for a right side (n,), given what ``_factorise`` made of the matrix."""
    n = result.size
    for i in range(n):
        value = right[int(order[i])]
        for j in range(i):
            value -= factors[i, j] * result[j]
        result[i] = value
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            result[i] -= factors[i, j] * result[j]
        result[i] /= factors[i, i]


@compiled
def stiff_step(x, signs, h, rates, runs, costs, task, rtol, atol, k, p, room, errors, square):
    """A trial step h of RODAS from x: fills its change and its interpolant; returns its error.

    k: room for stages and for the velocity at the end, as DOP853 leaves it; square (2, n, max(n, O)): for matrices.
    """
    n = x.size
    argument, right, change = room[TRIAL], room[SPARE], room[CHANGE]
    factors, slopes, order = square[0][:, :n], square[1], k[_STAGES]
    jacobian(x, signs, rates, runs, costs, task, errors, slopes, factors)
    for i in range(n):
        for j in range(n):
            factors[i, j] = (1 / (h * _GAMMA) if i == j else 0.0) - factors[i, j]
    _factorise(factors, order)
    for s in range(_STAGES):
        for i in range(n):
            if s < _STAGES - 1:
                argument[i] = x[i]
                for j in range(s):
                    argument[i] += _A[s, j] * k[j, i]
            else:
                argument[i] += k[s - 1, i]
        velocity(argument, signs, rates, runs, costs, task, errors, right)
        for i in range(n):
            for j in range(s):
                right[i] += _C[s, j] / h * k[j, i]
        _solve(factors, order, right, k[s])
    total = 0.0
    for i in range(n):
        end = argument[i] + k[_STAGES - 1, i]
        change[i] = end - x[i]
        total += (k[_STAGES - 1, i] / (atol + rtol * max(abs(x[i]), abs(end)))) ** 2
        for m in range(7):
            p[m, i] = 0.0
        p[0, i] = change[i]
        for j in range(_STAGES - 1):
            p[1, i] += _DENSE[0, j] * k[j, i]
            p[2, i] += _DENSE[1, j] * k[j, i]
    return math.sqrt(total / n)
