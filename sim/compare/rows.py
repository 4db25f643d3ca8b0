"""Theory against simulation, one row a quantity."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from gateflow.theory.checks import Array

# A row is judged at this confidence, so that a table of dozens of rows rarely fails by chance; it shows 95 %.
JUDGED = 0.999
# Errors of numbers of order one up to this are rounding.
ROUNDING = 1e-12
# Means over fewer members are shown, not judged: their interval would allow anything.
FEWEST = 5


@dataclass(frozen=True)
class Row:
    """One quantity: what theory says, what simulation gives, how far they lie apart and how far they may.

    low, high: 95 % interval of the simulated number. error, tolerance: in the quantity's unit. basis: "exact" (holds
    to rounding), "limit" (holds as dt → 0), "approximation", or "observation" (nothing is claimed). holds: whether
    error ≤ tolerance, None where nothing is claimed. Missing numbers are None.
    """

    quantity: str
    theory: float | None
    simulation: float | None
    low: float | None
    high: float | None
    error: float | None
    tolerance: float | None
    basis: str
    holds: bool | None


def half_widths(values: Array, confidence: float = 0.95, axis: int = 0) -> np.ma.MaskedArray[Any, Any]:
    """Half the width of Student's confidence interval of the mean along an axis of values, which it removes.

    Masked values do not count; the result is masked where fewer than two do.
    """
    sample = np.ma.asarray(values)
    counted = sample.count(axis=axis)
    n = np.maximum(counted, 2)
    # The deviation about the sample's own mean, which is √((n − 1)/n) of the unbiased one.
    width = scipy.special.stdtrit(n - 1, (1 + confidence) / 2) * np.ma.std(sample, axis=axis) / np.sqrt(n - 1)
    return np.ma.array(width, mask=counted < 2)


def half_width(values: Array, confidence: float = 0.95) -> float:
    """Half the width of Student's confidence interval of the mean of values (S,); NaN for fewer than two."""
    return float(half_widths(values, confidence).filled(np.nan))


def lowest(x: Array, y: Array) -> float:
    """Where the parabola through the lowest of points x, y (n,) and its neighbours is lowest; at an end, that point."""
    k = int(np.argmin(y))
    if k in (0, len(x) - 1):
        return float(x[k])
    curve = np.polyfit(x[k - 1:k + 2] - x[k], y[k - 1:k + 2], 2)
    return float(x[k] - curve[1] / (2 * curve[0]))


def mean(values: Array) -> float:
    """Mean of the values that are there; NaN where none is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else float("nan")


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def make_row(quantity: str, basis: str, *, error: float, tolerance: float = float("nan"), theory: float = float("nan"),
             simulation: float = float("nan"), half: float = float("nan")) -> Row:
    """Return a row, judged if it has a tolerance; NaN stands for what is missing, half for half the 95 % interval."""
    judged = bool(np.isfinite(tolerance))
    return Row(quantity, _number(theory), _number(simulation), _number(simulation - half), _number(simulation + half),
               _number(error), _number(tolerance), basis, bool(error <= tolerance) if judged else None)


def bound_row(quantity: str, error: float, tolerance: float, basis: str = "exact") -> Row:
    """A quantity that theory puts at zero, or a distance of simulation from theory; a NaN fails."""
    return make_row(quantity, basis, error=error, tolerance=tolerance)


def order_row(quantity: str, coarse: float | Array, fine: float | Array, expected: float = 1.0, tolerance: float = 0.4,
              rounding: float = ROUNDING) -> Row:
    """Observed order of errors that were coarse at a step and fine at half of it, the median of all.

    rounding: errors up to this have no order; where all are, nothing is claimed.
    """
    one, other = np.ravel(coarse), np.ravel(fine)
    seen = (one > rounding) & (other > rounding)
    order = float(np.median(np.log2(one[seen] / other[seen]))) if seen.any() else float("nan")
    return make_row(quantity, "limit", theory=expected, simulation=order, error=abs(order - expected),
                    tolerance=tolerance if np.isfinite(order) else float("nan"))


def mean_row(quantity: str, theory: Array, simulation: Array, allowance: float) -> Row:
    """Mean over members of a simulated number against its prediction, member by member.

    theory, simulation (S,): NaN where a member has no value; members that lack either are left out and counted.
    allowance: what a finite step may add to the interval. What is judged are the differences: what a member's
    theory and simulation share, its initial weights, cancels; at the JUDGED confidence their interval is the tolerance.
    Fewer than FEWEST members are not judged. The interval shown is that of the simulated mean itself.
    """
    both = np.isfinite(theory) & np.isfinite(simulation)
    name = quantity if both.all() else f"{quantity} ({len(both) - both.sum()} of {len(both)} missing)"
    if not both.any():
        return make_row(name, "observation", error=float("nan"))
    difference = simulation[both] - theory[both]
    return make_row(name, "limit", theory=float(theory[both].mean()), simulation=float(simulation[both].mean()),
                    half=half_width(simulation[both]), error=abs(float(difference.mean())),
                    tolerance=half_width(difference, JUDGED) + allowance if both.sum() >= FEWEST else float("nan"))


def against_row(quantity: str, theory: float | Array, simulation: Array, basis: str = "exact",
                allowance: float = 0.0) -> Row:
    """As ``mean_row``, of members (S,) against one number, or one a member."""
    return replace(mean_row(quantity, np.broadcast_to(theory, simulation.shape), simulation, allowance), basis=basis)


def law_row(quantity: str, first: Array, second: Array, level: float = 1 - JUDGED) -> Row:
    """Two samples (n,) that should have the same law: Kolmogorov–Smirnov distance against its critical value.

    theory and simulation are the two means; the interval is that of the second. level: chance of a false alarm.
    """
    both = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(sample), both, side="right") / len(sample) for sample in (first, second)]
    distance = float(np.abs(shares[0] - shares[1]).max())
    critical = float(np.sqrt(-np.log(level / 2) / 2 * (1 / len(first) + 1 / len(second))))
    return make_row(quantity, "exact", theory=float(first.mean()), simulation=float(second.mean()),
                    half=half_width(second), error=distance, tolerance=critical)
