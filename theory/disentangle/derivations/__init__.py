"""Derivations about many tasks and one latent state."""
