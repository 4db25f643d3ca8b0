"""Derivations of any network that is one einsum, in teaching order."""

# Name of each derivation; its module has the same name with underscores and a function derive().
NAMES: tuple[str, ...] = ()
