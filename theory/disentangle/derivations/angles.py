"""How orthogonal latent factors come out"""

from typing import Any

import sympy as sp

from gateflow.theory.disentangle.angles import angle_spread, cosine_variance, planar_cosine, planar_squared_cosine
from gateflow.theory.disentangle.derivations._sphere import triple, wick, written_out
from gateflow.theory.proofs.algebra import Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

PHI, PSI, A, B, T = sp.symbols("phi psi a b T", real=True)
R, N, D, X, Y, UP = sp.symbols("R N D x y u", positive=True)
# Not positive: decoders have p = −1.
P = sp.Symbol("p", real=True)
TURN = sp.Matrix([[sp.cos(PSI), sp.sin(PSI)], [sp.sin(PSI), -sp.cos(PSI)]])


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="angles",
        title="How orthogonal latent factors come out",
        source="near-orthogonality: Vafidis et al. 2025 (DIS), section 4; the law to second order is ours",
        summary="A representation that solves random tasks moves with each latent factor along a direction of its own. "
                "Their angles scatter about 90°, less with more tasks; how much depends on how the representation "
                "shares the tasks' matrix with the readout.",
        variables=(
            Variable(PHI, "angle of a normal in the plane", 0, 3, domain="nonnegative"),
            Variable(PSI, "direction of the mean of exp(2iφ)", 0, 3, domain="nonnegative"),
            Variable(R, "its length", 0.05, 0.9), Variable(T, "the same for the power p, R_p", -0.9, 0.9),
            Variable(Y, "tan ψ", 0.1, 3), Variable(UP, "where its integral ends", 0.1, 3),
            Variable(A, "a rapidity", -1, 1), Variable(B, "another", -1, 1),
            Variable(P, "power p of CᵀC", -1.5, 1.5), Variable(N, "number of tasks", 5, 40),
            Variable(D, "number of factors", 2, 8), Variable(X, "cosine of the angle", 0.01, 0.5)),
        steps=(*_plane(), *_space()),
        exercises=(
            Limit("With many tasks R is small. By what factor is the mean squared cosine smaller for a code, p = ½, "
                  "than for the logits, p = 1?",
                  planar_squared_cosine(R, power=sp.Rational(1, 2), xp=sp) / planar_squared_cosine(
                      R, power=sp.Integer(1), xp=sp), sp.Rational(1, 4),
                  "It goes with p²: a code carries the root of CᵀC, which is half as uneven.", R, 0,
                  origin="the mean squared cosines of two powers"),
            Substitute("What is the mean squared cosine in the plane for the logits, p = 1?",
                       planar_squared_cosine(R, power=P, xp=sp), 1 - sp.sqrt(1 - R**2),
                       "cosh(artanh R) = 1/√(1 − R²).", {P: sp.Integer(1)}),
            Limit("To what does N times the mean squared cosine of logits' directions tend with the number of tasks?",
                  N * cosine_variance(N, D, sp.Integer(1)), D / (D + 2),
                  "To first order: with more factors the 1/N of random directions.", N, sp.oo,
                  origin="the law to second order, times N")),
        result_name="standard deviation of the angle",
        test="tests/sim/disentangle/test_angles.py::test_angles_scatter_as_their_law_says",
    )


def _plane() -> tuple[Step, ...]:
    """Two factors: exact."""
    normal = sp.Matrix([sp.cos(PHI), sp.sin(PHI)])
    gram, root = sp.eye(2) + T * TURN, sp.sqrt(1 - T**2)
    turned = sp.tanh(P * sp.log((1 + R) / (1 - R)) / 2)
    return (
        Rewrite("In the plane each task adds a constant and a vector of twice its angle to CᵀC.", normal * normal.T,
                (sp.eye(2) + sp.Matrix([[sp.cos(2 * PHI), sp.sin(2 * PHI)], [sp.sin(2 * PHI), -sp.cos(2 * PHI)]])) / 2,
                "So CᵀC = (N/2)(1 + R M), R exp(iψ) the mean of exp(2iφ), M a reflection."),
        Rewrite("M twice is 1.", TURN * TURN, sp.eye(2), "A reflection undoes itself.", origin="that matrix M"),
        Rewrite("So (1 + M tanh a)(1 + M tanh b), over 1 + tanh a tanh b, adds rapidities.",
                sp.eye(2) + (sp.tanh(A) + sp.tanh(B)) / (1 + sp.tanh(A) * sp.tanh(B)) * TURN,
                sp.eye(2) + sp.tanh(A + B) * TURN,
                "The power p of 1 + R M has R_p = tanh(p artanh R): p = 1 for the logits, ½ for a code that shares CᵀC "
                "with its readout, −1 for decoders.", origin="the product, with M² = 1"),
        Rewrite("This is the cosine between the directions of the two factors.",
                gram[0, 1] / sp.sqrt(gram[0, 0] * gram[1, 1]), T * sp.sin(PSI) / sp.sqrt(1 - T**2 * sp.cos(PSI)**2),
                "Off-diagonal entry over lengths.", origin="the entries of that matrix"),
        Substitute("In terms of the tasks:", T * sp.sin(PSI) / sp.sqrt(1 - T**2 * sp.cos(PSI)**2),
                   planar_cosine(R, PSI, power=P, xp=sp), "R and ψ are known as soon as the normals are.", {T: turned}),
        Substitute("The direction ψ is uniform: average the square, over y = tan ψ.",
                   T**2 * sp.sin(PSI)**2 / (1 - T**2 * sp.cos(PSI)**2) * sp.cos(PSI)**2,
                   1 / (1 + Y**2) - (1 - T**2) / (1 - T**2 + Y**2), "dψ = cos² ψ dy.", {PSI: sp.atan(Y)},
                   origin="the squared cosine, with dψ in terms of y"),
        Integrate("Its integral.", 1 / (1 + Y**2) - (1 - T**2) / (1 - T**2 + Y**2),
                  sp.atan(UP) - root * sp.atan(UP / root),
                  "Two arcs.", Y, 0, UP),
        Limit("Over all directions:", (sp.atan(UP) - root * sp.atan(UP / root)) / (sp.pi / 2), 1 - root,
              "Both arcs end at a right angle.", UP, sp.oo, origin="the integral over a quarter turn"),
        Substitute("In rapidities:", 1 - root, planar_squared_cosine(R, power=P, xp=sp),
                   "Exact at any number of tasks; only the law of R is left.", {T: turned}),
        Series("With many tasks R is small.", planar_squared_cosine(R, power=P, xp=sp),
               P**2 * R**2 / 2 + (P**2 / 3 - 5 * P**4 / 24) * R**4, "Up to sixth order.", R, 0, 6),
        Rewrite("Its moments are those of a random walk of N steps: 1/N and nearly 2/N².",
                P**2 / 2 * (1 / N) + (P**2 / 3 - 5 * P**4 / 24) * (2 / N**2), cosine_variance(N, sp.Integer(2), P),
                "Among N⁴ products of four steps 2N² − N are 1 on average; N in 2N² is of third order.",
                origin="the expansion, with moments of R²"))


def _space() -> tuple[Step, ...]:
    """More factors: second order in 1/N."""
    q, r = P * (P - 1) / 2, P * (P - 1) * (P - 2) / 6
    off = (0, 1)

    def written(terms: Any) -> sp.Matrix:
        return written_out(lambda d: sp.expand(terms(d)))

    def cubic(d: int) -> Any:
        square = sum(triple((off, (0, k), (k, 1)), d) for k in range(d))
        return (-P**3 * sum(triple((off, off, (i, i)), d) for i in (0, 1)) + 2 * P * q * square)

    def quartic(d: int) -> Any:
        k_range = range(d)
        squares = sum(wick(((0, k), (k, 1), (0, m), (m, 1)), d) for k in k_range for m in k_range)
        cubes = sum(wick((off, (0, k), (k, m), (m, 1)), d) for k in k_range for m in k_range)
        mixed = sum(wick((off, (0, k), (k, 1), (i, i)), d) for k in k_range for i in (0, 1))
        ends = sum(wick((off, off, (i, k), (k, i)), d) for k in k_range for i in (0, 1))
        lengths = sum(wick((off, off, (i, i), (j, j)), d) for i, j in ((0, 0), (1, 1), (0, 1)))
        return (q**2 * squares + 2 * P * r * cubes - 2 * P**2 * q * mixed - P**2 * q * ends + P**4 * lengths)

    third = -P**3 * 4 * D * (D - 2) / ((D + 2) * (D + 4)) + 2 * P * q * D * (D - 2) / (D + 2)
    s = D / ((D + 2) * N)
    return (
        Rewrite("For more factors expand (1 + E)ᵖ in E: terms of third order, here for D = 2, 3, 4.", written(cubic),
                written(lambda d: third.subs(D, d)),
                "E is a mean over tasks: N² times its third moments are those of one task.",
                origin="cubes of E, averaged"),
        Rewrite("Terms of fourth order: E is normal to leading order, and all pairings count.", written(quartic),
                written(lambda d: ((cosine_variance(N, D, P) - P**2 * s - third / N**2) / s**2).subs(D, d)),
                "In units of (D/((D + 2)N))²; first order gives p² D/((D + 2)N).",
                origin="fourth powers of E, averaged"),
        Series("From the cosine to the angle: δ = 90° − angle.", sp.asin(X)**2, X**2 + X**4 / 3, "Arc sine, squared.",
               X, 0, 6, origin="the squared angle"),
        Substitute("Its spread, with E cos⁴ = 3 (E cos²)² to leading order.", sp.sqrt(X + T / 3),
                   angle_spread(N, D, P, sp), "At D = 2, N = 24: 8.4° for p = 1, 4.2° for p = ½.",
                   {X: cosine_variance(N, D, P), T: 3 * cosine_variance(N, D, P)**2},
                   origin="the spread of the cosine"))
