"""Which changes a gradient expects"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.inference.linear_filters import (
    best_retention,
    correlation,
    kalman_variance,
    tracking_error,
    tuned_correlation,
    useful_noise,
)
from gateflow.theory.inference.observer import carry_over, largest_log_odds, log_odds_prior
from gateflow.theory.proofs.algebra import Bound, Definition, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Differentiate, Limit, Linearise
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

H, GAIN, LAM, R, ODDS, P = sp.symbols("h a lambda R o P", positive=True)
L, X, V, PSI, KEPT = sp.symbols("L X V psi b", real=True)


def _numeric_prior(L: float, h: float) -> Any:
    """The log odds that the project's observer of two tasks has before an observation."""
    log_belief = carry_over(-np.logaddexp(0, [-L, L]), h)
    return log_belief[0] - log_belief[1]


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="hazard-filter",
        title="Which changes a gradient expects",
        source="the observer: Glaze, Kable and Gold 2015; trackers by gradients: Hummos et al. 2024 (GBI); the best "
               "rate and the hazard that it stands for are ours",
        summary="A Bayesian observer of a task that changes forgets weak evidence at twice the hazard and strong "
                "evidence altogether. A gradient that carries its vector over forgets at its own rate; "
                "hazard and noise decide which rate is best, and from some noise on none is.",
        variables=(
            Variable(H, "hazard, the chance of a change in one step", 0.01, 0.4),
            Variable(L, "log odds of two tasks, for the likelier one", 0.1, 4, domain="positive"),
            Variable(ODDS, "odds against a task, small", 0.01, 0.1),
            Variable(P, "variance of the best linear filter before an observation", 0.1, 0.9),
            Variable(GAIN, "gain of the tracker", 0.05, 0.8),
            Variable(KEPT, "what the tracker keeps", 0.1, 0.9, domain="positive"),
            Variable(LAM, "correlation of the task from step to step", 0.2, 0.98),
            Variable(R, "noise of an estimate over the variance of the task", 0.2, 5),
            Variable(X, "mean product of task and tracker"), Variable(V, "mean square of the tracker")),
        conditions=(Condition(KEPT < 1, "a tracker keeps a part of what it holds"),
                    Condition(1 - 2 * GAIN * R + R * GAIN**2 > 0, "the gain is the best one for some hazard"),
                    Condition(1 - GAIN * R > 0, "of two such hazards the lower one is meant"),
                    Condition(tuned_correlation(GAIN, R, sp) > 0, "and it is below ½")),
        steps=(*_observer(), *_tracker(), *_rates()),
        exercises=(
            Substitute("For two tasks of hazard h: from which noise on is it best not to move?", useful_noise(LAM),
                       1 + 1 / H, "Rare changes leave time to average; frequent ones do not.", {LAM: 1 - 2 * H},
                       origin="the noise at which the best tracker keeps all"),
            Limit("Observations become useless. What is the variance of the best linear filter?",
                  kalman_variance(LAM, R, sp), sp.Integer(1), "That of the task itself.", R, sp.oo)),
        result_name="correlation of the task that the gain is made for",
        test="tests/sim/inference/test_tracking.py::test_the_best_constant_gain_is_best_on_simulated_sequences",
    )


def _observer() -> tuple[Step, ...]:
    """What the observer does to its log odds between observations."""
    return (
        Definition("Between observations the observer mixes in the other task.", PSI, log_odds_prior(L, H, sp),
                   "Either the task stayed or it changed.", _numeric_prior),
        Linearise("Weak evidence leaks: of small log odds 1 − 2h are kept.",
                  sp.Matrix([log_odds_prior(L, H, sp)]), sp.Matrix([correlation(H) * L]),
                  "The same factor by which the task itself is correlated.", (L,), (sp.Integer(0),), (L,), True),
        Limit("Strong evidence saturates.", log_odds_prior(-sp.log(ODDS), H, sp), largest_log_odds(H, sp),
              "The task may just have changed.", ODDS, sp.Integer(0),
              origin="the prior log odds for strong evidence, odds o"),
        Bound("Of evidence for a task, L > 0, it never keeps more than the leaky integrator.", correlation(H) * L, PSI,
              "ψ bends towards zero for h below ½; it is odd, so below 0 both signs turn."))


def _tracker() -> tuple[Step, ...]:
    """Mean square error of a tracker of constant gain."""
    X_now = GAIN / (1 - KEPT * LAM)
    V_now = (2 * GAIN * KEPT * LAM * X + GAIN**2 * (1 + R)) / (1 - KEPT**2)
    error = 1 - 2 * X_now + V_now.subs(X, X_now)
    return (
        Solve("A tracker keeps b and adds a times an estimate of the task: its product with the task settles.",
              X - (KEPT * LAM * X + GAIN), X_now,
              "The past counts by the task's correlation λ; the task's square is 1.", X,
              origin="the product of task and tracker, stationary"),
        Solve("Its mean square settles too.", V - (KEPT**2 * V + 2 * GAIN * KEPT * LAM * X + GAIN**2 * (1 + R)), V_now,
              "The noise of an estimate has the variance R and is new each time.", V,
              origin="the square of the tracker, stationary"),
        Substitute("Both give the mean square error; a gradient step keeps what it does not take, b = 1 − a.", error,
                   tracking_error(GAIN, LAM, R), "⟨(m − c)²⟩ = 1 − 2X + V.", {KEPT: 1 - GAIN}))


def _rates() -> tuple[Step, ...]:
    """The best gain, and what it says about the task."""
    b_error = tracking_error(1 - KEPT, LAM, R)
    change = 1 - LAM
    slope = 2 * (change * (2 * KEPT + change * KEPT**2) - R * (1 - KEPT * LAM) ** 2) / (
        (1 + KEPT) ** 2 * (1 - KEPT * LAM) ** 2)
    tuned = tuned_correlation(GAIN, R, sp)
    product = P / (P + R) / (1 - LAM**2 * R / (P + R))
    free = 1 - 2 * product + (2 * P * R * LAM**2 * product + P**2 * (1 + R)) / ((P + R) ** 2 - LAM**2 * R**2)
    settled = sp.sqrt((1 - P) * (P + R) / (P + R - P * R))
    return (
        Differentiate("The error changes with what is kept.", b_error, slope, "A quotient.", KEPT,
                      origin="the error, with both stationary moments put in"),
        Solve("It is least where this vanishes: a quadratic equation.", slope, best_retention(LAM, R, sp),
              "The other root is negative or above 1.", KEPT),
        Substitute("From some noise on it would be best to keep all, that is, not to move.",
                   best_retention(LAM, R, sp), sp.Integer(1), "For two tasks 1 + 1/h.", {R: useful_noise(LAM)}),
        Solve("With a decay of its own a tracker can be the best linear filter, whose variance P settles here.",
              P - (LAM**2 * P * R / (P + R) + 1 - LAM**2), kalman_variance(LAM, R, sp),
              "What an observation leaves of it, PR/(P + R), is carried on by the task. The other root is negative.", P,
              origin="Riccati's equation of the linear filter, stationary"),
        Substitute("Gain P/(P + R) and λ of the rest kept: that is its error.", free, P * R / (P + R),
                   "The two equations above, with gain and retention free.", {LAM: settled},
                   origin="the stationary error for any gain and retention"),
        Solve("Turned round, a gain is the best one for a task of this correlation.",
              change * (2 * (1 - GAIN) + change * (1 - GAIN) ** 2) - R * (1 - (1 - GAIN) * LAM) ** 2, tuned,
              "The hazard it is made for, about Ra²/4 for small gains; for R > 1 the lower of two.", LAM,
              others=(1 - R * GAIN**2 / ((1 - GAIN) * (1 - GAIN * R - sp.sqrt(1 - 2 * GAIN * R + R * GAIN**2))),),
              origin="the quadratic equation, for a tracker that only moves"))
