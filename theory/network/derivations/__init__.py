"""Derivations of any network that is one einsum."""
