"""Phase plots of many tasks and one latent state, one module each; the command knows them by these names."""

NAMES = ("idea", "noise-tasks", "noise-time", "tasks-dimension", "angles")
