"""Figures of the papers on gated networks, recomputed."""
