"""Compiled growth of small contrasts of two paths, a cell after another, by classical Runge–Kutta of fixed steps.

A state holds C, the mean weights W (J,), and the propagator of contrasts (δc, δW) from those of the weights: its first
row (J,), which gives δc, and the others (J, J). Equations: gateflow.theory.gated.onset, mean_flow and boost_generator.
"""

import numpy as np

from gateflow.sim.compiling import compiled


@compiled
def _velocity(x, target, rate_w, rate_c, norm_strength, errors, v):
    """Velocity v of a state x (1 + J (2 + J),); room: errors (J,)."""
    size = target.size
    row, others = 1 + size, 1 + 2 * size
    inner = 0.0
    for j in range(size):
        errors[j] = target[j] - x[0] * x[1 + j]
        inner += x[1 + j] * errors[j]
        v[1 + j] = rate_w * x[0] / 2 * errors[j]
    v[0] = 2 * rate_c * (inner - norm_strength * (x[0] - 1))
    for i in range(size):
        pull = 0.0
        for j in range(size):
            pull += errors[j] * x[others + j * size + i]
            v[others + j * size + i] = rate_w * errors[j] * x[row + i]
        v[row + i] = rate_c * pull


@compiled
def _step(x, h, target, rate_w, rate_c, norm_strength, errors, k, y):
    """Take a step h; room: errors (J,), k (4, n), y (n,)."""
    _velocity(x, target, rate_w, rate_c, norm_strength, errors, k[0])
    for stage in range(1, 4):
        share = h if stage == 3 else h / 2
        for i in range(x.size):
            y[i] = x[i] + share * k[stage - 1, i]
        _velocity(y, target, rate_w, rate_c, norm_strength, errors, k[stage])
    for i in range(x.size):
        x[i] += h / 6 * (k[0, i] + 2 * (k[1, i] + k[2, i]) + k[3, i])


@compiled
def amplify(tau_w, tau_c, norm_strength, targets, tasks, durations, counts, enough, best):
    """Fill the row (N, J) that gives δc/C when it is longest, or when it is first longer than enough (N,).

    targets (N, M, J); tasks (B,), durations (N, B): of the blocks, 0 for those that are not there; counts (N,): steps
    in each block.
    """
    size = targets.shape[2]
    n = 1 + size * (2 + size)
    x, y, k, errors = np.zeros(n), np.zeros(n), np.zeros((4, n)), np.zeros(size)
    for m in range(len(targets)):
        for i in range(n):
            x[i] = 0.0
        x[0] = 1.0
        for j in range(size):
            x[1 + 2 * size + j * (size + 1)] = 1.0
        longest = 0.0
        for b in range(len(tasks)):
            if durations[m, b] == 0 or longest > enough[m] ** 2:
                break
            for _ in range(counts[m]):
                _step(x, durations[m, b] / counts[m], targets[m, tasks[b]], 1 / tau_w[m], 1 / tau_c[m],
                      norm_strength[m], errors, k, y)
                length = 0.0
                for j in range(size):
                    length += (x[1 + size + j] / x[0]) ** 2
                if length > longest:
                    longest = length
                    for j in range(size):
                        best[m, j] = x[1 + size + j] / x[0]
