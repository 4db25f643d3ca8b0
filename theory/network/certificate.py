"""Whether the conservation laws of a network are all there are, proved in exact arithmetic.

Whatever the loss and the data, the flow is a combination of the fields X_o = T^{-1}∇φ_o, φ_o the entries of the map
and T the time constants. What is conserved is what is constant along all of them and their Lie brackets: there are
D − dim independent laws, dim the dimension of the Lie algebra at a generic point (Marcotte, Gribonval, Peyré, NeurIPS
2023, arXiv 2307.00144). Brackets are taken until the laws leave no room (complete), or until brackets of the generators
with a basis of what is there bring nothing new: then the span is closed under all further brackets, since
[X, fY] = X(f) Y + f [X, Y], and its dimension is exact (not complete). Numbers are integers modulo 2³¹ − 1, time
constants and the point are random. "Complete" is a proof for generic time constants, since a rank can only fall in
passing to a point and a prime; "not complete" fails with a chance of about degree/2³¹.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as every

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import SEED, InputError
from gateflow.theory.network.laws import Law, conservation_laws
from gateflow.theory.network.network import Network
from gateflow.theory.network.polynomials import PRIME, Echelon, Field, Integers, bracket, product

# Beyond so many parameters, or terms of one field, nobody wants to wait.
MOST_PARAMETERS = 60
_MOST_TERMS = 400_000


@dataclass(frozen=True)
class Certificate:
    """How many independent laws a network has at its sizes.

    independent: rank of the given laws at a generic point; conserved: whether the flow of any loss keeps all of them;
    parameters: D; dimension: dim of the Lie algebra, a lower bound of it where complete is None; complete: True, False,
    or None where it was not decided; levels: of brackets that were needed.
    """

    independent: int
    conserved: bool
    parameters: int
    dimension: int
    complete: bool | None
    levels: int

    @property
    def missing(self) -> int | None:
        """How many independent laws the given ones lack; None where it was not decided."""
        return None if self.complete is None else self.parameters - self.dimension - self.independent

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.conserved:
            return "not conserved: a law is wrong"
        if self.complete is None:
            return "not decided at this size"
        return "complete" if self.complete else f"not complete: {self.missing} more"


@takes()
def count_laws(network: Network, laws: Sequence[Law] | None = None, *, seed: int = 0) -> Certificate:
    """Count the independent conservation laws of a network and prove whether they are all.

    network: at most 60 parameters; its time constants are replaced by random ones (equal ones can bring more laws).
    laws: those to count, by default ``conservation_laws``; laws of another network with the same shapes are allowed.
    seed: of point and time constants. Raises InputError.

    >>> count_laws(Network("ih,hj->ij", sizes={"i": 2, "h": 2, "j": 2})).verdict
    'complete'
    """
    n = network.n_parameters
    if n > MOST_PARAMETERS:
        raise InputError(f"network must have at most {MOST_PARAMETERS} parameters to count its laws, got {n}")
    rng = np.random.default_rng(SEED.check("seed", seed))
    taus = rng.integers(1, PRIME, len(network.factors))
    point = rng.integers(1, PRIME, n)
    numbers = _numbering(network)
    generators = _generators(network, numbers, taus)
    gradients = [row for law in (conservation_laws(network) if laws is None else laws)
                 for row in _gradients(law, network, numbers, taus, point)]
    fields = [_Known.of(field, point) for field in generators]
    conserved = all(int(product(field.value[None], row)[0]) == 0 for row in gradients for field in fields)
    ranks = Echelon()
    for row in gradients:
        ranks.add(row)
    dimension, closed, levels = _lie_dimension(fields, point, n - len(ranks))
    complete = None if not conserved else True if dimension == n - len(ranks) else False if closed else None
    return Certificate(len(ranks), conserved, n, dimension, complete, levels)


@dataclass(frozen=True, eq=False)
class _Known:
    """A field with its value and Jacobian at the point: a bracket's value needs no more."""

    field: Field
    value: Integers
    jacobian: Integers

    @classmethod
    def of(cls, field: Field, point: Integers) -> "_Known":
        return cls(field, field.at(point), field.jacobian(point))


def _lie_dimension(fields: Sequence[_Known], point: Integers, most: int) -> tuple[int, bool, int]:
    """Dimension at the point, whether it is exact, and at which level of brackets that was clear."""
    span = Echelon()
    fresh = [field for field in fields if span.add(field.value)]
    level = 1
    while fresh and len(span) < most:
        pairs = []
        for one in fields:
            for other in fresh:
                value = (product(other.jacobian, one.value) - product(one.jacobian, other.value)) % PRIME
                if span.add(value):
                    pairs.append((one, other))
        level += 1
        if len(span) >= most:
            break
        fresh = []
        for one, other in pairs:
            field = bracket(one.field, other.field)
            if len(field.component) > _MOST_TERMS:
                return len(span), False, level
            fresh.append(_Known.of(field, point))
    return len(span), not fresh, level


def _numbering(network: Network) -> list[Integers]:
    """A variable for every entry of what learns; entries of given factors have numbers below 0."""
    numbers, start = [], 0
    for factor, shape in zip(network.factors, network.shapes, strict=True):
        size = int(np.prod(shape, dtype=int))
        numbers.append(np.full(shape, -1) if factor.given else np.arange(start, start + size).reshape(shape))
        start += 0 if factor.given else size
    return numbers


def _generators(network: Network, numbers: Sequence[Integers], taus: Integers) -> list[Field]:
    """T^{-1}∇φ_o for every entry of the map, and of what is given, which may take any value."""
    spec, n = network.parsed, network.n_parameters
    inverse = [pow(int(tau), -1, PRIME) for tau in taus]
    free = [f for f, factor in enumerate(network.factors) if not factor.given]
    given = "".join(spec.factors[f] for f, factor in enumerate(network.factors) if factor.given)
    outer = "".join(dict.fromkeys(spec.output + given))
    inner = "".join(index for index in spec.indices if index not in outer)
    generators = []
    for value in every(*(range(network.sizes[index]) for index in outer)):
        component, exponents, coefficients = [], [], []
        for rest in every(*(range(network.sizes[index]) for index in inner)):
            at = dict(zip(outer + inner, (*value, *rest), strict=True))
            entries = [int(numbers[f][tuple(at[index] for index in spec.factors[f])]) for f in free]
            for f, variable in zip(free, entries, strict=True):
                row = np.zeros(n, np.uint8)
                row[[other for other in entries if other != variable]] = 1
                component.append(variable)
                exponents.append(row)
                coefficients.append(inverse[f])
        generators.append(Field(np.array(component), np.array(exponents), np.array(coefficients)))
    return generators


def _gradients(law: Law, network: Network, numbers: Sequence[Integers], taus: Integers,
               point: Integers) -> list[Integers]:
    """Gradients of the entries of a law at the point, modulo the prime."""
    gradients, sides = [], law.rows(numbers)
    # A law may have time constants of its own: their ratio to the network's is kept.
    weights = [_weight(law.network.factors[f].tau, network.factors[f].tau) * int(taus[f]) * sign % PRIME
               for f, sign in ((law.network.position(law.first), 1), (law.network.position(law.second), -1))]
    for s in range(law.n_shared):
        for h in range(law.n_hidden):
            for k in range(h, law.n_hidden):
                row = np.zeros(len(point), np.int64)
                for side, weight in zip(sides, weights, strict=True):
                    np.add.at(row, side[s, h], weight * point[side[s, k]] % PRIME)
                    np.add.at(row, side[s, k], weight * point[side[s, h]] % PRIME)
                gradients.append(row % PRIME)
    return gradients


def _weight(tau: float, reference: float) -> int:
    """tau / reference as a number modulo the prime, 1 where they are equal."""
    a, b = tau.as_integer_ratio(), reference.as_integer_ratio()
    return a[0] * b[1] * pow(a[1] * b[0], -1, PRIME) % PRIME
