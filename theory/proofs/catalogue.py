"""All derivations, in teaching order: each is a module of its room, with a function derive()."""

from collections.abc import Callable
from importlib import import_module

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.derivation import Derivation

# Rooms that hold derivations; the package gateflow.theory.<room>.derivations lists its own as NAMES.
ROOMS = ("network", "gated", "inference", "disentangle")
_MODULES: dict[str, str] = {
    name: f"gateflow.theory.{room}.derivations.{name.replace('-', '_')}"
    for room in ROOMS for name in import_module(f"gateflow.theory.{room}.derivations").NAMES}
NAMES = tuple(_MODULES)


def module(name: str) -> str:
    """The module that the named derivation is written in. Raises InputError for an unknown name."""
    if name not in _MODULES:
        raise InputError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    return _MODULES[name]


def derivation(name: str) -> Derivation:
    """Build the named derivation and check all its steps. Raises InputError for an unknown name."""
    build: Callable[[], Derivation] = import_module(module(name)).derive
    return build()
