"""What is shown: figures, tables and the command line."""
