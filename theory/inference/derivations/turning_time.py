"""How fast the observer turns round"""

import sympy as sp

from gateflow.theory.inference.continuum import turning_time
from gateflow.theory.inference.observer import log_odds_prior
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    x, h, r, end, gain = sp.symbols("x h r T a", positive=True)
    L, t, doubt, n = sp.symbols("L t D n", real=True)
    rate = 1 - t**2 + 2 * x * t
    antiderivative = sp.log((r - x + t) / (r + x - t)) / r
    return Derivation(
        name="turning-time",
        title="How fast the observer turns round",
        source="ours; continues derivations hazard-filter and belief-in-continuum",
        summary="After a change a settled observer needs time to doubt what it believed, and so does a tracker. Equal "
                "times say which hazard a tracker behaves like: half its gain where evidence is weak, far less where "
                "it is strong.",
        variables=(
            Variable(x, "hazard times relative noise, x = hR", 0.1, 3), Variable(h, "hazard", 0.01, 0.2),
            Variable(L, "log odds of two tasks", -3, 3),
            Variable(t, "mean belief, tanh(L/2)", 0.05, 0.1, domain="positive"),
            Variable(end, "mean belief at first", 0.02, 0.15), Variable(gain, "gain of a tracker", 0.05, 0.8),
            Variable(n, "number of steps", 0.5, 5, domain="positive")),
        conditions=(Condition(end < sp.sqrt(1 + x**2) + x, "beliefs are below 1"),),
        steps=(
            Series("The log odds fall by what is forgotten, 2h sinh L, and by contrary evidence, 2/R on average.",
                   log_odds_prior(L, h, sp), L - 2 * h * sp.sinh(L),
                   "Changes are rare. An observation y of a task ±1 with noise R has the log odds 2y/R.", h,
                   sp.Integer(0), 2),
            Substitute("Before the change they have settled where both were equal, sinh L = 1/x.",
                       sp.tanh(L / 2), sp.sqrt(1 + x**2) - x, "In terms of the mean belief t = tanh(L/2).",
                       {L: sp.asinh(1 / x)}, origin="the mean belief"),
            Definition("One root sets the scale.", r, sp.sqrt(1 + x**2),
                       "Half the root of the discriminant of 1 + 2xt − t²."),
            Rewrite("In units of R/2 steps a change of t takes the inverse of this rate.",
                    (1 + x * 2 * t / (1 - t**2)) * (1 - t**2) / 2, rate / 2,
                    "sinh L = 2t/(1 − t²) and dL = 2 dt/(1 − t²).", origin="the rate of L in terms of the mean belief"),
            Integrate("Add up the time.", 2 / rate,
                      antiderivative.subs(t, end) - antiderivative.subs(t, 0), "Partial fractions.", t, 0, end,
                      origin="one over the rate"),
            Substitute("From where they settled to 0, in units of R steps: the time to turn round.",
                       (antiderivative.subs(t, end) - antiderivative.subs(t, 0)) / 2, turning_time(x, sp),
                       "(R/2) ln(1/x) steps for strong evidence.", {end: r - x}),
            Definition("Call it D.", doubt, sp.log(1 + r / x) / (2 * r), "In units of R steps.",
                       lambda x: turning_time(x)),
            Solve("A tracker of gain a crosses zero after so many steps.",
                  2 * (1 - gain) ** n - 1, sp.log(2) / -sp.log(1 - gain),
                  "It goes from 1 towards −1, to 2(1 − a)ⁿ − 1 in n steps.", n,
                  origin="what a tracker holds after n steps"),
            Rewrite("The observer needs so many: where both are equal is the hazard that the tracker behaves like.",
                    doubt * x / h, turning_time(x, sp) * x / h, "R is x/h."),
        ),
        exercises=(
            Limit("Where evidence is weak, x is large. How many steps does turning round take, in units of 1/h?",
                  x * turning_time(x, sp), sp.log(2) / 2,
                  "A leaky integrator that forgets 2h a step halves in so many.", x, sp.oo),
            Solve("Which gain makes a tracker turn round in n steps?", 2 * (1 - gain) ** n - 1,
                  1 - sp.Integer(2) ** (-1 / n), "What is kept in n steps is a half.", gain)),
        result_name="steps in which the observer turns round",
        test="tests/sim/inference/test_tracking.py::test_a_tracker_decides_as_the_observer_of_its_hazard_does",
    )
