"""Derivations about many tasks and one latent state, in teaching order."""

# Name of each derivation; its module has the same name with underscores and a function derive().
NAMES = ("optimal-classifier", "closed-form-extraction", "sigmoid-probit", "time", "left-out", "decisions",
         "noise-optimum", "task-count", "angles", "noiseless-limit")
