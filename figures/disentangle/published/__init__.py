"""Figures of the papers on disentangled representations, recomputed."""
