"""How uncertain the best observer is"""

from typing import Any

import sympy as sp

from gateflow.theory.inference.continuum import best_linear_error, constant_gain_error
from gateflow.theory.inference.linear_filters import best_linear, best_retention, correlation, tracking_error
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

X, R, H, TOP = sp.symbols("x R h Y", positive=True)
C, L, NORM = sp.symbols("c L N", real=True)
K0, K1, KEPT = sp.symbols("K_0 K_1 b", positive=True)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="belief-in-continuum",
        title="How uncertain the best observer is",
        source="the filter: Wonham 1965; its errors in this form are ours",
        summary="Where changes are rare and single observations say little, one number decides: hazard times noise. "
                "The observer's log odds then have a simple law, and Bessel functions say how far any tracker is "
                "from the best.",
        variables=(Variable(X, "hazard times relative noise, x = hR", 0.1, 0.9),
                   Variable(R, "relative noise"), Variable(H, "hazard", 0.01, 0.4),
                   Variable(C, "mean belief, p₁ − p₂", -0.8, 0.8), Variable(L, "log odds of two tasks", -3, 3),
                   Variable(TOP, "upper end of an integral", 0.5, 3),
                   Variable(K0, "Bessel function K₀(x), ∫ exp(−x cosh L) dL over L > 0", 0.1, 2),
                   Variable(K1, "Bessel function K₁(x), ∫ cosh L exp(−x cosh L) dL over L > 0", 0.1, 2)),
        steps=(*_law(), *_errors(), *_compared()),
        exercises=(
            Limit("With little noise, how much larger is the error of the best constant gain than that of the best "
                  "linear tracker?", constant_gain_error(X, sp) / best_linear_error(X, sp), sp.Integer(1),
                  "Both are 2√x: the decay is then slow beside the gain.", X, 0, origin="the ratio of both errors"),
            Limit("And how large is the error of the linear tracker where the noise is overwhelming?",
                  best_linear_error(X, sp), sp.Integer(1), "It forgets before it has learned, and stays at 0.", X,
                  sp.oo),
            Solve("From which noise on does a tracker of constant gain do no better than one that never moves?",
                  constant_gain_error(X, sp) - 1, sp.Integer(1),
                  "2√x − x is largest there, and 1: a hazard of one change in R steps.", X,
                  origin="the error of the best constant gain, less that of no tracker")),
        result_name="share of time in which the observer is wrong",
        test="tests/sim/inference/test_tracking.py::test_the_observer_errs_as_often_as_the_continuum_says",
    )


def _density(c: Any) -> Any:
    return sp.exp(-2 * H * R / (1 - c**2)) / (1 - c**2) ** 2


def _law() -> tuple[Step, ...]:
    """The stationary law of the belief."""
    shape = (1 + sp.cosh(L)) * sp.exp(-X * sp.cosh(L))
    mean = sp.tanh(L / 2)
    return (
        Differentiate("The belief drifts to 0 at the rate 2h and diffuses by (1 − c²)²/R: this density has no flux.",
                      (1 - C**2) ** 2 * _density(C) / (2 * R), -2 * H * C * _density(C),
                      "Half the slope of diffusion times density is drift times density.", C),
        Substitute("In log odds, c = tanh(L/2), hazard and noise enter by their product alone.",
                   _density(C) * (1 - C**2) / 2, shape * sp.exp(-X) / 4, "dc = ½(1 − c²) dL.", {C: mean, H: X / R},
                   origin="the stationary density of the belief c"),
        Rewrite("So the law of the log odds has this shape.", shape * sp.exp(-X) / 4,
                2 * sp.cosh(L / 2) ** 2 * sp.exp(-X * sp.cosh(L)) * sp.exp(-X) / 4,
                "1 + cosh L is twice the square of cosh(L/2)."))


def _errors() -> tuple[Step, ...]:
    """Mean square error and mistakes."""
    shape = (1 + sp.cosh(L)) * sp.exp(-X * sp.cosh(L))
    return (
        Rewrite("The mean square error at log odds L is 1 − tanh²(L/2): half of it cancels the shape.",
                (1 - sp.tanh(L / 2) ** 2) * shape, 2 * sp.exp(-X * sp.cosh(L)),
                "So it is 2K₀/(K₀ + K₁) on average: the shape adds up to K₀ + K₁.",
                origin="the square error times the density"),
        Rewrite("The less likely task has the probability 1/(1 + exp L) for L > 0.", shape / (1 + sp.exp(L)),
                (1 + sp.cosh(L) - sp.sinh(L)) * sp.exp(-X * sp.cosh(L)) / 2, "exp(−L) = cosh L − sinh L.",
                origin="the probability of the less likely task times the density"),
        Integrate("The term with sinh L is elementary.", sp.sinh(L) * sp.exp(-X * sp.cosh(L)),
                  (sp.exp(-X) - sp.exp(-X * sp.cosh(TOP))) / X, "It is a derivative.", L, 0, TOP),
        Definition("The others are Bessel functions.", NORM, K0 + K1, "Normalisation of the shape on L > 0."))


def _compared() -> tuple[Step, ...]:
    """The trackers, and the observer's mistakes."""
    lam, noise = correlation(H), X / H
    return (
        Definition("A tracker keeps, where its gain is the best constant one, this share of its estimate.", KEPT,
                   best_retention(lam, noise, sp), "The derivation hazard-filter minimises its error."),
        Limit("The best constant gain of a tracker errs so much in this limit.",
              tracking_error(1 - KEPT, lam, noise), constant_gain_error(X, sp),
              "Changes grow rare as the noise x/h grows. For x below 1; beyond it is best not to "
              "move.", H, sp.Integer(0),
              origin="the error of a tracker with the gain 1 − b: derivation hazard-filter"),
        Limit("The best linear tracker errs so much.", best_linear(lam, noise, sp)[2], best_linear_error(X, sp),
              "It has a decay of its own.", H, sp.Integer(0),
              origin="the error of the linear filter: derivation hazard-filter"),
        Bound("The decay is worth something, the more the noisier.", constant_gain_error(X, sp),
              best_linear_error(X, sp), "The constant gain is one of the linear trackers."),
        Rewrite("Put together: how often the observer is wrong.", (K0 + K1 - sp.exp(-X) / X) / (2 * NORM),
                sp.Rational(1, 2) - sp.exp(-X) / (2 * X * NORM), "Both sides of zero are alike.",
                origin="the integrals over the density"))
