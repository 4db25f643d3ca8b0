"""Simulated cells of a field: what every seed gives at each of two parameters, beside what theory says there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import half_widths
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import Array


@dataclass(frozen=True, eq=False)
class FieldRuns:
    """One number of simulations over cells. x (X,), y (Y,); values (S, Y, X): of every seed, NaN where it failed.

    predicted (Y, X): what theory says there; judged (Y, X): where it claims it; failures: what failed, a line each.
    """

    x: Array
    y: Array
    values: Array
    predicted: Array
    judged: NDArray[np.bool_]
    failures: tuple[str, ...] = ()

    @classmethod
    def of(cls, result: SweepResult, value: str, x: str, y: str, predicted: Array,
           judged: NDArray[np.bool_] | None = None) -> "FieldRuns":
        """A value of a sweep over the axes named x and y; its other axes have one entry."""
        axes = list(result.axes)
        values = np.ma.filled(result.values[value].astype(float), np.nan)
        others = tuple(k for k, name in enumerate(axes) if name not in (x, y))
        # Seeds are the last axis of a sweep.
        kept = [name for name in axes if name in (x, y)]
        ordered = values.squeeze(others).transpose(2, kept.index(y), kept.index(x))
        claimed = np.ones(predicted.shape, dtype=bool) if judged is None else judged
        return cls(np.asarray(result.axes[x], dtype=float), np.asarray(result.axes[y], dtype=float), ordered,
                   predicted, claimed, tuple(result.report()))

    @property
    def mean(self) -> Array:
        """Mean over the seeds that did not fail, (Y, X); NaN where all did."""
        return np.asarray(np.ma.filled(np.ma.masked_invalid(self.values).mean(axis=0), np.nan))

    def half(self, confidence: float = 0.95) -> Array:
        """Half the interval of the mean, (Y, X); NaN where fewer than two seeds did not fail."""
        return np.asarray(half_widths(np.ma.masked_invalid(self.values), confidence).filled(np.nan))

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Where there is a mean, (Y, X)."""
        return np.asarray(np.isfinite(self.mean))

    @property
    def distance(self) -> Array:
        """Distance of the mean from theory, (Y, X)."""
        return np.asarray(np.abs(self.mean - self.predicted))

    def words(self) -> str:
        """How far theory and simulation lie apart."""
        if not self.finite.any():
            return "no simulation succeeded"
        distance = self.distance[self.finite]
        return f"apart by {distance.mean():.2g} on average, at most {distance.max():.2g}"

    def data(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays, by name."""
        return {f"{prefix}_x": self.x, f"{prefix}_y": self.y, f"{prefix}_mean": self.mean,
                f"{prefix}_half": self.half(), f"{prefix}_predicted": self.predicted,
                f"{prefix}_judged": self.judged}
