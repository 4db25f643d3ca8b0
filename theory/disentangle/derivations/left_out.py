"""What a left-out orthant costs"""

import sympy as sp

from gateflow.theory.disentangle.left_out import left_out_error, left_out_r2, rest_mean, rest_variance
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    u, m, rest, k, x, noise, share = sp.symbols("u m m_r k x epsilon R", real=True)
    h, p, v, inner, outer, s, q, D = sp.symbols("h p v V V_r sigma_t q D", positive=True)
    fitted, error, along, across = sp.symbols("F E E_a E_o", positive=True)
    slope = 2 * k * s**2 - 2 * (1 - k) * outer
    left = (1 - k)**2 * (inner + (m - rest)**2) + k**2 * s**2
    quadrant = {"inner": sp.Rational(1, 48), "variance": sp.Rational(1, 12), "noise_variance": s**2}
    return Derivation(
        name="left-out",
        title="What a left-out orthant costs",
        source="decoders scored on a left-out quadrant: Vafidis et al. 2025 (DIS), section 4; the cost is ours",
        summary="A decoder that is fitted on all orthants but one has met other means and other variances. Both can be "
                "known without any trial, and so can its error where it was never fitted.",
        variables=(
            Variable(u, "place of a state in the orthant", 0, 1, domain="nonnegative"),
            Variable(h, "width of the orthant", 0.2, 1),
            Variable(m, "mean of the state in the orthant, along one direction", -0.4, 0.4),
            Variable(rest, "mean outside it", -0.3, 0.3), Variable(p, "share of the states in it", 0.1, 0.5),
            Variable(v, "variance of all states", 0.2, 0.4), Variable(inner, "variance in the orthant", 0.02, 0.05),
            Variable(outer, "variance outside it", 0.05, 0.3), Variable(s, "noise of the mean, σ/√t", 0.05, 0.5),
            Variable(k, "gain of the decoder", 0, 1, domain="nonnegative"), Variable(x, "state", -0.5, 0.5),
            Variable(noise, "noise of the evidence", -0.5, 0.5), Variable(q, "m²", 0.02, 0.2),
            Variable(D, "number of factors", 2, 6)),
        steps=(
            Integrate("A factor is uniform in an orthant: its sum of squares about any other point.", (u - rest)**2,
                      h * (h**2 / 12 + (h / 2 - rest)**2),
                      "Over the width h: the variance, h²/12, and the squared distance of the mean.", u, 0, h),
            Solve("The mean of all states is 0. So outside the orthant it is:", p * m + (1 - p) * rest,
                  rest_mean(p, m), "What is left out on one side is missing there.", rest,
                  origin="the mean over all states"),
            Solve("All states together have their variance. So outside the orthant it is:",
                  p * (inner + m**2) + (1 - p) * (outer + rest_mean(p, m)**2) - v,
                  rest_variance(p, square=m**2, inner=inner, variance=v),
                  "Less than v along the mean of the orthant, more than v across it, where m = 0.", outer,
                  origin="the variance over all states"),
            Rewrite("The decoder knows the mean outside and trusts the evidence by a gain k. It is off by:",
                    rest + k * (x + noise - rest) - x, k * noise - (1 - k) * (x - rest),
                    "With the offset of least squares, whatever the gain.", origin="the estimate less the state"),
            Definition("Its mean squared error where it is fitted:", fitted, (1 - k)**2 * outer + k**2 * s**2,
                       "State and noise are independent, and x has the mean m_r there."),
            Differentiate("The best gain makes the slope vanish.", fitted, slope,
                          "More trust lets in more noise, and leaves less of the state out.", k),
            Solve("Solve for the gain.", slope, outer / (outer + s**2),
                  "As for shrinking, but with the variance that the decoder has met.", k),
            Definition("In the orthant that was left out x has another mean and another variance.", error, left,
                       "The offset is wrong there, by the distance of the means."),
            Rewrite("Compared with where it was fitted:", error - fitted, (1 - k)**2 * (inner + (m - rest)**2 - outer),
                    "Only the mean square about m_r differs; the noise is the same everywhere.", origin="both errors"),
            Substitute("The means lie this far apart.", m - rest, m / (1 - p), "Both differences point the same way.",
                       {rest: rest_mean(p, m)}, origin="the means inside and outside"),
            Substitute("Put in gain, mean and variance: the error along one direction.", error,
                       left_out_error(p, square=m**2, noise_variance=s**2, inner=inner, variance=v),
                       "Of the mean of the orthant its square alone counts.",
                       {error: left.subs({k: outer / (outer + s**2), rest: rest_mean(p, m)}).subs(
                           outer, rest_variance(p, square=m**2, inner=inner, variance=v))}),
            Substitute("The corner of the box lies along the mean (¼, …, ¼) of its orthant. There:", q,
                       D / 16, "D factors add their squared means; across this direction the mean is 0.",
                       {q: D * sp.Rational(1, 4)**2}, origin="the squared distance of the means"),
            Definition("So in the plane, for the unit square, along the diagonal:", along,
                       left_out_error(sp.Rational(1, 4), square=sp.Rational(1, 8), **quadrant),
                       "A quarter of the states is left out."),
            Definition("And across it:", across,
                       left_out_error(sp.Rational(1, 4), square=sp.Integer(0), **quadrant),
                       "Here the decoder has met more variance than the square has."),
            Definition("Both together, in units of the variance of the square:", share, 1 - 6 * (along + across),
                       "At σ_t² = .002 the whole square has .9766, the quadrant .9751; at .09 .481 and .136.",
                       agrees=lambda sigma_t: float(left_out_r2(sigma_t**2, 2).mean())),
        ),
        exercises=(
            Limit("The evidence is hardly more than noise. What share does the decoder explain in the quadrant?", share,
                  -sp.Rational(7, 12), "It answers with the mean of the other three, on the wrong "
                  "side: worse than the middle of the square, which would have 0.", s, sp.oo),
            Limit("And without noise?", share, sp.Integer(1),
                  "The gain is 1: nothing that the decoder has met is used.", s, 0),
            Solve("Which gain would be best in the orthant that was left out, with the offset as it is?",
                  2 * k * s**2 - 2 * (1 - k) * (inner + (m - rest)**2),
                  (inner + (m - rest)**2) / (inner + (m - rest)**2 + s**2),
                  "The mean square about m_r takes the place of the variance: the offset is wrong there, so trust it "
                  "less.", k, origin="the slope of the error in that orthant")),
        result_name="share explained in a left-out quadrant",
        test="tests/sim/disentangle/test_evaluation.py::"
             "test_decoders_lose_on_a_left_out_quadrant_what_theory_says",
    )
