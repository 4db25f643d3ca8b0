"""Figures of the papers on inference by gradients, recomputed."""
