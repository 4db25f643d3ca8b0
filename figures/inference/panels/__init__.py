"""What experiments on task inference look like: a panel a file."""
