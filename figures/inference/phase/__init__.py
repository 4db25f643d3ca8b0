"""Phase plots of inferring the task by gradients, one module each; the command knows them by these names."""

NAMES = ("inference-stream", "inference-overlap", "inference-hazard")
