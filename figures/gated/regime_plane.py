"""The plane that a plot of regimes covers: two parameters, their ranges, and what all of it has in common."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.gated import regimes
from gateflow.theory.checks import Array, InputError, choice, number

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


def add_plane(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a plane."""
    parser.add_argument("--preset", choices=tuple(PRESETS), default="default",
                        help="a plane of parameters; figure5-left and -right are published (NTA), figure5-printed "
                             "gives what the left one prints")
    for name in ("x", "y"):
        parser.add_argument(f"--{name}", nargs=3, metavar=("NAME", "LOW", "HIGH"),
                            help=f"the parameter along {name}, and its range: {', '.join(regimes.PARAMETERS)}")
    for name, default in regimes.PARAMETERS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="X",
                            help=f"where it is not an axis ({default:.4g}, or the preset's)")


def _axis(text: Any, preset: Axis) -> Axis:
    if text is None:
        return preset
    name = choice("name", text[0].replace("-", "_"), tuple(regimes.PARAMETERS))
    try:
        low, high = float(text[1]), float(text[2])
    except ValueError:
        raise InputError(f"{name} must have a range of two numbers, got {text[1]} {text[2]}") from None
    regimes.check_parameters({name: [number(name, low), number(name, high)]})
    if low >= high:
        raise InputError(f"{name} must have a range from low to high, got {low:g} {high:g}")
    return Axis(name, low, high)


def plane_of(arguments: argparse.Namespace) -> Plane:
    """The plane that the options ask for. Raises InputError."""
    preset = PRESETS[arguments.preset]
    x, y = _axis(arguments.x, preset.x), _axis(arguments.y, preset.y)
    if x.name == y.name:
        raise InputError(f"x and y must be different parameters, got {x.name} twice")
    given = {name: getattr(arguments, name) for name in regimes.PARAMETERS if getattr(arguments, name) is not None}
    for name in (x.name, y.name):
        if name in given:
            raise InputError(f"{name} must be left out where it is an axis, got {given[name]:g}")
    fixed = {**regimes.PARAMETERS, **preset.fixed, **given}
    regimes.check_parameters(fixed)
    return Plane(x, y, {name: value for name, value in fixed.items() if name not in (x.name, y.name)})
