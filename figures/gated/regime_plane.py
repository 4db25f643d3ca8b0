"""The plane that a plot of regimes covers, two parameters and their ranges, and a field over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gateflow.sim.gated import regimes
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.checks import Array, InputError, choice
from gateflow.theory.parameters import check_span

# Ranges over a factor of this and more are spread evenly in the logarithm.
_WIDE = 8.0


@dataclass(frozen=True)
class Axis:
    """One axis of the plane: its parameter, its range, and where it is simulated; None for evenly spread."""

    name: str
    low: float
    high: float
    simulated: tuple[float, ...] | None = None

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is logarithmic: a wide one whose cells nobody has chosen."""
        return self.simulated is None and self.low > 0 and self.high / self.low >= _WIDE

    def values(self, n: int) -> Array:
        """The n values of the field."""
        spread = np.geomspace if self.logarithmic else np.linspace
        return np.asarray(spread(self.low, self.high, n))

    def cells(self, n: int) -> Array:
        """The values that are simulated, n of them if nothing else was said, away from the edges."""
        return np.array(self.simulated) if self.simulated else self.values(2 * n + 1)[1::2]


@dataclass(frozen=True)
class Plane:
    """A plane: its two axes, and what all of it has in common."""

    x: Axis
    y: Axis
    fixed: Mapping[str, float]


_BLOCKS = (0.1, 0.4, 0.6, 0.8, 1.0)
_COLUMNS = (0.02, 0.04, 0.06, 0.08, 0.1)
_FIGURE5, _COSTS = {"tau_w": 0.1, "duration": 7.0}, {"norm_strength": 2.5, "nonneg_strength": 0.5}
# NTA, figure 5: the settings of both panels as published, and those whose alignments are close to what the left panel
# prints: there both time constants grow along its axis.
PRESETS = {
    "default": Plane(Axis("tau_c", 0.005, 0.5), Axis("tau_block", 0.2, 2.0), {}),
    "figure5-left": Plane(Axis("tau_c", 0.004, 0.11, _COLUMNS),
                           Axis("tau_block", 0.08, 1.05, _BLOCKS),
                           {**_FIGURE5, **_COSTS}),
    "figure5-printed": Plane(Axis("pace", 0.015, 0.11, _COLUMNS), Axis("tau_block", 0.08, 1.05, _BLOCKS),
                             {"tau_w": 3.25, "tau_c": 0.32, "duration": 7.0, **_COSTS}),
    "figure5-right": Plane(Axis("strength", 0.0, 0.21, (0.0, 0.05, 0.1, 0.15, 0.2)),
                            Axis("tau_block", 0.08, 1.05, _BLOCKS),
                            {**_FIGURE5, "tau_c": 0.005, "norm_strength": 50 / 6, "nonneg_strength": 10 / 6})}


def _axis(words: Sequence[str], preset: Axis) -> Axis:
    """The axis that words ask for: its name and its range. Raises InputError."""
    if not words:
        return preset
    name = choice("name", words[0].replace("-", "_"), tuple(regimes.PARAMETERS))
    try:
        low, high = (float(word) for word in words[1:])
    except ValueError:
        raise InputError(f"{name} must have a range of two numbers, got {' '.join(words[1:])}") from None
    regimes.check_parameters({name: [low, high]})
    check_span(name, (low, high))
    return Axis(name, low, high)


def plane_of(preset: str, x: Sequence[str], y: Sequence[str], given: Mapping[str, float]) -> Plane:
    """The plane of a preset with other axes, or other values of what is no axis. Raises InputError."""
    start = PRESETS[preset]
    horizontal, vertical = _axis(x, start.x), _axis(y, start.y)
    axes = (horizontal.name, vertical.name)
    if axes[0] == axes[1]:
        raise InputError(f"x and y must be different parameters, got {axes[0]} twice")
    for name in axes:
        if name in given:
            raise InputError(f"{name} must be left out where it is an axis, got {given[name]:g}")
    fixed = {**regimes.PARAMETERS, **start.fixed, **given}
    return Plane(horizontal, vertical, {name: value for name, value in fixed.items() if name not in axes})


@dataclass(frozen=True)
class RegimeField:
    """A field over the plane. x (X,), y (Y,); share (Y, X): of networks with an onset; regime (Y, X): the commonest.

    alignment (Y, X): mean total alignment, NaN where not all runs were computed, None where theory has none; growth
    (Y, X) likewise, the block over the shortest that lets specialisation grow. shares (Y, X, 3): of networks in each
    regime.
    """

    x: Array
    y: Array
    share: Array
    regime: Array
    shares: Array
    alignment: Array | None = None
    growth: Array | None = None

    @classmethod
    def of(cls, result: SweepResult, shown: Plane) -> "RegimeField":
        """The field that a sweep over both axes gives. Raises RuntimeError if it gives nothing at all."""
        if "regime" not in result.values or result.values["regime"].count() == 0:
            raise RuntimeError(f"nothing can be computed anywhere in this plane; {'; '.join(result.report()[1:2])}")
        order = [list(result.axes).index(axis.name) for axis in (shown.y, shown.x)]
        values = {name: np.ma.filled(value.astype(float), np.nan).transpose(*order, *range(2, value.ndim))
                  for name, value in result.values.items()}
        if not result.seeds:
            values = {name: value[..., None] for name, value in values.items()}
        valid = np.isfinite(values["regime"])
        counted = np.maximum(valid.sum(axis=-1, keepdims=True), 1)
        shares = np.stack([(values["regime"] == kind).sum(axis=-1) for kind in range(3)], axis=-1) / counted
        regime = np.where(valid.any(axis=-1), shares.argmax(axis=-1), np.nan)
        mean = {name: np.where(valid, value, 0).sum(axis=-1) / counted[..., 0] for name, value in values.items()}
        mean = {name: np.where(valid.any(axis=-1), value, np.nan) for name, value in mean.items()}
        x, y = (np.asarray(result.axes[axis.name]) for axis in (shown.x, shown.y))
        return cls(x, y, mean["onset"], regime, shares, mean.get("total_alignment"), mean.get("growth"))

    def data(self, name: str) -> dict[str, Array]:
        """The arrays of the field, by name."""
        own = {key: getattr(self, key) for key in ("x", "y", "share", "regime", "shares", "alignment", "growth")}
        return {f"{name}_{key}": value for key, value in own.items() if value is not None}
