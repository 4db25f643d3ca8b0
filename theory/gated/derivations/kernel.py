"""The virtuous cycle"""

from typing import Any

import sympy as sp

from gateflow.theory.gated.derivations._paths import SIZES, TAU_C, TAU_W, TIMES, J, P, W, c
from gateflow.theory.gated.flow import residual
from gateflow.theory.gated.kernel import kernel, symmetric_paths, symmetric_rates, weight_share
from gateflow.theory.gated.two_tasks import symmetric_flow
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Limit
from gateflow.theory.proofs.derivation import Derivation


def _residual(F: Any, c: Any, y: Any, **_: Any) -> Any:
    return residual(F, c[:, 0], y)


def derive() -> Derivation:
    """Build and check the derivation."""
    inputs, outputs = sp.symbols("d_in d_out", integer=True, positive=True)
    x, V, g = (sp.MatrixSymbol("x", inputs, 1), sp.MatrixSymbol("V", inputs, outputs), sp.MatrixSymbol("g", 1, outputs))
    F, y, epsilon, K = (sp.MatrixSymbol(name, *shape) for name, shape in (
        ("F", (P, outputs)), ("y", (1, outputs)), ("epsilon", (1, outputs)), ("K", (outputs, outputs))))
    t = sp.MatrixSymbol("t", 1, J)
    difference, w, d, m = sp.symbols("cbar wbar d m", real=True)
    E, gates, power = t - c.T * W, sp.Trace(c.T * c), sp.Trace(x.T * x)
    paths, one = sp.ImmutableMatrix(symmetric_paths(w, d)), sp.eye(2)
    both, ones = sp.Matrix([[-1, 1]]), sp.ones(2, 2)
    through_gates, through_weights = symmetric_rates(difference, w, tau_w=TAU_W, tau_c=TAU_C)
    c_dot, w_dot, d_dot = symmetric_flow(difference, w, d, task=m, tau_w=TAU_W, tau_c=TAU_C)

    def along_error(F: Any) -> Any:
        return (both * kernel(F, gate_power=(1 + difference**2) / 2, input_power=1, tau_w=TAU_W, tau_c=TAU_C,
                              one=one) * both.T)[0]

    return Derivation(
        name="kernel",
        title="The virtuous cycle",
        source="Sandbrink et al. 2024 (NTA), section 4 and appendix on the kernel",
        summary="An error is taken away partly by the gates, partly by the weights. Specialised weights make the "
                "gates' part large; then little is left for the weights to unlearn, and they stay specialised.",
        variables=(
            *SIZES, *TIMES, Variable(inputs, "inputs", 1, 3), Variable(outputs, "outputs", 1, 3),
            Variable(x, "one input", -1, 1), Variable(V, "weights of one path, transposed", -1, 1),
            Variable(g, "push on the output of that path", -1, 1),
            Variable(F, "outputs of the paths, one a row", -1, 1),
            Variable(y, "wanted output", -1, 1), Variable(c, "gates", -1, 1),
            Variable(W, "weights, one flattened path a row", -1, 1), Variable(t, "teacher, flattened", -1, 1),
            Variable(difference, "difference of the gates, c̄", -1, 1),
            Variable(w, "specialisation, w̄", 0.2, 1.5, domain="positive"),
            Variable(d, "common preference of both paths, d", -0.3, 0.3), Variable(m, "active task, ±1", -1, 1)),
        steps=(
            Differentiate("A push g on a path's output xᵀV pushes its weights along the input.",
                          -sp.Trace(g * (x.T * V).T), -x * g, "The output is linear in the weights.", V),
            Along("The weights answer, and the output follows the push as fast as the input is large.", x.T * V,
                  power * g / TAU_W, "Input meets input: |x|².", {V: x * g / TAU_W}, origin="the output for one input"),
            Definition("The error is what is wanted less the gated sum of the paths' outputs.", epsilon, y - c.T * F,
                       "The network's output is cᵀF.", _residual),
            Differentiate("The loss pushes the output of each path along the error, in proportion to its gate.",
                          sp.Trace(epsilon * epsilon.T) / 2, -c * epsilon, "Only gated outputs count.", F,
                          origin="the loss of one output"),
            Differentiate("It pushes each gate by how well its path fits the error.",
                          sp.Trace(epsilon * epsilon.T) / 2, -F * epsilon.T, "An inner product.", c),
            Definition("Call this matrix the kernel.", K,
                       kernel(F, gate_power=gates, input_power=power, tau_w=TAU_W, tau_c=TAU_C,
                              one=sp.Identity(outputs)),
                       "The gates' part acts along the paths' outputs, the weights' part in all directions."),
            Along("The output moves by the kernel times the error.", c.T * F, epsilon * K,
                  "The chain rule: gates times moving outputs, outputs times moving gates.",
                  {F: power * c * epsilon / TAU_W, c: F * epsilon.T / TAU_C}),
            Along("Over whitened inputs the same holds for weights in place of outputs, with |x|² = 1.", c.T * W,
                  E * kernel(W, gate_power=gates, input_power=1, tau_w=TAU_W, tau_c=TAU_C, one=sp.Identity(J)),
                  "Weights descend by gate times error, gates by weights times error.",
                  {W: c * E / TAU_W, c: W * E.T / TAU_C}, origin="the output over whitened inputs, in the flow of "
                  "derivation gradient-flow"),
            Rewrite("In the symmetric state the kernel acts thus on the error (−1, 1), which a switch leaves.",
                    along_error(paths), through_gates + through_weights + 2 * d**2 / TAU_C,
                    "In units of the teachers; the gates' squares sum to (1 + c̄²)/2.",
                    origin="the kernel, applied to an error"),
            Rewrite("A norm cost that holds the sum of the gates removes what a common preference adds.",
                    along_error(paths - ones * paths / 2), through_gates + through_weights,
                    "Only the paths' difference from their mean moves gates against each other."),
            Rewrite("At just this relative rate the symmetric flow takes the squared error away.",
                    2 * (d_dot + w * c_dot + difference * w_dot) / (m - d - difference * w),
                    through_gates + through_weights,
                    "The error is m − d − c̄w̄, and each of the three numbers moves with it.",
                    origin="derivation symmetric-orbit: the rate of the squared error"),
            Differentiate("Specialisation makes the gates faster.", through_gates, 4 * w / TAU_C,
                          "Their part grows with the square of w̄.", w),
            Differentiate("So less is left to the weights: their share falls with specialisation.",
                          weight_share(difference, w, tau_w=TAU_W, tau_c=TAU_C),
                          -4 * w / TAU_C * through_weights / (through_gates + through_weights)**2,
                          "What gates take away no weight has to unlearn: the cycle closes.", w,
                          origin="the weights' share of the rate"),
            Rewrite("The share of the weights in one line.", through_weights / (through_gates + through_weights),
                    weight_share(difference, w, tau_w=TAU_W, tau_c=TAU_C),
                    "Fast gates, small τ_c/τ_w, and specialised weights, large w̄, protect the weights."),
        ),
        exercises=(
            Substitute("Two paths have learned nothing that sets them apart. What share falls to the weights?",
                       weight_share(difference, w, tau_w=TAU_W, tau_c=TAU_C), sp.Integer(1),
                       "Gates cannot tell such paths apart.", {w: sp.Integer(0)}),
            Limit("And for ever faster gates?", weight_share(difference, w, tau_w=TAU_W, tau_c=TAU_C), sp.Integer(0),
                  "They take the error away before a weight moves.", TAU_C, sp.Integer(0))),
        result_name="share of the weights in taking the error away",
        test="tests/sim/gated/test_kernel.py::test_the_loss_falls_at_the_rate_of_the_kernel",
    )
