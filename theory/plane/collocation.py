"""Limit cycles of planar flows by orthogonal collocation, alone or followed through a parameter.

A cycle is piecewise a polynomial of degree 4 in t/period that satisfies the flow at the Gauss points of every piece
(de Boor and Swartz, SIAM J. Numer. Anal. 10, 1973); the mesh follows the fifth derivative. In the plane its multiplier
is exp ∮ div dt, so that no variational equation is solved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from gateflow.theory.checks import Array
from gateflow.theory.plane.arclength import Curve, Test
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.system import PlanarSystem

_DEGREE = 4
# Nodes (Lobatto) of a piece, where the cycle is known, and Gauss points, where it satisfies the flow, in [0, 1].
_NODES = np.array([0.0, (1 - np.sqrt(3 / 7)) / 2, 0.5, (1 + np.sqrt(3 / 7)) / 2, 1.0])
_LEGENDRE = np.polynomial.legendre.leggauss(_DEGREE)
_GAUSS, _WEIGHTS = (_LEGENDRE[0] + 1) / 2, _LEGENDRE[1] / 2


def _lagrange(places: Array) -> tuple[Array, Array]:
    """Values and slopes (places, nodes) of the polynomials that are 1 at one node."""
    powers = np.linalg.inv(np.vander(_NODES, increasing=True))
    values = np.vander(places, _DEGREE + 1, increasing=True)
    slopes = np.column_stack([np.zeros(len(places)), values[:, :-1] * np.arange(1, _DEGREE + 1)])
    return values @ powers, slopes @ powers


_VALUES, _SLOPES = _lagrange(_GAUSS)
# The fourth derivative on a piece of length 1.
_HIGHEST = 24 * np.linalg.inv(np.vander(_NODES, increasing=True))[-1]
# A cycle whose size, as a root mean square in sides of the box, is below this has shrunk to a point; how many times the
# period may grow before it counts as infinite; by how much the box may be left, in sides.
SMALLEST, _LONGEST, _WIDER = 1e-3, 100.0, 3.0
_NO_MULTIPLIER = 1e-7


@dataclass(frozen=True)
class LimitCycle:
    """A limit cycle: its period, the logarithm of its multiplier, points (N, 2) at times t (N,), the first again last.

    Deviations from it change by the multiplier exp ∮ div dt from one round to the next.
    """

    period: float
    log_multiplier: float
    t: Array = field(repr=False)
    points: Array = field(repr=False)

    @property
    def multiplier(self) -> float:
        """What deviations are multiplied with in a round; 0 and infinity stand for what no number is for."""
        with np.errstate(over="ignore", under="ignore"):
            return float(np.exp(self.log_multiplier))

    @property
    def stable(self) -> bool:
        """Whether deviations shrink."""
        return self.log_multiplier < -_NO_MULTIPLIER

    def like(self, other: "LimitCycle", size: Array) -> bool:
        """Whether another cycle is the same, to 1e-4 of the box and of its period."""
        near = abs(self.period / other.period - 1) < 1e-4
        ends = [np.concatenate([one.points.min(axis=0) / size, one.points.max(axis=0) / size]) for one in (self, other)]
        return near and bool(np.abs(ends[0] - ends[1]).max() < 1e-3)


class Cycles(Curve):
    """Cycles as z: N·4 states in sides of the box over √(N·4), the logarithm of the period, the parameter in its range.

    mesh (N + 1,): ends of the pieces, in units of the period. The phase is that of a reference, the cycle before.
    """

    def __init__(self, system: PlanarSystem, parameter: str, bounds: tuple[float, float], box: Box,
                 pieces: int) -> None:
        """Begin with a mesh of equal pieces; without a name of a parameter all of them stay."""
        self.system, self.parameter, self.box, self.pieces = system, parameter, box, pieces
        self.p_low, self.p_size = bounds[0], bounds[1] - bounds[0]
        self.mesh = np.linspace(0, 1, pieces + 1)
        self.scale = box.size * np.sqrt(_DEGREE * pieces)
        self.wide = box.wider(_WIDER)
        self.longest = np.inf
        # The parameter of a canard hardly changes: that the multiplier is 1 is what tells a fold.
        self.tests = (Test("fold", lambda z, _: self.log_multiplier(z), holds=self._stationary),
                      Test("branch point", lambda z, _: self.log_multiplier(z),
                           holds=lambda z: not self._stationary(z)))

    def pack(self, states: Array, period: float, p: float) -> Array:
        """z of states (N·4, 2)."""
        u = (states - self.box.low) / self.scale
        return np.concatenate([u.ravel(), [np.log(period), (p - self.p_low) / self.p_size if self.p_size else 0.0]])

    def states(self, z: Array) -> Array:
        """States (N·4, 2) of z."""
        return np.asarray(z[:-2].reshape(-1, 2) * self.scale + self.box.low)

    def _stationary(self, z: Array) -> bool:
        """Whether the parameter stands still along the branch: what tells a fold from a crossing of branches."""
        # Not along the parameter, for at a fold that is no way to go on.
        return bool(abs(self.tangent(z, np.ones(len(z)))[-1]) < 1e-3)

    def period(self, z: Array) -> float:
        """The period of z."""
        return float(np.exp(min(z[-2], 300.0)))

    def changes(self, z: Array) -> dict[str, float]:
        """The value of the parameter, by name."""
        return {self.parameter: float(self.p_low + self.p_size * z[-1])} if self.parameter else {}

    def refer(self, z: Array) -> None:
        """Let the phase be that of z."""
        _, slope = self._at_gauss(z)
        self.reference, self.mean = slope / self.box.size**2, z.copy()

    def _blocks(self, values: Array) -> Array:
        """Values at the nodes of every piece (N, 5, 2), of those at all nodes (N·4, 2)."""
        index = (np.arange(self.pieces)[:, None] * _DEGREE + np.arange(_DEGREE + 1)) % len(values)
        return np.asarray(values[index])

    def _at_gauss(self, z: Array) -> tuple[Array, Array]:
        """States and slopes by t/period (N, 4, 2) at the Gauss points."""
        blocks = self._blocks(self.states(z))
        h = np.diff(self.mesh)[:, None, None]
        return np.einsum("ij,kja->kia", _VALUES, blocks), np.einsum("ij,kja->kia", _SLOPES, blocks) / h

    def _velocity(self, x: Array, changes: Mapping[str, Any]) -> Array:
        return np.moveaxis(self.system.velocity(x[..., 0], x[..., 1], **changes), 0, -1)

    def residual(self, z: Array) -> Array:
        """Defects at the Gauss points, in sides of the box, and the phase."""
        x, slope = self._at_gauss(z)
        defect = (slope - self.period(z) * self._velocity(x, self.changes(z))) / self.box.size
        x_before, _ = self._at_gauss(self.mean)
        phase = np.einsum("k,i,kia->", np.diff(self.mesh), _WEIGHTS, (x - x_before) * self.reference)
        return np.append(defect.ravel(), phase)

    def slope(self, z: Array) -> Any:
        """Their derivatives, as a sparse array."""
        x, _ = self._at_gauss(z)
        n, h, period, changes = self.pieces, np.diff(self.mesh), self.period(z), self.changes(z)
        jacobian = self.system.jacobian(x[..., 0], x[..., 1], **changes)
        blocks = (np.einsum("ij,ab,k->kiajb", _SLOPES, np.eye(2), 1 / h)
                  - period * np.einsum("kiab,ij->kiajb", jacobian, _VALUES))
        blocks = blocks * (self.scale / self.box.size[:, None])[None, None, :, None, :]
        rows = np.arange(n * _DEGREE * 2).reshape(n, _DEGREE, 2, 1, 1)
        points = (np.arange(n)[:, None] * _DEGREE + np.arange(_DEGREE + 1)) % (n * _DEGREE)
        columns = (2 * points[:, :, None] + np.arange(2))[:, None, None]
        by_period = -period * self._velocity(x, changes) / self.box.size
        phase = np.einsum("k,i,ij,kia->kja", h, _WEIGHTS, _VALUES, self.reference) * self.scale
        last = n * _DEGREE * 2
        everywhere = np.arange(last)
        entries = [(np.broadcast_to(rows, blocks.shape), np.broadcast_to(columns, blocks.shape), blocks),
                   (everywhere, np.full(last, last), by_period),
                   (np.full(phase.shape, last), 2 * points[:, :, None] + np.arange(2), phase)]
        if self.parameter and self.p_size:
            by_p = numeric_jacobian(lambda p: self.system.velocity(x[..., 0], x[..., 1], **{self.parameter: p[0]}),
                                    np.full((1, *x.shape[:-1]), changes[self.parameter]), analytic=self.system.analytic,
                                    scale=self.p_size)[..., 0]
            entries.append((everywhere, np.full(last, last + 1), -period * self.p_size * by_p / self.box.size))
        row, column, value = (np.concatenate([np.ravel(part) for part in parts]) for parts in
                              zip(*entries, strict=True))
        return scipy.sparse.csr_array((value, (row, column)), shape=(last + 1, last + 2))

    def solve(self, slope: Any, row: Array, value: Array) -> Array:
        """The step that the slope and a further row take to a value."""
        matrix = scipy.sparse.vstack([slope, scipy.sparse.csr_array(row[None])], format="csc")
        return np.asarray(scipy.sparse.linalg.splu(matrix).solve(value))

    def tangent(self, z: Array, along: Array) -> Array:
        """Unit tangent that goes on in a direction."""
        right = np.zeros(len(z))
        right[-1] = 1.0
        try:
            tangent = self.solve(self.slope(z), along, right)
        except RuntimeError:
            return along
        length = float(np.linalg.norm(tangent))
        return tangent / length if 0 < length < np.inf else along

    def accepted(self, z: Array, tangent: Array) -> tuple[Array, Array]:
        """The same cycle and tangent on a better mesh, with the phase of this cycle."""
        z, tangent = self.remeshed(z, tangent)
        self.refer(z)
        return z, tangent

    def remeshed(self, z: Array, tangent: Array) -> tuple[Array, Array]:
        """The same cycle on a mesh whose pieces have equal parts of the fifth root of the fifth derivative."""
        h = np.diff(self.mesh)
        fourth = np.einsum("j,kja->ka", _HIGHEST, self._blocks(self.states(z) / self.box.size)) / h[:, None] ** 4
        jump = np.linalg.norm(np.roll(fourth, -1, axis=0) - fourth, axis=1) / ((h + np.roll(h, -1)) / 2)
        density = ((jump + np.roll(jump, 1)) / 2) ** (1 / (_DEGREE + 1))
        if not np.isfinite(density).all() or density.max() == 0:
            return z, tangent
        density = density + 0.1 * (density @ h)
        share = np.append(0.0, np.cumsum(density * h))
        new = np.interp(np.linspace(0, share[-1], self.pieces + 1), share, self.mesh)
        places = (new[:-1, None] + np.diff(new)[:, None] * _NODES[:-1]).ravel()
        piece = np.clip(np.searchsorted(self.mesh, places, side="right") - 1, 0, self.pieces - 1)
        weights = _lagrange((places - self.mesh[piece]) / h[piece])[0]
        moved = [np.concatenate([np.einsum("nj,nja->na", weights, self._blocks(one[:-2].reshape(-1, 2))[piece]).ravel(),
                                 one[-2:]]) for one in (z, tangent)]
        self.mesh = new
        return moved[0], moved[1] / np.linalg.norm(moved[1])

    def solved(self, z: Array, rounds: int = 4) -> Array | None:
        """The cycle near z at the same value of the parameter, on a mesh of its own; None if there is none."""
        fixed = np.zeros(len(z))
        fixed[-1] = 1.0
        for _ in range(rounds):
            self.refer(z)
            found = self.corrected_freely(z, fixed)
            if found is None:
                return None
            z = self.remeshed(found, fixed)[0]
        self.refer(z)
        return self.corrected_freely(z, fixed)

    def corrected_freely(self, z: Array, row: Array) -> Array | None:
        """Newton's method with damped steps, wherever it leads."""
        here, last = z.copy(), np.inf
        for _ in range(25):
            value = np.append(self.residual(here), 0.0)
            if not np.isfinite(value).all():
                return None
            try:
                move = self.solve(self.slope(here), row, value)
            except (RuntimeError, ValueError):
                return None
            last = float(np.linalg.norm(move))
            if not np.isfinite(last):
                return None
            here = here - move * min(1.0, 0.3 / max(last, 0.3))
            if last < 1e-11:
                break
        return here if last < 1e-8 else None

    def size(self, z: Array) -> float:
        """Size of a cycle: root mean square of its distance from its mean, in sides of the box."""
        u = z[:-2].reshape(-1, 2) * np.sqrt(_DEGREE * self.pieces)
        return float(np.sqrt(((u - u.mean(axis=0)) ** 2).sum(axis=1).mean()))

    def margins(self, z: Array) -> dict[str, float]:
        """Distances from what ends a branch of cycles, by name."""
        states = self.states(z)
        inside = np.minimum(states - self.wide.low, self.wide.high - states).min(axis=0) / self.box.size
        return {"parameter": min(float(z[-1]), 1 - float(z[-1])), "point": self.size(z) / SMALLEST - 1,
                "period": self.longest - float(z[-2]), "box": float(inside.min())}

    def margin(self, z: Array) -> float:
        """Distance from what ends the branch."""
        return min(self.margins(z).values())

    def face(self, z: Array) -> str:
        """What ends the branch nearest."""
        margins = self.margins(z)
        return min(margins, key=lambda name: margins[name])

    def clipped(self, z: Array) -> Array:
        """The parameter within its bounds."""
        return np.append(z[:-1], np.clip(z[-1], 0.0, 1.0))

    def kind(self, z: Array) -> str:
        """None: a first cycle is never special."""
        return ""

    def limit(self, z: Array) -> None:
        """Count periods much longer than this one as infinite."""
        self.longest = float(z[-2] + np.log(_LONGEST))

    def log_multiplier(self, z: Array) -> float:
        """∮ div dt."""
        x, _ = self._at_gauss(z)
        trace = np.trace(self.system.jacobian(x[..., 0], x[..., 1], **self.changes(z)), axis1=-2, axis2=-1)
        return self.period(z) * float(np.einsum("k,i,ki->", np.diff(self.mesh), _WEIGHTS, trace))

    def places(self) -> Array:
        """Where the states of z (N·4,) lie, in units of the period."""
        return np.asarray((self.mesh[:-1, None] + np.diff(self.mesh)[:, None] * _NODES[:-1]).ravel())

    def cycle(self, z: Array) -> LimitCycle:
        """The cycle as a polyline."""
        states = self.states(z)
        return LimitCycle(self.period(z), self.log_multiplier(z), np.append(self.places(), 1.0) * self.period(z),
                          np.vstack([states, states[:1]]))

    def resampled(self, t: Array, points: Array, period: float, p: float) -> Array:
        """z of a closed path (T, 2) at times t (T,), one period long, on the mesh as it is."""
        places = self.places() * period
        return self.pack(np.stack([np.interp(places, t, part) for part in points.T], axis=1), period, p)
