"""Phase plots of inferring the task by gradients, one module each; the command knows them by these names."""

NAMES = ("inference-overlap", "inference-hazard")
