"""Experiments of networks; each file is one."""
