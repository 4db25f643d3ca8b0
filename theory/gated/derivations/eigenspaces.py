"""Modes that meet only at the gates"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.gated.derivations._paths import TAU_C, TAU_W, TIMES, model
from gateflow.theory.gated.reduction import gate_time_constant
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Evolve, Linearise
from gateflow.theory.proofs.derivation import Derivation


def _time_constant(s: Any, tau_c: float, **_: Any) -> Any:
    return gate_time_constant(model(1.0, tau_c), np.diag(s[:, 0])[None])[0]


def derive() -> Derivation:
    """Build and check the derivation."""
    rows, columns, R = sp.symbols("d_out d_in R", integer=True, positive=True)
    U, V = sp.MatrixSymbol("U", rows, R), sp.MatrixSymbol("V", columns, R)
    s, w, v, e, delta = (sp.MatrixSymbol(name, R, 1) for name in ("s", "w_1", "w_2", "e", "delta"))
    a, b, start, t, k = sp.symbols("c_1 c_2 c_0 t k", real=True)
    tau = sp.Symbol("tau_e", positive=True)

    def matrix(modes: Any) -> Any:
        return U * sp.DiagMatrix(modes) * V.T

    missing = s - a * w - b * v
    error = matrix(s) - a * matrix(w) - b * matrix(v)
    force = sp.Trace(w.T * e)
    strength = sp.Trace(s.T * s)
    return Derivation(
        name="eigenspaces",
        title="Modes that meet only at the gates",
        source="Sandbrink et al. 2024 (NTA), appendix on eigenspaces and figure A2",
        summary="If all tasks share singular vectors, each mode learns as if it were alone. Only the gates bring modes "
                "together: every mode pushes the same gates, so tasks with more of them switch faster.",
        variables=(
            Variable(rows, "outputs", 1, 4), Variable(columns, "inputs", 1, 4), Variable(R, "modes", 1, 3),
            Variable(U, "left singular vectors, orthonormal", -1, 1, structure="orthonormal"),
            Variable(V, "right singular vectors, orthonormal", -1, 1, structure="orthonormal"),
            Variable(s, "strengths of the active task's modes", -1.5, 1.5),
            Variable(w, "strengths that path 1 holds", -1, 1), Variable(v, "strengths that path 2 holds", -1, 1),
            Variable(delta, "a small disturbance of path 1", -1, 1),
            Variable(a, "gate 1", -1, 1), Variable(b, "gate 2", -1, 1), Variable(start, "gate 1 at the start", -1, 1),
            Variable(k, "factor", 0.5, 2, domain="positive"),
            Variable(t, "time", 0, 2, "time", domain="nonnegative"), *TIMES),
        conditions=(Condition(sp.Le(R, rows), "no more modes than outputs"),
                    Condition(sp.Le(R, columns), "no more modes than inputs")),
        steps=(
            Definition("Each mode has an error of its own.", e, missing,
                       "What its gated paths leave of the task's strength."),
            Rewrite("The error of the network has the same singular vectors.", error, matrix(e),
                    "Task and paths are all diagonal in them.",
                    origin="teacher and paths in the data's singular vectors"),
            Along("So paths keep them: the flow of the strengths is the flow of the weights.", matrix(w),
                  a * error / TAU_W, "Every path moves along the error, in proportion to its gate.",
                  {w: a * e / TAU_W}),
            Rewrite("The force on a gate is the sum over modes of strength times error.",
                    sp.Trace(matrix(w).T * error), force, "Singular vectors are orthonormal: modes do not mix."),
            Linearise("With the gates held still, a disturbance of one mode stays in that mode.", a * e / TAU_W,
                      -a**2 / TAU_W * delta, "No mode sees the others except through the gates.", (w,), (w,), (delta,),
                      origin="the flow of the weights at fixed gates"),
            Substitute("A path that holds its task, alone, sees its gate pulled to 1.",
                       sp.Trace(w.T * missing) / TAU_C,
                       (1 - a) * strength / TAU_C, "Every mode pulls, as strongly as its strength squared.",
                       {w: s, b: 0}),
            Definition("All modes together set one time constant.", tau, TAU_C / strength,
                       "The sum of squared strengths is the squared norm of the teacher.", _time_constant),
            Substitute("Against the sum of squared strengths gates speed up with slope 1.", TAU_C / strength,
                       tau / k**2, "A task k times as strong has k² times the sum and 1/k² of the time.", {s: k * s}),
            Evolve("The gate relaxes with it.", sp.Matrix([(1 - a) / tau]),
                   sp.Matrix([1 - (1 - start) * sp.exp(-t / tau)]), "A single exponential, whatever the modes are.",
                   (a,), t, (start,)),
        ),
        exercises=(
            Substitute("How far has the gate come after a time of τ_e ln 2?", 1 - (1 - start) * sp.exp(-t / tau),
                       (1 + start) / 2, "Half of what was missing is still missing.", {t: tau * sp.log(2)}),
            Rewrite("All R modes have the same strength k. What is the time constant?",
                    TAU_C / sp.Trace(k * sp.OneMatrix(1, R) * sp.OneMatrix(R, 1) * k), TAU_C / (R * k**2),
                    "More modes, faster gates: each of them pulls.", origin="τ_e, with s = (k, …, k)"),
            Substitute("Both paths hold the whole task. How is gate 1 pulled now?", sp.Trace(w.T * missing) / TAU_C,
                       (1 - a - b) * strength / TAU_C,
                       "Only the sum of the gates is wrong or right; how they share it nobody says.", {w: s, v: s})),
        result_name="gate at time t",
        test="tests/sim/gated/test_first_principles.py::test_gates_speed_up_with_the_strength_of_all_modes",
    )
