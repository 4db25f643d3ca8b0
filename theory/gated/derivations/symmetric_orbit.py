"""Two tasks, two paths: three numbers and an orbit"""

import numpy as np
import sympy as sp

from gateflow.theory.gated.flow import gate_force, residual
from gateflow.theory.gated.two_tasks import (
    clock_state,
    orbit_constant,
    rapidity,
    separatrix,
    settled_state,
    symmetric_error,
    symmetric_flow,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, W, D, M = sp.symbols("c w d m", real=True)
TAU_C, TAU_W = sp.symbols("tau_c tau_w", positive=True)
E = sp.Symbol("e", real=True)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="symmetric-orbit",
        title="Two tasks, two paths: three numbers and an orbit",
        source="Sandbrink et al. 2024 (NTA), section 4, which drops d; the closure with d and what it changes are ours",
        summary="With gates that sum to 1 the exact reduction of two orthogonal tasks needs only three numbers. "
                "Gates and specialisation move on a hyperbola whatever the error does; a third number, which the "
                "published version leaves out, keeps the gates from coming to rest at their full value.",
        variables=_variables(),
        conditions=(Condition(2 * TAU_W * W**2 > TAU_C * C**2, "the weights are on the side where gates switch"),),
        steps=(*_closure(), *_orbit(), *_left_out()),
        exercises=(
            Substitute("Where on the orbit is w̄ least, and how small does it get?",
                       sp.sqrt(1 - TAU_C / (2 * TAU_W) * (1 - C**2)), sp.sqrt(1 - TAU_C / (2 * TAU_W)),
                       "At c̄ = 0, half way: fast gates hardly touch the weights.", {C: sp.Integer(0)}),
            Along("How fast does c̄w̄ grow, the part of the output that needs gates?", C * W,
                  (W**2 / TAU_C + C**2 / (2 * TAU_W)) * E,
                  "Always towards the task: gates add through weights, weights through gates.",
                  dict(zip((C, W, D), symmetric_flow(C, W, D, task=M, tau_w=TAU_W, tau_c=TAU_C), strict=True)),
                  origin="what gates and specialisation make together"),
            Solve("Where does d come to rest, if gates and weights were held?", M - D - C * W, M - C * W,
                  "It takes up whatever error is left: that is why the gates stop short.", D)),
        result_name="difference of the gates at the end of a long block, to first order in τ_c/τ_w",
        test="tests/sim/gated/test_two_tasks.py::test_the_symmetric_flow_is_that_of_the_network",
    )


def _variables() -> tuple[Variable, ...]:
    a11, a12, a21, a22, c1, c2, mu = sp.symbols("a_11 a_12 a_21 a_22 c_1 c_2 mu", real=True)
    shares = [Variable(a, f"share of teacher {m} in path {p}", -1, 1)
              for a, p, m in ((a11, 1, 1), (a12, 1, 2), (a21, 2, 1), (a22, 2, 2))]
    return (
        *shares, Variable(c1, "first gate", 0, 1, domain="nonnegative"),
        Variable(c2, "second gate", 0, 1, domain="nonnegative"),
        Variable(M, "active task, ±1", -1, 1), Variable(mu, "force of the norm cost on each gate", -1, 1),
        Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
        Variable(W, "specialisation, w̄", 0.2, 1.5, domain="positive", shown="w̄"),
        Variable(D, "common preference of both paths, d", -0.3, 0.3),
        Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"),
        Variable(TAU_W, "time constant of the weights", 0.5, 3, "time"))


def _closure() -> tuple[Step, ...]:
    a11, a12, a21, a22, c1, c2, mu = sp.symbols("a_11 a_12 a_21 a_22 c_1 c_2 mu", real=True)
    shares, gates = np.array([[a11, a12], [a21, a22]]), np.array([c1, c2])
    error = sp.Matrix(residual(shares, gates, np.array([(1 + M) / 2, (1 - M) / 2])))
    force = sp.Matrix(gate_force(shares, np.array(error).ravel()))
    at = {c1: (1 + C) / 2, c2: (1 - C) / 2, a11: (1 + D + W) / 2, a12: (1 - D - W) / 2, a21: (1 + D - W) / 2,
          a22: (1 - D + W) / 2}
    first, second = (D + W) * E / 2 - mu, (D - W) * E / 2 - mu
    return (
        Rewrite("The exact reduction: what is wrong with the share of each teacher.", error, sp.Matrix(
            [(1 + M) / 2 - c1 * a11 - c2 * a21, (1 - M) / 2 - c1 * a12 - c2 * a22]),
            "What is asked for, less what gated paths hold: with orthogonal teachers of norm 1 and weights in their "
            "span nothing else counts.", origin="derivation exact-reduction"),
        Substitute("If the shares of each path sum to 1, the two errors sum to 1 − C, C the sum of the gates.",
                   error[0] + error[1], 1 - c1 - c2,
                   "So with C = 1 they are opposite, and the sums, which they drive, stay as they are.",
                   {a12: 1 - a11, a22: 1 - a21}, origin="the errors along both teachers"),
        Definition("One number is left of the error.", E, M - D - C * W,
                   "It is the error along the difference of the teachers.",
                   agrees=lambda m, **at: float(symmetric_error(task=m, **at))),
        Substitute("Write gates and shares in the symmetric coordinates.", error, sp.Matrix([E / 2, -E / 2]),
                   "c̄ is the difference of the gates; w̄ and d are half difference and half sum of what each path "
                   "prefers.", at),
        Substitute("The loss pushes the two gates with these forces.", force,
                   sp.Matrix([(D + W) * E / 2, (D - W) * E / 2]),
                   "Each gate feels how well its path fits the error.", at,
                   origin="the gradient by the gates, in shares of the paths"),
        Substitute("The norm cost pushes back with the same force on both, μ = de/2: then their sum stays.",
                   sp.Matrix([first, second]), sp.Matrix([W * E / 2, -W * E / 2]),
                   "While both gates are positive. μ = λ_norm (C − 1), so C stays within de/2λ_norm of 1.",
                   {mu: D * E / 2}),
        Rewrite("What is left is a flow of three numbers.", sp.Matrix([
            (first - second) / TAU_C, ((1 + C) / 2 - (1 - C) / 2) * E / (2 * TAU_W),
            ((1 + C) / 2 + (1 - C) / 2) * E / (2 * TAU_W)]),
            sp.Matrix(symmetric_flow(C, W, D, task=M, tau_w=TAU_W, tau_c=TAU_C)),
            "The force of the norm cost drops out of the difference; each path learns the error times its gate.",
                origin="the flow in sums and differences of the paths"))


def _orbit() -> tuple[Step, ...]:
    flow = dict(zip((C, W, D), symmetric_flow(C, W, D, task=M, tau_w=TAU_W, tau_c=TAU_C), strict=True))
    on_orbit = sp.sqrt(1 - TAU_C / (2 * TAU_W) * (1 - C**2))
    return (
        Along("Specialisation grows with the product of gates and error.", W**2, C * W * E / TAU_W,
              "Twice w̄ times its rate.", flow),
        Along("The gates' share grows just as fast.", TAU_C / (2 * TAU_W) * C**2, C * W * E / TAU_W,
              "So the difference of the two is constant: states move on hyperbolas, whatever d and the task are.",
              flow, origin="the square of the gates, in the weights' units"),
        Rewrite("From the specialised state (−1, 1) this is w̄ on the orbit.",
                sp.sqrt(orbit_constant(-1, 1, tau_w=TAU_W, tau_c=TAU_C) + TAU_C / (2 * TAU_W) * C**2), on_orbit,
                "The published orbit; it needs no assumption about d."),
        Series("If d were 0, the error would vanish at c̄ = 1: back in the specialised state.", 1 - C * on_orbit,
               (1 + TAU_C / (2 * TAU_W)) * (1 - C), "This is what the published version says.", C, 1, 2))


def _left_out() -> tuple[Step, ...]:
    flow = dict(zip((C, W, D), symmetric_flow(C, W, D, task=M, tau_w=TAU_W, tau_c=TAU_C), strict=True))
    drift = separatrix(tau_w=TAU_W, tau_c=TAU_C, xp=sp) * rapidity(C, W, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    specialised = (sp.Integer(-1), sp.Integer(1), sp.Integer(0))
    end = clock_state(2 * TAU_C * (1 - TAU_C / (3 * TAU_W)), *specialised, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    settled = settled_state(tau_w=TAU_W, tau_c=TAU_C)
    return (
        Along("d is tied to the place on the orbit: it moves as this function of c̄/w̄ does.", drift, E / (2 * TAU_W),
              "So d minus it is a second constant; nothing is left but the place on one curve.", flow,
              origin="the logarithm whose derivative the error is"),
        Series("With d, count time by the error, ds = e dt. The error vanishes at s = 2τ_c(1 − τ_c/3τ_w).",
               end[2] + end[0] * end[1], sp.Integer(1), "d + c̄w̄ is 1 there, but for the second order in τ_c.",
               TAU_C, 0, 2, origin="the flow, linear in s, from (−1, 1, 0) on: derivation clock solves it"),
        Rewrite("By then both paths have come to prefer the task.", end[2], settled[2] * (1 - TAU_C / (3 * TAU_W)),
                "d grows by half the clock over τ_w: it is of first order."),
        Series("And the gates stop short of their full difference by as much.", end[0], settled[0],
               "What d has learned the gates need not supply.", TAU_C, 0, 2,
               origin="c̄ at the same s"))
