"""Answering when ready"""

import sympy as sp

from gateflow.theory.disentangle.classifier import class_probability
from gateflow.theory.disentangle.drift_diffusion import bound_score, right_probability
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    y, v = sp.symbols("y v", real=True)
    B, sigma, t, V, p = sp.symbols("B sigma t V p", positive=True)
    rate = 2 * v / sigma**2
    reach = (1 - sp.exp(-rate * (y + B))) / (1 - sp.exp(-2 * rate * B))
    slope = rate * sp.exp(-rate * (y + B)) / (1 - sp.exp(-2 * rate * B))
    wear = (2 * B * slope - 1) / v
    duration = (2 * B * reach - (y + B)) / v
    mean, variance = V * y / (V * t + sigma**2), V * sigma**2 / (V * t + sigma**2)
    drift = sp.Symbol("w", real=True)

    return Derivation(
        name="decisions",
        title="Answering when ready",
        source="bounds: Feller 1968; free response times: Vafidis et al. 2025 (DIS); confidence is ours",
        summary="An agent that answers when its evidence reaches a bound trades time for accuracy. How sure it may be "
                "depends on when it answers: the same evidence, collected over a longer time, means a weaker signal.",
        variables=(
            Variable(y, "evidence so far", -0.4, 0.4), Variable(v, "drift c·x − b a step", 0.05, 1, domain="positive"),
            Variable(B, "bound", 0.5, 1.5), Variable(sigma, "noise of a step", 0.3, 1),
            Variable(t, "time of the answer", 0.2, 5, "steps"), Variable(V, "variance of the drift's prior", 0.05, 1),
            Variable(drift, "trial drift", -1, 1)),
        steps=(
            Definition("Chance to reach +B before −B, from evidence y.", p, reach,
                       "A guess that the next lines confirm: it is 0 at −B and 1 at +B."),
            Differentiate("It rises with the evidence.", reach, slope,
                          "Most near the lower bound, if the drift is upwards.", y),
            Differentiate("Half the slope's own slope, times σ², undoes drift times slope.", sigma**2 / 2 * slope,
                          -v * slope, "So one small step later the chance is the same on average.", y,
                          origin="drift times the slope of the probability"),
            Substitute("At the upper bound, y = B, it is 1, and at the lower, −y, it is 0: so it is that chance.",
                       sp.Matrix([reach, reach.subs(y, -y)]), sp.Matrix([1, 0]),
                       "Only one function keeps its average at each step and has these ends.", {y: B}),
            Substitute("From no evidence:", p, right_probability(v, bound=B, sigma=sigma, xp=sp),
                       "Odds exp(2vB/σ²): bounds set the accuracy for each drift.", {p: reach.subs(y, 0)}),
            Differentiate("Mean time that is left: evidence still gained on average over the drift. Its slope:",
                          duration, wear, "It is 0 at both bounds.", y, origin="the mean time that is left"),
            Differentiate("Each unit of time takes one off.", sigma**2 / 2 * wear, -2 * B * slope,
                          "The right side is −1 − v times the slope.", y,
                          origin="the generator, applied to the mean time"),
            Substitute("From no evidence:", duration, B / v * sp.tanh(v * B / sigma**2), "Where y is 0.", {y: 0}),
            Limit("Without drift noise alone ends it.", B / v * sp.tanh(v * B / sigma**2), B**2 / sigma**2,
                  "A random walk.", v, 0),
            Rewrite("What may be believed at time t about the drift depends on the sum y alone.",
                    (y - drift * t)**2 / (sigma**2 * t) + drift**2 / V,
                    (drift - mean)**2 / variance + y**2 / (V * t**2 + sigma**2 * t),
                    "Complete the square; when the evidence stopped, and why, does not enter.",
                    origin="the exponents of prior and evidence"),
            Rewrite("The answer is right if the drift has its sign. Its score is the drift's mean over its spread.",
                    mean / sp.sqrt(variance), bound_score(t, bound=y, sigma=sigma, variance=V, xp=sp),
                    "The prior counts like σ²/V of time.", origin="the drift's mean over its spread"),
            Substitute("At the bound:", class_probability(mean / sp.sqrt(variance), sp),
                       class_probability(bound_score(t, bound=B, sigma=sigma, variance=V, xp=sp), sp),
                       "Quick answers are sure ones.", {y: B}),
        ),
        exercises=(
            Solve("At which drift are three of four answers right?",
                  right_probability(v, bound=B, sigma=sigma, xp=sp) - sp.Rational(3, 4), sigma**2 * sp.log(3) / (2 * B),
                  "The odds exp(2vB/σ²) are 3.", v),
            Limit("How sure may one be of an answer at time t who knows nothing of the drift beforehand?",
                  class_probability(bound_score(t, bound=B, sigma=sigma, variance=V, xp=sp), sp),
                  class_probability(B / (sigma * sp.sqrt(t)), sp),
                  "The prior no longer adds σ²/V to the time.", V, sp.oo),
            Limit("How long does a strong drift take, in units of B/v?", sp.tanh(v * B / sigma**2), sp.Integer(1),
                  "Noise no longer matters: evidence goes straight to the bound.", v, sp.oo)),
        result_name="confidence of the answer",
        test="tests/sim/disentangle/test_decisions.py::test_slow_answers_are_less_often_right_as_confidence_says",
    )


