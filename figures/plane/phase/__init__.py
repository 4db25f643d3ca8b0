"""Phase plots of a system, or a map, of the reader's own."""
