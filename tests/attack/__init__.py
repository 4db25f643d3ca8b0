"""Attacks on what users can reach: all by python -m tests.attack, fast parts in tests/test_attack.py."""
