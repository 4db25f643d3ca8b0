"""Derivations of task inference, in teaching order."""

# Name of each derivation; its module has the same name with underscores and a function derive().
NAMES = ("e-step", "one-step-exactness", "gates-are-inference", "hazard-filter", "belief-in-continuum",
         "turning-time", "learning-unannounced", "detection")
