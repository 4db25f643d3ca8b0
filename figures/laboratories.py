"""What the laboratories of the derivations show, by name: each room keeps its own as LABORATORIES."""

from importlib import import_module

from gateflow.figures.derivations.laboratory import Laboratory
from gateflow.theory.proofs.catalogue import ROOMS

LABORATORIES: dict[str, Laboratory] = {
    name: laboratory for room in ROOMS for name, laboratory in
    import_module(f"gateflow.figures.{room}.laboratories").LABORATORIES.items()}
