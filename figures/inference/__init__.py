"""Figures of task inference."""
