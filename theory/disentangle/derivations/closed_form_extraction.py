"""Reading the evidence back from the reports"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.tasks import Tasks
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate
from gateflow.theory.proofs.derivation import Derivation


def _estimate(C: Any, y: Any, **_: Any) -> Any:
    """The project's own estimate from targets y (N, 1)."""
    lengths = np.linalg.norm(C, axis=1)
    return extract(Tasks(C), y[:, 0] / lengths, np.eye(C.shape[1])).estimate[:, None]


def _squared(column: Any) -> Any:
    return sp.Trace(column.T * column)


def derive() -> Derivation:
    """Build and check the derivation."""
    N, D, n, d = sp.symbols("N D n d", integer=True, positive=True)
    C, x, y = sp.MatrixSymbol("C", N, D), sp.MatrixSymbol("x", D, 1), sp.MatrixSymbol("y", N, 1)
    mu, b, z, M = (sp.MatrixSymbol(name, size, 1) for name, size in (("mu", D), ("b", N), ("z", N), ("M", D)))
    few, state, report = sp.MatrixSymbol("F", n, d), sp.MatrixSymbol("X", d, 1), sp.MatrixSymbol("r", n, 1)
    sigma_t, error = sp.Symbol("sigma_t", positive=True), sp.MatrixSymbol("e", N, 1)
    solution = (C.T * C).inv() * C.T
    shortest = few.T * (few * few.T).inv()
    inside = shortest * few
    return Derivation(
        name="closed-form-extraction",
        title="Reading the evidence back from the reports",
        source="Vafidis et al. 2025 (DIS), theorem B.6; the case of few tasks and the codes are ours",
        summary="Each report is one linear equation for the mean of the evidence, so reports on D independent tasks "
                "carry all of it: an agent that solves the tasks must know the state. Fewer tasks carry its "
                "projection on their normals, and nothing else.",
        variables=(
            Variable(N, "number of tasks", 3, 5), Variable(D, "number of factors", 1, 3),
            Variable(n, "number of tasks, too few", 1, 2), Variable(d, "number of factors, more than tasks", 2, 4),
            Variable(C, "normals of the tasks, one a row", -1, 1), Variable(x, "a trial state", -1, 1),
            Variable(y, "what the scores say about C μ", -1, 1), Variable(mu, "mean of the evidence", -1, 1),
            Variable(b, "offsets", -1, 1), Variable(z, "scores Φ⁻¹(Ŷ)", -1, 1),
            Variable(few, "normals of too few tasks", -1, 1),
            Variable(state, "mean of the evidence, more factors", -1, 1),
            Variable(report, "logits that are wanted", -1, 1), Variable(sigma_t, "noise of the mean, σ/√t", 0.1, 1),
            Variable(error, "errors of y", -1, 1)),
        steps=(
            Differentiate("Ask for the state that fits all scores best: the slope of the squared misfit.",
                          _squared(C * x - y), 2 * C.T * C * x - 2 * C.T * y,
                          "A score z with unit normals says c·μ = b + σ_t z =: y.", x),
            Definition("The slope vanishes at one state.", M, solution * y,
                       "CᵀC can be inverted where D of the normals are independent.", agrees=_estimate),
            Rewrite("Check it.", C.T * C * M - C.T * y, sp.ZeroMatrix(D, 1), "CᵀC cancels its inverse.",
                    origin="the normal equations"),
            Rewrite("Any other state fits worse.", _squared(C * x - y), _squared(C * M - y) + _squared(C * (x - M)),
                    "Pythagoras: what is left over is orthogonal to all that the state can explain."),
            Substitute("Reports of an optimal classifier give the mean of the evidence back.", solution * y, mu,
                       "There y is C μ: nothing of the evidence is lost, and no decoder needs to be learned.",
                       {y: C * mu}),
            Rewrite("What no state explains is a projection of the scores.", _squared(y - C * M),
                    sp.Trace(y.T * y) - sp.Trace(y.T * C * solution * y),
                    "It is 0 if and only if the scores lie in the column space of C: a test of optimality."),
            Substitute("An error of the scores moves the estimate.", solution * y, mu + solution * error,
                       "Independent errors of variance ε² leave ε² times the trace of the inverse of "
                       "CᵀC.", {y: C * mu + error}),
            Substitute("With too few tasks many states fit. The shortest is the projection of the true mean on the "
                       "span of the normals.", shortest * report, inside * state,
                       "The rest of the state changes no report.", {report: few * state},
                       origin="the shortest state that fits"),
            Rewrite("Every state that fits is longer by the part that no report knows.", _squared(state),
                    _squared(inside * state) + _squared(state - inside * state),
                    "The same holds for codes: of all codes that a readout turns into given logits, the shortest is "
                    "linear in them, so it moves in no more than D directions.",
                    origin="the squared length of any state that fits"),
            Substitute("Put in the scores.", solution * y, solution * (b + sigma_t * z),
                       "For noise of covariance Σ take √(c_iᵀΣc_i/t) instead of σ_t.", {y: b + sigma_t * z}),
        ),
        exercises=(
            Differentiate("A prior on the state adds σ_t²‖x‖² to the misfit. Where does its slope vanish now?",
                          _squared(C * x - y) + sigma_t**2 * _squared(x),
                          2 * (C.T * C * x + sigma_t**2 * x) - 2 * C.T * y,
                          "At (CᵀC + σ_t²)⁻¹ Cᵀy: it shrinks, and it exists with few tasks too.", x),
            Rewrite("How many directions of the scores can states explain? Take the trace of the projection.",
                    sp.Trace(C * solution), D,
                    "One for each factor. The other N − D test whether the reports are optimal.",
                    origin="the projection of the scores on the column space of C"),
            Substitute("The errors of the scores happen to be C x. What is estimated?", solution * y, mu + x,
                       "Such an error looks like a state: the misfit stays 0 and tells nothing.",
                       {y: C * mu + C * x})),
        result_name="mean of the evidence",
        test="tests/sim/disentangle/test_extraction.py::test_the_mean_of_the_evidence_comes_back_from_the_reports",
    )
