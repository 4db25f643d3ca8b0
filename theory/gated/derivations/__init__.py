"""Derivations of the gated network."""
