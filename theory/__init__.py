"""What is derived: models, flows, conserved quantities and exact reductions."""

__version__ = "0.1.0"
