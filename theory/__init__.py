"""What is derived: models, flows, conserved quantities and exact reductions."""

