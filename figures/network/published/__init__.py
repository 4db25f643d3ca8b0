"""Figures of the papers on networks, recomputed."""
