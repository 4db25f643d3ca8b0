"""What it costs not to know the task"""

import sympy as sp

from gateflow.theory.inference.learning import (
    aware_loss,
    excess_loss,
    forgotten_loss,
    learned_contrast,
    relearning_loss,
    thinned_correlation,
    unaware_loss,
)
from gateflow.theory.inference.linear_filters import correlation
from gateflow.theory.proofs.algebra import Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

RATE, LAM, V, S, SHARE, HAZARD, APART = sp.symbols("eta lambda V S p h Delta", positive=True)
N = sp.Symbol("n", integer=True, positive=True)
X, M, C, NU, A = sp.symbols("X M c nu a", real=True)
KEPT = 1 - RATE


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="learning-unannounced",
        title="What it costs not to know the task",
        source="ours; continues hazard-filter; the setting is that of Hummos et al. 2024 (GBI)",
        summary="Weights learn the mean of whatever context is active, each observation predicted before it is learned "
                "from. Without a task vector they run after the context and forget the other one; with a vector "
                "that is inferred from each observation only the first one after a switch is lost; and it matters "
                "whether weights or vector move first.",
        variables=(
            Variable(RATE, "rate of learning", 0.02, 0.5),
            Variable(LAM, "correlation of neighbouring contexts", 0.1, 0.95),
            Variable(V, "variance of the means of the contexts", 0.1, 2), Variable(S, "variance of the noise", 0.1, 2),
            Variable(SHARE, "share of observations that are learned from", 0.1, 0.9),
            Variable(HAZARD, "hazard, the chance of a switch", 0.01, 0.4),
            Variable(APART, "distance of two contexts", 0.2, 3), Variable(N, "number of observations", 1, 30),
            Variable(X, "mean product of weight and active context"), Variable(M, "mean square of the weight"),
            Variable(C, "correlation of contexts learned from one after another", 0.1, 0.9, domain="positive"),
            Variable(NU, "mean square of the noise that a weight holds"),
            Variable(A, "share of the wrong context in a weight where it learns")),
        steps=(*_unaware(), *_one_context(), *_inferred()),
        exercises=(
            Solve("At which rate of learning is nothing of the distance learned?",
                  learned_contrast(HAZARD, 2, rate=RATE), (1 - 2 * HAZARD) / (1 - HAZARD),
                  "The entry that rests is then as wrong as the one that learns.", RATE),
            Limit("Without a task vector, what does the loss become for a rate towards 0?",
                  unaware_loss(RATE, LAM, variance=V, noise=S), V + S,
                  "The weight stays at the mean of all contexts.", RATE, 0)),
        result_name="learned distance of contexts over the true one",
        test="tests/sim/inference/test_learner.py::test_weights_that_move_first_learn_less_of_the_distance",
    )


def _unaware() -> tuple[Step, ...]:
    """One weight for all contexts, w ← (1 − η) w + η y."""
    X_now = RATE * V / (1 - KEPT * LAM)
    M_now = (2 * RATE * KEPT * LAM * X + RATE**2 * (V + S)) / (1 - KEPT**2)
    return (
        Solve("Without a task vector a weight keeps 1 − η and adds η times the observation: its product with the "
              "context settles.", X - (KEPT * LAM * X + RATE * V), X_now,
              "The context before counts by the correlation λ.", X),
        Solve("So does its square.", M - (KEPT**2 * M + 2 * RATE * KEPT * LAM * X + RATE**2 * (V + S)), M_now,
              "Square the update; fresh noise adds S.", M, origin="the square of the weight, stationary"),
        Substitute("The next observation is predicted with it: the loss without a task vector.",
                   V + S - 2 * LAM * X + M_now, unaware_loss(RATE, LAM, variance=V, noise=S),
                   "The context moves on by λ.", {X: X_now}),
        Solve("With a vector in random order, each entry learns from a share p of the observations: these are "
              "correlated by c.", C - LAM * (SHARE + (1 - SHARE) * C), thinned_correlation(LAM, SHARE),
              "The next one is taken, or waited on: c = λ(p + (1 − p)c).", C,
              origin="the correlation of successive observations of one entry, stationary"),
        Limit("The fewer they are, the less they tell of the context that is active; at last nothing.",
              unaware_loss(RATE, thinned_correlation(LAM, SHARE), variance=V, noise=S),
              V + S + RATE / (2 - RATE) * (V + S),
              "The weight only adds to the spread.", SHARE, 0))


def _one_context() -> tuple[Step, ...]:
    """Weights that learn one context at a time."""
    return (
        Solve("One context for long: a weight holds the noise of the last observations.",
              NU - (KEPT**2 * NU + RATE**2 * S), excess_loss(RATE, S), "Its mean is right.", NU,
              origin="the variance of a weight, stationary"),
        Rewrite("After a switch the distance Δ of the two falls by 1 − η with each observation: relearning.",
                S + RATE * S / (2 - RATE) + (KEPT**N * APART) ** 2,
                relearning_loss(RATE, N, distance_squared=APART**2, noise=S),
                "The noise that it holds, ηS/(2 − η), is the same in every context.",
                origin="what is left of the distance, with the noise"),
        Rewrite("What is learned of one is forgotten of the other.",
                S + RATE * S / (2 - RATE) + (APART - KEPT**N * APART) ** 2,
                forgotten_loss(RATE, N, distance_squared=APART**2, noise=S),
                "The weight has gone the rest of the way."))


def _inferred() -> tuple[Step, ...]:
    """A vector that is inferred from each observation, with certainty."""
    return (
        Substitute("An inferred vector is right from the second observation on: a switch costs Δ² once.",
                   S + excess_loss(RATE, S) + HAZARD * APART**2,
                   aware_loss(RATE, correlation(HAZARD), variance=V, noise=S),
                   "Two contexts have the variance V = Δ²/4, and λ is 1 − 2h.", {APART: 2 * sp.sqrt(V)}),
        Solve("If the weights move before the vector, those of the last context learn from the first observation of "
              "the next one.", KEPT * A + RATE * HAZARD - A, HAZARD,
              "Where a weight learns, a share h of what it learns from is wrong.", A,
              origin="the mean weight of an entry, stationary"),
        Rewrite("It then rests, one step further off, while the other learns: the distance that is learned.",
                1 - HAZARD - (KEPT * HAZARD + RATE), learned_contrast(HAZARD, 2, rate=RATE),
                "One of the two learns, the other rests.", origin="what is left after both have moved"),
        Limit("At a small rate it is the correlation of the contexts; if the vector moves first it is the whole "
              "distance.", learned_contrast(HAZARD, 2, rate=RATE), correlation(HAZARD), "λ = 1 − 2h.", RATE, 0))
