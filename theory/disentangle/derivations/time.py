"""How good the estimate becomes with time"""

import sympy as sp

from gateflow.theory.disentangle.evidence import best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.time import duration_for, held_out_r2, shrunk_r2
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    x, noise, fresh, k, rho = sp.symbols("x epsilon xi k rho", real=True)
    sigma, t, v, best, plain, error, h, u, r2 = sp.symbols("sigma t v V_b V_p E h u R", positive=True)
    square, middle = sp.symbols("q m", positive=True)
    left = 1 - rho
    return Derivation(
        name="time",
        title="How good the estimate becomes with time",
        source="maximum likelihood: Vafidis et al. 2025 (DIS), section 3; weights, shrinkage and the rest are ours",
        summary="Fresh noise averages out as 1/t. Noise that lasts averages out more slowly, and the plain mean is not "
                "the best one. No estimate needs to stay at the noise: shrinking it towards the prior is better.",
        variables=(
            Variable(x, "latent state, one factor", -0.5, 0.5), Variable(noise, "noise now, ε", -1, 1),
            Variable(fresh, "fresh noise ξ", -1, 1),
            Variable(rho, "correlation of neighbours", 0, 0.95, domain="nonnegative"),
            Variable(sigma, "noise of one observation", 0.1, 0.6),
            Variable(t, "number of observations", 2, 40, "steps"),
            Variable(v, "variance of the state", 0.05, 0.2),
            Variable(k, "how far to trust the mean", 0, 1, domain="nonnegative"),
            Variable(h, "half width of the box", 0.2, 1), Variable(u, "place in the box", 0, 1),
            Variable(square, "mean square of a factor in an orthant", 0.5, 1),
            Variable(middle, "its mean there", 0.1, 0.5), Variable(r2, "r² on the box, or wanted", 0.1, 0.95)),
        steps=(
            Rewrite("Noise that follows ε' = ρε + √(1 − ρ²) ξ keeps its variance.",
                    rho**2 * sigma**2 + (1 - rho**2) * sigma**2, sigma**2, "Old and fresh noise are independent."),
            Rewrite("Subtract ρ times the observation before: only fresh noise is left.",
                    (x + rho * noise + sp.sqrt(1 - rho**2) * fresh) - rho * (x + noise),
                    left * x + sp.sqrt(1 - rho**2) * fresh,
                    "Each difference is new evidence, but about (1 − ρ)x only.", origin="two observations in a row"),
            Definition("The best mean weighs the first observation fully and each difference by its information.", best,
                       1 / (1 / sigma**2 + (t - 1) * left**2 / ((1 - rho**2) * sigma**2)),
                       "Information of independent numbers adds up.",
                       agrees=lambda sigma, t, rho: best_mean_variance(t, sigma=sigma, correlation=rho)),
            Rewrite("In short:", best, best_mean_variance(t, sigma=sigma, correlation=rho),
                    "This is the formula of DIS: it needs weights 1, 1 − ρ, …, 1 − ρ, 1, not equal ones."),
            Definition("The plain mean has another variance.", plain, plain_mean_variance(t, sigma=sigma,
                                                                                          correlation=rho),
                       "All pairs of observations add their correlation.",
                       agrees=lambda sigma, t, rho: plain_mean_variance(t, sigma=sigma, correlation=rho)),
            Rewrite("See it grow by one observation.",
                    (t + 1)**2 * plain_mean_variance(t + 1, sigma=sigma, correlation=rho) - t**2 * plain,
                    sigma**2 * (1 + 2 * rho * (1 - rho**t) / left),
                    "The variance of the sum gains σ² and twice the correlations with all before; it starts at σ²."),
            Bound("It is never better.", plain, best, "Both are σ²/t for fresh noise.", {rho: sp.Integer(0)}),
            Definition("Trust the mean only by a factor k: two errors.", error, (1 - k)**2 * v + k**2 * sigma**2 / t,
                       "What is not believed of the state, and what is believed of the noise."),
            Differentiate("They balance.", error, 2 * k * sigma**2 / t - 2 * (1 - k) * v, "Slope in k.", k),
            Solve("Solve for the factor.", 2 * k * sigma**2 / t - 2 * (1 - k) * v, v / (v + sigma**2 / t),
                  "At 1, maximum likelihood, the slope is positive: it is never the best.", k),
            Substitute("The share of the variance that is explained:", 1 - error / v,
                       shrunk_r2(sigma**2 / t, variance=v),
                       "Never negative, unlike 1 − σ²/tv at k = 1.",
                       {error: ((1 - k)**2 * v + k**2 * sigma**2 / t).subs(k, v / (v + sigma**2 / t))}),
            Integrate("Within one orthant a factor varies less. Its mean square there:", u**2, h**3 / 3,
                      "Over the width h; the whole box has the same mean square, h²/3, about 0.", u, 0, h,
                      origin="the square of a factor"),
            Substitute("About its own mean h/2 the variance is a quarter of the box's, so r² falls.",
                       1 - (1 - r2) * (h**2 / 3) / (square - middle**2), held_out_r2(r2),
                       "The error is the same in all orthants; .976 becomes .904.",
                       {square: h**3 / 3 / h, middle: h / 2}, origin="r² within an orthant"),
            Solve("Solve for the time that is needed.", r2 - shrunk_r2(sigma**2 / t, variance=v),
                  duration_for(r2, sigma=sigma, variance=v),
                  "Twice the noise needs four times the time.", t),
        ),
        exercises=(
            Substitute("After how many observations is half of the variance explained?",
                       duration_for(r2, sigma=sigma, variance=v), sigma**2 / v,
                       "Then the noise of the mean is as large as the variance of the state.",
                       {r2: sp.Rational(1, 2)}),
            Limit("Noise that lasts: to what does t times the variance of the best mean tend?",
                  t * best_mean_variance(t, sigma=sigma, correlation=rho), sigma**2 * (1 + rho) / (1 - rho),
                  "As if there were fewer observations, by (1 − ρ)/(1 + ρ).", t, sp.oo)),
        result_name="number of observations needed",
        test="tests/sim/disentangle/test_time.py::test_the_estimate_is_as_good_as_the_time_allows",
    )
