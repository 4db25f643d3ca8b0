"""Figures of the gated linear network."""
