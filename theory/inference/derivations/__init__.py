"""Derivations of task inference."""
