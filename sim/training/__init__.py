"""Networks that are trained: one compiled loop, the networks, checkpoints, and the data that packages ship."""
