"""Derivations of the gated network, in teaching order."""

from collections.abc import Callable
from importlib import import_module

from theory.checks import InputError
from theory.derivation import Derivation

# Name of each derivation; its module has the same name with underscores and a function derive().
NAMES = ("gradient-flow", "conserved-quantities", "ratchet", "exact-reduction", "eigenspaces", "symmetric-orbit",
         "clock", "switching-time", "separatrix", "bounded-gates", "limit-cycle", "block-length", "kernel",
         "linear-modes", "boosts", "onset")


def derivation(name: str) -> Derivation:
    """Build the named derivation and check all its steps. Raises InputError for an unknown name."""
    if name not in NAMES:
        raise InputError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    build: Callable[[], Derivation] = import_module(f"{__name__}.{name.replace('-', '_')}").derive
    return build()
