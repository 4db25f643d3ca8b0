"""Derivations as pages: one sheet of what there is to show, and one module a format."""
