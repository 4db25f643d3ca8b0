"""Panels of the gated experiments, named like them."""
