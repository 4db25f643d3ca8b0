"""What an optimal classifier reports"""

import sympy as sp

from gateflow.theory.disentangle.classifier import class_probability, class_score
from gateflow.theory.disentangle.evidence import best_mean_variance
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    x, mu, b, m, y, low, high, u, k, z = sp.symbols("x mu b m y l h u k z", real=True)
    prior_mean = sp.Symbol("m_0", real=True)
    q, t, sigma, sigma_t, s, v = sp.symbols("q t sigma sigma_t s v", positive=True)
    D = sp.Symbol("D", integer=True, positive=True)
    c, mean, S = sp.MatrixSymbol("c", D, 1), sp.MatrixSymbol("M", D, 1), sp.MatrixSymbol("S", D, D)
    w = sp.MatrixSymbol("w", D, 1)

    def density(at: sp.Expr, centre: sp.Expr, scale: sp.Expr) -> sp.Expr:
        return normal_density((at - centre) / scale, sp) / scale

    def below(at: sp.Expr, centre: sp.Expr, scale: sp.Expr) -> sp.Expr:
        return class_probability((at - centre) / scale, sp)

    inside = below(high, mu, sigma_t) - below(low, mu, sigma_t)
    logit = sp.log(class_probability(z, sp)) - sp.log(class_probability(-z, sp))
    generating = sp.Trace(w.T * mean) + sp.Trace(w.T * S * w) / 2
    narrower = v * sigma_t**2 / (v + sigma_t**2)
    return Derivation(
        name="optimal-classifier",
        title="What an optimal classifier reports",
        source="Vafidis et al. 2025 (DIS), theorem B.6, for the flat prior; the other priors are ours",
        summary="All that noisy evidence says about the latent state is in its mean, and the report on a task is the "
                "probability that the state lies beyond the task's boundary: a Φ of how many standard deviations "
                "away the boundary is.",
        variables=(
            Variable(x, "latent state, one factor", -0.5, 0.5), Variable(mu, "mean of the evidence, μ(t)", -0.6, 0.6),
            Variable(q, "mean square of the evidence", 0.1, 1), Variable(t, "number of observations", 1, 40, "steps"),
            Variable(sigma, "noise of one observation", 0.1, 0.6),
            Variable(b, "offset of the task's boundary", -0.4, 0.4),
            Variable(m, "margin c·μ − b", -0.5, 0.5), Variable(s, "its standard deviation", 0.1, 0.6),
            Variable(y, "margin of the state, c·x − b", -0.5, 0.5),
            Variable(u, "a large margin", 0.1, 2, domain="positive"),
            Variable(k, "argument of the generating function", -1, 1),
            Variable(v, "variance of a normal prior", 0.05, 1),
            Variable(prior_mean, "mean of a normal prior", -0.3, 0.3),
            Variable(low, "lower edge of a box", -0.6, -0.4, domain="negative"),
            Variable(high, "upper edge of a box", 0.4, 0.6, domain="positive"),
            Variable(D, "number of factors", 1, 4), Variable(c, "normal of the task", -1, 1),
            Variable(mean, "mean of a normal law", -1, 1), Variable(S, "its covariance", -1, 1, structure="symmetric"),
            Variable(w, "argument of its generating function", -1, 1)),
        conditions=(Condition(sp.Gt(high, b), "the boundary passes through the box"),),
        steps=(
            Rewrite("The misfit of all observations depends on the state through their mean alone.",
                    t * (q - 2 * mu * x + x**2), t * (x - mu)**2 + t * (q - mu**2),
                    "Complete the square: what is left over does not know the state."),
            Definition("So the state is known up to the noise of the mean.", sigma_t, sigma / sp.sqrt(t),
                       "The exponent is −(x − μ)²/2σ_t².",
                       agrees=lambda sigma, t: best_mean_variance(t, sigma=sigma) ** 0.5),
            Substitute("A task asks for one combination of the factors, whose law is normal again.", generating,
                       k * sp.Trace(c.T * mean) + k**2 * sp.Trace(c.T * S * c) / 2,
                       "The generating function along kc is that of a number of mean cᵀM and variance cᵀSc.",
                       {w: k * c}, origin="the exponent of the normal law's generating function"),
            Integrate("Add up what lies beyond the boundary, up to some margin.", density(y, m, s),
                      class_probability(m / s, sp) - class_probability((m - u) / s, sp),
                      "The normal density of the margin, from 0 on.", y, 0, u, origin="the density of the margin"),
            Limit("With no limit to the margin this is the report.",
                  class_probability(m / s, sp) - class_probability((m - u) / s, sp), class_probability(m / s, sp),
                  "The second term vanishes.", u, sp.oo),
            Definition("Count margins in standard deviations: the score.", z, class_score(m, s),
                       "Reports of any task are one function of it.", agrees=lambda m, s: class_score(m, s)),
            Substitute("The opposite answer has the opposite score: the logit is odd.", logit, -logit,
                       "1 − Φ(z) = Φ(−z); evaluated in this form nothing is lost where Φ is nearly 1.", {z: -z}),
            Rewrite("A normal prior moves the mean and narrows the law.",
                    (x - mu)**2 / sigma_t**2 + (x - prior_mean)**2 / v,
                    (x - (v * mu + sigma_t**2 * prior_mean) / (v + sigma_t**2))**2 / narrower
                    + (mu - prior_mean)**2 / (v + sigma_t**2),
                    "Precisions add; the last term does not know the state.",
                    origin="the exponents of prior and evidence"),
            Integrate("A prior that is uniform on a box cuts the law off: its weight up to the upper edge.",
                      density(x, mu, sigma_t), below(high, mu, sigma_t) - below(b, mu, sigma_t),
                      "From the boundary to the edge; the report divides by the weight of the whole box.", x, b, high,
                      origin="the density of one factor"),
            Integrate("The mean of what is left in the box leans away from its edges.", x * density(x, mu, sigma_t),
                      mu * inside - sigma_t**2 * (density(high, mu, sigma_t) - density(low, mu, sigma_t)),
                      "Divided by the weight of the box it is the best estimate of the state.", x, low, high),
            Substitute("For a flat prior, put in mean and noise of the evidence.", class_probability(z, sp),
                       class_probability((mu - b) * sp.sqrt(t) / sigma, sp),
                       "A unit normal along one factor; for others take c·μ and √(cᵀΣc) instead of μ and σ.",
                       {z: class_score(mu - b, sigma / sp.sqrt(t))}),
        ),
        exercises=(
            Substitute("What does the agent report if the evidence lies on the boundary?",
                       class_probability((mu - b) * sp.sqrt(t) / sigma, sp), sp.Rational(1, 2),
                       "However long it looked: both answers are equally likely.", {mu: b}),
            Substitute("Four times as many observations have the same mean. What becomes of the score?",
                       (mu - b) * sp.sqrt(t) / sigma, 2 * (mu - b) * sp.sqrt(t) / sigma,
                       "The noise of the mean is halved.", {t: 4 * t}, origin="the score of the report")),
        result_name="reported probability",
        test="tests/sim/disentangle/test_classifier.py::test_reports_are_the_share_of_states_beyond_the_boundary",
    )
