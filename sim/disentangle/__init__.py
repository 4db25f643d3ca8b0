"""Many tasks, one latent state: the evidence task, agents that solve it, and what their states carry."""
