"""What is followed through parameters: fixed points of planar flows, cycles of maps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from gateflow.theory.checks import Array
from gateflow.theory.plane.maps import SmoothMap, multipliers_of
from gateflow.theory.plane.system import PlanarSystem


@dataclass(frozen=True)
class Flow:
    """Fixed points of a planar flow: what vanishes at states (n, …) and parameters, and what may happen there."""

    model: PlanarSystem

    def residual(self, x: Array, changes: Mapping[str, Any]) -> Array:
        """What vanishes (n, …)."""
        return self.model.velocity(*x, **changes)

    def jacobian(self, x: Array, changes: Mapping[str, Any]) -> Array:
        """Its Jacobian (…, n, n)."""
        return self.model.jacobian(*x, **changes)

    def happens(self) -> dict[str, Callable[[Array], Any]]:
        """Functions of the Jacobian that vanish where something happens, by its kind."""
        return {"hopf": lambda jacobian: np.trace(jacobian, axis1=-2, axis2=-1)}

    def holds(self, kind: str, jacobian: Array) -> bool:
        """Whether the Jacobian is what the kind says."""
        return bool(np.linalg.det(jacobian) > 0)

    def eigenvalues(self, jacobian: Array) -> tuple[Any, Any]:
        """Eigenvalues (…, n), and which states are stable (…)."""
        values = np.linalg.eigvals(jacobian).astype(complex)
        values = np.take_along_axis(values, np.lexsort((values.imag, values.real), axis=-1), axis=-1)
        return values, (values.real < 0).all(axis=-1)


@dataclass(frozen=True)
class Iterated:
    """Cycles of a map: fixed points of its period-th iterate."""

    model: SmoothMap
    period: int = 1

    def residual(self, x: Array, changes: Mapping[str, Any]) -> Array:
        """What vanishes (n, …)."""
        orbit = self.model.iterates(x, self.period, **changes)
        return orbit[-1] - orbit[0]

    def jacobian(self, x: Array, changes: Mapping[str, Any]) -> Array:
        """Its Jacobian (…, n, n)."""
        orbit = self.model.iterates(x, self.period - 1, **changes)
        return self.model.orbit_jacobian(orbit, **changes) - np.eye(self.model.dimension)

    def happens(self) -> dict[str, Callable[[Array], Any]]:
        """Functions of the Jacobian that vanish where something happens, by its kind."""
        one = np.eye(self.model.dimension)
        tests: dict[str, Callable[[Array], Any]] = {"flip": lambda jacobian: np.linalg.det(jacobian + 2 * one)}
        if self.model.dimension > 1:
            tests["neimark-sacker"] = lambda jacobian: _pairs(jacobian + one)
        return tests

    def holds(self, kind: str, jacobian: Array) -> bool:
        """Whether the Jacobian is what the kind says."""
        values = np.linalg.eigvals(jacobian + np.eye(self.model.dimension))
        near = np.abs(values[:, None] * values - 1) < 1e-6
        return kind != "neimark-sacker" or bool((near & (np.abs(values.imag) > 1e-6)).any())

    def eigenvalues(self, jacobian: Array) -> tuple[Any, Any]:
        """Eigenvalues (…, n), and which states are stable (…)."""
        values = multipliers_of(jacobian + np.eye(self.model.dimension))
        return values, (np.abs(values) < 1).all(axis=-1)


Problem = Flow | Iterated


def _pairs(matrix: Array) -> Any:
    """det(C₂ − 1), C₂ the second compound matrix: it vanishes where a product of two eigenvalues is 1."""
    pairs = list(combinations(range(matrix.shape[-1]), 2))
    minors = [[matrix[..., i, k] * matrix[..., j, n] - matrix[..., i, n] * matrix[..., j, k] for k, n in pairs]
              for i, j in pairs]
    compound = np.moveaxis(np.array(minors), (0, 1), (-2, -1))
    return np.linalg.det(compound - np.eye(len(pairs)))
