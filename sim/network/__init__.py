"""Descent and integration of any network that is one einsum."""
