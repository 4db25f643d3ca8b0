"""A bank of steps, by kind: false ones that look right, and true ones that look suspicious.

x, y, a, b are real, with both signs; p, q, t, u are positive; m is a whole number.

What cannot be decided, and gets through: what is true on the whole range of a symbol and false beyond it (3 ≥ x where
x is tried up to 2); a narrow window, bump or further root where nothing of low degree in a symbol vanishes, such as
sin x > .999999; a limit that fails only where two functions of different periods meet; values or derivatives at a
single place that one side lacks, x²/x at 0 and log |sin x|/x at π, 2π …; a symbol that is defined and then put equal
to what it can never be.
"""

import sympy as sp

from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Evolve, Integrate, Limit, Linearise, Series
from gateflow.theory.proofs.context import Context

Abs, Eq, Heaviside, Integer, Matrix, Max, Min, Piecewise, Rational, acos = (
    sp.Abs, sp.Eq, sp.Heaviside, sp.Integer, sp.Matrix, sp.Max, sp.Min, sp.Piecewise, sp.Rational, sp.acos)
acosh, asin, atan, atanh, ceiling, cos, cosh, erf, exp, floor = (
    sp.acosh, sp.asin, sp.atan, sp.atanh, sp.ceiling, sp.cos, sp.cosh, sp.erf, sp.exp, sp.floor)
log, oo, pi, sign, sin, sinh, sqrt, tan, tanh = (
    sp.log, sp.oo, sp.pi, sp.sign, sp.sin, sp.sinh, sp.sqrt, sp.tan, sp.tanh)

x, y, a, b, v, w = sp.symbols("x y a b v w", real=True)
p, q, t, u, s, n = sp.symbols("p q t u s n", positive=True)
k, r = sp.symbols("k r", real=True)
m, d, D = sp.symbols("m d D", integer=True, positive=True)
z = sp.Symbol("z", real=True)
h = sp.Symbol("h", real=True)
A, B, WAY = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d), sp.MatrixSymbol("way", d, d)
C, c, S = sp.MatrixSymbol("C", d, D), sp.MatrixSymbol("c", d, 1), sp.MatrixSymbol("S", d, d)
VARIABLES = (
    *(Variable(symbol, str(symbol)) for symbol in (x, y, a, b, v, w, z, p, q, s, n)), Variable(t, "time", 0.05, 6),
    Variable(u, "an upper end", 0.05, 8), Variable(h, "a probability", 0.02, 0.98, domain="positive"),
    Variable(m, "whole number", 1, 7), Variable(d, "size", 2, 3), Variable(D, "size", 2, 4),
    Variable(A, "matrix"), Variable(B, "matrix"), Variable(WAY, "matrix"), Variable(C, "matrix"), Variable(c, "column"),
    Variable(S, "symmetric", structure="symmetric"))
CONTEXT = Context(VARIABLES, (Condition(q > p, "q is above p"),))


def _r(before, after):
    return Rewrite("s.", before, after)


def _i(before, after, lower=0, upper=u):
    return Integrate("s.", before, after, variable=x, lower=lower, upper=upper)


def _l(before, after, point=0, variable=x):
    return Limit("s.", before, after, variable=variable, point=point)


def _e(rates, solution, start, unknowns=(x,)):
    return Evolve("s.", Matrix(rates), Matrix(solution), unknowns=unknowns, time=t, start=start)


def _s(before, after, unknown=z, others=()):
    return Solve("s.", before, after, unknown=unknown, others=others)


def _d(before, after, variable=x):
    return Differentiate("s.", before, after, variable=variable)


def _o(before, after, order, point=0, variable=x):
    return Series("s.", before, after, variable=variable, point=point, order=order)


def _b(before, after, sharp=None):
    return Bound("s.", before, after, sharp=sharp)


def _p(before, after, **replace):
    return Substitute("s.", before, after, replace={globals()[name]: value for name, value in replace.items()})


def _n(flow, rates, around, variables=(x,), small=(y,)):
    return Linearise("s.", Matrix(flow), Matrix(rates), variables=variables, around=around, perturbations=small)


def _g(before, after, flow):
    return Along("s.", before, after, flow=flow)


JUMPING = 2 / sqrt(3) * atan(tan(u / 2) / sqrt(3))
PEAK = exp(-10**6 * (x - Rational(1, 3))**2)
WHOLE = JUMPING + 2 * pi / sqrt(3) * floor(u / (2 * pi) + Rational(1, 2))

FALSE = {
    "rewrite": [
        _r((x + y)**2, x**2 + y**2), _r((x - y)**2, x**2 - 2 * x * y - y**2), _r(x**3 - y**3, (x - y)**3),
        _r(tanh(500 + p), Integer(1)), _r(erf(40 + p), Integer(1)),
        _r(sqrt(x**2), x), _r(Abs(x), x), _r(Abs(x + y), Abs(x) + Abs(y)), _r(sqrt(x**2 + y**2), Abs(x) + Abs(y)),
        _r(sqrt((x - 1)**2), x - 1), _r((x**2)**Rational(3, 2), x**3), _r(log(x**2), 2 * log(x)),
        _r(log(p + q), log(p) + log(q)), _r(log(p) / log(q), log(p - q)), _r(log(p * q), log(p) * log(q)),
        _r(exp(x + y), exp(x) + exp(y)), _r(exp(x * y), exp(x) * exp(y)), _r(exp(-p), 1 / (1 + p)),
        _r(atan(tan(2 * x)), 2 * x), _r(asin(sin(x)), x), _r(acos(cos(x)), x), _r(acosh(cosh(x)), x),
        _r(atan(1 / x), pi / 2 - atan(x)), _r(atan(x) + atan(y), atan((x + y) / (1 - x * y))),
        _r(sin(x)**2 - cos(x)**2, cos(2 * x)), _r(sin(x + y), sin(x) + sin(y)), _r(tan(2 * x), 2 * tan(x)),
        _r(cosh(x)**2 + sinh(x)**2, Integer(1)), _r(tanh(x + y), tanh(x) + tanh(y)), _r(sqrt(p + q), sqrt(p) + sqrt(q)),
        _r(1 / (p + q), 1 / p + 1 / q), _r((p + q) / q, p), _r(x / y / x, y), _r(p**(q * 2), (p**q) * 2),
        _r(sp.sqrt(1 - tanh(x)**2), -1 / cosh(x)), _r(Max(x, y), x), _r(Max(x, y), (x + y + x - y) / 2),
        _r(Min(x, y), (x + y + Abs(x - y)) / 2), _r(sign(x) * x, x), _r(floor(x) + floor(y), floor(x + y)),
        _r(ceiling(x), floor(x) + 1 + Heaviside(x - 1) / 9), _r(Piecewise((x, x < Rational(39, 20)), (0, True)), x),
        _r(x + Heaviside(x - Rational(195, 100)), x), _r(exp(-60 * p) * 1e-40, 2 * exp(-60 * p) * 1e-40),
        _r(sp.binomial(m, 2), m**2 / 2), _r(sp.factorial(m), sp.factorial(m + 1) / m), _r((-1)**m, Integer(1)),
        _r(sp.Sum(k, (k, 1, m)).doit(), m**2 / 2), _r(Rational(1, 10**30) * p, Rational(2, 10**30) * p),
        _r(x < y, x > y), _r(x < y, x**2 < y**2), _r(x < y, a * x < a * y), _r(1 / p < 1 / q, p < q), _r(x < y, x + y),
        _r(Abs(x) < 1, x < 1), _r(sp.And(x > 0, y > 0), x * y > 0), _r(Eq(x, y), Eq(x, 2 * y)),
        _r(sp.Or(x > 1, x < 0), x > 1), _r(x < y, x <= y), _r(x < 1, x <= 1),
        # A narrow bump, a narrow window, a small number, whole numbers that run out, a single place.
        _r(x + PEAK, x), _r(x, x + PEAK / (1 + x**2)), _r(x + Rational(1, 10**30), x), _r(exp(-100) * x + y, y),
        _r(Piecewise((x + 1, Abs(x - Rational(1, 3)) < Rational(1, 10**6)), (x, True)), x),
        _r(Heaviside(x - Rational(1, 3)) * Heaviside(Rational(333334, 10**6) - x), Integer(0)),
        _r(sp.prod([m - i for i in range(1, 8)]), Integer(0)), _r(sign(x)**2, Integer(1)),
        _r(sp.Mod(x, 1), x - ceiling(x) + 1), _r(Heaviside(x)**2, Heaviside(x)),
        # Branches, sums and their ranges.
        _r(sp.atan2(y, x), atan(y / x)), _r(sp.atan2(y, x) + sp.atan2(x, y), pi / 2), _r((x**3)**Rational(1, 3), x),
        _r(sp.LambertW(x * exp(x)), x), _r(sqrt(x * y), sqrt(x) * sqrt(y)), _r(log(exp(3 * sp.I * x)), 3 * sp.I * x),
        _r(2 * floor(m / 2), m), _r(Max(x, y) + Max(a, b), Max(x + a, y + b)), _r(sign(x + y), sign(sign(x) + sign(y))),
        _r(sp.Sum(k, (k, 0, m - 1)), m * (m + 1) / 2), _r(sp.Sum(k, (k, 1, m))**2, sp.Sum(k**2, (k, 1, m))),
        _r(sp.Sum(h**k, (k, 0, oo)), h / (1 - h)), _r(sp.Sum(k**2, (k, 2, m)), sp.Sum(k**2, (k, 1, m))),
        _r(sp.Sum(sp.Sum(k * r, (k, 1, r)), (r, 1, m)), sp.Sum(sp.Sum(k + r, (k, r, m)), (r, 1, m))),
        _r(sp.Derivative(sp.Integral(x * k, (k, 0, x)), x), sp.Integral(k, (k, 0, x))),
        # Cuts of complex functions, edges that are no roots of polynomials, integrals and sums that do not converge.
        _r(sp.atan2(-y, x), -sp.atan2(y, x)), _r(sp.conjugate(sqrt(x + sp.I * y)), sqrt(x - sp.I * y)),
        _r(log((x + sp.I * y) * (a + sp.I * b)), log(x + sp.I * y) + log(a + sp.I * b)),
        _r(exp(3 * sp.I * x)**y, exp(3 * sp.I * x * y)), _r(sqrt(x - 1) * sqrt(x + 1), sqrt(x**2 - 1)),
        _r(Piecewise((1, exp(x) >= 2), (0, True)), Piecewise((1, exp(x) > 2), (0, True))),
        _r(Piecewise((1, sin(x) >= Rational(1, 2)), (0, True)), Piecewise((1, sin(x) > Rational(1, 2)), (0, True))),
        _r(exp(x) >= p, exp(x) > p), _r(tanh(x) >= Rational(1, 2), tanh(x) > Rational(1, 2)),
        _r(sp.Integral(k / (1 + k**2), (k, -oo, oo)), Integer(0)), _r(sp.Integral(1 / k, (k, -1, 1)), Integer(0)),
        _r(sp.Integral(exp(-a * k), (k, 0, oo)), 1 / a),
        _r(sp.Integral(exp(-k**2 / 2 + p * k**3), (k, -oo, oo)), sqrt(2 * pi)),
        _r(sp.Sum(1 / k, (k, 1, oo)), sp.EulerGamma), _r(sp.Sum(x**k, (k, 0, oo)), 1 / (1 - x)),
        _r(sp.Sum((-1)**k, (k, 0, oo)), Rational(1, 2)), _r(sp.Sum(x**k, (k, 0, m)), (1 - x**m) / (1 - x)),
    ],
    "shape": [
        _r(Matrix([[a, b, x], [y, v, w]]), Matrix([[a, b], [x, y], [v, w]])), _r(Matrix([[a, b]]), Matrix([a, b])),
        _r(Matrix([a, b]), Matrix([[a, b]])), _r(Matrix([[a, b], [x, y]]), Matrix([a, b, x, y])),
        _r(Matrix([[a, b], [x, y]]), Matrix([[a, x], [b, y]])), _r(Matrix([a, b, x]), Matrix([a, b])),
        _r(Matrix([a, b]), Matrix([b, a])), _r(A * B, B * A), _r((A * B).T, A.T * B.T), _r(A, A.T),
        _r(sp.Trace(A * B), sp.Trace(A) * sp.Trace(B)), _r(sp.Trace(A * A.T), sp.Trace(A * A)), _r(C * C.T, C.T * C),
        _r((A + B) * (A - B), A * A - B * B), _r((A * B).inverse(), A.inverse() * B.inverse()), _r(S * A, A * S),
        _r(c.T * c, c * c.T), _r(sp.Trace(c * c.T) * A, c * c.T * A), _d(sp.Trace(A * A.T), A, variable=A),
        _d(sp.Trace(A * B), B, variable=A), _d(sp.Trace(A * S), 2 * S, variable=A), _g(A * A.T, B * A.T, {A: B}),
        _g(sp.Trace(A), sp.Trace(A), {A: B}), _r(sp.Trace(A * B * S), sp.Trace(A * S * B)),
        _r(sp.Determinant(A + B), sp.Determinant(A) + sp.Determinant(B)), _r(sp.HadamardProduct(A, B), A * B),
        _r((A + B)**2, A**2 + 2 * A * B + B**2), _r((A + B).inverse(), A.inverse() + B.inverse()),
        _p(sp.Trace(A * B), 2 * sp.Trace(B), A=sp.eye(2)), _p(sp.Trace(A), Integer(5), A=Matrix([[1, 2], [3, 4]])),
        _p(sp.Trace(A), sp.Trace(C * C.T), A=C), _p(sp.Trace(A), 3 * d, A=2 * sp.OneMatrix(d, d)),
        _p(sp.Trace(A.T * A), 3 * d, A=sp.OneMatrix(d, d)), _g(A.inverse(), -A.inverse() * B, {A: B}),
        _d(sp.Determinant(A), sp.Determinant(A), A), _g(A**2, 2 * A * B, {A: B}), _g(A * B, A * S, {A: S, B: S}),
    ],
    "define": [
        Definition("s.", k, k + 1), Definition("s.", x, y), Definition("s.", sp.Symbol("K", positive=True), x),
        Definition("s.", sp.Symbol("K", negative=True), p), Definition("s.", sp.Symbol("K", real=True), sqrt(x)),
        Definition("s.", sp.Symbol("K", integer=True), p), Definition("s.", sp.Symbol("K"), x, agrees=lambda x: -x),
        Definition("s.", sp.MatrixSymbol("K", d, d), C), Definition("s.", sp.Symbol("K"), Matrix([x, y])),
        Definition("s.", sp.Symbol("K", nonnegative=True), x * y),
        Definition("s.", sp.Symbol("K", positive=True), x**2),
        Definition("s.", sp.Symbol("K", positive=True), x**2 - Rational(1, 10**8)),
        Definition("s.", sp.Symbol("K", positive=True), x**2 + 1 - 2 * PEAK),
    ],
    "substitute": [
        _p(x**2 + y, a + y, x=a), _p(x * y, y**2, x=x + y), _p(sqrt(p), x, p=x**2), _p(x + y, 2 * x, x=y),
        _p(log(p), log(-q), p=-q), _p(x, Integer(2), y=Integer(2)), _p(p + x, x - 1, p=Integer(-1)),
        _p(x - y, Integer(0), x=y + 1), _p(Abs(x), a, x=a), _p(sin(x), cos(a), x=pi / 2 + a + pi),
        _p(q, p / 2, q=p / 2), _p(q - p, -p / 2, q=p / 2), _p(log(q / p), log(h), q=h * p),
        _p(sp.Integral(x * y, (y, 0, 1)), Rational(1, 3), x=y),
        _p(m, Rational(1, 2) * m, m=m / 2),
    ],
    "solve": [
        _s(z**2 - 1, Integer(-1)), _s(z**2 - 1, Integer(1)), _s(z**2 - a**2, a), _s(p**2 - q**2, -q, unknown=p),
        _s(z**3 - z, Integer(0)), _s(z**3 - z, Integer(0), others=(Integer(1),)), _s(z**2 - p, sqrt(p)),
        _s(z - y, y + 1), _s(2 * z - y, 2 * y), _s(z * p - q, p / q), _s(exp(z) - p, -log(p)), _s(z**2 + 1, sp.I),
        _s(cos(z) - Rational(1, 2), pi / 3),
        _s(sin(z), Integer(0), others=(pi,)) if False else _s(z * exp(z) - z, Integer(1)), _s(z**2 * (z - y), y),
        _s(z**4 - 1, Integer(1)), _s((z - 1) * (z - p), p), _s(Abs(z) - p / 2, p / 2), _s(y - a, a),
        _s(z - y * z, Integer(1)), _s(tanh(z) - z / 2, Integer(0)), _s(z**2 - 2 * z * y, 2 * y),
        _s(z**2 - z - p, (1 + sqrt(1 + 4 * p)) / 2), _s(z - y, z), _s(sin(z), Integer(0)), _s(sin(z), pi),
        _s((exp(z) - 1) * (tanh(z) - Rational(1, 2))**2, Integer(0)), _s(log(n) - (n - 1) / 10, Integer(1), unknown=n),
        _s(y * (z - a), a), _s(y**2 * z - y * z, Integer(0)),
    ],
    "differentiate": [
        _d(x**3, 3 * x), _d(sin(x), -cos(x)), _d(cos(x), sin(x)), _d(1 / x, 1 / x**2), _d(log(p), 1 / p**2, variable=p),
        _d(exp(a * x), exp(a * x)), _d(Abs(x), Integer(1)), _d(Heaviside(x), Integer(0)),
        _d(x * sin(x), sin(x) + cos(x)), _d(atan(x), 1 / (1 - x**2)), _d(tanh(x), 1 + tanh(x)**2), _d(x**y, y * x**y),
        _d(sqrt(p), 1 / sqrt(p), variable=p), _d(erf(x), exp(-x**2)), _d(floor(x), Integer(1)),
        _d(Max(x, 0), Integer(1)), _d(p**m, p**(m - 1), variable=p), _d(sin(x**2), cos(x**2)),
        _d(Matrix([x, x**2]), Matrix([1, x])), _d(sign(x) * x**2, 2 * x), _d(x / Abs(x), Integer(0)),
        _d(Piecewise((x, x < 1), (x + 1, True)), Integer(1)), _d(atan(1 / x), -1 / (1 + x**2)),
        _d(sp.Integral(exp(-x * k), (k, 0, x)), sp.Integral(-k * exp(-x * k), (k, 0, x))),
        _d(sp.Integral(exp(-k**2), (k, x, 1)), exp(-x**2)),
        _d(atan(tan(x)), Integer(1)),
    ],
    "integrate": [
        _i(1 / (2 + cos(x)), JUMPING), _i(sin(x), -cos(u)), _i(exp(x), exp(u)), _i(exp(-x), exp(-u) - 1),
        _i(1 / (1 + x**2), atan(u) + 1), _i(x, u**2), _i(Integer(1), u + floor(u / 4)),
        _i(Integer(1), u + Heaviside(u - 5)), _i(Integer(1), Piecewise((u, u < 3), (u + 2, True))),
        _i(1 / (x - 3), log(Abs(u - 3)) - log(3)), _i(1 / (x - 3)**2, -1 / (u - 3) - Rational(1, 3)),
        _i(cos(x)**2, u / 2), _i(Abs(x - 1), (u - 1)**2 / 2 - Rational(1, 2)), _i(1 / cos(x)**2, tan(u)),
        _i(1 / sqrt(x), sqrt(u)), _i(sign(x - 2), Abs(u - 2)), _i(floor(x), u * floor(u)),
        _i(cos(x) / (1 + sin(x)**2), atan(sin(u)) + floor(u / 7)), _i(exp(x), exp(u), lower=-1),
        _i(1 / x, log(u), lower=2), _i(exp(x), exp(u) - 1, lower=-oo),
        _i(1 / (5 + 4 * cos(x)), Rational(2, 3) * atan(tan(u / 2) / 3)), _i(x * cos(x), u * sin(u)), _i(a, a * x),
        _i(1 / (1 + sin(x)**2), atan(sqrt(2) * tan(u)) / sqrt(2)), _i(Max(x - 2, 0), (u - 2)**2 / 2),
        _i(Integer(1), u + Heaviside(u - Rational(799, 100))), _i(x, u**2 / 2 - u**2 / 8, lower=u / 2),
        _i(1 + 10**4 * PEAK, u), _i(1 / (x - Rational(1, 3))**2, -1 / (u - Rational(1, 3)) - 3),
        _i(Piecewise((5, Abs(x - 3) < Rational(1, 10**6)), (1, True)), u), _i(sin(1000 * x), Integer(0)),
        Integrate("s.", sqrt(p**2), (u**2 - 1) / 2, variable=p, lower=-1, upper=u),
        _i(sp.DiracDelta(x - 1), Integer(0)), _i(x**a, u**(a + 1) / (a + 1)),
    ],
    "evolve": [
        _e([1], [t + a + 5 * Heaviside(t - 1)], (a,)), _e([1], [Piecewise((t + a, t < 1), (t + a + 1, True))], (a,)),
        _e([-x], [a * exp(t)], (a,)), _e([-x], [exp(-t)], (a,)), _e([y, -x], [sin(t), -cos(t)], (0, 1), (x, y)),
        _e([y, -x], [cos(t), sin(t)], (1, 0), (x, y)), _e([1], [t + floor(t)], (0,)), _e([-x + a], [a * exp(-t)], (a,)),
        _e([x**2], [1 / (1 - t)], (1,)), _e([2 * t], [t**2 + 1], (0,)), _e([0], [sign(t - 2) + 1], (0,)),
        _e([x * (1 - x)], [1 / (1 + exp(t))], (Rational(1, 2),)), _e([p], [p * t, t], (0, 0)),
        _e([x], [x * exp(t)], (x,)), _e([-p * x], [a * exp(-t / p)], (a,)),
        _e([1], [t + a + Max(0, sign(t - 4))], (a,)), _e([1 + x**2], [tan(t)], (0,)), _e([-1], [q - t], (q,), (p,)),
        _e([2 * sqrt(x)], [Integer(0)], (0,)), _e([2 * sqrt(Abs(x))], [t**2], (0,)),
        _e([1], [t + a + exp(-10**7 * (t - Rational(1, 3))**2)], (a,)),
        # Solutions that another may leave: at the start, on the way, beyond a pole.
        _e([x * sp.cot(t)], [a * sin(t)], (0,)), _e([x * sp.coth(t)], [a * sinh(t)], (0,)), _e([sign(x)], [t], (0,)),
        _e([2 * Heaviside(x) - 1], [t], (0,)), _e([sqrt(Abs(x))], [(t / 2 - 1) * Abs(t / 2 - 1)], (-1,)),
        _e([acos(1 - x)], [Integer(0)], (0,)), _e([3 * Abs(x - 1)**Rational(2, 3)], [1 + (t - 1)**3], (0,)),
        _e([x / (t - 1)], [a * (1 - t)], (a,)), _e([-x / (1 - t)], [a * (1 - t)], (a,)),
        _e([1], [a + sp.Mod(t, 1)], (a,)), _e([1 + 0 * x], [sp.atan2(sin(t), cos(t))], (0,)),
        _e([-x + y, -y], [a * exp(-t) + b * (1 - exp(-t)), b * exp(-t)], (a, b), (x, y)),
    ],
    "limit": [
        _l(a + sin(pi * x), a, oo), _l(x - floor(x), Integer(0), oo), _l(sin(pi / x), Integer(0)),
        _l(cos(2 * pi * x), Integer(1), oo), _l(floor(x) / x - floor(x) / x + sin(pi * x / 10), Integer(0), oo),
        _l(sin(x) / x, Integer(1), oo), _l(sin(x) / x, Integer(0)), _l((1 + 1 / x)**x, Integer(1), oo),
        _l((1 + a / x)**x, exp(-a), oo), _l(sqrt(x**2 + x) - x, Integer(0), oo),
        _l(1 / x + Rational(1, 10**12), Integer(0), oo), _l(x / Abs(x), Integer(-1)), _l(x * log(x), Integer(1)),
        _l(x**x, Integer(0)), _l(exp(-1 / x), Integer(1)), _l(1 / x, Integer(0)), _l(tanh(x), Integer(-1), oo),
        _l(log(x) / x, Integer(1), oo), _l((-1)**floor(x) / 2, Rational(1, 2), oo), _l(sp.Mod(x, 1), Integer(0), oo),
        _l(sp.frac(1 / x), Integer(0)), _l((1 - cos(x)) / x**2, Integer(1)), _l(exp(x) / x**9, Integer(0), oo),
        _l(cos(1 / x)**2, Rational(1, 2)), _l(tan(pi * x), Integer(0), oo), _l(erf(x), Integer(0), oo),
        _l(atan(x), pi / 2, -oo), _l(x, oo, oo), _l((x + sin(x)) / x, Integer(0), oo), _l(log(x), Integer(0), oo),
        _l(sqrt(p**2), Integer(-1), -1, p), _l(exp(p), Integer(0), -oo, p), _l(sqrt((q - p)**2) / p, Integer(1), oo, p),
        _l(1 / x + Rational(1, 10**40), Integer(0), oo), _l(1 / x + exp(-150), Integer(0), oo),
        _l(a * x / (a * x + 1), Integer(1), oo), _l(a**2 * x / (a**2 * x + 1), Integer(1), oo),
        _l(x**y / (1 + x**y), Integer(1), oo), _l(1 / log(log(log(x))), Integer(1), oo),
        _l(cos(x)**10**6, Integer(0), oo),
        # Windows that grow narrower, poles, periods that grow longer, limits and integrals in the wrong order.
        _l(1 / (1 + x**2 * sin(x)**2), Integer(0), oo), _l(exp(-x**2 * sp.frac(x)), Integer(0), oo),
        _l(Piecewise((1, sin(x) > 1 - 1 / x), (0, True)), Integer(0), oo),
        _l(1 / (1 + x * Abs(sin(x))), Integer(0), oo),
        _l(x**2 * tan(1 / x), Integer(0)), _l(sign(sin(log(log(x) + 1))), Integer(-1), oo),
        _l(tan(x) / x, Integer(0), oo),
        _l(Abs(sin(x))**(1 / x), Integer(1), oo), _l(sp.Integral(n * exp(-n * k), (k, 0, oo)), Integer(0), oo, n),
        _l(sp.Integral(n / (1 + n**2 * k**2), (k, 0, 1)), Integer(0), oo, n),
        _l(sp.Sum(1 / m, (k, 1, m)), Integer(0), oo, m),
    ],
    "series": [
        _o(exp(x), 1 + x, 3), _o(exp(x), 1 + x + x**2, 3), _o(sin(x), x + x**3 / 6, 5), _o(cos(x), 1 - x**2, 4),
        _o(Abs(x), x, 2), _o(sqrt(x**2), x, 2), _o(log(1 + x), x + x**2 / 2, 3), _o(1 / (1 - x), 1 - x, 2),
        _o(sqrt(1 + x), 1 + x, 2), _o(tanh(x), x - x**3 / 6, 5), _o(exp(a * x), 1 + x, 2), _o(x**2, Integer(0), 3),
        _o(sin(x) / x, 1 - x**2 / 3, 3), _o(log(x), x, 2, point=1), _o(x * Abs(x), x**2, 4),
        _o(cos(x), 1 - x**2 / 2 + x**4 / 12, 6), _o(exp(x**8), Integer(1), 9), _o(sign(x), Integer(1), 1),
        _o(sqrt(p**2), p, 4, -1, p), _o(n**3 * log(n), Integer(0), 3, variable=n),
        _o(exp(n) + n**2 * log(n), 1 + n, 2, variable=n),
        _o(n**Rational(399, 200), Integer(0), 2, variable=n),
    ],
    "linearise": [
        _n([x**2], [2 * y], (a,)), _n([Abs(x)], [Integer(0)], (Integer(0),)), _n([Max(x, 0)], [y], (Integer(0),)),
        _n([x * (1 - x)], [y], (Integer(1),)), _n([sin(x)], [-y], (Integer(0),)),
        _n([x**3 - x], [2 * y], (Integer(0),)), _n([x * v, x], [a * y, y], (a, b), (x, v), (y, w)),
        _n([sign(x)], [Integer(0)], (Integer(0),)), _n([Abs(x)], [y], (a,)), _n([sqrt(x**2)], [y / 2], (Integer(0),)),
        _n([sqrt(p**2)], [y], (Integer(-1),), (p,)), _n([x * y], [y**2], (a,)),
        _n([sp.real_root(x, 3)], [Integer(0)], (Integer(0),)),
    ],
    "rate": [
        _g(x**2 + y**2, Integer(0), {x: y, y: x}), _g(x * y, Integer(0), {x: x, y: y}), _g(x**2, 2 * x, {x: y}),
        _g(x, Integer(0), {x: p}), _g(x**2 - y**2, Integer(0), {x: y, y: -x}), _g(p * x, p * y + x, {x: y}),
        _g(log(p / q), Integer(0), {p: p, q: 2 * q}), _g(exp(x) * y, y * exp(x), {x: y}), _g(Abs(x), y, {x: y}),
        _g(Heaviside(x), Integer(0), {x: 1}), _g(sign(x), Integer(0), {x: 1}), _g(floor(x), Integer(0), {x: 1}),
        _g(Piecewise((0, x < 0), (1, True)), Integer(0), {x: 1}), _g(x / Abs(x), Integer(0), {x: 1}),
        _g(atan(tan(x)), Integer(1), {x: 1}),
    ],
    "bound": [
        _b(x**2, x), _b(x, Integer(-1)), _b(x * y, Integer(0)), _b(2 * x * y, x**2 + y**2), _b(p, log(p) + 1 + p / 9),
        _b(x**2 + 1, Rational(2001, 1000) * x), _b(p + q, 3 * sqrt(p * q)), _b(Abs(x + y), Abs(x) + Abs(y)), _b(p, q),
        _b(1 / p, 1 / (2 * q) + 1), _b(cosh(x), 1 + x**2), _b(sqrt(x), Integer(0)), _b(tanh(p), p),
        _b(x**4 - 2 * x**2 + 1, Rational(1, 10000)), _b(x**2, Integer(0), sharp={x: Integer(1)}),
        _b(h * log(h) + (1 - h) * log(1 - h), -log(2) + Rational(1, 1000)), _b(exp(x), 1 + x + x**2 / 2),
        _b(h * (1 - 2 * x), h * x), _b(x * (1 - 2 * h / 9), x * (1 - h)), _b(sin(5 * x), Rational(-999, 1000)),
        _b(sp.Trace(A), Integer(0)), _b(sp.Trace(A * A), Integer(0)), _b(x**2 + 1 - 2 * PEAK, Integer(0)),
        _b(Piecewise((-1, Abs(x - Rational(1, 3)) < Rational(1, 10**6)), (x**2, True)), Integer(0)),
        _b((x - Rational(1, 3))**2 + (y + Rational(1, 3))**2, Rational(1, 10**8)), _b(-a * x, -a * y),
        _b(Rational(1, 10**30) * x, Rational(-1, 10**40)), _b(x**4 - x**2 / 10**4, Integer(0)),
    ],
}

TRUE = {
    "rewrite": [
        _r(sqrt(x**2), Abs(x)), _r(sqrt(p**2), p), _r(x * Abs(x), sign(x) * x**2), _r(log(p**2), 2 * log(p)),
        _r(log(p * q), log(p) + log(q)), _r(log(x**2), 2 * log(Abs(x))), _r(sqrt(p * q), sqrt(p) * sqrt(q)),
        _r(sqrt(p + 2 * sqrt(p * q) + q), sqrt(p) + sqrt(q)), _r(sqrt(p - 2 * sqrt(p * q) + q), sqrt(q) - sqrt(p)),
        _r(Abs(p - q), q - p), _r(Max(p, q), q), _r(Min(p, q), p), _r(Max(x, y), (x + y + Abs(x - y)) / 2),
        _r(atan(p) + atan(1 / p), pi / 2), _r(atan(1 / x), sign(x) * pi / 2 - atan(x)), _r(tan(atan(x)), x),
        _r(sin(atan(x)), x / sqrt(1 + x**2)), _r(cosh(x)**2 - sinh(x)**2, Integer(1)), _r(acosh(cosh(x)), Abs(x)),
        _r(atanh(tanh(x)), x), _r(exp(log(p) / 2), sqrt(p)), _r(p**log(q), q**log(p)), _r((-1)**(2 * m), Integer(1)),
        _r(cos(pi * m), (-1)**m), _r(sin(pi * m), Integer(0)), _r(sp.factorial(m + 1), (m + 1) * sp.factorial(m)),
        _r(sp.Sum(k, (k, 1, m)).doit(), m * (m + 1) / 2), _r(floor(x + 1), floor(x) + 1), _r(ceiling(x), -floor(-x)),
        _r(Heaviside(x) + Heaviside(-x), Integer(1)), _r(Piecewise((x, x > 0), (-x, True)), Abs(x)),
        _r(1 / (1 + exp(-x)), (1 + tanh(x / 2)) / 2), _r(log(1 + exp(x)) - log(1 + exp(-x)), x),
        _r(exp(-200 * p), exp(-100 * p)**2), _r(sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)), _r(x**2 / x, x),
        _r(x < y, y > x), _r(x < y, -x > -y), _r(x < y, exp(x) < exp(y)), _r(x < y, p * x < p * y),
        _r(sp.Not(x < y), x >= y), _r(Abs(x) < 1, sp.And(x < 1, x > -1)), _r(x**2 < 1, Abs(x) < 1),
        _r(sp.gamma(p + 1), p * sp.gamma(p)), _r(erf(-x), -erf(x)), _r(cosh(20)**2 - sinh(20)**2, Integer(1)),
        _r(sin(x)**4 - cos(x)**4, -cos(2 * x)), _r(sp.Integral(sp.exp(-z**2), (z, 0, p)), sqrt(pi) / 2 * erf(p)),
        _r(PEAK, exp(-10**6 * x**2 + 2 * 10**6 * x / 3 - Rational(10**6, 9))), _r(sp.atan2(q, p), atan(q / p)),
        _r(sp.atan2(y, x), 2 * atan(y / (sqrt(x**2 + y**2) + x))), _r(sp.LambertW(p * exp(p)), p),
        _r((p**3)**Rational(1, 3), p), _r(Max(x, y) + Min(x, y), x + y), _r(Max(x, y, a), Max(Max(x, y), a)),
        _r(floor(2 * x), floor(x) + floor(x + Rational(1, 2))), _r(sign(x)**2 * x, x), _r(x <= y, sp.Not(y < x)),
        _r(sp.Sum(k, (k, 0, m - 1)), m * (m - 1) / 2), _r(sp.Sum(h**k, (k, 0, oo)), 1 / (1 - h)),
        _r(sp.Sum(sp.Sum(k * r, (k, 1, r)), (r, 1, m)), sp.Sum(sp.Sum(k * r, (k, r, m)), (r, 1, m))),
        _r(exp(1000 * x) * exp(-1000 * x + y), exp(y)), _r((10**20 * x + 1)**2 - 10**40 * x**2, 2 * 10**20 * x + 1),
        _r(sqrt(1 - x) * sqrt(1 + x), sqrt(1 - x**2)), _r(exp(3 * sp.I * x)**m, exp(3 * sp.I * m * x)),
        _r(1 / x > 0, x > 0), _r(exp(x) >= p, x >= log(p)), _r(sp.conjugate(sin(x + sp.I * y)), sin(x - sp.I * y)),
        _r(Piecewise((1, sin(x) >= Rational(1, 2)), (0, True)), 1 - Piecewise((1, sin(x) < Rational(1, 2)), (0, True))),
        _r(sp.Integral(exp(-k) * k**(p - 1), (k, 0, oo)), sp.gamma(p)), _r(floor(floor(3 * x) / 2), floor(3 * x / 2)),
        _r(sp.Integral(exp(-k**2 / 2) * Abs(k), (k, -oo, oo)), Integer(2)), _r(Max(p * x, p * y), p * Max(x, y)),
    ],
    "shape": [
        _r(Matrix([[x + x, y]]), Matrix([[2 * x, y]])), _r(Matrix([[x]]), x), _r(Matrix([a, b]).T, Matrix([[a, b]])),
        _r((A * B).T, B.T * A.T), _r(sp.Trace(A * B), sp.Trace(B * A)), _r(S.T, S),
        _r((A * B).inverse(), B.inverse() * A.inverse()), _r(sp.Trace(C * C.T), sp.Trace(C.T * C)),
        _r(c.T * S * c, (c.T * S * c).T), _r(A * (B + A), A * A + A * B), _d(sp.Trace(A * A.T), 2 * A, variable=A),
        _d(sp.Trace(A * B), B.T, variable=A), _g(A * A.T, B * A.T + A * B.T, {A: B}), _b(sp.Trace(A * A.T), Integer(0)),
        _r(sp.Trace(c * c.T) * c, c * c.T * c), _p(sp.Trace(A * B), sp.Trace(B), A=sp.Identity(d)),
        _p(sp.Trace(A.T * A), d**2, A=sp.OneMatrix(d, d)), _p(sp.Trace(A), Integer(0), A=sp.ZeroMatrix(d, d)),
        _r(sp.Determinant(A * B), sp.Determinant(A) * sp.Determinant(B)),
        _r((A + B)**2, A**2 + A * B + B * A + B**2),
        _d(sp.Abs(sp.Trace(A)), sp.sign(sp.Trace(A)) * sp.Identity(d), variable=A),
        _d(sp.Piecewise((sp.Trace(A) ** 2, sp.Trace(A) > 0), (0, True)),
           sp.Piecewise((2 * sp.Trace(A), sp.Trace(A) > 0), (0, True)) * sp.Identity(d), variable=A),
        _d(sp.Trace(WAY * A), WAY.T, variable=A),
        _d(sp.Trace(S), sp.ZeroMatrix(d, d), variable=A), _d(sp.Determinant(A), sp.Determinant(A) * A.inverse().T, A),
        _g(A.inverse(), -A.inverse() * B * A.inverse(), {A: B}), _g(A**2, A * B + B * A, {A: B}),
        _g(log(p + sp.Trace(A * A.T)), 2 * sp.Trace(A * B.T) / (p + sp.Trace(A * A.T)), {A: B}),
    ],
    "define": [
        Definition("s.", k, x + 1), Definition("s.", sp.Symbol("K", positive=True), x**2 + y**2 + p),
        Definition("s.", sp.Symbol("K", positive=True), q - p), Definition("s.", sp.Symbol("K", real=True), sqrt(x**2)),
        Definition("s.", sp.Symbol("K", integer=True), 2 * m), Definition("s.", sp.Symbol("K", negative=True), log(h)),
        Definition("s.", sp.MatrixSymbol("K", d, d), C * C.T), Definition("s.", k, x, agrees=lambda x: x),
    ],
    "substitute": [
        _p(x * y, (x + y) * y, x=x + y), _p(Abs(x), Abs(a), x=a), _p(x + y, y + x, x=y, y=x),
        _p(log(n), 2 * log(q), n=q**2), _p(x - y, Integer(1), x=y + 1), _p(sqrt(1 + x**2), cosh(a), x=sinh(a)),
        _p(p * x, q * x, p=q), _p(sin(x), sin(a), x=a + 2 * pi), _p(q - p, p, q=2 * p), _p(q - p, q / 2, p=q / 2),
        _p(sp.Integral(x * y, (y, 0, 1)), y / 2, x=y),
        _p(m, 2 * m, m=2 * m),
    ],
    "solve": [
        _s(z**2 - 1, Integer(1), others=(Integer(-1),)),
        _s(p**2 - q**2, q, unknown=p) if False else _s(n**2 - q**2, q, unknown=n),
        _s(z**3 - z, Integer(0), others=(Integer(1), Integer(-1))), _s(z**3 - p**3, p), _s(exp(z) - p, log(p)),
        _s(z * p - q, q / p), _s(n**2 + n - p, (sqrt(1 + 4 * p) - 1) / 2, unknown=n), _s(tanh(z) - x / 3, atanh(x / 3)),
        _s(2 * exp(-n) - p / 4, log(8 / p), unknown=n), _s(z**2, Integer(0)), _s((z - y) / (1 + z**2), y),
        _s(z**5 + z, Integer(0)), _s(z - y, y), _s(log(n) - x, exp(x), unknown=n),
        _s(Abs(z) - p / 2, p / 2, others=(-p / 2,)), _s(z**2 - a**2, a, others=(-a,)), _s(p * (z - a), a),
        _s((exp(z) - 1) * (tanh(z) - Rational(1, 2))**2, Integer(0), others=(atanh(Rational(1, 2)),)),
        _s(x * z - y, y / x),
    ],
    "differentiate": [
        _d(Abs(x), sign(x)), _d(x * Abs(x), 2 * Abs(x)), _d(log(Abs(x)), 1 / x),
        _d(p**p, p**p * (1 + log(p)), variable=p), _d(tanh(x), 1 - tanh(x)**2), _d(erf(x), 2 / sqrt(pi) * exp(-x**2)),
        _d(Max(x, 0)**2, 2 * Max(x, 0)), _d(Matrix([x, x**2]), Matrix([1, 2 * x])),
        _d(a**2, Integer(0)), _d(sp.gamma(p), sp.gamma(p) * sp.digamma(p), variable=p),
        _d(p**y, y * p**(y - 1), variable=p), _d(sp.Integral(exp(-k**2), (k, x, 1)), -exp(-x**2)),
        _d(Piecewise((x**2, x < 1), (2 * x - 1, True)), Piecewise((2 * x, x < 1), (2, True))),
        _d(sp.Integral(exp(-x * k), (k, 0, x)), exp(-x**2) + sp.Integral(-k * exp(-x * k), (k, 0, x))),
    ],
    "integrate": [
        _i(1 / (2 + cos(x)), WHOLE), _i(sin(x), 1 - cos(u)), _i(exp(-x), 1 - exp(-u)), _i(1 / sqrt(x), 2 * sqrt(u)),
        _i(log(x), u * log(u) - u + 0 * u) if False else _i(log(1 + x), (1 + u) * log(1 + u) - u),
        _i(exp(x), exp(u), lower=-oo), _i(Abs(x - 1), Abs(u - 1) * (u - 1) / 2 + Rational(1, 2)),
        _i(cos(x)**2, u / 2 + sin(2 * u) / 4), _i(sign(x - 2), Abs(u - 2) - 2), _i(Max(x - 2, 0), Max(u - 2, 0)**2 / 2),
        _i(Heaviside(x - 3), Max(u - 3, 0)), _i(1 / (1 + x**2), atan(u)), _i(cos(x) / (1 + sin(x)**2), atan(sin(u))),
        _i(exp(-x**2), sqrt(pi) / 2 * erf(u)), _i(a, a * u), _i(x * exp(-x), 1 - (1 + u) * exp(-u)),
        _i(1 / (x * x + 2 * x + 2), atan(u + 1) - pi / 4), _i(Piecewise((1, x < 3), (2, True)), Max(u, 2 * u - 3)),
        _i(log(x), u * log(u) - u), _i(exp(-1 / x) / x**2, exp(-1 / u)),
        _i(log(Abs(x - 1)), (u - 1) * log(Abs(u - 1)) - u),
        _i(1 / sqrt(Abs(x - 1)), 2 + 2 * sign(u - 1) * sqrt(Abs(u - 1))),
        _i(x - floor(x), floor(u) / 2 + sp.frac(u)**2 / 2),
    ],
    "evolve": [
        _e([1], [t + a], (a,)), _e([-x], [a * exp(-t)], (a,)), _e([y, -x], [sin(t), cos(t)], (0, 1), (x, y)),
        _e([x * (1 - x)], [1 / (1 + exp(-t))], (Rational(1, 2),)), _e([-x**2], [1 / (1 + t)], (1,)),
        _e([sign(2 - t)], [2 - Abs(t - 2)], (0,)), _e([Heaviside(t - 1)], [Max(0, t - 1)], (0,)), _e([0], [a], (a,)),
        _e([a - x], [a + (b - a) * exp(-t)], (b,)), _e([cos(t)], [sin(t)], (0,)), _e([-p * x], [a * exp(-p * t)], (a,)),
        _e([1 - x**2], [tanh(t)], (0,)), _e([2 * sqrt(x)], [(t + 1)**2], (1,)), _e([-p], [q * exp(-t)], (q,), (p,)),
        _e([-sqrt(x)], [Max(0, 1 - t / 2)**2], (1,)),
        _e([-Abs(x)], [Piecewise((a * exp(-t), a > 0), (a * exp(t), True))], (a,)),
        _e([-n * log(n)], [s**exp(-t)], (s,), (n,)), _e([cos(t) * x], [a * exp(sin(t))], (a,)),
        _e([1 / n], [sqrt(s**2 + 2 * t)], (s,), (n,)),
    ],
    "limit": [
        _l(sin(x) / x, Integer(1)), _l(sin(x) / x, Integer(0), oo), _l(x * sin(pi / x), Integer(0)),
        _l(x * log(x), Integer(0)), _l(x**x, Integer(1)), _l((1 + a / x)**x, exp(a), oo), _l(exp(-1 / x), Integer(0)),
        _l(x / Abs(x), Integer(1)), _l(sqrt(x**2 + x) - x, Rational(1, 2), oo), _l(floor(x) / x, Integer(1), oo),
        _l(atan(x), -pi / 2, -oo), _l(x**9 * exp(-x), Integer(0), oo), _l(1 / log(x), Integer(0), oo),
        _l(log(x) / x, Integer(0), oo), _l((x + sin(x)) / x, Integer(1), oo), _l(tanh(x), Integer(1), oo),
        _l((1 - cos(x)) / x**2, Rational(1, 2)), _l(x**Rational(1, 9), Integer(0)), _l(1 / log(log(x)), Integer(0), oo),
        _l(cos(1 / x), Integer(1), oo), _l(x - floor(x), Integer(0)), _l(a, a),
        _l(log(log(x)) / log(x), Integer(0), oo), _l(1 / x + Rational(1, 10**40), Rational(1, 10**40), oo),
        _l(p * x / (p * x + 1), Integer(1), oo), _l((1 + a**2 * x) / (1 + x), a**2, oo),
        _l(sin(x + 1 / x) - sin(x), Integer(0), oo), _l((2 + cos(x)) / (x + sin(x)), Integer(0), oo),
        _l((-1)**m / m, Integer(0), oo, m),
        _l(sp.Integral(n / (1 + n**2 * k**2), (k, 0, 1)), pi / 2, oo, n), _l(x * floor(1 / x), Integer(1)),
    ],
    "series": [
        # More digits cancel than the order asks for.
        _o((exp(x) - sum(x**i / sp.factorial(i) for i in range(12))) / x**12, 1 / sp.factorial(12), 1),
        _o(exp(x), 1 + x + x**2 / 2, 3), _o(sin(x), x - x**3 / 6, 5), _o(sin(x), x - x**3 / 6, 4),
        _o(cos(x), 1 - x**2 / 2, 4), _o(log(1 + x), x - x**2 / 2, 3), _o(x * Abs(x), Integer(0), 2),
        _o(sqrt(p), 1 + (p - 1) / 2, 2, point=1, variable=p), _o(exp(x**8), Integer(1), 8),
        _o(tanh(x), x - x**3 / 3, 5), _o(x**2, x**2, 9), _o(Abs(x), Integer(0), 1), _o(sqrt(n), sqrt(n), 3, variable=n),
        _o(exp(-1 / n), Integer(0), 5, variable=n), _o(n**3 * log(n), Integer(0), Rational(29, 10), variable=n),
        _o(x**2 * sin(1 / x), Integer(0), 2), _o(n**n, 1 + n * log(n), Rational(3, 2), variable=n),
    ],
    "linearise": [
        _n([x**2], [2 * a * y], (a,)), _n([x * Abs(x)], [Integer(0)], (Integer(0),)),
        _n([x * (1 - x)], [-y], (Integer(1),)), _n([sin(x)], [-y], (pi,)),
        _n([x * v, x], [a * w + b * y, y], (a, b), (x, v), (y, w)), _n([Abs(x)], [y], (p,)),
        _n([Max(x, 0)**2], [Integer(0)], (Integer(0),)),
    ],
    "rate": [
        _g(x**2 + y**2, Integer(0), {x: y, y: -x}), _g(x * y, 2 * x * y, {x: x, y: y}),
        _g(log(p / q), Integer(0), {p: p, q: q}), _g(x, p, {x: p}), _g(Abs(x), y * sign(x), {x: y}),
        _g(y, Integer(0), {x: y}), _g(p * x, p * y, {x: y}), _g(Heaviside(p), Integer(0), {p: 1}),
    ],
    "bound": [
        _b(x**2 + y**2, 2 * x * y), _b(x**2 + y**2, -2 * x * y), _b(p + q, 2 * sqrt(p * q)), _b(q, p),
        _b(exp(x), 1 + x), _b(x**2 + 1, Rational(1999, 1000) * x), _b(Abs(x) + Abs(y), Abs(x + y)), _b(Abs(x), x),
        _b(p, tanh(p)), _b(h * log(h) + (1 - h) * log(1 - h), -log(2)), _b(cosh(x), 1 + x**2 / 2),
        _b(x**4 - 2 * x**2 + 1, Integer(0)), _b(x**2, Integer(0), sharp={x: Integer(0)}), _b(sin(5 * x), Integer(-1)),
        _b(Integer(1), tanh(x)), _b(sp.Trace(S * S), Integer(0)), _b(x**2 + 1 - PEAK, Integer(0)),
        _b(Rational(1, 10**30) * p, Rational(-1, 10**40)),
    ],
}
