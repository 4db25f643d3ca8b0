"""How many tasks it takes"""

from itertools import product

import sympy as sp

from gateflow.theory.disentangle.derivations._sphere import moment, pair, wick, written_out
from gateflow.theory.disentangle.task_count import even_gain, gaussian_gain, limit_gain, tasks_needed, unit_gain
from gateflow.theory.proofs.algebra import Bound, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Limit, Series
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    g, x, phi, m4 = sp.symbols("g x phi q", real=True)
    N, D, k, ratio, h, reading, error = sp.symbols("N D k gamma h epsilon_2 E", positive=True)
    planes, j = sp.symbols("n j", integer=True, positive=True)
    one, two = (D - 1) / N, (D - 1) * (D - 2) / N**2
    three = (2 * (D - 1)**2 + (D - 1) * (D - 2) / (D + 2)) / N**2

    def squares(d: int) -> sp.Expr:
        return sum(pair(i, j, j, i, d) for i in range(d) for j in range(d))

    def fourths(d: int) -> sp.Expr:
        return sum(wick(((i, j), (j, k), (k, m), (m, i)), d) for i, j, k, m in product(range(d), repeat=4))

    return Derivation(
        name="task-count",
        title="How many tasks it takes",
        source="rank condition: Vafidis et al. 2025 (DIS), theorem B.6; Gaussian rows: inverse Wishart law; limit: "
               "Marchenko and Pastur 1967; unit normals are ours; continues derivation closed-form-extraction",
        summary="As many tasks as factors are necessary; how many more are needed depends on how evenly their normals "
                "point. The error of reading is the mean of 1/eigenvalue of CᵀC, which evenly spread normals make as "
                "small as it can be.",
        variables=(
            Variable(g, "unevenness: half difference of the eigenvalues", -0.4, 0.4),
            Variable(phi, "half the step between neighbours' angles", 0.1, 1.4, domain="positive"),
            Variable(j, "place in the row of lines", 1, 9),
            Variable(m4, "mean of c_1²c_2²", 0.01, 0.2, domain="positive"),
            Variable(N, "number of tasks", 12, 40), Variable(D, "number of factors", 2, 8),
            Variable(k, "degrees of freedom", 2.5, 20), Variable(ratio, "tasks per factor", 1.5, 5),
            Variable(h, "1/N", 0.01, 0.05), Variable(reading, "variance of the error in each c·μ", 0.01, 1),
            Variable(error, "mean squared error of a factor that is wanted", 0.01, 1),
            Variable(planes, "number of tasks", 3, 9), Variable(x, "eigenvalue of E", -0.4, 0.4)),
        conditions=(Condition(sp.Gt(N, 2 * D), "at least twice as many tasks as factors"),),
        steps=(
            Bound("In the plane the eigenvalues of CᵀC add up to N: equal ones are best.",
                  (1 / (N * (sp.Rational(1, 2) + g)) + 1 / (N * (sp.Rational(1, 2) - g))) / 2, even_gain(N, 2),
                  "Reading divides variances by eigenvalues: the mean of 1/eigenvalue counts. The same "
                  "holds in any dimension, with D/N.", {g: sp.Integer(0)}),
            Rewrite("Evenly spaced lines have equal ones: cos 2φ_j is a difference of neighbours.",
                    sp.cos((2 * j + 1) * phi), (sp.sin(2 * (j + 1) * phi) - sp.sin(2 * j * phi)) / (2 * sp.sin(phi)),
                    "With φ = π/N the sum over N lines telescopes to sin 2π − sin 0 = 0, and so for sines.",
                    origin="neighbouring lines"),
            Rewrite("Gaussian rows: the inverse of a χ² number has this mean.",
                    sp.gamma(k / 2 - 1) / (2 * sp.gamma(k / 2)), 1 / (k - 2), "A quotient of gamma functions.",
                    origin="the mean of 1/χ²"),
            Substitute("A diagonal entry of the inverse of CᵀC is D/χ² with N − D + 1 degrees of freedom.", D / (k - 2),
                       gaussian_gain(N, D), "What is left of a column outside the span of the others.",
                       {k: N - D + 1}),
            Rewrite("Unit normals: the fourth moment of a component.",
                    sp.gamma(sp.Rational(5, 2)) * sp.gamma(D / 2) / (sp.gamma(sp.Rational(1, 2)) * sp.gamma(D / 2 + 2)),
                    moment((4,), D), "c_1² has a beta law.", origin="the moments of a beta law"),
            Solve("Two components together: all squares add up to 1.", moment((4,), D) + (D - 1) * m4 - 1 / D,
                  moment((2, 2), D), "Multiply by c_1² and take the mean.", m4),
            Series("Write CᵀC = (N/D)(1 + E) and expand in the eigenvalues of E.", 1 / (1 + x),
                   1 - x + x**2 - x**3 + x**4,
                   "The trace of E is 0: every normal has length 1.", x, 0, 5,
                   origin="the inverse of CᵀC in one eigenvalue"),
            Rewrite("Squares: from fourth moments, here for D = 2, 3, 4.", written_out(squares),
                    written_out(lambda d: (d - 1) * (d + 2)),
                    "In units of D/((D + 2)N): the mean eigenvalue of E² is (D − 1)/N."),
            Rewrite("Cubes: one normal at a time, D ccᵀ − 1 has the eigenvalues D − 1, once, and −1.",
                    ((D - 1)**3 - (D - 1)) / (D * N**2), two, "Different normals are independent.",
                    origin="the eigenvalues of one normal's contribution"),
            Rewrite("Fourth powers: E is normal to leading order; all pairings, for D = 2, 3, 4.", written_out(fourths),
                    written_out(lambda d: three.subs({D: d, N: 1}) * sp.Rational((d + 2)**2, d)),
                    "In units of (D/((D + 2)N))²."),
            Series("The mean error, for many tasks.", unit_gain(1 / h, D),
                   (D * h * (1 + one - two + three)).subs(N, 1 / h),
                   "Put together; a closed form with the same expansion that is good at fewer tasks too.", h, 0, 4,
                   origin="the mean of the inverse"),
            Limit("In large dimensions, at fixed N/D, both laws agree.", gaussian_gain(ratio * D, D),
                  limit_gain(ratio, sp.Integer(1)), "The law of Marchenko and Pastur.", D, sp.oo,
                  origin="the ratio of both laws"),
            Solve("Solve for the number of random unit normals that makes the error as small as wanted.",
                  reading * unit_gain(N, D) - error,
                  tasks_needed(error, reading=reading, dimension=D, law="unit", xp=sp), "A quadratic equation for N.",
                  N, origin="the mean error less the one that is wanted"),
        ),
        exercises=(
            Limit("By what factor is the error of random unit normals above that of evenly spread ones, if tasks are "
                  "many?", unit_gain(N, D) / even_gain(N, D), sp.Integer(1),
                  "Random normals become even by themselves: what they lose is of order D/N.", N, sp.oo,
                  origin="the ratio of both errors"),
            Solve("How many Gaussian rows read as badly as half as many evenly spread ones?",
                  gaussian_gain(N, D) - even_gain(N / 2, D), 2 * D + 2,
                  "D/(N − D − 1) is 2D/N there; with more rows they lose less.", N,
                  origin="the difference of both errors"),
            Substitute("Two tasks per factor, in large dimensions: what is the error?",
                       limit_gain(ratio, sp.Integer(1)), sp.Integer(1),
                       "1/(γ − 1): as if one task in two were used up. Evenly spread ones leave ½.",
                       {ratio: sp.Integer(2)})),
        result_name="number of tasks needed",
        test="tests/sim/disentangle/test_task_count.py::test_the_error_of_reading_falls_with_tasks_as_their_law_says",
    )
