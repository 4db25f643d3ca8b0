"""What one asks of inference by gradients: an experiment a file."""
