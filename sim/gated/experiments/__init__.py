"""Experiments of the gated network, one file each."""
