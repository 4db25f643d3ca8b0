"""Phase plots of task inference."""
