"""Without noise only the direction is left"""

import sympy as sp

from gateflow.theory.disentangle.noiseless import direction_r2, sector_r2
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    edge, h, r = sp.symbols("l h r", positive=True)
    D = sp.Symbol("D", integer=True, positive=True)
    first, second, theta = sp.symbols("m_1 m_2 theta", real=True)
    return Derivation(
        name="noiseless-limit",
        title="Without noise only the direction is left",
        source="Vafidis et al. 2025 (DIS), section 3; 8/9 and its form in any dimension are ours",
        summary="Perfect evidence turns every report into a bare yes or no. If all boundaries pass through the origin, "
                "no number of tasks tells how far the state is from it. What is lost has a closed form in any "
                "dimension, for any shape of the set of states.",
        variables=(
            Variable(D, "number of factors", 1, 8), Variable(edge, "distance of the edge in a direction, l", 0.3, 1),
            Variable(r, "distance from the origin", 0.1, 1),
            Variable(theta, "angle from the middle of a sector", -1, 1),
            Variable(h, "half the angle of a sector", 0.05, 1)),
        steps=(
            Integrate("Along one direction states lie as densely as r^{D-1}: their number.", r**(D - 1), edge**D / D,
                      "A cone widens with the distance.", r, 0, edge),
            Integrate("Their distances, added up.", r**D, edge**(D + 1) / (D + 1), "One power more.", r, 0, edge),
            Integrate("Their squared distances.", r**(D + 1), edge**(D + 2) / (D + 2), "And one more.", r, 0, edge),
            Definition("Mean distance:", first, edge**(D + 1) / (D + 1) / (edge**D / D),
                       "It is the best guess if only the direction is known."),
            Rewrite("In short:", first, D * edge / (D + 1), "Near the edge in many dimensions."),
            Definition("Mean square:", second, edge**(D + 2) / (D + 2) / (edge**D / D),
                       "The variance that there is to explain along this direction, about the origin."),
            Rewrite("The guess leaves this much of it.", 1 - (second - first**2) / second, direction_r2(D),
                    "The distance of the edge drops out: the same share in every direction, so for every shape that "
                    "is symmetric about the origin.", origin="the error of the guess"),
            Substitute("In the plane it is 8/9.", direction_r2(D), sp.Rational(8, 9),
                       "One ninth of the variance is lost for good.", {D: sp.Integer(2)}),
            Limit("In many dimensions nothing is lost.", direction_r2(D), sp.Integer(1),
                  "There nearly all states lie near the edge.", D, sp.oo),
            Integrate("With few lines the direction is known up to a sector: the mean of the states' component along "
                      "its middle.", sp.cos(theta), sp.sin(h), "Half of a sector, from its middle to its edge.", theta,
                      0, h, origin="a component of a direction within the sector"),
            Substitute("So for a disc cut into equal sectors:", direction_r2(D) * (sp.sin(h) / h)**2, sector_r2(h, sp),
                       "The guess is shorter by sin h/h.", {D: sp.Integer(2)}),
            Series("It comes close to 8/9 as 1/N².", sector_r2(h, sp), sp.Rational(8, 9) * (1 - h**2 / 3),
                   "h = π/2N: 7 % of the variance at N = 3, a tenth of a percent at N = 24.", h, 0, 4),
            Rewrite("In any dimension, with very many tasks:", first**2 / second, D * (D + 2) / (D + 1)**2,
                    "Only boundaries that miss the origin, or noise, tell the distance.",
                    origin="the explained part of the square"),
        ),
        exercises=(
            Substitute("What share is left in three dimensions?", direction_r2(D), sp.Rational(15, 16),
                       "One sixteenth is lost, after one ninth in the plane.", {D: sp.Integer(3)}),
            Rewrite("Write what is lost as one fraction.", 1 - direction_r2(D), 1 / (D + 1)**2,
                    "It is (D + 1)² − D(D + 2) over (D + 1)².",
                    origin="the whole, less what directions explain"),
            Limit("In many dimensions, how far from the origin do states lie on average? In units of the edge.",
                  D / (D + sp.Integer(1)), sp.Integer(1), "Nearly all of them lie at the edge.", D, sp.oo,
                  origin="the mean distance over that of the edge")),
        result_name="share of the variance that directions explain",
        test="tests/sim/disentangle/test_noiseless.py::test_bare_answers_explain_what_directions_can",
    )


