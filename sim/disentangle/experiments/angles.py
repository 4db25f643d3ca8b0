"""At which angles do factors move logits?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import FEWEST, JUDGED, Row, against_row, bound_row, half_width, make_row
from gateflow.sim.disentangle.filtering import filter_angles
from gateflow.sim.disentangle.setting import Members, Purpose
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.angles import angle_cdf, angle_spread

# Tasks and dimensions; sets of tasks of a member, and trials to measure each in.
WORLDS, _SETS, _TRIALS = ((24, 2), (24, 3)), 40, 400
# What the law of the angle leaves out: relative to N^{-2}, and in its shape.
_SHAPE = 0.008


@dataclass(frozen=True, eq=False)
class AngleRuns:
    """Angles between the directions of the first two factors in rad, (S, worlds, sets)."""

    angles: Array


@dataclass(frozen=True)
class Angles(Members[AngleRuns]):
    """Directions in which the exact filter's logits move, random unit normals."""

    source = "DIS, figure 3c; derivation angles"
    position = 80
    cost = "3 s"

    def member(self, member: int) -> AngleRuns:
        """Sets of tasks in every world."""
        rng = self.stream(Purpose.ANGLES, member)
        return AngleRuns(np.array([filter_angles(n, D, _SETS, _TRIALS, rng)[:, 0] for n, D in WORLDS]))

    def rows(self, result: AngleRuns) -> Iterator[Row]:
        """Spread and shape of the law."""
        for (n_tasks, dimension), angles in zip(WORLDS, np.moveaxis(result.angles, 1, 0), strict=True):
            about = f"angle of two latent directions, N = {n_tasks}, D = {dimension}"
            spread = float(angle_spread(n_tasks, dimension))
            yield against_row(f"{about}: mean, degrees", 90.0, np.degrees(angles.mean(axis=1)))
            squared = np.mean((angles - np.pi / 2) ** 2, axis=1)
            drawn, omitted = float(np.sqrt(squared.mean())), 2 * (dimension / n_tasks) ** 2
            shown, judged = (half_width(squared, level) / (2 * drawn) for level in (0.95, JUDGED))
            yield make_row(f"{about}: standard deviation, degrees", "approximation", theory=np.degrees(spread),
                           simulation=np.degrees(drawn), half=np.degrees(shown), error=np.degrees(abs(drawn - spread)),
                           tolerance=np.degrees(judged + omitted * spread) if len(angles) >= FEWEST else float("nan"))
            ordered = np.sort(angles.ravel())
            share = (np.arange(len(ordered)) + 0.5) / len(ordered)
            distance = float(np.abs(angle_cdf(ordered, n_tasks, dimension) - share).max())
            yield bound_row(f"{about}: distance from its law", distance, 1.95 / np.sqrt(len(ordered)) + _SHAPE,
                            "approximation")


EXPERIMENT = Angles
