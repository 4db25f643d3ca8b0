"""The contrast of two paths is boosted by their error"""

from typing import Any

import sympy as sp

from gateflow.theory.gated.onset import (
    boost,
    boost_generator,
    boost_matrix,
    composed_gamma,
    first_block_rapidity,
    mean_flow,
)
from gateflow.theory.gated.symbolic import symbolic_model
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Evolve, Integrate, Limit, Linearise
from gateflow.theory.proofs.derivation import Derivation


def _flow(paths: list[sp.Matrix], gates: list[Any], teacher: sp.Matrix, tau_w: sp.Symbol,
          norm_strength: sp.Symbol) -> tuple[list[sp.Matrix], list[sp.Expr]]:
    """Ẇ^p and ċ^p of positive gates, by differentiating loss and L1 cost; paths and teacher (2,), whitened inputs."""
    model = symbolic_model(2, 1, len(paths))
    positive = [sp.Symbol(f"gate_{p}", positive=True) for p in range(len(paths))]
    values = {symbol: value for matrix, column in zip((*model.W, model.teacher), (*paths, teacher), strict=True)
              for symbol, value in zip(matrix, column, strict=True)}
    values |= dict(zip(model.covariance, sp.eye(2), strict=True))
    values |= {model.tau_w: tau_w, model.norm_strength: norm_strength}

    def insert(rate: sp.Expr) -> sp.Expr:
        inside = rate.subs(dict(zip(model.c, positive, strict=True)))
        return inside.subs(values, simultaneous=True).subs(dict(zip(positive, gates, strict=True)), simultaneous=True)

    return [rate.T.applyfunc(insert) for rate in model.W_dot], [insert(rate) for rate in model.c_dot]


def derive() -> Derivation:
    """Build and check the derivation."""
    C, delta, P, s, t = sp.symbols("C delta P s t", positive=True)
    u, v, W, D, teacher, E, G = (sp.Matrix(sp.symbols(f"{name}_1:3", real=True)) for name in "uvWDsEG")
    c, small = sp.symbols("c_1:3", positive=True), sp.symbols("xi eta_1:3", real=True)
    tau_w, tau_c, tau_block, cost, e = sp.symbols("tau_w tau_c tau_B lambda_norm e", positive=True)
    x, X, theta, first, second, angle = sp.symbols("x X theta theta_1 theta_2 alpha", real=True)
    W_dot, c_dot = _flow([u, v], list(c), teacher, tau_w, cost)
    # Both in the coordinates sum, difference of the gates and mean, difference of the weights.
    apart = {c[0]: (C + delta) / 2, c[1]: (C - delta) / 2, **dict(zip(u, W + D / 2, strict=True)),
             **dict(zip(v, W - D / 2, strict=True))}
    effective = (c[0] * u + c[1] * v).subs(apart, simultaneous=True)
    common = teacher - C * W - delta * D / 2
    equal, mean = [], []
    for n_paths in (2, 3):
        weights, gates = _flow([W] * n_paths, [C / n_paths] * n_paths, teacher, tau_w, cost)
        equal += [sum(gates), *weights[0]]
        sum_dot, mean_dot = mean_flow(C, W, teacher, tau_w=tau_w, tau_c=tau_c, norm_strength=cost, n_paths=n_paths)
        mean += [sum_dot, *mean_dot]
    error_dot = -mean_flow(sp.Integer(1), sp.Matrix([s - e]), sp.Matrix([s]), tau_w=tau_w, tau_c=tau_c,
                           norm_strength=cost, n_paths=P)[1][0]
    generator = sp.Matrix(boost_generator(E, tau_w=tau_w, tau_c=tau_c))
    turn = [sp.Matrix(boost_matrix(rapidity, towards, xp=sp)) for rapidity, towards in (
        (first, 0), (second, angle), (first, sp.pi))]
    return Derivation(
        name="boosts",
        title="The contrast of two paths is boosted by their error",
        source="ours; network and cost of Sandbrink et al. 2024 (NTA), section 2",
        summary="Two paths that start almost alike see the same error, and it alone drives them apart: gates through "
                "weights, weights through gates. The law is that of a Lorentz boost, with weights as space, the gate "
                "as time and rapidity collected from the error.",
        variables=(
            *(Variable(gate, "gate of a path", 0.1, 1) for gate in c),
            *(Variable(w, "weights of path 1", -1, 1) for w in u),
            *(Variable(w, "weights of path 2", -1, 1) for w in v),
            *(Variable(w, "active teacher", -1, 1) for w in teacher), Variable(C, "sum of the gates", 0.5, 1.5),
            Variable(delta, "contrast of the gates, δc = c¹ − c²", 0.01, 0.4),
            *(Variable(w, "mean of the paths, W̄", -1, 1, shown=f"W̄_{i}") for i, w in enumerate(W, 1)),
            *(Variable(w, "contrast of the weights, δW = W¹ − W²", -1, 1) for w in D),
            *(Variable(w, "error of the mean network, W* − C W̄", -1, 1) for w in E),
            *(Variable(w, "a small contrast", -1, 1) for w in small), Variable(x, "√τ_c δc", -1, 1, "√time"),
            Variable(X, "√τ_w δW along the error", -1, 1, "√time"), Variable(theta, "rapidity", -1, 1),
            Variable(first, "first rapidity", -1, 1), Variable(second, "second rapidity", -1, 1),
            Variable(angle, "angle between two errors", 0, 3, domain="nonnegative"),
            Variable(s, "norm of the teacher", 0.3, 1.5),
            Variable(e, "norm of the error", 0.1, 1), Variable(P, "number of paths", 2, 6),
            Variable(t, "time", 0.1, 2, "time"), Variable(tau_block, "length of a block", 0.1, 2, "time"),
            Variable(tau_w, "time constant of the weights", 0.5, 3, "time"),
            Variable(tau_c, "time constant of the gates", 0.05, 1, "time"),
            Variable(cost, "strength of the cost on the sum of the gates", 0.1, 3)),
        steps=(
            *(Definition(f"Both paths see the same error; this is its component {i + 1}.", G[i],
                         teacher[i] - c[0] * u[i] - c[1] * v[i], "It is what the whole network still gets wrong.")
              for i in range(2)),
            Rewrite("Subtract the flows of the two paths.",
                    sp.Matrix([tau_c * (c_dot[0] - c_dot[1]), *(tau_w * (W_dot[0] - W_dot[1]))]),
                    sp.Matrix([(u - v).dot(G), *((c[0] - c[1]) * G)]),
                    "The cost on the sum pulls both gates alike and drops out: each contrast is driven by the other, "
                    "times the error.", origin="the flows of two paths"),
            Along("Whatever the error does, it keeps the Minkowski norm of the contrast.",
                  tau_w * D.dot(D) - tau_c * delta**2, sp.Integer(0),
                  "Both squares gain 2δc ⟨δW, E⟩: what the weights gain the gate gains as well.",
                  {delta: D.dot(E) / tau_c, **dict(zip(D, delta * E / tau_w, strict=True))},
                  origin="the flow of the contrasts"),
            Rewrite("Write the output of the network by means and contrasts of the paths.", effective,
                    C * W + delta * D / 2, "Means multiply means and contrasts contrasts: the mixed terms cancel.",
                    origin="the outputs of both paths"),
            Linearise("For nearly equal paths only the error of the mean counts.",
                      sp.Matrix([D.dot(common) / tau_c, *(delta * common / tau_w)]),
                      (sp.Matrix(boost_generator(teacher - C * W, tau_w=tau_w, tau_c=tau_c)) * sp.Matrix(small)),
                      "The product of two contrasts is of second order.", (delta, *D), (0, 0, 0), small,
                      origin="the flow of the contrasts"),
            Rewrite("The mean learns like a network of one path; here for two paths and for three.", sp.Matrix(equal),
                    sp.Matrix(mean), "Equal paths stay equal: all gates feel one force, all weights one error.",
                    origin="the flow of the means"),
            Rewrite("Measure gates in units of √τ_c and weights in units of √τ_w: both rates become equal.",
                    sp.Matrix([sp.sqrt(tau_c), sp.sqrt(tau_w), sp.sqrt(tau_w)]).multiply_elementwise(
                        generator * sp.Matrix([x / sp.sqrt(tau_c), X / sp.sqrt(tau_w), 0])),
                    sp.Matrix([E[0] * X, E[0] * x, E[1] * x]) / sp.sqrt(tau_c * tau_w),
                    "One symmetric matrix is left, the error over √(τ_c τ_w): what generates boosts.",
                    origin="the linear flow in scaled units"),
            Evolve("Along a fixed direction, with dθ = ‖E‖ dt/√(τ_c τ_w), solve.", sp.Matrix([X, x]),
                   sp.Matrix(boost(first, second, rapidity=theta, xp=sp)),
                   "A hyperbolic rotation by the rapidity θ.", (x, X), theta, (first, second)),
            Rewrite("Two boosts in turn along errors at an angle multiply the gate's contrast by one factor.",
                    (turn[1] * turn[0])[0, 0], composed_gamma(first, second, angle=angle, xp=sp),
                    "As velocities add in special relativity: most where the errors are parallel.",
                    origin="the product of two boosts, its entry for the gates"),
            Rewrite("Equal boosts along opposite errors undo each other.", turn[2] * turn[0], sp.eye(3),
                    "Two tasks in turn, with opposite errors of equal rapidity, leave nothing behind.",
                    origin="the product of a boost and its reverse"),
            Evolve("In a first block, from W̄ = 0 at C = 1, the error decays along its teacher.",
                   sp.Matrix([error_dot]),
                   sp.Matrix([s * sp.exp(-t / (P * tau_w))]), "The mean learns at the rate 1/(P τ_w).", (e,), t, (s,),
                   origin="the flow of the error while paths are equal"),
            Integrate("Collect the rapidity of the first block.",
                      s * sp.exp(-t / (P * tau_w)) / sp.sqrt(tau_c * tau_w),
                      first_block_rapidity(s, tau_w=tau_w, tau_c=tau_c, tau_block=tau_block, n_paths=P, xp=sp),
                      "Fast gates and strong teachers boost most; a block longer than P τ_w adds no more.", t, 0,
                      tau_block),
        ),
        exercises=(
            Limit("How much rapidity can a first block give at most?",
                  first_block_rapidity(s, tau_w=tau_w, tau_c=tau_c, tau_block=tau_block, n_paths=P, xp=sp),
                  s * P * sp.sqrt(tau_w / tau_c), "The error s lasts for about P τ_w; then the task is learned.",
                  tau_block, sp.oo),
            Substitute("Two boosts along errors at a right angle: by what do they multiply the gate's contrast?",
                       composed_gamma(first, second, angle=angle, xp=sp), sp.cosh(first) * sp.cosh(second),
                       "The second finds nothing along its own error that the first has moved: factors multiply.",
                       {angle: sp.pi / 2}),
            Substitute("A contrast begins with X = −x. What does the boost by θ make of it?",
                       sp.Matrix(boost(first, second, rapidity=theta, xp=sp)),
                       sp.exp(-theta) * sp.Matrix([-second, second]),
                       "Such a contrast has norm 0: it lies on the light cone, and shrinks along it.",
                       {first: -second})),
        result_name="rapidity of a first block",
        test="tests/sim/gated/test_onset.py::test_a_first_block_boosts_by_its_rapidity",
    )
