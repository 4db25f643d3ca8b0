"""Sigmoid outputs make the latent state linear"""

import sympy as sp

from gateflow.theory.disentangle.classifier import class_probability
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.disentangle.sigmoid import logit_series, probit_slope, small_range_scale
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    z, c, mu, b, A, B, x = sp.symbols("z c mu b A B x", real=True)
    a, s, T, a_0 = sp.symbols("a s T a_0", positive=True)
    logit = sp.log(class_probability(z, sp)) - sp.log(class_probability(-z, sp))
    cubic = (4 - sp.pi) / 192
    return Derivation(
        name="sigmoid-probit",
        title="Sigmoid outputs make the latent state linear",
        source="Vafidis et al. 2025 (DIS), theorem B.6; slope, cubic term and scale are ours",
        summary="The optimal report is a Φ, the readout of a network a sigmoid. Both are almost the same function, so "
                "the logits that a network must produce are almost affine in the mean of the evidence; how far they "
                "are from it can be said.",
        variables=(
            Variable(z, "score, or argument of the sigmoid", 0.1, 2, domain="positive"),
            Variable(c, "normal, along one factor", -1, 1),
            Variable(mu, "mean of the evidence", -0.5, 0.5), Variable(b, "offset", -0.4, 0.4),
            Variable(s, "standard deviation of c·μ", 0.1, 0.5), Variable(a, "scale of the sigmoid", 0.4, 0.8),
            Variable(T, "half range of the fit", 0.1, 1), Variable(A, "misfit of the slope", -1, 1),
            Variable(B, "misfit of third order", -1, 1), Variable(x, "place in the range", 0, 1, domain="nonnegative")),
        steps=(
            Differentiate("See how fast the optimal logit grows with the score.", logit,
                          normal_density(z, sp) / (class_probability(z, sp) * class_probability(-z, sp)),
                          "The slope of Φ over Φ(1 − Φ).", z),
            Series("It begins as a straight line with a small cubic.", logit, logit_series(z, sp),
                   "An odd function; the cubic is 5 % of the line at z = 1.", z, 0, 5),
            Rewrite("To first order, then, the logits of an optimal agent are affine in the mean of the evidence.",
                    probit_slope(sp) * ((c * mu - b) / s), probit_slope(sp) * c / s * mu - probit_slope(sp) * b / s,
                    "One linear readout of the state serves every task.",
                    origin="the linear term, at the score of the mean"),
            Limit("Far from the boundary they are not: they grow with the square.", logit / z**2, sp.Rational(1, 2),
                  "There the report is nearly 0 or 1 in any case.", z, sp.oo,
                  origin="the logit over the square of the score"),
            Solve("A sigmoid with this slope has the scale a.", probit_slope(sp) - 1 / a, sp.sqrt(sp.pi / 8),
                  "Φ(az) and 1/(1 + exp(−z)) then agree up to second order.", a,
                  origin="the slope of the logit at 0 and that of the sigmoid"),
            Definition("Call it a_0.", a_0, small_range_scale(sp.Integer(0), sp), "It is .6267.",
                       agrees=lambda: small_range_scale(0)),
            Series("In probability the error is of third order.", class_probability(a_0 * z, sp) - 1 / (1 + sp.exp(-z)),
                   cubic * z**3, "It is .0045 z³, less than .01 at its largest.", z, 0, 5,
                   origin="the difference of both functions"),
            Integrate("Another scale does better on a whole range: project the misfit on the slope.",
                      (A * x + B * x**3) * x, A * T**3 / 3 + B * T**5 / 5,
                      "Least squares asks for no overlap of what is left with a change of slope.", x, 0, T,
                      origin="the misfit times the slope's own change"),
            Solve("Solve for the misfit of the slope.", A * T**3 / 3 + B * T**5 / 5, -3 * B * T**2 / 5,
                  "It makes up for the cubic.", A),
            Rewrite("It lowers the scale.", a_0 + sp.sqrt(2 * sp.pi) * (-3 * cubic * T**2 / 5),
                    small_range_scale(T, sp),
                    "Φ(az) has the slope a/√(2π): .6250 for T = ½. Beyond T = 1 fit numerically: .589.",
                    origin="the first scale, with what the misfit of the slope asks for"),
        ),
        exercises=(
            Substitute("Which scale fits best within ±½?", small_range_scale(T, sp),
                       small_range_scale(sp.Rational(1, 2), sp), "About .6250.", {T: sp.Rational(1, 2)}),
            Substitute("What logit does the series give at one standard deviation?", logit_series(z, sp),
                       logit_series(sp.Integer(1), sp), "The optimal logit there is within a percent of it.",
                       {z: sp.Integer(1)})),
        result_name="scale of the sigmoid",
        test="tests/sim/disentangle/test_extraction.py::test_a_readout_fitted_to_outputs_has_the_scale_of_theory",
    )
