"""All derivations, in teaching order: each is a file of its room's folder derivations, with a function derive()."""

import ast
import runpy
import traceback
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gateflow.theory.arguments import takes
from gateflow.theory.checks import InputError

if TYPE_CHECKING:
    from gateflow.theory.proofs.derivation import Derivation


@dataclass(frozen=True)
class Chapter:
    """Derivations of a room that belong together, in teaching order; needs: what one should know before."""

    title: str
    room: str
    names: tuple[str, ...]
    needs: str


# In teaching order; a file that is named in none of its room's chapters comes last in its last one.
_CHAPTERS = (
    Chapter("Laws of networks", "network",
            ("pair-law", "step-law", "hidden-ratchet", "compression", "modes-of-a-network", "unit-clock"),
            "gradient descent, products and traces of matrices"),
    Chapter("What gates and weights conserve", "gated",
            ("gradient-flow", "conserved-quantities", "ratchet", "exact-reduction", "eigenspaces"),
            "the first chapter helps, and is not needed"),
    Chapter("Two tasks in closed form", "gated", ("symmetric-orbit", "clock", "switching-time", "separatrix"),
            "the flow of the chapter before; hyperbolic functions, integrals"),
    Chapter("Block after block", "gated", ("bounded-gates", "limit-cycle", "block-length"),
            "the two tasks of the chapter before; fixed points of a map and their stability"),
    Chapter("How learning begins", "gated", ("kernel", "linear-modes", "boosts", "onset"),
            "gradient flow; linear differential equations"),
    Chapter("Inferring the task", "inference", ("e-step", "one-step-exactness", "gates-are-inference"),
            "Bayes' rule, Gaussian noise; for the last one the gradient flow of gates"),
    Chapter("Tasks that change", "inference",
            ("hazard-filter", "belief-in-continuum", "turning-time", "learning-unannounced", "detection"),
            "the chapter before; linear filters, means and variances"),
    Chapter("Many tasks, one state", "disentangle",
            ("optimal-classifier", "closed-form-extraction", "sigmoid-probit", "time", "left-out"),
            "Gaussian integrals, least squares"),
    Chapter("What limits reading", "disentangle",
            ("decisions", "noise-optimum", "task-count", "angles", "noiseless-limit"),
            "the chapter before; Brownian motion for the first of them"))
ROOMS = tuple(dict.fromkeys(chapter.room for chapter in _CHAPTERS))
_THEORY = Path(__file__).resolve().parents[1]


def _files() -> dict[str, Path]:
    """The file of each derivation, in teaching order: every file that defines derive()."""
    files: dict[str, Path] = {}
    for room in ROOMS:
        order = [name for chapter in _CHAPTERS if chapter.room == room for name in chapter.names]
        written = {path.stem.replace("_", "-"): path for path in sorted((_THEORY / room / "derivations").glob("*.py"))
                   if "\ndef derive(" in path.read_text(encoding="utf-8")}
        files.update(sorted(written.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))
    return files


_FILES = _files()
NAMES = tuple(_FILES)


def chapters() -> tuple[Chapter, ...]:
    """All derivations by chapter, in teaching order."""
    found = [replace(chapter, names=tuple(name for name in chapter.names if name in _FILES)) for chapter in _CHAPTERS]
    for name in _FILES:
        if not any(name in chapter.names for chapter in found):
            room = _FILES[name].parents[1].name
            last = max(k for k, chapter in enumerate(found) if chapter.room == room)
            found[last] = replace(found[last], names=(*found[last].names, name))
    return tuple(found)


@takes()
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
    try:
        build = runpy.run_path(str(path)).get("derive")
        if not callable(build):
            raise InputError(f"{path} must define derive(), a function that returns a Derivation")
        built = build()
    except SyntaxError as failure:
        place = f"{failure.filename}, line {failure.lineno}," if failure.filename else path
        raise InputError(f"{place} is no Python: {failure.msg}") from None
    except (Exception, SystemExit) as failure:
        if isinstance(failure, InputError) or type(failure).__name__ == "DerivationError":
            raise
        # A derive() that wants arguments fails before any of its lines.
        lines = [at.lineno for at in traceback.extract_tb(failure.__traceback__) if at.filename == str(path)]
        place = f"{path}, line {lines[-1]}" if lines else path
        raise InputError(" ".join(f"{place}: {type(failure).__name__}: {failure}".split())) from failure
    if type(built).__name__ != "Derivation":
        raise InputError(f"derive() of {path} must return a Derivation, got {built!r}")
    if built.name in _FILES:
        raise InputError(f"name in {path} must be another: the project has a derivation {built.name!r}, with pictures "
                         "and simulations of its own")
    return built


@cache
def titles() -> dict[str, str]:
    """Title of each derivation, in teaching order: the first line of its file, of which nothing is run."""
    return {name: _title(path) for name, path in _FILES.items()}


def _title(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem).splitlines()[0]
