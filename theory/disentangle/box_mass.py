"""Weight and mean of a normal law on the part of a box beyond a plane, in logarithms, in any dimension.

The coordinates are drawn one after the other from truncated normal laws, each within what leaves the part of the box
beyond the plane in reach (Genz 1992), so that every point counts. Each law is tilted by what holds back the later
coordinates at a typical point of the part (a cheaper tilting than that of Botev 2017, to the same end), so that
the points lie where the weight is, however improbable. The last coordinate is done in closed form.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.theory.checks import Array
from gateflow.theory.disentangle.normal import log_interval, truncated_mean, truncated_quantile

# Numbers of one array that are held at once.
_HELD = 1_000_000
# How much a coordinate's being free counts beside what it does to the margin, in ordering coordinates.
_FREE = 1e-3
# By how much the law sharpens in a stage of the search, steps of a stage at most, and how near its end they stop.
_STAGE, _STEPS, _NEAR, _END = 5.0, 40, 0.2, 1e-6
_LEAST = 1e-300
# Intervals that are narrow against the normal law, and a slope that is none.
_NARROW, _FLAT, _LOG_ROOT = 0.1, 1e-9, float(np.log(2 * np.pi) / 2)


@dataclass(frozen=True, eq=False)
class Part:
    """The box [−half, half]^D, and what of it lies beyond a plane, c·x > b; c = 0, b < 0 for all of it."""

    half: float
    c: Array
    b: float

    @property
    def empty(self) -> bool:
        """Whether no point of the box lies beyond."""
        return self.b >= self.half * float(np.abs(self.c).sum())


def log_mass(mu: Array, S: Array, part: Part, uniform: Array) -> Array:
    """Logarithm of the weight that normal laws of means mu (M, D) and covariance S (D, D) have on a part of a box.

    uniform: R sets of n points of the unit cube, (R, n, D − 1). Returns (M, R), one estimate a set; −∞ for an empty
    part. Weights vary little from point to point, so estimates are good relative to the weight, not to 1.
    """
    if part.empty:
        return np.full((len(mu), len(uniform)), -np.inf)
    blocks = [scipy.special.logsumexp(walk.log_weight, axis=-1) for walk in _walks(mu, S, part, uniform)]
    return np.concatenate(blocks) - np.log(uniform.shape[1])


def mass_mean(mu: Array, S: Array, half: float, uniform: Array) -> Array:
    """Mean (M, D) of the same laws on the whole box."""
    blocks = []
    for walk in _walks(mu, S, Part(half, np.zeros(len(S)), -1.0), uniform):
        weight = np.exp(walk.log_weight - walk.log_weight.max(axis=(1, 2), keepdims=True))
        # Divided after, not in the exponent, where large logarithms would round away that weights add up to 1.
        found = np.einsum("mrn,mrnk->mk", weight, walk.x) / weight.sum(axis=(1, 2))[:, None]
        blocks.append(np.take_along_axis(found, np.argsort(walk.order, axis=1), axis=1))
    return np.concatenate(blocks)


@dataclass(frozen=True, eq=False)
class _Walk:
    """Points x (M, R, n, D), coordinates in the order (M, D) in which they were drawn, the last at its mean."""

    order: NDArray[np.intp]
    x: Array
    log_weight: Array


def _walks(mu: Array, S: Array, part: Part, uniform: Array) -> Iterator[_Walk]:
    """Walks for all means, in blocks that fit in memory."""
    # Reflected, all normals point to the corner of positive coordinates.
    sign = np.where(part.c < 0, -1.0, 1.0)
    mu, S, reflected = mu * sign, S * np.outer(sign, sign), Part(part.half, np.abs(part.c), part.b)
    held = _held(mu, S, reflected)
    block = max(1, _HELD // (uniform.shape[0] * uniform.shape[1]))
    for start in range(0, len(mu), block):
        here = mu[start:start + block]
        walk = _walk(here, S, reflected, held.of(slice(start, start + block)), uniform)
        walk.x[...] *= sign[walk.order][:, None, None, :]
        yield walk


@dataclass(frozen=True, eq=False)
class _Held:
    """A typical point x (M, D) of the part, and the forces of edges on it, (M, D)."""

    x: Array
    edges: Array

    def of(self, block: slice) -> "_Held":
        """Of some laws."""
        return _Held(self.x[block], self.edges[block])


def _held(mu: Array, S: Array, part: Part) -> _Held:
    """Where the part holds laws back, c ≥ 0.

    The point is where log density plus the logarithms of the distances from plane and edges is largest: a distance is
    then the mean of the exponential law that its force makes, or a fair share of what there is.
    """
    half, c, precision = part.half, part.c, np.linalg.inv(S)
    fill = 0.5 + max(part.b, -half * float(c.sum())) / (2 * half * float(c.sum())) if c.any() else 0.0
    x = np.full(mu.shape, half * fill)
    # From a law so wide that it is flat, to the law: each stage starts near its solution.
    wide = float(np.linalg.eigvalsh(precision)[-1]) * (half + float(np.abs(mu).max())) ** 2
    stages = np.geomspace(min(1.0, 1 / wide), 1.0, 2 + int(np.log(max(wide, 1.0)) / np.log(_STAGE)))
    for sharp in stages:
        for _ in range(_STEPS):
            x, far = _newton(x, mu, sharp * precision, part)
            if far < (_END if sharp == stages[-1] else _NEAR):
                break
    low, high, _ = _distances(x, part)
    return _Held(x, 1 / low - 1 / high)


def _distances(x: Array, part: Part) -> tuple[Array, Array, Array]:
    """From the lower and upper edges (M, D), and of the margin from 0 (M, 1)."""
    least = 1e-16 * part.half
    beyond = (x @ part.c - part.b)[:, None]
    return (np.maximum(x + part.half, least), np.maximum(part.half - x, least),
            np.maximum(beyond, least * (part.c.sum() + _LEAST)))


def _newton(x: Array, mu: Array, precision: Array, part: Part) -> tuple[Array, float]:
    """One damped step of Newton's method, which never leaves the part, and how far it was from the end at most."""
    low, high, beyond = _distances(x, part)
    slope = (mu - x) @ precision + 1 / low - 1 / high + part.c / beyond
    bend = precision + np.einsum("mi,ij->mij", 1 / low**2 + 1 / high**2, np.eye(len(part.c))) \
        + (part.c / beyond)[:, :, None] * (part.c / beyond)[:, None, :]
    step = np.linalg.solve(bend, slope[..., None])[..., 0]
    far = np.sqrt(np.maximum(np.einsum("mi,mi->m", step, slope), 0.0))
    return x + step / np.where(far > _NEAR, 1 + far, 1.0)[:, None], float(far.max())


def _walk(mu: Array, S: Array, part: Part, held: _Held, uniform: Array) -> _Walk:
    """Draw all coordinates but the last, c ≥ 0."""
    free = 1 / np.sqrt(np.diagonal(np.linalg.inv(S)))
    # First what an edge holds, last what can give way to the plane.
    reach = part.c * free
    order = np.argsort((reach / max(reach.max(), _LEAST) + _FREE) / (1 + np.abs(held.edges) * free), axis=1)
    mu, c, middle, edges = (np.take_along_axis(np.broadcast_to(a, order.shape), order, axis=1)
                            for a in (mu, part.c, held.x, held.edges))
    root = np.linalg.cholesky(S[order[:, :, None], order[:, None, :]])
    # Of all that holds a coordinate, what is not its own edge: it bears on later ones.
    bearing = np.linalg.solve(root, (middle - mu)[..., None])[..., 0]
    diagonal = np.diagonal(root, axis1=1, axis2=2)
    tilts = bearing - diagonal * edges
    left = np.cumsum(c[:, ::-1], axis=1)[:, ::-1] - c
    shape = (*order.shape[:1], *uniform.shape[:2])
    log_weight, missing = np.zeros(shape), np.full(shape, part.b)
    noise, x = np.empty((*shape, order.shape[1])), np.empty((*shape, order.shape[1]))
    for k in range(order.shape[1]):
        scale, across = _column(diagonal[:, k]), _column(c[:, k])
        centre = _column(mu[:, k]) + np.einsum("mrnj,mj->mrn", noise[..., :k], root[:, k, :k])
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = np.where(across > 0, (missing - part.half * _column(left[:, k])) / across, -np.inf)
        start = np.clip(bound, -part.half, part.half)
        low, width = (start - centre) / scale, (part.half - start) / scale
        if k == order.shape[1] - 1:
            log_weight += log_interval(low, low + width)
            step = truncated_mean(low, np.maximum(low + width, low + 1e-15 * (1 + np.abs(low)))) - low
        else:
            step, weight = _draw(uniform[..., k], low, width, _column(tilts[:, k]))
            log_weight += weight
        noise[..., k], x[..., k] = low + step, start + scale * step
        missing = missing - across * x[..., k]
    return _Walk(order, x, log_weight)


def _draw(share: Array, low: Array, width: Array, tilt: Array) -> tuple[Array, Array]:
    """How far above low numbers lie, and the logarithm of their weight under a standard normal law.

    They are drawn from a normal law of mean tilt between low and low + width; where that is narrow, from the
    exponential law of the same slope.
    """
    low, width, tilt, share = np.broadcast_arrays(low, width, tilt, share)
    step = np.clip(truncated_quantile(share, low - tilt, low + width - tilt) - (low - tilt), 0.0, width)
    log_weight = tilt * (tilt / 2 - (low + step)) + log_interval(low - tilt, low + width - tilt)
    narrow = width < _NARROW
    if narrow.any():
        low, width, tilt, share = (a[narrow] for a in (low, width, tilt, share))
        # Fall of the logarithm from the steeper end, counted from there.
        fall = np.maximum(np.abs(low - tilt) * width, _FLAT)
        drawn = -np.log1p(np.where(low > tilt, share, 1 - share) * np.expm1(-fall)) / fall * width
        part = np.where(low > tilt, drawn, width - drawn)
        with np.errstate(divide="ignore"):
            level = np.log(-np.expm1(-fall) / fall * width) + np.where(low > tilt, 0.0, fall)
        step[narrow] = part
        log_weight[narrow] = level - low**2 / 2 - _LOG_ROOT - part * (tilt + part / 2)
    return step, log_weight


def _column(values: Array) -> Array:
    """One number a law, beside its points."""
    return values[:, None, None]
