"""Why some noise is needed"""

import sympy as sp

from gateflow.theory.disentangle.classifier import class_probability
from gateflow.theory.disentangle.imprecise_reading import (
    bare_information,
    eigenvalue_error,
    many_task_optimum,
    output_information,
)
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    m, r, y, h = sp.symbols("m r y h", real=True)
    s, g, delta, z, a, rho = sp.symbols("sigma_t g delta z a rho", positive=True)
    J, v, N, cubed, f, b, share = sp.symbols("J v N kappa f b R", positive=True)
    D = sp.Symbol("D", positive=True)
    k = sp.Symbol("k", integer=True, positive=True)
    squares = sp.gamma(D / 2) / (sp.gamma(sp.Rational(1, 2)) * sp.gamma(D / 2 + k + 1))
    along = sp.hyper([sp.Rational(3, 2)], [D / 2 + 1], -a) / D
    front = N / (2 * sp.pi * s**2 * delta**2)
    reading = 2 * sp.pi * sp.sqrt(sp.pi) * delta**2 * cubed / N
    return Derivation(
        name="noise-optimum",
        title="Why some noise is needed",
        source="the role of noise: Vafidis et al. 2025 (DIS), section 3; information, optimum and its scaling are ours",
        summary="Without noise a report is 0 or 1 and hides how far away the boundary is. With much noise it says "
                "exactly how far away a wrong place is. Reports that are read with a finite precision are most "
                "telling in between.",
        variables=(
            Variable(m, "margin c·μ − b", -0.5, 0.5), Variable(s, "noise of the mean, σ/√t", 0.05, 0.5),
            Variable(r, "what is read of a report", 0, 1, domain="nonnegative"),
            Variable(y, "the report", 0, 1, domain="nonnegative"),
            Variable(g, "slope of the report in c·μ", 0.1, 2), Variable(h, "shift of c·μ", -0.5, 0.5),
            Variable(delta, "precision of reading", 0.01, 0.2), Variable(z, "score", 0.1, 2),
            Variable(k, "order of the moment", 1, 6), Variable(a, "(‖μ‖/σ_t)²", 0.2, 6),
            Variable(rho, "‖μ‖", 0.1, 0.7), Variable(D, "number of factors", 2, 5),
            Variable(J, "information about one direction", 0.5, 200), Variable(v, "variance of the state", 0.05, 0.2),
            Variable(b, "information of bare answers", 1, 100),
            Variable(share, "r² of bare answers", 0.1, 0.9), Variable(N, "number of tasks", 2, 50),
            Variable(cubed, "mean of ‖μ‖³", 0.02, 0.2)),
        steps=(
            Differentiate("See how fast a report changes with the state.", class_probability(m / s, sp),
                          normal_density(m / s, sp) / s, "Only near its boundary, within about σ_t.", m),
            Differentiate("Read it with an error of standard deviation δ: the slope of the misfit.",
                          (r - y - g * h)**2 / (2 * delta**2), g**2 * h / delta**2 - g * (r - y) / delta**2,
                          "The report moves by gh when c·μ moves by h.", h,
                          origin="the squared misfit over the variance of reading"),
            Solve("The shift that fits best:", g**2 * h / delta**2 - g * (r - y) / delta**2, (r - y) / g,
                  "The report, read backwards.", h),
            Substitute("An error δ of reading makes an error δ/g of c·μ: its information.", 1 / ((r - y) / g)**2,
                       g**2 / delta**2, "What matters is the slope of the report over the precision of reading.",
                       {r: y + delta}, origin="one over the squared error of c·μ"),
            Substitute("Put in the slope.", g**2 / delta**2, output_information(z, sigma_t=s, precision=delta, xp=sp),
                       "Little noise, large scores: exponentially little information.",
                       {g: normal_density(z, sp) / s}),
            Rewrite("For boundaries through the origin z is ‖μ‖/σ_t times the cosine w of normal and μ. Normals in all "
                    "directions: the moments of w²w^{2k}.", sp.gamma(k + sp.Rational(3, 2)) * squares,
                    sp.rf(sp.Rational(3, 2), k) / (D * sp.rf(D / 2 + 1, k)),
                    "w² has a beta law. Times (−a)ᵏ/k! they add up to Kummer's function: what is known along μ.",
                    origin="moments of a beta law"),
            Rewrite("And those of (1 − w²)w^{2k}/(D − 1).",
                    ((D / 2 + k) * sp.gamma(k + sp.Rational(1, 2)) - sp.gamma(k + sp.Rational(3, 2))) * squares
                    / (D - 1),
                    sp.rf(sp.Rational(1, 2), k) / (D * sp.rf(D / 2 + 1, k)),
                    "They add up to what is known across μ: boundaries that pass near the state help there, and say "
                    "nothing along μ.", origin="the same law's moments across μ"),
            Limit("With little noise the distance from the origin is what becomes hard to read (in the plane).",
                  a**sp.Rational(3, 2) * along.subs(D, 2), 1 / (2 * sp.sqrt(sp.pi)),
                  "Across it falls as a^{-1/2} only.", a, sp.oo, origin="the information along μ in the plane, scaled"),
            Definition("So reading has this error along μ.", f,
                       1 / (front / (2 * sp.sqrt(sp.pi) * (rho / s)**3)),
                       "One over the information; across, the error is smaller by (σ_t/‖μ‖)²."),
            Rewrite("Errors of evidence and reading add, the prior's precision adds to theirs.",
                    1 / (1 / v + 1 / (s**2 + 1 / J)), eigenvalue_error(J, sigma_t=s, variance=v),
                    "Never above v: at no information the state has its prior variance, and much noise only returns "
                    "to it.", origin="the variance of the state given both"),
            Solve("Saturated reports still tell their side. Give bare answers that explain a share R of the variance "
                  "the information that leaves as much.", 1 / (1 / v + b) - v * (1 - share),
                  bare_information(share, variance=v),
                  "It is added to what is read.", b, origin="the variance that bare answers leave"),
            Rewrite("Well below the prior variance, per factor and over all states of the plane:",
                    s**2 + f / 2 * cubed / rho**3, s**2 + reading / s,
                    "The one term grows, the other falls with the noise.",
                    origin="the error of evidence and half that of reading"),
            Differentiate("They balance at one noise.", s**2 + reading / s, 2 * s - reading / s**2,
                          "The slope in σ_t.", s),
            Solve("Solve for the best noise.", 2 * s - reading / s**2,
                  many_task_optimum(N, precision=delta, cubed_radius=cubed, xp=sp),
                  "Better precision or more tasks want less noise, by their cube root.", s,
                  remark="With fewer tasks than about 2.4/δ boundaries lie further apart than σ_t, and the noise must "
                         "bridge the gap: σ_t ≈ ‖μ‖π/2N or more."),
        ),
        exercises=(
            Substitute("Take eight times as many tasks. What is the best noise now?",
                       many_task_optimum(N, precision=delta, cubed_radius=cubed, xp=sp),
                       many_task_optimum(N, precision=delta, cubed_radius=cubed, xp=sp) / 2,
                       "It falls with the cube root of their number.", {N: 8 * N}),
            Substitute("What error is left at the best noise?", s**2 + reading / s,
                       3 * many_task_optimum(N, precision=delta, cubed_radius=cubed, xp=sp)**2,
                       "One part of evidence, two of reading.",
                       {s: many_task_optimum(N, precision=delta, cubed_radius=cubed, xp=sp)})),
        result_name="best noise of the mean",
        test="tests/sim/disentangle/test_noise.py::test_reading_is_as_good_as_its_information",
    )
