"""Which noise lets outputs tell most?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import FEWEST, JUDGED, Row, against_row, half_width, lowest, make_row
from gateflow.sim.disentangle.read_outputs import (
    FACTORS,
    NOISE_TASKS,
    THIRD,
    ImpreciselyRead,
    ReadErrors,
    best_noise,
    lines_error,
)
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.tasks import VARIANCE

# The best noise is flat: this far off it, as a factor, the error changes little.
_FLAT = 1.5


@dataclass(frozen=True, eq=False)
class NoiseRuns:
    """Mean squared errors of the best estimate, a factor, (S, NOISE_TASKS, FACTORS)."""

    errors: Array


@dataclass(frozen=True)
class BestNoise(ImpreciselyRead[NoiseRuns]):
    """Errors at some factors of the noise that theory names."""

    source = "derivation noise-optimum"
    position = 70
    cost = "15 s, with number-of-tasks"
    example = "--precision 0.02"

    def gather(self, results: Sequence[ReadErrors]) -> NoiseRuns:
        """All members side by side."""
        return NoiseRuns(np.concatenate([each.noise for each in results]))

    def rows(self, result: NoiseRuns) -> Iterator[Row]:
        """The error at the best noise, where it is least, and what is added far from it."""
        about = f"readings of precision {self.precision:g}"
        for n_tasks, errors in zip(NOISE_TASKS, np.moveaxis(result.errors, 1, 0), strict=True):
            best, by_factor = best_noise(n_tasks, self.precision), dict(zip(FACTORS, errors.T, strict=True))
            yield against_row(f"{about}: r² at the best noise, N = {n_tasks}", best.r2, 1 - by_factor[1.0] / VARIANCE,
                              "approximation", THIRD * best.error / VARIANCE)
            yield _place_row(f"{about}: best σ/√t, N = {n_tasks}", best.sigma_t, errors)
            for factor in (FACTORS[0], FACTORS[-1]):
                added = float(lines_error(n_tasks, factor * best.sigma_t, self.precision)) - best.error
                yield against_row(f"{about}: error added at {factor:g} times the best noise, N = {n_tasks}", added,
                                  by_factor[factor] - by_factor[1.0], "approximation", THIRD * (added + best.error))


def _place_row(quantity: str, best: float, errors: Array) -> Row:
    """Noise of least error, from errors (S, FACTORS); its interval by leaving out one member after another."""
    x, n = np.log(np.array(FACTORS) * best), len(errors)
    place = float(np.exp(lowest(x, np.log(errors.mean(axis=0)))))
    if n < 2:
        return make_row(quantity, "observation", theory=best, simulation=place, error=abs(place - best))
    # Values whose mean has the jackknife's standard error.
    others = (errors.sum(axis=0) - errors) / (n - 1)
    jackknife = (n - 1) * np.array([np.exp(lowest(x, np.log(mean))) for mean in others])
    tolerance = (_FLAT - 1) * best + half_width(jackknife, JUDGED)
    return make_row(quantity, "approximation", theory=best, simulation=place, half=half_width(jackknife),
                    error=abs(place - best), tolerance=tolerance if n >= FEWEST else float("nan"))


EXPERIMENT = BestNoise
