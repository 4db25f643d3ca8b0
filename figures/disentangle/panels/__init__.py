"""Panels of the experiments on many tasks and one latent state, named like them."""
