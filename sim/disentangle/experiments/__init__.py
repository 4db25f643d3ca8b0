"""Experiments on many tasks and one latent state, a file each."""
