"""What the laboratories of this room's derivations show beyond the curve of the result."""

from gateflow.figures.derivations.laboratory import Laboratory

# By the name of the derivation.
LABORATORIES: dict[str, Laboratory] = {}
