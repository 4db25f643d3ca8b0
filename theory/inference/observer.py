"""The Bayesian observer of a task that changes: all of its beliefs, in logarithms.

In every step the task changes with probability h, the hazard, to any of the K − 1 others alike. So the belief before an
observation is, from that after the last one,

    prior_k = (1 − h) p_k + h/(K − 1) Σ_{j≠k} p_j = (1 − κ) p_k + κ/K,    κ = h K/(K − 1),

κ the chance of drawing the task anew, the same one included. For two tasks the log-odds move by ψ_h(L) = L +
log((1 − h)/h + e^{−L}) − log((1 − h)/h + e^L) (Glaze, Kable, Gold 2015). Derivation: hazard-filter.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import REAL, Array, Range, leading, together
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.inputs import HAZARD, at_least_two, distribution


@dataclass(frozen=True, eq=False, repr=False)
class Beliefs(Brief):
    """What an observer believes along sequences of T observations.

    log_predicted, log_filtered (..., T, K): log probability of each task before and after each observation.
    log_evidence (..., T): log probability of each observation, given those before it.
    """

    log_predicted: Array
    log_filtered: Array
    log_evidence: Array

    @property
    def predicted(self) -> Array:
        """Probability of each task before each observation, (..., T, K)."""
        return np.exp(self.log_predicted)

    @property
    def filtered(self) -> Array:
        """Probability of each task after each observation, (..., T, K)."""
        return np.exp(self.log_filtered)


def redraw_probability(hazard: Any, n_tasks: Any) -> Any:
    """κ = h K/(K − 1): probability of drawing the task anew of all K, if it changes to another with probability h."""
    return hazard * n_tasks / (n_tasks - 1)


def carry_over(log_belief: Array, hazard: Any) -> Array:
    """Log belief before the next observation, (..., K), from log belief (..., K) after the last, at hazard h (...,).

    Exact for every h from 0 to 1, however small a probability is.
    """
    stay, move = _log_moves(hazard, log_belief.shape[-1])
    with np.errstate(divide="ignore"):
        return _carried(log_belief, stay, move)


def _carried(log_belief: Array, stay: Array, move: Array) -> Array:
    return np.asarray(np.logaddexp(stay + log_belief, move + _log_others(log_belief)))


def _log_moves(hazard: Any, n_tasks: int) -> tuple[Array, Array]:
    """Log probability that a task stays, and that it becomes a certain other one, (..., 1)."""
    h = np.asarray(hazard, dtype=np.float64)[..., None]
    with np.errstate(divide="ignore"):
        return np.log1p(-h), np.log(h / (n_tasks - 1))


def _log_others(log_belief: Array) -> Array:
    """log Σ_{j≠k} exp(log_belief_j), (..., K), without cancellation."""
    if log_belief.shape[-1] == 2:
        return log_belief[..., ::-1]
    before, after = np.full((2, *log_belief.shape), -np.inf)
    before[..., 1:] = np.logaddexp.accumulate(log_belief[..., :-1], axis=-1)
    after[..., :-1] = np.logaddexp.accumulate(log_belief[..., :0:-1], axis=-1)[..., ::-1]
    return np.logaddexp(before, after)


def observe(log_likelihood: ArrayLike, hazard: ArrayLike, prior: ArrayLike | None = None) -> Beliefs:
    """Follow the tasks of sequences: Bayes' rule on each observation, the hazard between them.

    log_likelihood (..., T, K): log p(x_t | k).
    hazard: h, in [0, 1], a number or an array that broadcasts with (...,).
    prior (K,): before the first observation, by default flat.
    Raises InputError.

    >>> observe([[0.0, -1.0], [0.0, -1.0]], hazard=0.1).filtered.round(3)
    array([[0.731, 0.269],
           [0.855, 0.145]])
    """
    ell = leading("log_likelihood", log_likelihood, ("T", "K"))
    n_tasks = ell.shape[-1]
    at_least_two("log_likelihood", n_tasks)
    h, start = HAZARD.check_all("hazard", hazard), distribution("prior", prior, n_tasks)
    lead = together(log_likelihood=ell[..., 0, 0], hazard=h, prior=start[..., 0])
    predicted, filtered = np.empty((2, *lead, *ell.shape[-2:]))
    evidence = np.empty((*lead, ell.shape[-2]))
    stay, move = _log_moves(h, n_tasks)
    with np.errstate(divide="ignore"):
        belief = np.broadcast_to(np.log(start), (*lead, n_tasks))
        for t in range(ell.shape[-2]):
            predicted[..., t, :] = belief
            after = belief + ell[..., t, :]
            total = np.logaddexp.reduce(after, axis=-1, keepdims=True)
            after -= total
            evidence[..., t], filtered[..., t, :] = total[..., 0], after
            belief = _carried(after, stay, move)
    return Beliefs(predicted, filtered, evidence)


@takes(log_odds=REAL, hazard=Range(0, 1, open_low=True, open_high=True))
def log_odds_prior(log_odds: Any, hazard: Any, m: Any = np) -> Any:
    """ψ_h(L), the log-odds of two tasks before an observation from those after the last one (derivation hazard-filter).

    log_odds: L; hazard: 0 < h < 1. Numbers, arrays or SymPy: m is numpy or sympy. Stable for |L| up to 700.
    """
    return m.log(((1 - hazard) * m.exp(log_odds / 2) + hazard * m.exp(-log_odds / 2))
                 / (hazard * m.exp(log_odds / 2) + (1 - hazard) * m.exp(-log_odds / 2)))


def largest_log_odds(hazard: Any, m: Any = np) -> Any:
    """log((1 − h)/h), which the log-odds before an observation never exceed (derivation hazard-filter)."""
    return m.log((1 - hazard) / hazard)
