"""Smooth maps of a few dimensions: iterates, fixed points, cycles and their multipliers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import check_fields, takes
from gateflow.theory.checks import POSITIVE, REAL, Array, InputError, Range, array
from gateflow.theory.plane.box import region_ends
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.newton import Roots, distinct, newton
from gateflow.theory.plane.system import check_call, stacked

_STEPS = Range(0, whole=True)
# How small |F^k(x) − x| and the next step must be at a cycle; distances within which two cycles are one: where it is
# simple, and where F^k − 1 is singular to the next number. All in units of scale.
_RESIDUAL, _STEP = 1e-9, 1e-6
_ONE, _ONE_SINGULAR, _SINGULAR = 1e-7, 1e-4, 1e-6
# Nodes a side of the grid on which cycles are looked for, of each cell that is cut again, and how many cells at most;
# Newton steps of a map that is only known to some accuracy.
_NODES, _FEW, _FINER, _MOST, _SHORT = 41, 9, (5, 5), 400, 8
# Nothing larger is a small map; of longer cycles rounding leaves nothing.
_DIMENSION, PERIOD = Range(1, 20, whole=True), Range(1, 1000, whole=True)


@dataclass(frozen=True)
class SmoothMap:
    """A smooth map x → F(x) of n dimensions. Raises InputError for a function that does not fit its parameters.

    function: f(x_1, …, x_n, **parameters) → n arrays, for arrays of one shape; NaN where it is not defined.
    jacobian_of, analytic: as in PlanarSystem, the Jacobian as n² arrays, row by row. scale: a change of the coordinates
    that matters. names: of the coordinates, x_1, x_2, … if there are none. accuracy: of the images, in units of scale;
    0 for rounding.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    dimension: int = 2
    analytic: bool = False
    scale: float = 1.0
    jacobian_of: Callable[..., Any] | None = None
    names: tuple[str, ...] = ()
    accuracy: float = 0.0

    def __post_init__(self) -> None:
        """Check that function and parameters go together."""
        check_fields(self)
        _DIMENSION.check("dimension", self.dimension)
        POSITIVE.check("scale", self.scale)
        values = {name: np.float64(REAL.check(name, value)) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", values)
        check_call(self.function, values, self.dimension)
        if not self.names:
            object.__setattr__(self, "names", tuple(f"x_{k + 1}" for k in range(self.dimension)))

    def point(self, x: ArrayLike, **changes: Any) -> Array:
        """Coordinates (n, ...) spread over the axes of the changes. Raises InputError.

        Here as below changes are other values of some parameters for this call, arrays that broadcast.
        """
        coordinates = np.asarray(x)
        if coordinates.ndim < 1 or len(coordinates) != self.dimension:
            raise InputError(f"a point must have {self.dimension} coordinates along its first axis, got an array of "
                             f"shape {coordinates.shape}")
        try:
            shape = np.broadcast_shapes(coordinates.shape[1:], *map(np.shape, changes.values()))
        except ValueError:
            raise InputError(f"a point of shape {coordinates.shape} does not go with the parameters") from None
        coordinates = coordinates.reshape(self.dimension, *(1,) * (len(shape) + 1 - coordinates.ndim),
                                          *coordinates.shape[1:])
        return np.broadcast_to(coordinates, (self.dimension, *shape))

    def image(self, x: ArrayLike, **changes: Any) -> Array:
        """F(x), (n, ...), of points (n, ...). Raises InputError."""
        point = self.point(x, **changes)
        with np.errstate(all="ignore"):
            return stacked(self.function(*point, **{**self.parameters, **changes}), self.dimension, point.shape[1:])

    def jacobian(self, x: ArrayLike, **changes: Any) -> Array:
        """Jacobian (..., n, n) at points (n, ...). Raises InputError."""
        point, n = self.point(x, **changes), self.dimension
        if self.jacobian_of is None:
            return numeric_jacobian(lambda at: self.image(at, **changes), point, analytic=self.analytic,
                                    scale=self.scale)
        with np.errstate(all="ignore"):
            entries = stacked(self.jacobian_of(*point, **{**self.parameters, **changes}), n * n, point.shape[1:])
        return np.moveaxis(entries, 0, -1).reshape(*point.shape[1:], n, n)

    def iterates(self, start: ArrayLike, steps: int, **changes: Any) -> Array:
        """The orbit x, F(x), F(F(x)), …: (steps + 1, n, ...) from starts (n, ...). Raises InputError."""
        orbit = [np.asarray(self.point(start, **changes), float)]
        for _ in range(_STEPS.check("steps", steps)):
            orbit.append(self.image(orbit[-1], **changes))
        return np.stack(orbit)

    def orbit_jacobian(self, orbit: Array, **changes: Any) -> Array:
        """Jacobian (..., n, n) of F^k along an orbit (k, n, ...): the product of the Jacobians, the last one first."""
        product = np.broadcast_to(np.eye(self.dimension), (*orbit.shape[2:], self.dimension, self.dimension))
        with np.errstate(all="ignore"):
            for point in orbit:
                product = self.jacobian(point, **changes) @ product
        return product

    def multipliers(self, orbit: Array) -> Any:
        """Multipliers (..., n) of a cycle (k, n, ...): eigenvalues of its Jacobian, complex, the largest first.

        NaN where the cycle is NaN. A cycle attracts if all are smaller than 1 in absolute value.
        """
        jacobian = self.orbit_jacobian(orbit)
        defined = np.asarray(np.isfinite(jacobian).all(axis=(-2, -1)))
        return np.where(defined[..., None], multipliers_of(np.where(defined[..., None, None], jacobian, 0.0)), np.nan)


def multipliers_of(jacobian: Array) -> Any:
    """Eigenvalues (..., n), the largest first, conjugate pairs in a fixed order."""
    values = np.linalg.eigvals(jacobian).astype(complex)
    order = np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)), axis=-1)
    return np.take_along_axis(values, order, axis=-1)


@dataclass(frozen=True)
class Cycle:
    """A cycle: points (k, n) in turn, from the lowest on; multipliers (n,), the largest first; whether it attracts."""

    points: Array
    multipliers: Any
    stable: bool

    @property
    def multiplier(self) -> float:
        """What the largest deviation is multiplied with in a round; for a complex one its modulus."""
        largest = complex(self.multipliers[0])
        return abs(largest) if largest.imag else largest.real

    @property
    def kind(self) -> str:
        """In words, as "stable fixed point", "unstable cycle"; a saddle has multipliers on both sides of 1."""
        what = "fixed point" if len(self.points) == 1 else "cycle"
        moduli = np.abs(self.multipliers)
        if not self.stable and moduli.min() < 1 < moduli.max():
            return "saddle" if what == "fixed point" else "saddle cycle"
        return f"{'stable' if self.stable else 'unstable'} {what}"


@takes()
def cycle_starts(smooth: SmoothMap, region: Sequence[tuple[float, float]], period: int = 1) -> Array:
    """Starts (n, S) for ``cycles`` in a region, (low, high) of each coordinate.

    The middle of every cell of a grid at whose corners each component of F^k(x) − x has both signs, cut into ever
    smaller ones; where the map is exact the nodes of a coarser grid too.
    """
    (low, high), n = region_ends(region, smooth.names), smooth.dimension
    PERIOD.check("period", period)
    low, width = low[:, None], high - low
    parts = tuple(slice(None, -1) for _ in range(n))
    for nodes in (_NODES if n < 3 else _FEW, *_FINER):
        shares = np.stack(np.meshgrid(*[np.linspace(0, 1, nodes)] * n, indexing="ij"))[..., None]
        places = low.reshape(n, *(1,) * n, -1) + width.reshape(n, *(1,) * (n + 1)) * shares
        moved = smooth.iterates(places, period)[-1] - places
        corners = np.stack([moved[(slice(None), *way)] for way in
                            product(*[(slice(None, -1), slice(1, None))] * n)])
        with np.errstate(invalid="ignore"):
            changes = ((corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)).all(axis=0)
        low, width = places[(slice(None), *parts)][:, changes][:, :_MOST], width / (nodes - 1)
    found = low + width[:, None] / 2
    if smooth.accuracy:
        return found
    coarse = np.stack(np.meshgrid(*(np.linspace(*side, 60 if n == 1 else 15 if n == 2 else 5) for side in region)))
    return np.concatenate([found, coarse.reshape(n, -1)], axis=1)


@takes()
def cycles(smooth: SmoothMap, starts: ArrayLike, period: int = 1) -> tuple[Cycle, ...]:
    """The cycles of this prime period that Newton's method reaches from starts (n, S); fixed points for period 1.

    In ascending order of their lowest points. Raises InputError.
    """
    points = array("starts", starts, (smooth.dimension, "S"))
    roots, converged = _newton(smooth, points, PERIOD.check("period", period))
    orbits = smooth.iterates(roots.points[:, converged], period)
    back = np.linalg.norm(orbits[1:] - orbits[:1], axis=1) / smooth.scale
    return_slope = smooth.orbit_jacobian(orbits[:-1]) - np.eye(smooth.dimension)
    singular = np.linalg.svd(return_slope, compute_uv=False)[:, -1] <= _SINGULAR
    radius = np.where(singular, _ONE_SINGULAR, _ONE)
    prime = (back[:-1] > radius).all(axis=0)
    turned = _from_lowest(np.moveaxis(orbits[:-1, :, prime], 2, 0))
    chosen = distinct(turned[:, 0] / smooth.scale, roots.step[converged][prime], radius[prime])
    found = turned[chosen][np.lexsort(turned[chosen, 0].T[::-1])]
    multipliers = smooth.multipliers(np.moveaxis(found, 0, 2))
    return tuple(Cycle(points, values, bool((np.abs(values) < 1 - _ONE).all()))
                 for points, values in zip(found, multipliers, strict=True))


def _newton(smooth: SmoothMap, starts: Array, period: int) -> tuple[Roots, Any]:
    """Roots of F^k(x) − x from starts (n, S), and which have converged."""
    def residual(point: Array, _: Any) -> Array:
        return smooth.iterates(point, period)[-1] - point

    def slope(point: Array, _: Any) -> Array:
        return smooth.orbit_jacobian(smooth.iterates(point, period - 1)) - np.eye(smooth.dimension)

    roots = newton(residual, slope, starts, np.full(smooth.dimension, smooth.scale),
                   largest=1.0, none=smooth.accuracy, most=_SHORT if smooth.accuracy else 100)
    small = (np.abs(roots.residual) <= max(_RESIDUAL, 10 * smooth.accuracy) * smooth.scale).all(axis=0)
    return roots, small & (roots.step <= _STEP)


def _from_lowest(orbits: Array) -> Array:
    """Cycles (S, k, n), each turned so that it begins with its lowest point in the order of its coordinates."""
    # Rounded, so that coordinates that are equal count as equal.
    keys = np.round(orbits, 6)
    first = [int(np.lexsort(points.T[::-1])[0]) for points in keys]
    return np.array([np.roll(points, -index, axis=0) for points, index in zip(orbits, first, strict=True)]).reshape(
        orbits.shape)
