"""Networks that tests use."""

import numpy as np

from gateflow.theory.network.network import Factor, Network

# The networks of the theory page, at small sizes: string, sizes, number of independent laws.
KNOWN = [
    ("p,pij->ij", {"p": 2, "i": 2, "j": 2}, 3), ("pi,pij->ij", {"p": 2, "i": 2, "j": 2}, 6),
    ("ih,hj->ij", {"i": 2, "h": 2, "j": 2}, 3), ("a,a->a", {"a": 3}, 3),
    ("ik,kh,hj->ij", {"i": 2, "k": 2, "h": 2, "j": 2}, 6), ("p,pih,phj->ij", {"p": 2, "i": 2, "h": 1, "j": 2}, 4),
    ("mih,hj->mij", {"m": 2, "i": 2, "h": 2, "j": 2}, 3),
]
# Further strings and sizes at which the rule is complete.
COMPLETE = [
    ("p,pij->ij", {"p": 3, "i": 2, "j": 2}), ("p,pij->ij", {"p": 2, "i": 2, "j": 4}),
    ("p,pij->ij", {"p": 4, "i": 2, "j": 2}), ("p,pij->ij", {"p": 3, "i": 1, "j": 2}),
    ("pi,pij->ij", {"p": 3, "i": 2, "j": 2}), ("pi,pij->ij", {"p": 2, "i": 3, "j": 2}),
    ("ih,hj->ij", {"i": 2, "h": 3, "j": 2}), ("ih,hj->ij", {"i": 3, "h": 2, "j": 4}),
    ("ih,hj->ij", {"i": 2, "h": 5, "j": 2}), ("ih,hj->ij", {"i": 1, "h": 3, "j": 3}),
    ("ik,kh,hj->ij", {"i": 2, "k": 2, "h": 3, "j": 2}), ("ik,kh,hj->ij", {"i": 2, "k": 3, "h": 2, "j": 2}),
    ("ik,kh,hg,gj->ij", {"i": 2, "k": 2, "h": 2, "g": 2, "j": 2}), ("p,pih,phj->ij", {"p": 2, "i": 2, "h": 2, "j": 2}),
    ("p,pih,phj->ij", {"p": 3, "i": 2, "h": 1, "j": 2}), ("mih,hj->mij", {"m": 2, "i": 2, "h": 2, "j": 3}),
    ("mih,hj->mij", {"m": 3, "i": 1, "h": 2, "j": 3}), ("a,a->", {"a": 4}), ("a,a->", {"a": 6}),
    ("ah,bh,ch->abc", {"a": 2, "b": 2, "c": 2, "h": 2}), ("ah,bh,ch->abc", {"a": 2, "b": 2, "c": 2, "h": 3}),
    ("p,pa,pa->a", {"p": 3, "a": 3}), ("p,pa->a", {"p": 3, "a": 4}), ("a,a,a->a", {"a": 4}),
    ("ab,bc,ca->abc", {"a": 2, "b": 2, "c": 2}), ("p,p,pij->ij", {"p": 2, "i": 2, "j": 2}),
    ("ph,pih,hj->ij", {"p": 2, "h": 2, "i": 2, "j": 2}), ("e,eir,erj->ij", {"e": 2, "i": 2, "r": 2, "j": 2}),
]


def network(spec, sizes, **taus):
    """A network with time constants that are all different."""
    plain = Network(spec, sizes=sizes)
    return plain.with_factors(**{name: {"tau": 0.3 + 0.4 * n} for n, name in enumerate(plain.names)})


def draw(model, rng, members=()):
    return tuple(rng.standard_normal((*members, *shape)) for shape in model.shapes)


def costly(spec, sizes):
    """The network with a cost of every kind on its factors in turn."""
    kinds = [{"norm": 1, "norm_strength": 0.8, "bound": 0, "bound_strength": 0.3}, {"norm": 2, "norm_strength": 0.5},
             {"decay": 0.4}, {"bound": -0.2, "bound_strength": 0.7}]
    plain = Network(spec, sizes=sizes)
    factors = tuple(Factor(name, 0.3 + 0.4 * n, **kinds[n % 4]) for n, name in enumerate(plain.names))
    return Network(spec, factors, sizes)


def covariance(n, rng):
    root = rng.standard_normal((n, n))
    return root @ root.T / n + 0.1 * np.eye(n)
