"""Pictures of the derivations, by name: each room keeps its own as PICTURES."""

from importlib import import_module

from gateflow.figures.picture import Drawing
from gateflow.theory.proofs.catalogue import ROOMS

PICTURES: dict[str, Drawing] = {
    name: drawing for room in ROOMS for name, drawing in
    import_module(f"gateflow.figures.{room}.pictures").PICTURES.items()}
