"""The engine of derivations: steps that are checked when they are built."""
