"""Inference of tasks that switch unannounced: sequences, agents that infer, and learners that do both."""
