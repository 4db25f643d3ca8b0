"""All derivations, in teaching order: each is a file of its room's folder derivations, with a function derive()."""

import ast
import runpy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gateflow.theory.checks import InputError

if TYPE_CHECKING:
    from gateflow.theory.proofs.derivation import Derivation

# Rooms in teaching order, and in each of them the derivations; a file that is not named here comes last.
_ORDER = {
    "network": ("pair-law", "step-law", "hidden-ratchet", "compression", "modes-of-a-network", "unit-clock"),
    "gated": ("gradient-flow", "conserved-quantities", "ratchet", "exact-reduction", "eigenspaces", "symmetric-orbit",
              "clock", "switching-time", "separatrix", "bounded-gates", "limit-cycle", "block-length", "kernel",
              "linear-modes", "boosts", "onset"),
    "inference": ("e-step", "one-step-exactness", "gates-are-inference", "hazard-filter", "belief-in-continuum",
                  "turning-time", "learning-unannounced", "detection"),
    "disentangle": ("optimal-classifier", "closed-form-extraction", "sigmoid-probit", "time", "left-out", "decisions",
                    "noise-optimum", "task-count", "angles", "noiseless-limit")}
ROOMS = tuple(_ORDER)
_THEORY = Path(__file__).resolve().parents[1]


def _files() -> dict[str, Path]:
    """The file of each derivation, in teaching order: every file that defines derive()."""
    files: dict[str, Path] = {}
    for room, order in _ORDER.items():
        written = {path.stem.replace("_", "-"): path for path in sorted((_THEORY / room / "derivations").glob("*.py"))
                   if "\ndef derive(" in path.read_text(encoding="utf-8")}
        files.update(sorted(written.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))
    return files


_FILES = _files()
NAMES = tuple(_FILES)


def derivation(name: str) -> "Derivation":
    """Build a derivation and check all its steps. name: one of NAMES, or the path of a Python file with derive().

    Raises InputError for an unknown name, DerivationError for a wrong step.
    """
    if str(name).endswith(".py"):
        return _from_file(Path(name))
    if name not in _FILES:
        raise InputError(f"name must be one of {', '.join(NAMES)}, or a file that ends in .py, got {name!r}")
    path = _FILES[name]
    built: Derivation = import_module(f"gateflow.theory.{path.parents[1].name}.derivations.{path.stem}").derive()
    return built


def _from_file(path: Path) -> "Derivation":
    if not path.is_file():
        raise InputError(f"name must be a file that exists, got {str(path)!r}")
    build = runpy.run_path(str(path)).get("derive")
    if not callable(build):
        raise InputError(f"{path} must define derive(), a function that returns a Derivation")
    built = build()
    if type(built).__name__ != "Derivation":
        raise InputError(f"derive() of {path} must return a Derivation, got {built!r}")
    return built


@cache
def titles() -> dict[str, str]:
    """Title of each derivation, in teaching order: the first line of its file, of which nothing is run."""
    return {name: _title(path) for name, path in _FILES.items()}


def _title(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem).splitlines()[0]
