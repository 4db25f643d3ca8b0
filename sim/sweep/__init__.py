"""Sweeps: a grid of parameters × seeds, spread over processes or machines, kept in a folder, resumed, masked."""
