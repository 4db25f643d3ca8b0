"""Who specialises, and when"""

import numpy as np
import sympy as sp

from gateflow.theory.gated.invariants import contrast, gram_matrix
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.onset import (
    boost_generator,
    boost_matrix,
    growth,
    limited_contrast,
    onset_share,
    periods_until_onset,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation


def _numeric_contrast(delta: float, D_1: float, D_2: float, tau_w: float, tau_c: float) -> float:
    """The contrast I of two paths as the project evaluates it, one of them with all weights and its gate at 0."""
    W = np.array([[[D_1, D_2]], [[0.0, 0.0]]])
    model = GatedModel(2, 1, 2, 1, tau_w=tau_w, tau_c=tau_c)
    return float(contrast(model, gram_matrix(W), np.array([delta, 0.0]))[0, 1])


def derive() -> Derivation:
    """Build and check the derivation."""
    delta, tau_w, tau_c, C, z, n, k = sp.symbols("delta tau_w tau_c C z n k", positive=True)
    gain, init_std, multiplier, trace, L, A = sp.symbols("g varsigma lambda T L A", positive=True)
    theta, phi, mu, rate, I, variance = sp.symbols("theta phi mu r I v", real=True)  # noqa: E741
    D, E = (sp.Matrix(sp.symbols(f"{name}_1:3", real=True)) for name in "DE")
    row = sp.symbols("rho_1:3", positive=True)
    norm = sp.sqrt(row[0]**2 + row[1]**2)
    common = E - delta * D / 2
    state = sp.Matrix([delta, *D])
    lorentz = sp.diag(1, sp.rot_axis3(-phi)[:2, :2]) * sp.Matrix(boost_matrix(theta, 0, xp=sp))
    limited = limited_contrast(L, area=A, tau_w=tau_w, xp=sp)
    moments = [sp.exp((k * entry * init_std) ** 2 / 2) for entry in row]
    density = sp.sqrt(2 / (sp.pi * variance)) * sp.exp(-z**2 / (2 * variance))
    return Derivation(
        name="onset",
        title="Who specialises, and when",
        source="ours; continues derivation boosts",
        summary="A gate must reach its bound before the contrast can rise. Boosts of a whole period multiply to one "
                "Lorentz matrix that says how fast contrasts grow; chance says how large they begin; their own share "
                "in the error limits them.",
        variables=(
            Variable(delta, "contrast of the gates, δc", 0.01, 0.9),
            *(Variable(w, "contrast of the weights, δW", -1, 1) for w in D),
            *(Variable(w, "error of the mean network, W* − C W̄", -1, 1) for w in E),
            Variable(L, "δc as boosts along the errors of the mean leave it", 0.01, 2),
            Variable(A, "integral of L² over time", 0.01, 3, "time"),
            Variable(rate, "rate of growth of L", -2, 2, "1/time"),
            Variable(theta, "rapidity of a period", 0.1, 2, domain="positive"),
            Variable(phi, "rotation of a period", -0.5, 0.5),
            Variable(trace, "trace of the monodromy, above 3 where contrasts grow", 3.1, 9),
            Variable(mu, "trial multiplier", 0.1, 5, domain="positive"),
            *(Variable(entry, "entry of the propagator's row that gives δc", 0.5, 3) for entry in row),
            Variable(init_std, "standard deviation ς of initial weights", 0.1, 1),
            Variable(k, "argument of the moment-generating function", 0.1, 1), Variable(z, "value of δc", 0.01, 2),
            Variable(C, "sum of the gates", 0.5, 1.5), Variable(gain, "gain g₀ before the first period", 0.1, 1),
            Variable(multiplier, "multiplier λ of a period", 1.1, 5), Variable(n, "number of periods", 0.1, 5),
            Variable(tau_w, "time constant of the weights", 0.5, 3, "time"),
            Variable(tau_c, "time constant of the gates", 0.05, 1, "time")),
        steps=(
            Definition("Recall what the flow of two paths conserves while both gates are positive.", I,
                       tau_w * D.dot(D) - tau_c * delta**2,
                       "Both squares gain 2δc ⟨δW, E⟩. It is 0 to begin with, or nearly.",
                       agrees=_numeric_contrast),
            Rewrite("Beyond first order, the contrast's own share in the error damps all of it at one rate, δc²/2τ_w.",
                    sp.Matrix([D.dot(common) / tau_c, *(delta * common / tau_w)]),
                    sp.Matrix(boost_generator(E, tau_w=tau_w, tau_c=tau_c)) * state - delta**2 / (2 * tau_w) * state
                    - sp.Matrix([I * delta / (2 * tau_w * tau_c), 0, 0]),
                    "The error is that of the mean minus δc δW/2; this is exact. What is left of I damps the gates.",
                    origin="the flow of the contrasts, not linearised"),
            Along("So where I is 0 the contrast is what boosts make of it, over one common factor.", limited,
                  rate * limited - limited**3 / (2 * tau_w),
                  "A Bernoulli equation: L grows at the rate r, its square adds up to A, and the quotient obeys both.",
                  {L: rate * L, A: L**2}, origin="the linear contrast, with a common factor"),
            Rewrite("Boosts of a period make one boost and a rotation: one multiplier is 1, two have the product 1.",
                    sp.Determinant(sp.ImmutableMatrix(lorentz - mu * sp.eye(3))),
                    (1 - mu) * (mu**2 - (lorentz.trace() - 1) * mu + 1),
                    "The Minkowski norm allows nothing else in two dimensions of weights; the trace decides.",
                    origin="the characteristic polynomial of a boost times a rotation"),
            Solve("Solve for the multiplier that grows.", mu**2 - (trace - 1) * mu + 1, growth(trace, xp=sp),
                  "The trace is λ + 1 + 1/λ; the other multiplier is the inverse.", mu,
                  others=(1 / growth(trace, xp=sp),), origin="the polynomial without its root 1"),
            Definition("The contrast of the gates is a row ρ times W¹ − W² at the start; add up variances.", variance,
                       2 * init_std**2 * (row[0]**2 + row[1]**2), "Two independent entries of variance ς² each time."),
            Rewrite("A sum of normal numbers is normal, with that variance.", (moments[0] * moments[1]) ** 2,
                    sp.exp(k**2 * variance / 2),
                    "Moment-generating functions of independent numbers multiply: two paths, two entries.",
                    origin="generating functions of both entries, in both paths"),
            Solve("One standard deviation needs so many periods to grow to |δc| = C.",
                  sp.sqrt(2) * init_std * gain * multiplier**n - 1,
                  periods_until_onset(gain, multiplier=multiplier, init_std=init_std, xp=sp),
                  "The gain is g₀ λⁿ, in units of C.", n, origin="the growing contrast in units of the bound"),
            Integrate("Both signs together, the contrast stays within the bound with this probability.", density,
                      sp.erf(C / sp.sqrt(2 * variance)), "The normal density on both sides of 0.", z, 0, C,
                      origin="the normal density of that variance, twice"),
            Rewrite("The rest of the networks have their onset.", 1 - sp.erf(C / sp.sqrt(2 * variance)),
                    onset_share(C / norm, init_std=init_std, xp=sp),
                    "All that matters is the initial contrast that suffices; beyond first order it comes from the "
                    "exact flow instead of C/‖ρ‖."),
        ),
        exercises=(
            Substitute("A contrast of one standard deviation suffices. What share of networks has an onset?",
                       onset_share(C / norm, init_std=init_std, xp=sp), sp.erfc(1 / sp.sqrt(2)),
                       "A normal number lies beyond one standard deviation in about a third of the cases.",
                       {C: sp.sqrt(variance)}),
            Limit("And for very large initial weights?", onset_share(C / norm, init_std=init_std, xp=sp),
                  sp.Integer(1), "Then every contrast suffices.", init_std, sp.oo)),
        result_name="share of networks with an onset",
        test="tests/sim/gated/test_onset.py::test_the_share_of_onsets_is_predicted",
    )
