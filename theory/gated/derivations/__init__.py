"""Derivations of the gated network, in teaching order."""

# Name of each derivation; its module has the same name with underscores and a function derive().
NAMES = ("gradient-flow", "conserved-quantities", "ratchet", "exact-reduction", "eigenspaces", "symmetric-orbit",
         "clock", "switching-time", "separatrix", "bounded-gates", "limit-cycle", "block-length", "kernel",
         "linear-modes", "boosts", "onset")
