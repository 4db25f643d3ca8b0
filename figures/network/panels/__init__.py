"""Panels of the experiments of networks, named like them."""
